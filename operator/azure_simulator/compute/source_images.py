"""Managed images and other versions as sources of image versions: found, and what is taken over from them."""

from azure_simulator.compute.bodies import FullSource
from azure_simulator.compute.galleries import ImageDefinition
from azure_simulator.compute.images import ManagedImage
from azure_simulator.compute.models import Compute
from azure_simulator.compute.source_names import WholeSource, same_source
from azure_simulator.compute.source_rules import Origin, not_found, refusal
from azure_simulator.compute.version_encryption import customer_keys
from azure_simulator.compute.versions import Contents, Disk, ImageVersion
from azure_simulator.compute.volumes import SecurityType

_READABLE = frozenset({"Succeeded", "Updating"})


def image_origin(compute: Compute, named: WholeSource, location: str) -> Origin:
    """A managed image as a source, which has neither a plan nor what trusted machines keep beside their disks."""
    image = compute.find_image(named.id.text)
    if image is None or image.location != location or image.state != "Succeeded":
        raise not_found(named.id.text)
    if compute.switches.images_read_one_at_a_time and _is_being_published(compute, image):
        raise refusal(
            f"The source '{image.id.text}' is being published as another gallery image version. Please retry when that "
            "version has completely finished being built and replicated."
        )
    return Origin(
        id=image.id.text,
        contents=_contents_of_image(image),
        os_type=image.os_type,
        os_state=image.os_state,
        hyper_v_generation=image.hyper_v_generation,
        architecture="x64",
        security_type="Standard",
    )


def _is_being_published(compute: Compute, image: ManagedImage) -> bool:
    """Whether a version of any gallery is being made from the image."""
    versions = (
        version
        for gallery in compute.galleries
        for definition in gallery.definitions.values()
        for version in definition.versions.values()
    )
    made_from = (version.contents.source for version in versions if version.state == "Creating")
    return any(source is not None and same_source(source.id, image.id.text) for source in made_from)


def _contents_of_image(image: ManagedImage) -> Contents:
    os_disk = image.storage.os_disk
    caching = (os_disk and os_disk.caching) or "ReadWrite"
    disks = tuple(
        Disk(size_gb=disk.disk_size_gb or image.os_disk_gb, caching=disk.caching or "None", lun=disk.lun)
        for disk in image.storage.data_disks
    )
    return Contents(
        os_disk=Disk(size_gb=image.os_disk_gb, caching=caching),
        data_disks=disks,
        source=FullSource(id=image.id.text),
        boots_nodes=image.generalized,
    )


def version_origin(compute: Compute, named: WholeSource, location: str) -> Origin:
    """Another version as a source, of any gallery; one that has customer's keys cannot be copied.

    ("Create an encrypted image version with customer-managed keys", learn.microsoft.com.)
    """
    version = compute.find_version(named.id.text)
    if version is None or version.state not in _READABLE or not _is_readable_in(compute, version, location):
        raise not_found(named.id.text)
    if any(customer_keys(copy.encryption) for copy in version.copies.values()):
        raise refusal(
            f"The source '{version.id.text}' is encrypted with customer-managed keys and cannot be the source of "
            "another gallery image version."
        )
    return Origin(
        id=version.id.text,
        contents=_contents_of_version(version),
        os_type=version.definition.os_type,
        os_state=version.definition.os_state,
        hyper_v_generation=version.definition.hyper_v_generation,
        architecture=version.definition.architecture,
        security_type=_guest_state(version.definition),
        plan=version.definition.text.purchase_plan,
        plan_known=True,
        encryptable=compute.switches.encrypt_every_source,
    )


def _is_readable_in(compute: Compute, version: ImageVersion, location: str) -> bool:
    return version.ready_replicas(location) > 0 or not compute.switches.version_source_needs_replica


def _contents_of_version(version: ImageVersion) -> Contents:
    contents = version.contents
    return Contents(
        os_disk=Disk(size_gb=contents.os_disk.size_gb, caching=contents.os_disk.caching),
        data_disks=tuple(
            Disk(size_gb=disk.size_gb, caching=disk.caching, lun=disk.lun) for disk in contents.data_disks
        ),
        source=FullSource(id=version.id.text),
        boots_nodes=contents.boots_nodes,
    )


def _guest_state(definition: ImageDefinition) -> SecurityType:
    """Whether the versions of a definition have what machines keep beside their disks."""
    match definition.security_type:
        case "TrustedLaunch":
            return "TrustedLaunch"
        case "ConfidentialVM":
            return "ConfidentialVM"
        case _:
            return "Standard"
