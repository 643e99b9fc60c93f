"""What an image version is made from: the rules for sources, and what is taken over from them.

The messages are those of "Troubleshoot problems with shared images" (learn.microsoft.com).
"""

from dataclasses import dataclass

from azure_simulator.answers import ArmError
from azure_simulator.arm_bodies import change_not_allowed, missing
from azure_simulator.arm_ids import ResourceId, key_of
from azure_simulator.compute.bodies import StorageProfile, VersionProperties
from azure_simulator.compute.galleries import ImageDefinition
from azure_simulator.compute.images import ManagedImage
from azure_simulator.compute.models import IMAGE, VERSION, Compute
from azure_simulator.compute.versions import Contents, Disk, ImageVersion

_PROFILE = "galleryImageVersion.properties.storageProfile"
_LARGEST_IMAGE_GB = 2048
_LARGEST_DATA_DISK_GB = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    id: str
    os_type: str
    os_state: str
    hyper_v_generation: str
    contents: Contents


def source_id_of(properties: VersionProperties) -> ResourceId:
    """The id of the source that a new version names; raises ArmError when it names none that is simulated."""
    publishing, profile = properties.publishing_profile, properties.storage_profile
    if publishing is not None and publishing.source is not None and publishing.source.managed_image.id is not None:
        return _parsed(publishing.source.managed_image.id)
    if profile is None:
        raise missing(_PROFILE)
    if profile.os_disk_image is not None and profile.os_disk_image.source is not None:
        raise _not_simulated("disks, snapshots or VHDs")
    if profile.source is None:
        raise missing(f"{_PROFILE}.source")
    if profile.source.virtual_machine_id or profile.source.community_gallery_image_id:
        raise _not_simulated("a virtual machine or a community gallery")
    if profile.source.id is None:
        raise missing(f"{_PROFILE}.source.id")
    return _parsed(profile.source.id)


def contents_of(compute: Compute, source_id: ResourceId, definition: ImageDefinition, location: str) -> Contents:
    """What a version of `definition` in `location` takes over from the source; raises ArmError for a bad one."""
    source = _image(compute, source_id, location) or _version(compute, source_id)
    if source is None:
        raise ArmError(
            404,
            "NotFound",
            f"Source {source_id.text} is not found. Please check source exists, and is in the same region as "
            "gallery image version being created.",
            target=f"{_PROFILE}.source.id",
        )
    _check_fits(source, definition)
    return source.contents


def check_unchanged(profile: StorageProfile | None, version: ImageVersion) -> None:
    """Refuse a change of the source; raises ArmError 409 `PropertyChangeNotAllowed`."""
    named = profile and profile.source and (profile.source.id or profile.source.virtual_machine_id)
    if named and key_of(named) != key_of(version.contents.source_id):
        raise change_not_allowed(f"{_PROFILE}.source.id")
    if profile and profile.os_disk_image and profile.os_disk_image.source:
        disk = profile.os_disk_image.source
        if disk.id or disk.uri or disk.storage_account_id:
            raise change_not_allowed(f"{_PROFILE}.osDiskImage.source.id")


def too_large(contents: Contents) -> ArmError | None:
    """Why full replication of these disks fails, or None."""
    sizes = [(contents.os_disk.size_gb, _LARGEST_IMAGE_GB)]
    sizes += [(disk.size_gb, _LARGEST_DATA_DISK_GB) for disk in contents.data_disks]
    for size, largest in sizes:
        if size > largest:
            return ArmError(
                400,
                "ReplicationFailed",
                f"Replication failed in this region due to 'The GalleryImageVersion source resource size {size} "
                f"exceeds the max size {largest} supported.'",
            )
    return None


def _parsed(text: str) -> ResourceId:
    parsed = ResourceId.parse(text)
    if parsed is None:
        raise ArmError(
            400,
            "InvalidParameter",
            f"Property id '{text}' at path 'properties.storageProfile.source.id' is invalid. Expect fully "
            "qualified resource Id that start with '/subscriptions/{subscriptionId}' or "
            "'/providers/{resourceProviderNamespace}/'.",
            target=f"{_PROFILE}.source.id",
        )
    if parsed.is_a("Microsoft.Compute/virtualMachines"):
        raise _not_simulated("a virtual machine")
    if not (parsed.is_a(IMAGE) or parsed.is_a(VERSION)):
        raise ArmError(
            400,
            "InvalidParameter",
            f"The source id: {text} must either be a managed image, virtual machine or another gallery image version.",
            target=f"{_PROFILE}.source.id",
        )
    return parsed


def _image(compute: Compute, source_id: ResourceId, location: str) -> _Source | None:
    image = compute.find_image(source_id.text)
    if image is None or image.location != location or image.state != "Succeeded":
        return None
    return _Source(
        id=image.id.text,
        os_type=image.os_type,
        os_state=image.os_state,
        hyper_v_generation=image.hyper_v_generation,
        contents=_contents_of_image(image),
    )


def _contents_of_image(image: ManagedImage) -> Contents:
    os_disk = image.storage.os_disk
    caching = (os_disk and os_disk.caching) or "ReadWrite"
    disks = tuple(
        Disk(size_gb=disk.disk_size_gb or image.os_disk_gb, caching=disk.caching or "None", lun=disk.lun)
        for disk in image.storage.data_disks
    )
    return Contents(source_id=image.id.text, os_disk=Disk(size_gb=image.os_disk_gb, caching=caching), data_disks=disks)


def _version(compute: Compute, source_id: ResourceId) -> _Source | None:
    version = compute.find_version(source_id.text)
    if version is None or version.state not in {"Succeeded", "Updating"}:
        return None
    contents = Contents(
        source_id=version.id.text,
        os_disk=version.contents.os_disk,
        data_disks=version.contents.data_disks,
    )
    return _Source(
        id=version.id.text,
        os_type=version.definition.os_type,
        os_state=version.definition.os_state,
        hyper_v_generation=version.definition.hyper_v_generation,
        contents=contents,
    )


def _check_fits(source: _Source, definition: ImageDefinition) -> None:
    if source.os_state != definition.os_state:
        raise _mismatch(
            f"Cannot create Gallery Image Version from: {source.id} since the OS State in the parent gallery "
            f"image ({definition.os_state}) is not {source.os_state}."
        )
    if source.os_type != definition.os_type:
        raise _mismatch(
            f"The resource with id '{source.id}' has a different OS type ['{source.os_type}'] than the parent "
            f"gallery image OS type generation ['{definition.os_type}']"
        )
    if source.hyper_v_generation != definition.hyper_v_generation:
        raise _mismatch(
            f"The resource with id '{source.id}' has a different Hypervisor generation "
            f"['{source.hyper_v_generation}'] than the parent gallery image Hypervisor generation "
            f"['{definition.hyper_v_generation}']"
        )


def _mismatch(message: str) -> ArmError:
    return ArmError(400, "InvalidParameter", message, target=f"{_PROFILE}.source.id")


def _not_simulated(what: str) -> ArmError:
    return ArmError(
        501,
        "NotImplemented",
        f"The Azure simulator does not simulate the operation GalleryImageVersions_CreateOrUpdate from {what}; "
        "use a managed image or another image version as the source.",
    )
