"""What a managed image is made from: a generalized machine, or disks, snapshots and VHDs one by one.

The rules are those of "Create a legacy managed image" and "Trusted Launch for Azure virtual machines"
(learn.microsoft.com).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlsplit

from aiohttp import web

from azure_simulator.answers import ArmError
from azure_simulator.arm_bodies import missing
from azure_simulator.arm_ids import ResourceId
from azure_simulator.compute.bodies import (
    ImageDataDisk,
    ImageDisk,
    ImageOsDisk,
    ImageProperties,
    ImageStorageProfile,
    OsState,
    SubResource,
)
from azure_simulator.compute.disks import ULTRA
from azure_simulator.compute.linked_scopes import require_linked
from azure_simulator.compute.machines import Attachment, Machine
from azure_simulator.compute.models import Compute
from azure_simulator.compute.nesting import compute_of
from azure_simulator.compute.volumes import Generation, OsType, Volume, VolumeData

_PROFILE = "image.properties.storageProfile"
_COMPLETE = 100.0
_AnyDisk = TypeVar("_AnyDisk", ImageOsDisk, ImageDataDisk)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageContents:
    """What a managed image takes over from its sources; `machine_id` is the machine that it is made of, if any."""

    storage: ImageStorageProfile
    os_type: OsType
    os_state: OsState
    hyper_v_generation: Generation
    os_was_generalized: bool = True
    machine_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asking:
    request: web.Request
    image_id: ResourceId
    location: str

    @property
    def compute(self) -> Compute:
        """The compute service."""
        return compute_of(self.request)


def contents_of(
    request: web.Request, image_id: ResourceId, location: str, properties: ImageProperties
) -> ImageContents:
    """What a new image is to hold; raises ArmError for a source that is missing or does not fit."""
    asking = _Asking(request=request, image_id=image_id, location=location)
    generation = properties.hyper_v_generation or "V1"
    storage = properties.storage_profile
    if properties.source_virtual_machine is not None:
        zoned = bool(storage and storage.zone_resilient)
        return _of_machine(asking, properties.source_virtual_machine.id or "", generation, zone_resilient=zoned)
    if storage is None or storage.os_disk is None:
        raise missing(f"{_PROFILE}.osDisk")
    _check_luns([disk.lun for disk in storage.data_disks])
    return _of_disks(asking, storage, storage.os_disk, generation)


def _of_machine(asking: _Asking, text: str, generation: Generation, *, zone_resilient: bool) -> ImageContents:
    machine = _machine(asking, text)
    _check_machine(machine)
    _check_generation(generation, machine.hyper_v_generation, machine.id.text)
    os_disk = ImageOsDisk(os_type=machine.os_type, os_state="Generalized", caching=machine.os_disk.caching)
    data_disks = (
        _from_attachment(asking.compute, ImageDataDisk(lun=attached.lun, caching=attached.caching), attached)
        for attached in machine.data_disks
        if attached.lun is not None
    )
    disk = None if machine.os_disk_id is None else asking.compute.find_disk(machine.os_disk_id)
    return ImageContents(
        storage=ImageStorageProfile(
            os_disk=_from_attachment(asking.compute, os_disk, machine.os_disk),
            data_disks=tuple(data_disks),
            zone_resilient=zone_resilient,
        ),
        os_type=machine.os_type,
        os_state="Generalized",
        hyper_v_generation=generation,
        os_was_generalized=disk is None or disk.os_was_generalized,
        machine_id=machine.id.text,
    )


def _machine(asking: _Asking, text: str) -> Machine:
    machine_id, machine = ResourceId.parse(text), asking.compute.find_machine(text)
    if machine_id is None or machine is None:
        raise _not_there("virtual machine", text)
    require_linked(asking.request, asking.image_id, machine_id, "read")
    _check_region(asking, machine.location, text)
    return machine


def _check_machine(machine: Machine) -> None:
    if not machine.generalized:
        raise _not_allowed(
            f"The operation 'Create Image' requires the Virtual Machine '{machine.id.name}' to be Generalized."
        )
    if machine.security_type != "Standard":
        raise _not_allowed(
            f"The operation 'Create Image' is not supported for the Virtual Machine '{machine.id.name}', whose "
            f"security type is {machine.security_type}; make an image version of a gallery instead."
        )
    found = (machine.compute.find_disk(attached.disk_id) for attached in machine.disks if attached.disk_id is not None)
    for disk in found:
        if disk is not None:
            _check_volume(disk)


def _from_attachment(compute: Compute, wanted: _AnyDisk, attached: Attachment) -> _AnyDisk:
    disk = None if attached.disk_id is None else compute.find_disk(attached.disk_id)
    if disk is None:
        return wanted.model_copy(update={"blob_uri": attached.vhd_uri})
    return _filled(wanted.model_copy(update={"managed_disk": SubResource(id=disk.id.text)}), disk)


def _of_disks(
    asking: _Asking, storage: ImageStorageProfile, os_disk: ImageOsDisk, generation: Generation
) -> ImageContents:
    data = _data(asking, os_disk)
    if data is not None:
        _check_os_disk(os_disk, data, generation)
    os_disk = os_disk.model_copy(update={"caching": os_disk.caching or "ReadWrite"})
    return ImageContents(
        storage=ImageStorageProfile(
            os_disk=_taken(asking, os_disk),
            data_disks=tuple(_taken(asking, disk) for disk in storage.data_disks),
            zone_resilient=bool(storage.zone_resilient),
        ),
        os_type=os_disk.os_type,
        os_state=os_disk.os_state,
        hyper_v_generation=generation,
        os_was_generalized=data is None or data.os_was_generalized,
    )


def _data(asking: _Asking, disk: ImageDisk) -> VolumeData | None:
    """What is on the source of a disk; None for a VHD of an account that is not simulated."""
    volume = _volume(asking, disk)
    if volume is not None:
        return volume.data
    blob = asking.compute.blobs.find(disk.blob_uri or "")
    return None if blob is None else blob.data


def _taken(asking: _Asking, disk: _AnyDisk) -> _AnyDisk:
    volume = _volume(asking, disk)
    if volume is None:
        _check_vhd(disk.blob_uri)
        return disk
    _check_region(asking, volume.location, volume.id.text)
    _check_volume(volume)
    if disk.disk_size_gb is not None and disk.disk_size_gb < volume.size_gb:
        raise _invalid(f"The disk size {disk.disk_size_gb} GB is smaller than the source's {volume.size_gb} GB.")
    return _filled(disk, volume)


def _volume(asking: _Asking, disk: ImageDisk) -> Volume | None:
    if disk.snapshot is not None:
        text = disk.snapshot.id or ""
        return _readable(asking, asking.compute.find_snapshot(text), "snapshot", text)
    if disk.managed_disk is not None:
        text = disk.managed_disk.id or ""
        return _readable(asking, asking.compute.find_disk(text), "disk", text)
    return None


def _readable(asking: _Asking, volume: Volume | None, kind: str, text: str) -> Volume:
    if volume is None:
        raise _not_there(kind, text)
    require_linked(asking.request, asking.image_id, volume.id, "read")
    return volume


def _filled(disk: _AnyDisk, volume: Volume) -> _AnyDisk:
    """The disk with what Azure tells of it beside its source."""
    encryption_set = volume.encryption.encryption_set_id
    inherited = None if encryption_set is None else {"id": encryption_set}
    return disk.model_copy(
        update={
            "disk_size_gb": disk.disk_size_gb or volume.size_gb,
            "storage_account_type": disk.storage_account_type or volume.sku,
            "disk_encryption_set": disk.disk_encryption_set or inherited,
        }
    )


def _check_os_disk(wanted: ImageOsDisk, data: VolumeData, generation: Generation) -> None:
    if data.os_type not in {None, wanted.os_type}:
        raise _invalid(f"The source of the OS disk has the operating system {data.os_type}, not {wanted.os_type}.")
    if data.hyper_v_generation is not None:
        _check_generation(generation, data.hyper_v_generation, "the OS disk")


def _check_generation(wanted: Generation, there: Generation, source: str) -> None:
    if wanted != there:
        raise _invalid(
            f"The Hypervisor generation '{wanted}' of the image is not that of its source {source}, which is '{there}'."
        )


def _check_volume(volume: Volume) -> None:
    if volume.sku == ULTRA:
        raise _not_allowed(f"The operation 'Create Image' is not supported for disks of type {volume.sku}.")
    if volume.ade_encrypted:
        raise _not_allowed(f"The operation 'Create Image' is not supported for the encrypted '{volume.id.name}'.")
    if volume.security_type != "Standard":
        raise _not_allowed(f"The operation 'Create Image' is not supported for the trusted '{volume.id.name}'.")
    if volume.state != "Succeeded" or volume.completion_percent < _COMPLETE:
        raise _not_allowed(f"'{volume.id.name}' is not complete yet; its provisioning state is {volume.state}.")


def _check_region(asking: _Asking, location: str, source: str) -> None:
    if location != asking.location:
        raise _invalid(f"The source '{source}' is in {location}; the image has to be there too.")


def _check_luns(luns: Iterable[int]) -> None:
    known = list(luns)
    if len(set(known)) != len(known):
        raise ArmError(
            400,
            "InvalidParameter",
            "Duplicated lun numbers have been detected in the input data disks. Lun number must be unique for "
            "each data disk.",
            target="dataDisks",
        )


def _check_vhd(uri: str | None) -> None:
    """A VHD is taken by its address."""
    if uri is None:
        raise missing(f"{_PROFILE}.osDisk.blobUri")
    address = urlsplit(uri)
    if address.scheme not in {"http", "https"} or not address.path.casefold().endswith(".vhd"):
        raise _invalid(f"The blob URI '{uri}' is not the address of a page blob whose name ends with .vhd.")


def _not_there(kind: str, resource_id: str) -> ArmError:
    return ArmError(404, "NotFound", f"The {kind} '{resource_id}' is not found.", target=kind)


def _invalid(message: str) -> ArmError:
    return ArmError(400, "InvalidParameter", message, target=_PROFILE)


def _not_allowed(message: str) -> ArmError:
    return ArmError(409, "OperationNotAllowed", message)
