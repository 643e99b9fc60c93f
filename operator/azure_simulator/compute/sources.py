"""What an image version is made from: the source is found, checked, taken over, and watched while it is read."""

from collections.abc import Iterable
from typing import assert_never

from azure_simulator.answers import ArmError
from azure_simulator.arm_bodies import change_not_allowed
from azure_simulator.compute.bodies import DiskSource, FullSource, StorageProfile
from azure_simulator.compute.galleries import ImageDefinition
from azure_simulator.compute.models import Compute
from azure_simulator.compute.source_images import image_origin, version_origin
from azure_simulator.compute.source_machines import machine_origin
from azure_simulator.compute.source_names import (
    PROFILE,
    BlobName,
    DiskSources,
    NamedSource,
    VolumeName,
    WholeSource,
    same_source,
)
from azure_simulator.compute.source_rules import Origin, check_fits, check_keys, not_found, refusal
from azure_simulator.compute.source_volumes import disks_origin, find_volume
from azure_simulator.compute.versions import Contents, Disk, ImageVersion


def contents_of(
    compute: Compute, source: NamedSource, definition: ImageDefinition, location: str, *, encrypted: bool
) -> Contents:
    """What a version of `definition` in `location` takes over from the source; raises ArmError for a bad one.

    `encrypted` tells whether the version is to be encrypted with customer's keys.
    """
    origin = _origin(compute, source, definition, location)
    check_fits(origin, definition)
    check_keys(origin, subscription=definition.id.subscription, encrypted=encrypted)
    return origin.contents


def missing_source(compute: Compute, source: NamedSource) -> ArmError | None:
    """Why a version that is being made cannot be read on: its source is gone. None while it is there."""
    gone = next((name for name, there in _presence(compute, source) if not there), None)
    return None if gone is None else not_found(gone)


def check_unchanged(profile: StorageProfile | None, version: ImageVersion) -> None:
    """Refuse a change of the source; raises ArmError 409 `PropertyChangeNotAllowed`."""
    if profile is None:
        return
    if profile.source is not None and not _repeats(profile.source, version.contents.source):
        raise change_not_allowed(f"{PROFILE}.source.id")
    if profile.os_disk_image is not None and not _repeats_disk(profile.os_disk_image.source, version.contents.os_disk):
        raise change_not_allowed(f"{PROFILE}.osDiskImage.source.id")
    disks = {disk.lun: disk for disk in version.contents.data_disks}
    for image in profile.data_disk_images or ():
        if image.lun not in disks:
            raise refusal(
                "Adding new Data Disks or changing the LUN of a Data Disk in an existing Image is not allowed."
            )
        if not _repeats_disk(image.source, disks[image.lun]):
            raise change_not_allowed(f"{PROFILE}.dataDiskImages.source.id")


def _origin(compute: Compute, source: NamedSource, definition: ImageDefinition, location: str) -> Origin:
    match source:
        case DiskSources():
            return disks_origin(compute, source, definition, location)
        case WholeSource():
            return _whole_origin(compute, source, definition, location)
        case _:
            assert_never(source)


def _whole_origin(compute: Compute, source: WholeSource, definition: ImageDefinition, location: str) -> Origin:
    match source.kind:
        case "machine":
            return machine_origin(compute, source, definition, location)
        case "image":
            return image_origin(compute, source, location)
        case "version":
            return version_origin(compute, source, location)
        case _:
            assert_never(source.kind)


def _presence(compute: Compute, source: NamedSource) -> Iterable[tuple[str, bool]]:
    """Each resource that is read, and whether it is there."""
    match source:
        case WholeSource():
            yield source.id.text, _exists(compute, source)
        case DiskSources():
            yield from ((disk.source.key, _disk_exists(compute, disk.source)) for disk in source.disks)
        case _:
            assert_never(source)


def _exists(compute: Compute, source: WholeSource) -> bool:
    match source.kind:
        case "machine":
            return compute.find_machine(source.id.text) is not None
        case "image":
            return compute.find_image(source.id.text) is not None
        case "version":
            return compute.find_version(source.id.text) is not None
        case _:
            assert_never(source.kind)


def _disk_exists(compute: Compute, source: VolumeName | BlobName) -> bool:
    match source:
        case VolumeName():
            return find_volume(compute, source) is not None
        case BlobName():
            return compute.blobs.find(source.uri) is not None
        case _:
            assert_never(source)


def _repeats(asked: FullSource, held: FullSource | None) -> bool:
    named = asked.id or asked.virtual_machine_id or asked.community_gallery_image_id
    return named is None or (held is not None and same_source(named, held.id or held.virtual_machine_id))


def _repeats_disk(asked: DiskSource | None, held: Disk) -> bool:
    if asked is None or (asked.id is None and asked.uri is None and asked.storage_account_id is None):
        return True
    if held.source is None:
        return False
    pairs = (
        (asked.id, held.source.id),
        (asked.uri, held.source.uri),
        (asked.storage_account_id, held.source.storage_account_id),
    )
    return all(new is None or same_source(new, old) for new, old in pairs)
