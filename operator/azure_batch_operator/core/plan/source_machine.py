"""Whether a version can be made from a virtual machine: every rule is checked before anything is made."""

import hashlib
from collections.abc import Iterator, Mapping

from azure_batch_operator.core.compute_ids import ComputeName
from azure_batch_operator.core.images import WantedImage
from azure_batch_operator.core.json import Json, JsonObject
from azure_batch_operator.core.machines import AttachedDisk, MarketplaceImage, ObservedDisk, ObservedMachine
from azure_batch_operator.core.names import same
from azure_batch_operator.core.plan.source_rules import System, disk_objections, encrypted_inside, system_objections
from azure_batch_operator.core.sources import (
    CapturedDisk,
    MachineSource,
    Objection,
    SnapshotsNeeded,
    SourceAnswer,
    SourceAwaited,
    SourceReady,
    SourceRefused,
)

MOST_NAME_CHARACTERS = 80
"""Longest name of a snapshot (Microsoft's page 'Naming rules and restrictions for Azure resources')."""

_HASH_CHARACTERS = 12

Disks = Mapping[str, ObservedDisk]
"""Disks, by the key of their names."""


def judged_machine(wanted: WantedImage, source: MachineSource, machine: ObservedMachine, disks: Disks) -> SourceAnswer:
    """A machine must be finished, keep every rule, and have all its managed disks."""
    told = machine.name.id
    if not same(machine.provisioning_state, "Succeeded"):
        return SourceAwaited(
            reason="SourceNotFinished", message=f"{told} is {machine.provisioning_state or 'not finished'}."
        )
    if same(machine.power, "deallocating"):
        return SourceAwaited(reason="SourceNotFinished", message=f"{told} is being deallocated.")
    if missing := [each.disk.id for each in machine.disks if each.disk and each.disk.key not in disks]:
        return SourceAwaited(
            reason="SourceNotFound", message=f"{told} names disks that are not there: {', '.join(missing)}."
        )
    if objections := tuple(dict.fromkeys(_objections(wanted, source, machine, disks))):
        return SourceRefused(told=told, objections=objections)
    if source.capture == "Direct":
        return _direct(machine, disks)
    return SnapshotsNeeded(
        location=machine.location,
        captures=tuple(_captures(wanted, machine)),
        told=told,
        origin=_origin(machine, disks),
    )


def completed(needed: SnapshotsNeeded, snapshots: Disks) -> SourceReady | SnapshotsNeeded:
    """Ready, once every disk has its snapshot among these, which are ours, and all of them are complete."""
    found = [snapshots.get(disk.snapshot.key) for disk in needed.captures]
    if not all(snapshot is not None and snapshot.done for snapshot in found):
        return needed
    return SourceReady(
        location=needed.location,
        storage_profile=_profile_of_snapshots(needed.captures),
        told=f"snapshots of {needed.told}",
        origin=needed.origin,
        captures=needed.captures,
    )


def snapshot_name(wanted: WantedImage, machine: ObservedMachine, disk: ComputeName, *, lun: int | None) -> ComputeName:
    """The snapshot of a disk for a version: beside the machine, and another for every owner, version and disk."""
    told = f"{wanted.owner.tag()}\n{wanted.name.id}\n{disk.id}".casefold()
    digest = hashlib.sha256(told.encode()).hexdigest()[:_HASH_CHARACTERS]
    place = "os" if lun is None else f"lun{lun}"
    ending = f"-{wanted.name.version}-{place}-{digest}"
    beginning = wanted.name.definition.definition[: MOST_NAME_CHARACTERS - len(ending)]
    return ComputeName(group=machine.name.group, kind="snapshots", name=f"{beginning}{ending}")


def _objections(
    wanted: WantedImage, source: MachineSource, machine: ObservedMachine, disks: Disks
) -> Iterator[Objection]:
    yield from _state_objections(source, machine)
    yield from _extension_objections(machine)
    for attached in machine.disks:
        yield from _attachment_objections(attached)
        if attached.disk is not None:
            disk = disks[attached.disk.key]
            words = f"Its {attached.words}"
            yield from disk_objections(disk, words, is_os=attached.lun is None)
            yield from _region_objections(machine, disk, words)
    yield from system_objections(wanted.definition, _system(machine, disks))


