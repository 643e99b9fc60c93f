"""Virtual machines as sources of image versions: what is taken over from them, and why one is refused.

The messages are those of "Troubleshoot problems with shared images" (learn.microsoft.com).
"""

from azure_simulator.compute.bodies import FullSource
from azure_simulator.compute.disks import ULTRA, ManagedDisk
from azure_simulator.compute.galleries import ImageDefinition
from azure_simulator.compute.machines import Attachment, Machine
from azure_simulator.compute.models import Compute
from azure_simulator.compute.source_names import WholeSource
from azure_simulator.compute.source_rules import Origin, not_found, refusal
from azure_simulator.compute.source_volumes import boots_nodes, encrypted_inside, keys_of
from azure_simulator.compute.versions import Contents, Disk


def machine_origin(compute: Compute, named: WholeSource, definition: ImageDefinition, location: str) -> Origin:
    """The disks of a machine as a source; raises ArmError for a machine that has none, or wrong ones."""
    machine = compute.find_machine(named.id.text)
    if machine is None or machine.location != location or machine.state == "Failed":
        raise not_found(named.id.text)
    _check_disks(compute, machine)
    os_disk, data_disks = _disks_of(compute, machine)
    contents = Contents(
        os_disk=_disk(os_disk, machine.os_disk),
        data_disks=tuple(_disk(disk, attached) for disk, attached in data_disks),
        source=_answered(machine, named),
        boots_nodes=boots_nodes(os_disk.data, definition),
    )
    keys = tuple(key for disk in (os_disk, *(disk for disk, _ in data_disks)) for key in keys_of(disk))
    return Origin(
        id=machine.id.text,
        contents=contents,
        os_type=machine.os_type,
        os_state="Generalized" if machine.generalized else "Specialized",
        hyper_v_generation=machine.hyper_v_generation,
        architecture=machine.architecture,
        security_type=machine.security_type,
        plan=machine.plan,
        plan_known=True,
        customer_keys=keys,
    )


def _answered(machine: Machine, named: WholeSource) -> FullSource:
    text = machine.id.text
    return FullSource(virtual_machine_id=text) if named.by_machine_id else FullSource(id=text)


def _check_disks(compute: Compute, machine: Machine) -> None:
    if machine.ephemeral_os_disk:
        raise refusal(f"Source virtual machine {machine.id.text} cannot contain an ephemeral OS disk.")
    if any(attached.disk_id is None for attached in machine.disks):
        raise refusal(f"Source virtual machine {machine.id.text} must be created from Managed Disks.")
    for disk in _managed(compute, machine):
        if disk.sku.casefold() == ULTRA.casefold():
            raise refusal(
                f"Source virtual machine {machine.id.text} cannot contain disk ['{disk.id.text}'] stored in an "
                "UltraSSD account type."
            )
        if disk.ade_encrypted and not compute.switches.ade_sources_accepted:
            raise encrypted_inside(machine.id.text)


def _managed(compute: Compute, machine: Machine) -> list[ManagedDisk]:
    found = [compute.find_disk(attached.disk_id) for attached in machine.disks if attached.disk_id is not None]
    return [disk for disk in found if disk is not None]


def _disks_of(compute: Compute, machine: Machine) -> tuple[ManagedDisk, list[tuple[ManagedDisk, Attachment]]]:
    pairs = list(zip(_managed(compute, machine), machine.disks, strict=True))
    (os_disk, _), *data_disks = pairs
    return os_disk, data_disks


def _disk(disk: ManagedDisk, attached: Attachment) -> Disk:
    return Disk(size_gb=disk.size_gb, caching=attached.caching, lun=attached.lun)
