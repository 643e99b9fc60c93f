"""The galleries that exist when the simulator starts, with their definitions and published versions."""

from azure_simulator import scenario as seeds
from azure_simulator.arm_ids import ResourceId
from azure_simulator.compute import gallery_scenario
from azure_simulator.compute.bodies import Feature, Identifier
from azure_simulator.compute.galleries import Gallery, ImageDefinition
from azure_simulator.compute.models import Compute
from azure_simulator.compute.versions import Contents, Disk, ImageVersion, Publishing, RegionalCopy
from azure_simulator.resources.locations import normalised


def seed_galleries(compute: Compute, scenario: seeds.Scenario) -> None:
    """Take up what the scenario lists; raises ValueError for a version without a region."""
    for seed in scenario.galleries:
        gallery = _gallery(compute, seed)
        compute.add_gallery(gallery)
        for definition_seed in seed.definitions:
            definition = _definition(gallery, definition_seed)
            gallery.definitions[definition.id.name.casefold()] = definition
            compute.resources.index.add(definition)
            for version_seed in definition_seed.versions:
                version = _version(definition, version_seed)
                definition.versions[version.id.name] = version
                compute.resources.index.add(version)


def _gallery(compute: Compute, seed: gallery_scenario.Gallery) -> Gallery:
    gallery_id = ResourceId(
        subscription=seed.subscription_id,
        group=seed.resource_group,
        namespace="Microsoft.Compute",
        path=(("galleries", seed.name),),
    )
    return Gallery(
        id=gallery_id,
        location=normalised(seed.location),
        tags=dict(seed.tags),
        compute=compute,
        description=seed.description,
        state="Succeeded",
    )


def _definition(gallery: Gallery, seed: gallery_scenario.ImageDefinition) -> ImageDefinition:
    return ImageDefinition(
        id=gallery.id.child("images", seed.name),
        gallery=gallery,
        location=gallery.location,
        tags=dict(seed.tags),
        os_type=seed.os_type,
        os_state=seed.os_state,
        hyper_v_generation=seed.hyper_v_generation,
        architecture=seed.architecture,
        identifier=Identifier(publisher=seed.publisher, offer=seed.offer, sku=seed.sku),
        features=(Feature(name="SecurityType", value=seed.security_type),),
        state="Succeeded",
    )


def _version(definition: ImageDefinition, seed: gallery_scenario.ImageVersion) -> ImageVersion:
    copies = {copy.region: copy for copy in (_copy(region, count) for region, count in seed.regions.items())}
    if not copies:
        raise ValueError(f"the scenario's version {seed.name} of {definition.id.name} needs a region")
    return ImageVersion(
        id=definition.id.child("versions", seed.name),
        definition=definition,
        location=next(iter(copies)),
        tags=dict(seed.tags),
        contents=_contents(seed),
        publishing=Publishing(
            replica_count=1,
            storage_type="Standard_LRS",
            exclude_from_latest=seed.exclude_from_latest,
            end_of_life_date=seed.end_of_life_date,
        ),
        published=definition.gallery.compute.clock.now(),
        copies=copies,
        state="Succeeded",
    )


def _copy(region: str, replicas: int) -> RegionalCopy:
    copy = RegionalCopy(region=normalised(region), replicas=replicas, storage_type="Standard_LRS")
    copy.complete()
    return copy


def _contents(seed: gallery_scenario.ImageVersion) -> Contents:
    disks = tuple(Disk(size_gb=size, caching="None", lun=lun) for lun, size in seed.data_disks.items())
    return Contents(
        os_disk=Disk(size_gb=seed.os_disk_gb, caching="ReadWrite"),
        data_disks=disks,
        boots_nodes=seed.os_was_generalized,
    )
