"""How a request names what an image version is made from: one resource, or a source for each disk.

The messages are those of "Troubleshoot problems with shared images" (learn.microsoft.com).
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from azure_simulator.answers import ArmError
from azure_simulator.arm_bodies import missing
from azure_simulator.arm_ids import ResourceId, key_of
from azure_simulator.compute.blobs import without_token
from azure_simulator.compute.bodies import DataDiskImage, DiskSource, OsDiskImage, StorageProfile, VersionProperties
from azure_simulator.compute.models import IMAGE, VERSION
from azure_simulator.compute.versions import Caching

PROFILE = "galleryImageVersion.properties.storageProfile"
_MACHINE = "Microsoft.Compute/virtualMachines"
_DISK = "Microsoft.Compute/disks"
_SNAPSHOT = "Microsoft.Compute/snapshots"
_ACCOUNT = "Microsoft.Storage/storageAccounts"


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeSource:
    """A managed image, a virtual machine or another version: all disks of one resource.

    `by_machine_id` tells whether it was named as `virtualMachineId`, which answers repeat.
    """

    kind: Literal["image", "machine", "version"]
    id: ResourceId
    by_machine_id: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeName:
    """A managed disk or a snapshot."""

    id: ResourceId

    @property
    def key(self) -> str:
        """What is compared to find the same source twice."""
        return self.id.key


@dataclass(frozen=True, slots=True, kw_only=True)
class BlobName:
    """A VHD by its URI, with the token if it has one, and the storage account that it is said to be in."""

    uri: str
    account_id: ResourceId | None

    @property
    def key(self) -> str:
        """What is compared to find the same source twice."""
        return without_token(self.uri)


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedDisk:
    """A disk of the version to be, and where it comes from; no LUN: the OS disk."""

    source: VolumeName | BlobName
    caching: Caching | None
    lun: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskSources:
    """A source for each disk."""

    os_disk: NamedDisk
    data_disks: tuple[NamedDisk, ...] = ()

    @property
    def disks(self) -> tuple[NamedDisk, ...]:
        """The OS disk and the data disks."""
        return (self.os_disk, *self.data_disks)


NamedSource = WholeSource | DiskSources


def named_source(properties: VersionProperties) -> NamedSource:
    """The source that a new version names; raises ArmError when it names none, several or a wrong one."""
    publishing, profile = properties.publishing_profile, properties.storage_profile
    if publishing is not None and publishing.source is not None and publishing.source.managed_image.id is not None:
        return _whole(publishing.source.managed_image.id)
    if profile is None:
        raise missing(PROFILE)
    match _whole_of(profile), _disks_of(profile):
        case WholeSource() as whole, None:
            return whole
        case None, DiskSources() as disks:
            return disks
        case _:
            raise _invalid(
                "The gallery artifact version source can only be specified either directly under storageProfile or "
                "within individual OS or data disks. One and only one source type (user image, snapshot, disk, "
                "virtual machine) can be provided.",
                PROFILE,
            )


def same_source(one: str | None, other: str | None) -> bool:
    """Whether two ids or URIs name the same source; a token in a URI does not matter."""
    return one is not None and other is not None and key_of(without_token(one)) == key_of(without_token(other))


def _whole_of(profile: StorageProfile) -> WholeSource | None:
    source = profile.source
    if source is None:
        return None
    given = [named for named in (source.id, source.virtual_machine_id, source.community_gallery_image_id) if named]
    if len(given) > 1:
        raise _invalid(
            "Only one of id, virtualMachineId and communityGalleryImageId can be given.", f"{PROFILE}.source"
        )
    if source.community_gallery_image_id:
        raise _community_galleries_not_simulated()
    if source.virtual_machine_id:
        return _machine(source.virtual_machine_id)
    return _whole(source.id) if source.id else None


def _machine(text: str) -> WholeSource:
    parsed = _parsed(text, "source.virtualMachineId")
    if not parsed.is_a(_MACHINE):
        raise _invalid(f"The source id: {text} must be a virtual machine.", f"{PROFILE}.source.virtualMachineId")
    return WholeSource(kind="machine", id=parsed, by_machine_id=True)


def _whole(text: str) -> WholeSource:
    parsed = _parsed(text, "source.id")
    if parsed.is_a(IMAGE):
        return WholeSource(kind="image", id=parsed)
    if parsed.is_a(VERSION):
        return WholeSource(kind="version", id=parsed)
    if parsed.is_a(_MACHINE):
        return WholeSource(kind="machine", id=parsed)
    raise _invalid(
        f"The source id: {text} must either be a managed image, virtual machine or another gallery image version.",
        f"{PROFILE}.source.id",
    )


def _disks_of(profile: StorageProfile) -> DiskSources | None:
    os_disk = _named_disk(profile.os_disk_image, "osDiskImage")
    images = profile.data_disk_images or ()
    data_disks = tuple(disk for disk in (_named_data_disk(image) for image in images) if disk is not None)
    if os_disk is None and not data_disks:
        return None
    if os_disk is None:
        raise missing(f"{PROFILE}.osDiskImage.source")
    _check_luns(data_disks)
    _check_distinct(os_disk, data_disks)
    return DiskSources(os_disk=os_disk, data_disks=data_disks)


def _named_data_disk(image: DataDiskImage) -> NamedDisk | None:
    named = _named_disk(image, "dataDiskImages")
    return None if named is None else NamedDisk(source=named.source, caching=named.caching, lun=image.lun)


def _named_disk(image: OsDiskImage | None, member: str) -> NamedDisk | None:
    if image is None or image.source is None:
        return None
    source = _disk_source(image.source, member)
    return None if source is None else NamedDisk(source=source, caching=image.host_caching)


def _disk_source(source: DiskSource, member: str) -> VolumeName | BlobName | None:
    """Before 2022-03-03 the `id` beside a URI was that of the storage account."""
    if source.uri:
        account = source.storage_account_id or source.id
        return BlobName(uri=source.uri, account_id=None if account is None else _account(account, member))
    if source.id is None:
        return None
    parsed = _parsed(source.id, f"{member}.source.id")
    if not (parsed.is_a(_DISK) or parsed.is_a(_SNAPSHOT)):
        raise _invalid(
            f"The source id: {source.id} must be a managed disk or snapshot.", f"{PROFILE}.{member}.source.id"
        )
    return VolumeName(id=parsed)


def _account(text: str, member: str) -> ResourceId:
    parsed = _parsed(text, f"{member}.source.storageAccountId")
    if not parsed.is_a(_ACCOUNT):
        raise _invalid(f"The id: {text} must be a storage account.", f"{PROFILE}.{member}.source.storageAccountId")
    return parsed


def _parsed(text: str, member: str) -> ResourceId:
    parsed = ResourceId.parse(text)
    if parsed is None:
        raise _invalid(
            f"Property id '{text}' at path 'properties.storageProfile.{member}' is invalid. Expect fully qualified "
            "resource Id that start with '/subscriptions/{subscriptionId}' or "
            "'/providers/{resourceProviderNamespace}/'.",
            f"{PROFILE}.{member}",
        )
    return parsed


def _check_luns(disks: Iterable[NamedDisk]) -> None:
    if _has_duplicates(str(disk.lun) for disk in disks):
        raise _invalid(
            "Duplicated lun numbers have been detected in the input data disks. Lun number must be unique for each "
            "data disk.",
            f"{PROFILE}.dataDiskImages",
        )


def _check_distinct(os_disk: NamedDisk, data_disks: Iterable[NamedDisk]) -> None:
    keys = [disk.source.key for disk in data_disks]
    if isinstance(os_disk.source, BlobName) and os_disk.source.key in keys:
        raise _invalid(f"OSDiskImage and DataDiskImage cannot point to same blob {os_disk.source.key}.", PROFILE)
    if _has_duplicates([os_disk.source.key, *keys]):
        raise _invalid(
            "Duplicated source ids are found in the input disks. Source id should be unique for each disk.", PROFILE
        )


def _has_duplicates(keys: Iterable[str]) -> bool:
    return any(count > 1 for count in Counter(keys).values())


def _invalid(message: str, target: str) -> ArmError:
    return ArmError(400, "InvalidParameter", message, target=target)


def _community_galleries_not_simulated() -> ArmError:
    return ArmError(
        501,
        "NotImplemented",
        "The Azure simulator does not simulate the operation GalleryImageVersions_CreateOrUpdate from a community "
        "gallery; copy from the gallery itself instead.",
    )
