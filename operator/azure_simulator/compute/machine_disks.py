"""The disks of a machine: which ones a request names, and whether the machine may have them."""

from aiohttp import web

from azure_simulator.answers import ArmError
from azure_simulator.arm_bodies import missing
from azure_simulator.arm_ids import ResourceId, key_of
from azure_simulator.compute.disks import ManagedDisk
from azure_simulator.compute.linked_scopes import require_linked
from azure_simulator.compute.machine_bodies import MachineDataDisk, MachineDisk, MachineOsDisk
from azure_simulator.compute.machines import Attachment, Caching, Machine
from azure_simulator.compute.models import Compute
from azure_simulator.compute.nesting import compute_of
from azure_simulator.resources.admission import not_found

_DISKS = "Microsoft.Compute/disks"


def os_attachment(body: MachineOsDisk) -> Attachment:
    """The OS disk that a new machine is to boot from; raises ArmError for one that is not simulated."""
    if body.diff_disk_settings is not None:
        raise not_simulated_with("an ephemeral OS disk")
    return _attachment(body, "osDisk", caching="ReadWrite")


def data_attachments(disks: tuple[MachineDataDisk, ...]) -> tuple[Attachment, ...]:
    """The data disks that a machine is to have; raises ArmError when two have one LUN."""
    kept = [disk for disk in disks if not disk.to_be_detached]
    luns = [disk.lun for disk in kept]
    if len(set(luns)) != len(luns):
        raise ArmError(
            400,
            "InvalidParameter",
            "Duplicated lun numbers have been detected in the input data disks. Lun number must be unique for "
            "each data disk.",
            target="dataDisks",
        )
    return tuple(_attachment(disk, "dataDisks", caching="None", lun=disk.lun) for disk in kept)


def check_disks(request: web.Request, machine_id: ResourceId, location: str, disks: tuple[Attachment, ...]) -> None:
    """Refuse disks that are missing, elsewhere, attached to another machine or not the caller's to attach."""
    for attached in disks:
        if attached.disk_id is not None:
            _check_disk(request, machine_id, location, attached.disk_id)


def attach(machine: Machine, disks: tuple[Attachment, ...]) -> None:
    """Let the machine have these data disks and no others."""
    kept = {key_of(disk.disk_id) for disk in disks if disk.disk_id is not None}
    for before in machine.data_disks:
        if before.disk_id is not None and key_of(before.disk_id) not in kept:
            _own(machine.compute, before.disk_id, None)
    machine.data_disks = disks
    for attached in machine.disks:
        if attached.disk_id is not None:
            _own(machine.compute, attached.disk_id, machine.id.text)


def not_simulated_with(what: str) -> ArmError:
    """The refusal of a machine that Azure could make and this simulator cannot."""
    return ArmError(
        501,
        "NotImplemented",
        f"The Azure simulator does not simulate the operation VirtualMachines_CreateOrUpdate with {what}; it makes "
        "machines from disks that exist.",
    )


def _attachment(body: MachineDisk, member: str, *, caching: Caching, lun: int | None = None) -> Attachment:
    disk_id = None if body.managed_disk is None else body.managed_disk.id
    vhd_uri = None if body.vhd is None or disk_id is not None else body.vhd.uri
    attaches = body.create_option == "Attach"
    if body.write_accelerator_enabled:
        raise not_simulated_with(f"the write accelerator of {member}")
    if disk_id is None and not attaches:
        raise not_simulated_with(f"the createOption {body.create_option} of {member}")
    if disk_id is None and vhd_uri is None:
        raise missing(f"{member}.managedDisk.id")
    return Attachment(
        disk_id=disk_id,
        vhd_uri=vhd_uri,
        lun=lun,
        caching=body.caching or caching,
        create_option=body.create_option,
        delete_option=body.delete_option or "Detach",
    )


def _check_disk(request: web.Request, machine_id: ResourceId, location: str, text: str) -> None:
    disk_id = ResourceId.parse(text)
    if disk_id is None or not disk_id.is_a(_DISKS):
        raise ArmError(400, "InvalidParameter", f"The id '{text}' names no managed disk.", target="managedDisk.id")
    require_linked(request, machine_id, disk_id, "write")
    disk = compute_of(request).find_disk(text)
    if disk is None:
        raise not_found(disk_id)
    _check_free(disk, machine_id, location)


def _check_free(disk: ManagedDisk, machine_id: ResourceId, location: str) -> None:
    if disk.managed_by is not None and key_of(disk.managed_by) != machine_id.key:
        raise ArmError(
            409,
            "ConflictingUserInput",
            f"Disk '{disk.id.text}' cannot be attached as the disk is already owned by VM '{disk.managed_by}'.",
        )
    if disk.location != location:
        raise ArmError(
            400,
            "BadRequest",
            f"Disk '{disk.id.name}' is in {disk.location}; a machine in {location} cannot have it.",
            target="managedDisk.id",
        )
    if disk.being_read or disk.state not in {"Succeeded", "Updating"}:
        raise ArmError(
            409,
            "OperationNotAllowed",
            f"Disk '{disk.id.name}' cannot be attached while it is {disk.disk_state} and its provisioning state is "
            f"{disk.state}.",
        )


def _own(compute: Compute, disk_id: str, machine_id: str | None) -> None:
    disk = compute.find_disk(disk_id)
    if disk is not None:
        disk.managed_by = machine_id
