"""The Batch data plane for tests: clients of the real SDK, and gallery images that pools can boot."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from azure.batch import BatchClient, models
from azure.mgmt.compute.models import (
    Gallery,
    GalleryArtifactVersionFullSource,
    GalleryImage,
    GalleryImageFeature,
    GalleryImageIdentifier,
    GalleryImageProperties,
    GalleryImageVersion,
    GalleryImageVersionProperties,
    GalleryImageVersionPublishingProfile,
    GalleryImageVersionStorageProfile,
    TargetRegion,
)

from tests.support.simulator import SimulatedAzure

ACCOUNT = "contoso"
REGION = "westeurope"
AGENT = "batch.node.ubuntu 22.04"
VM_SIZE = "STANDARD_D2_V3"
HOUR = 3600.0


def batch_client(simulator: SimulatedAzure, application: str = "operator", account: str = ACCOUNT) -> BatchClient:
    """A client of the real SDK for an account, which never retries and hardly polls."""
    return BatchClient(
        simulator.ready.batch[account],
        simulator.credential(application),
        connection_verify=simulator.verify,
        retry_total=0,
        polling_interval=3600,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageSpec:
    """What a gallery image of a test is like."""

    name: str = "render-node"
    source: str = "render-node-1"
    os_type: str = "Linux"
    os_state: str = "Generalized"
    generation: str = "V1"
    replicas: int = 1
    regions: tuple[str, ...] = (REGION,)


def publish(simulator: SimulatedAzure, spec: ImageSpec = ImageSpec()) -> str:
    """Make gallery, definition and version through Resource Manager and let them replicate; the version's id."""
    compute = simulator.compute()
    compute.galleries.begin_create_or_update("images", "renders", Gallery(location=REGION), polling=False)
    simulator.control.advance(HOUR)
    definition = GalleryImage(
        location=REGION,
        properties=GalleryImageProperties(
            os_type=spec.os_type,
            os_state=spec.os_state,
            hyper_v_generation=spec.generation,
            identifier=GalleryImageIdentifier(publisher="contoso", offer="render", sku=spec.name),
            features=[GalleryImageFeature(name="SecurityType", value="Standard")],
        ),
    )
    compute.gallery_images.begin_create_or_update("images", "renders", spec.name, definition, polling=False)
    simulator.control.advance(HOUR)
    group = f"/subscriptions/{simulator.subscription}/resourceGroups/images"
    source = f"{group}/providers/Microsoft.Compute/images/{spec.source}"
    regions = [TargetRegion(name=name, regional_replica_count=spec.replicas) for name in spec.regions]
    version = GalleryImageVersion(
        location=REGION,
        properties=GalleryImageVersionProperties(
            publishing_profile=GalleryImageVersionPublishingProfile(target_regions=regions),
            storage_profile=GalleryImageVersionStorageProfile(source=GalleryArtifactVersionFullSource(id=source)),
        ),
    )
    compute.gallery_image_versions.begin_create_or_update(
        "images", "renders", spec.name, "1.0.0", version, polling=False
    )
    simulator.control.advance(6 * HOUR)
    made = compute.gallery_image_versions.get("images", "renders", spec.name, "1.0.0")
    assert made.id is not None
    return made.id


def pool_of(image_id: str, pool_id: str = "render", *, nodes: int = 0, **changes: Any) -> models.BatchPoolCreateOptions:
    """The body of a pool that boots a gallery image; `changes` are further fields of it."""
    settings = {"target_dedicated_nodes": nodes, "resize_timeout": timedelta(minutes=45), **changes}
    return models.BatchPoolCreateOptions(
        id=pool_id, vm_size=VM_SIZE, virtual_machine_configuration=machine_of(image_id), **settings
    )


def machine_of(image_id: str, agent: str = AGENT) -> models.VirtualMachineConfiguration:
    """A machine that boots a gallery image."""
    return models.VirtualMachineConfiguration(
        image_reference=models.BatchVmImageReference(virtual_machine_image_id=image_id), node_agent_sku_id=agent
    )
