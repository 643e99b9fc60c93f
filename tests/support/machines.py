"""Virtual machines, disks and snapshots for tests, as Azure shows those that fit the image of tests.support.images."""

from dataclasses import replace
from typing import Any

from azure_batch_operator.core.compute_ids import ComputeKind, ComputeName, GroupName
from azure_batch_operator.core.images import WantedImage
from azure_batch_operator.core.machines import AttachedDisk, MarketplaceImage, ObservedDisk, ObservedMachine
from azure_batch_operator.core.names import OWNER_TAG, VERSION_TAG
from azure_batch_operator.core.plan.source_machine import Disks, judged_machine
from azure_batch_operator.core.sources import MachineSource, SnapshotsNeeded, SourceAnswer
from tests.support.images import HOME, OWNER, SUBSCRIPTION, WANTED

GROUP = GroupName(subscription_id=SUBSCRIPTION, name="machines")
UBUNTU = MarketplaceImage(publisher="canonical", offer="0001-com-ubuntu-server-jammy", sku="22_04-lts")


def compute(kind: ComputeKind, name: str) -> ComputeName:
    """The name of something in the machine's resource group."""
    return ComputeName(group=GROUP, kind=kind, name=name)


MACHINE_NAME = compute("virtualMachines", "render-1")
OS_DISK_NAME = compute("disks", "render-1-os")
DATA_DISK_NAME = compute("disks", "render-1-data")

OS_DISK = ObservedDisk(
    name=OS_DISK_NAME,
    location=HOME,
    provisioning_state="Succeeded",
    sku="Premium_LRS",
    size_gb=30,
    os_type="Linux",
    hyper_v_generation="V1",
    architecture="x64",
)
DATA_DISK = ObservedDisk(
    name=DATA_DISK_NAME, location=HOME, provisioning_state="Succeeded", sku="StandardSSD_LRS", size_gb=512
)
MACHINE = ObservedMachine(
    name=MACHINE_NAME,
    location=HOME,
    provisioning_state="Succeeded",
    power="deallocated",
    generalized=True,
    os_type="Linux",
    hyper_v_generation="V1",
    security_type="Standard",
    os_disk=AttachedDisk(disk=OS_DISK_NAME, caching="ReadWrite"),
    data_disks=(AttachedDisk(lun=3, disk=DATA_DISK_NAME),),
    origin=UBUNTU,
)
SOURCE = MachineSource(id=MACHINE_NAME.id, capture="Snapshots")
DIRECTLY = MachineSource(id=MACHINE_NAME.id, capture="Direct")
WANTED_FROM_MACHINE = replace(WANTED, source=SOURCE)


def by_key(*disks: ObservedDisk) -> Disks:
    """Disks as a look at a machine finds them."""
    return {disk.name.key: disk for disk in disks}


def judged(
    machine: ObservedMachine = MACHINE,
    *disks: ObservedDisk,
    source: MachineSource = SOURCE,
    wanted: WantedImage = WANTED_FROM_MACHINE,
) -> SourceAnswer:
    """What is said about a machine; its disks are the usual ones unless others of their names are given."""
    return judged_machine(wanted, source, machine, {**by_key(OS_DISK, DATA_DISK), **by_key(*disks)})


def needed(wanted: WantedImage = WANTED_FROM_MACHINE) -> SnapshotsNeeded:
    """The snapshots that the machine's version needs."""
    answer = judged(wanted=wanted)
    assert isinstance(answer, SnapshotsNeeded)
    return answer


def a_snapshot(place: int = 0, *, wanted: WantedImage = WANTED_FROM_MACHINE, **changes: Any) -> ObservedDisk:
    """Ours of the OS disk (0) or the data disk (1), for the wanted version."""
    tags = {OWNER_TAG: OWNER.tag(), VERSION_TAG: wanted.name.version}
    disk = replace((OS_DISK, DATA_DISK)[place], name=needed(wanted).captures[place].snapshot, tags=tags)
    return replace(disk, **changes)