def _state_objections(source: MachineSource, machine: ObservedMachine) -> Iterator[Objection]:
    """A snapshot has no OS state, so a word is enough for it; directly, Azure asks its own record of the machine."""
    through_snapshots = source.capture == "Snapshots"
    if through_snapshots and not same(machine.power, "deallocated"):
        yield Objection(
            reason="VmRunning",
            message=f"It is {machine.power or 'in an unknown power state'}: deallocate it (az vm deallocate), so "
            f"that its disks stand still.",
        )
    if machine.generalized or (through_snapshots and source.generalized):
        return
    word = " If it was, and only Azure was not told, write generalized: true." if through_snapshots else ""
    yield Objection(
        reason="SourceNotGeneralized",
        message=f"It is not generalized: run waagent -deprovision or sysprep in it, deallocate it, and tell "
        f"Azure (az vm generalize).{word}",
    )


def _extension_objections(machine: ObservedMachine) -> Iterator[Objection]:
    if machine.extensions:
        yield Objection(
            reason="SourceHasExtensions",
            message=f"It has VM extensions ({', '.join(machine.extensions)}), whose traces keep nodes "
            f"from starting: remove them (az vm extension delete), and generalize it again.",
        )


def _attachment_objections(attached: AttachedDisk) -> Iterator[Objection]:
    words = f"Its {attached.words}"
    if attached.ephemeral:
        yield Objection(
            reason="SourceEphemeralDisk",
            message=f"{words} is ephemeral, of which Azure makes no images: make the machine with a managed disk.",
        )
    elif attached.disk is None:
        yield Objection(
            reason="SourceUnmanagedDisk",
            message=f"{words} is a VHD in a storage account: convert it to a managed disk (az vm convert), or publish "
            f"from the VHD.",
        )
    if attached.on_temporary_disk:
        yield Objection(
            reason="SourceTemporaryDisk",
            message=f"{words} takes the place of the temporary disk: Batch needs a machine with the default one.",
        )
    if attached.encrypted_inside:
        yield encrypted_inside(words)


def _region_objections(machine: ObservedMachine, disk: ObservedDisk, words: str) -> Iterator[Objection]:
    if disk.location != machine.location:
        yield Objection(
            reason="SourceInOtherRegion",
            message=f"{words} is in {disk.location}, the machine in {machine.location}: a version is made from one "
            f"region only.",
        )


def _system(machine: ObservedMachine, disks: Disks) -> System:
    os_disk = _os_disk(machine, disks)
    return System(
        told="It",
        os_type=machine.os_type or None,
        generation=machine.hyper_v_generation or (os_disk.hyper_v_generation if os_disk else None),
        architecture=os_disk.architecture if os_disk else None,
        security_type=machine.security_type,
        plan=machine.plan or (os_disk.plan if os_disk else None),
    )


def _os_disk(machine: ObservedMachine, disks: Disks) -> ObservedDisk | None:
    """None where the OS disk is unmanaged."""
    return disks.get(machine.os_disk.disk.key) if machine.os_disk.disk else None


def _origin(machine: ObservedMachine, disks: Disks) -> MarketplaceImage | None:
    os_disk = _os_disk(machine, disks)
    return machine.origin or (os_disk.origin if os_disk else None)


def _direct(machine: ObservedMachine, disks: Disks) -> SourceReady:
    return SourceReady(
        location=machine.location,
        storage_profile={"source": {"virtualMachineId": machine.name.id}},
        told=machine.name.id,
        origin=_origin(machine, disks),
    )


def _captures(wanted: WantedImage, machine: ObservedMachine) -> Iterator[CapturedDisk]:
    for attached in machine.disks:
        if attached.disk is not None:
            snapshot = snapshot_name(wanted, machine, attached.disk, lun=attached.lun)
            yield CapturedDisk(attached=attached, disk=attached.disk, snapshot=snapshot)


def _profile_of_snapshots(captures: tuple[CapturedDisk, ...]) -> JsonObject:
    os_disk = next(capture for capture in captures if capture.attached.lun is None)
    data_disks = [capture for capture in captures if capture.attached.lun is not None]
    return {
        "osDiskImage": _disk_image(os_disk),
        "dataDiskImages": [{"lun": capture.attached.lun, **_disk_image(capture)} for capture in data_disks],
    }


def _disk_image(capture: CapturedDisk) -> dict[str, Json]:
    caching: dict[str, Json] = {"hostCaching": capture.attached.caching} if capture.attached.caching else {}
    return {**caching, "source": {"id": capture.snapshot.id}}
