"""Disks, snapshots and VHDs as sources of image versions: found, checked, and what is taken over from them."""

from datetime import datetime
from typing import assert_never

from azure_simulator.answers import ArmError
from azure_simulator.compute.blobs import Blob, token_of, without_token
from azure_simulator.compute.bodies import DiskSource
from azure_simulator.compute.disks import ULTRA
from azure_simulator.compute.galleries import ImageDefinition
from azure_simulator.compute.models import Compute
from azure_simulator.compute.source_names import PROFILE, BlobName, DiskSources, NamedDisk, VolumeName
from azure_simulator.compute.source_rules import NO_SYSTEM, Origin, not_found, refusal
from azure_simulator.compute.versions import Caching, Contents, Disk
from azure_simulator.compute.volumes import Volume, VolumeData

_COMPLETE = 100.0


def disks_origin(compute: Compute, named: DiskSources, definition: ImageDefinition, location: str) -> Origin:
    """The source that single disks make together; raises ArmError for one that cannot be read."""
    os_source = _read(compute, named.os_disk, location)
    data_sources = [_read(compute, disk, location) for disk in named.data_disks]
    contents = Contents(
        os_disk=_disk(named.os_disk, os_source, "ReadWrite"),
        data_disks=tuple(
            _disk(disk, source, "None") for disk, source in zip(named.data_disks, data_sources, strict=True)
        ),
        boots_nodes=boots_nodes(os_source.data, definition),
    )
    match os_source:
        case Volume():
            keys = tuple(key for source in (os_source, *data_sources) for key in keys_of(source))
            return _volume_origin(os_source, contents, keys)
        case Blob():
            return Origin(id=os_source.uri, contents=contents, encryptable=compute.switches.encrypt_every_source)
        case _:
            assert_never(os_source)


def _volume_origin(volume: Volume, contents: Contents, keys: tuple[str, ...]) -> Origin:
    """What Azure sees of an OS disk or of its snapshot: everything but whether it was generalized."""
    return Origin(
        id=volume.id.text,
        contents=contents,
        os_type=volume.os_type or NO_SYSTEM,
        hyper_v_generation=volume.hyper_v_generation,
        architecture=volume.architecture,
        security_type=volume.security_type,
        plan=volume.plan,
        plan_known=True,
        customer_keys=keys,
    )


def boots_nodes(data: VolumeData, definition: ImageDefinition) -> bool:
    """Whether nodes can start from an OS disk that is published as the definition says.

    They cannot from one that is encrypted from inside ("Use the Azure Compute Gallery to create a custom image pool",
    learn.microsoft.com).
    """
    return (
        data.os_was_generalized
        and not data.ade_encrypted
        and data.os_type == definition.os_type
        and data.hyper_v_generation in {None, definition.hyper_v_generation}
        and data.architecture in {None, definition.architecture}
    )


def keys_of(source: Volume | Blob) -> tuple[str, ...]:
    """The disk encryption sets that encrypt a source; none for a VHD."""
    if isinstance(source, Blob) or source.encryption.encryption_set_id is None:
        return ()
    return (source.encryption.encryption_set_id,)


def _check_volume(volume: Volume, *, ade_allowed: bool) -> None:
    """Refuse a disk or snapshot that no version can be made from; raises ArmError."""
    if volume.sku.casefold() == ULTRA.casefold():
        raise refusal(f"Source disk '{volume.id.text}' cannot be stored in an UltraSSD account type.")
    if volume.state != "Succeeded" or volume.completion_percent < _COMPLETE:
        raise refusal(
            f"The source '{volume.id.text}' cannot be read: its provisioning state is '{volume.state}', and "
            f"{volume.completion_percent:g} percent of it are copied. Please retry when it is complete."
        )
    if volume.ade_encrypted and not ade_allowed:
        raise encrypted_inside(volume.id.text)


def encrypted_inside(source_id: str) -> ArmError:
    """The refusal of a disk that Azure Disk Encryption has encrypted."""
    return refusal(
        f"The source '{source_id}' is encrypted with Azure Disk Encryption, which is not supported for images. Decrypt "
        "the disk, or use server-side encryption instead."
    )


def find_volume(compute: Compute, name: VolumeName) -> Volume | None:
    """The disk or snapshot of that name."""
    return compute.find_disk(name.id.text) or compute.find_snapshot(name.id.text)


def _read(compute: Compute, disk: NamedDisk, location: str) -> Volume | Blob:
    match disk.source:
        case VolumeName() as name:
            volume = find_volume(compute, name)
            if volume is None or volume.location != location:
                raise not_found(name.id.text)
            _check_volume(volume, ade_allowed=compute.switches.ade_sources_accepted)
            return volume
        case BlobName() as name:
            return _opened(compute, name, location)
        case _:
            assert_never(disk.source)


def _opened(compute: Compute, name: BlobName, location: str) -> Blob:
    blob = compute.blobs.find(name.uri)
    if blob is None or blob.location != location:
        raise not_found(without_token(name.uri))
    _check_account(compute, name, blob)
    _check_token(name, blob, compute.clock.now())
    return blob


def _check_account(compute: Compute, name: BlobName, blob: Blob) -> None:
    if name.account_id is None:
        if token_of(name.uri) and compute.switches.sas_replaces_storage_account:
            return
        raise ArmError(
            400,
            "InvalidParameter",
            f"The storage account of the blob '{blob.uri}' has to be given as storageAccountId.",
            target=f"{PROFILE}.osDiskImage.source.storageAccountId",
        )
    if name.account_id.key != blob.account_id.key:
        raise ArmError(
            400,
            "InvalidParameter",
            f"The blob '{blob.uri}' is not in the storage account '{name.account_id.text}'.",
            target=f"{PROFILE}.osDiskImage.source.storageAccountId",
        )


def _check_token(name: BlobName, blob: Blob, now: datetime) -> None:
    if not blob.opens_with(token_of(name.uri), now):
        raise ArmError(
            403,
            "AccessDenied",
            f"The blob '{blob.uri}' cannot be read with the shared access signature of its URI: there is none, it is "
            "not valid, or it has expired.",
            target=f"{PROFILE}.osDiskImage.source.uri",
        )


def _disk(named: NamedDisk, source: Volume | Blob, caching: Caching) -> Disk:
    return Disk(
        size_gb=source.data.size_gb, caching=named.caching or caching, lun=named.lun, source=_answered(named.source)
    )


def _answered(name: VolumeName | BlobName) -> DiskSource:
    """The source as answers repeat it, without a token."""
    match name:
        case VolumeName():
            return DiskSource(id=name.id.text)
        case BlobName():
            account = None if name.account_id is None else name.account_id.text
            return DiskSource(uri=without_token(name.uri), storage_account_id=account)
        case _:
            assert_never(name)
