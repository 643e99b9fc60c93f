"""What is said about a virtual machine as the source of an image version."""

from dataclasses import replace
from typing import Any

import pytest

from azure_batch_operator.core.images import WantedImage
from azure_batch_operator.core.json import Json
from azure_batch_operator.core.machines import AttachedDisk, ObservedDisk, ObservedMachine, PurchasePlan
from azure_batch_operator.core.plan.source_machine import MOST_NAME_CHARACTERS, completed
from azure_batch_operator.core.sources import (
    SnapshotsNeeded,
    SourceAnswer,
    SourceAwaited,
    SourceReady,
    SourceRefused,
)
from tests.support.images import HOME, WANTED
from tests.support.machines import (
    DATA_DISK,
    DATA_DISK_NAME,
    DIRECTLY,
    MACHINE,
    MACHINE_NAME,
    OS_DISK,
    OS_DISK_NAME,
    SOURCE,
    UBUNTU,
    WANTED_FROM_MACHINE,
    a_snapshot,
    by_key,
    judged,
    needed,
)

PLAN = PurchasePlan(name="hourly", publisher="contoso", product="renderer")
PLAN_ON_WIRE: Json = {"name": "hourly", "publisher": "contoso", "product": "renderer"}


def reasons(answer: SourceAnswer) -> list[str]:
    """Why the source is refused."""
    assert isinstance(answer, SourceRefused)
    return [objection.reason for objection in answer.objections]


def wanted_with(**definition: Json) -> WantedImage:
    return replace(WANTED_FROM_MACHINE, definition={**WANTED.definition, **definition})


def secured(security_type: str) -> WantedImage:
    return wanted_with(features=[{"name": "SecurityType", "value": security_type}])


# --- what fits


def test_a_machine_that_keeps_every_rule_needs_a_snapshot_of_each_disk() -> None:
    answer = judged()
    assert isinstance(answer, SnapshotsNeeded)
    assert (answer.location, answer.origin) == (HOME, UBUNTU)
    assert [disk.disk for disk in answer.captures] == [OS_DISK_NAME, DATA_DISK_NAME]


def test_the_version_is_made_from_the_snapshots_when_all_are_complete() -> None:
    os_disk, data_disk = needed().captures
    assert completed(needed(), by_key(a_snapshot(0), a_snapshot(1))) == SourceReady(
        location=HOME,
        storage_profile={
            "osDiskImage": {"hostCaching": "ReadWrite", "source": {"id": os_disk.snapshot.id}},
            "dataDiskImages": [{"lun": 3, "source": {"id": data_disk.snapshot.id}}],
        },
        told=f"snapshots of {MACHINE_NAME.id}",
        origin=UBUNTU,
        captures=needed().captures,
    )


@pytest.mark.parametrize(
    "changes", [{"completion": 99.0}, {"provisioning_state": "Updating"}, {"provisioning_state": "Failed"}]
)
def test_a_snapshot_that_is_not_complete_is_no_source(changes: dict[str, Any]) -> None:
    assert completed(needed(), by_key(a_snapshot(0), a_snapshot(1, **changes))) == needed()
    assert completed(needed(), by_key(a_snapshot(0))) == needed()


def test_a_generalized_machine_is_a_source_itself() -> None:
    assert judged(source=DIRECTLY) == SourceReady(
        location=HOME,
        storage_profile={"source": {"virtualMachineId": MACHINE_NAME.id}},
        told=MACHINE_NAME.id,
        origin=UBUNTU,
    )


def test_snapshots_are_named_alike_each_time_and_differently_for_every_disk_version_and_owner() -> None:
    newer = replace(WANTED_FROM_MACHINE, name=replace(WANTED.name, version="2.0.0"))
    anothers = replace(WANTED_FROM_MACHINE, owner=replace(WANTED.owner, namespace="films"))
    names = [disk.snapshot for wanted in (WANTED_FROM_MACHINE, newer, anothers) for disk in needed(wanted).captures]
    assert needed().captures == needed().captures
    assert len({name.key for name in names}) == 6
    assert {name.group for name in names} == {MACHINE_NAME.group}


def test_the_longest_names_give_snapshots_legal_ones() -> None:
    definition = replace(WANTED.name.definition, definition="r" * 80)
    version = replace(WANTED.name, definition=definition, version="4294967295.4294967295.4294967295")
    for disk in needed(replace(WANTED_FROM_MACHINE, name=version)).captures:
        assert len(disk.snapshot.name) == MOST_NAME_CHARACTERS
        assert disk.snapshot.name.replace("-", "").replace(".", "").isalnum()


def test_the_disk_tells_the_origin_where_the_machine_does_not() -> None:
    answer = judged(replace(MACHINE, origin=None), replace(OS_DISK, origin=UBUNTU))
    assert isinstance(answer, SnapshotsNeeded)
    assert answer.origin == UBUNTU


# --- what is waited for


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"provisioning_state": "Updating"}, "SourceNotFinished"),
        ({"power": "deallocating"}, "SourceNotFinished"),
        ({"os_disk": AttachedDisk(disk=replace(OS_DISK_NAME, name="gone"))}, "SourceNotFound"),
    ],
)
def test_a_machine_that_is_not_finished_is_waited_for(changes: dict[str, Any], reason: str) -> None:
    answer = judged(replace(MACHINE, **changes))
    assert isinstance(answer, SourceAwaited)
    assert answer.reason == reason


# --- what is refused

UNMANAGED = AttachedDisk()
EPHEMERAL = AttachedDisk(disk=OS_DISK_NAME, ephemeral=True)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"power": "running"}, "VmRunning"),
        ({"power": "stopped"}, "VmRunning"),
        ({"generalized": False}, "SourceNotGeneralized"),
        ({"extensions": ("AzureMonitorLinuxAgent",)}, "SourceHasExtensions"),
        ({"os_disk": UNMANAGED}, "SourceUnmanagedDisk"),
        ({"os_disk": EPHEMERAL}, "SourceEphemeralDisk"),
        ({"os_disk": AttachedDisk(disk=OS_DISK_NAME, encrypted_inside=True)}, "SourceEncrypted"),
        ({"os_disk": AttachedDisk(disk=OS_DISK_NAME, on_temporary_disk=True)}, "SourceTemporaryDisk"),
        ({"os_type": "Windows"}, "SourceMismatch"),
        ({"hyper_v_generation": "V2"}, "SourceMismatch"),
        ({"security_type": "TrustedLaunch"}, "SourceMismatch"),
        ({"plan": PLAN}, "PurchasePlanMismatch"),
    ],
)
def test_a_machine_that_violates_one_rule_is_refused_for_it_alone(changes: dict[str, Any], reason: str) -> None:
    assert reasons(judged(replace(MACHINE, **changes))) == [reason]


@pytest.mark.parametrize(
    ("disk", "reason"),
    [
        (replace(OS_DISK, encrypted_inside=True), "SourceEncrypted"),
        (replace(OS_DISK, architecture="Arm64"), "SourceMismatch"),
        (replace(OS_DISK, plan=PLAN), "PurchasePlanMismatch"),
        (replace(OS_DISK, size_gb=2049), "SourceTooLarge"),
        (replace(DATA_DISK, size_gb=1025), "SourceTooLarge"),
        (replace(DATA_DISK, sku="UltraSSD_LRS"), "SourceDiskUnsupported"),
        (replace(DATA_DISK, sku="PremiumV2_LRS"), "SourceDiskUnsupported"),
        (replace(DATA_DISK, encrypted_inside=True), "SourceEncrypted"),
        (replace(DATA_DISK, location="northeurope"), "SourceInOtherRegion"),
    ],
)
def test_a_disk_that_violates_one_rule_is_told_for_it_alone(disk: ObservedDisk, reason: str) -> None:
    assert reasons(judged(MACHINE, disk)) == [reason]


@pytest.mark.parametrize("disk", [replace(OS_DISK, size_gb=2048), replace(DATA_DISK, size_gb=1024)])
def test_the_largest_disks_fit(disk: ObservedDisk) -> None:
    assert isinstance(judged(MACHINE, disk), SnapshotsNeeded)


def test_every_rule_that_is_violated_is_told_at_once() -> None:
    broken = replace(
        MACHINE,
        power="running",
        generalized=False,
        extensions=("CustomScript",),
        os_type="Windows",
        hyper_v_generation="V2",
        security_type="TrustedLaunch",
        plan=PLAN,
        os_disk=replace(EPHEMERAL, on_temporary_disk=True, encrypted_inside=True),
        data_disks=(*MACHINE.data_disks, AttachedDisk(lun=5)),
    )
    answer = judged(
        broken,
        replace(OS_DISK, size_gb=4096, architecture="Arm64", encrypted_inside=True),
        replace(DATA_DISK, sku="UltraSSD_LRS", size_gb=4096, location="northeurope"),
    )
    assert sorted(reasons(answer)) == sorted(
        [
            *("VmRunning", "SourceNotGeneralized", "SourceHasExtensions", "PurchasePlanMismatch"),
            *("SourceEphemeralDisk", "SourceTemporaryDisk", "SourceEncrypted", "SourceUnmanagedDisk"),
            *("SourceTooLarge", "SourceTooLarge", "SourceDiskUnsupported", "SourceInOtherRegion"),
            *("SourceMismatch", "SourceMismatch", "SourceMismatch", "SourceMismatch"),
        ]
    )


def test_a_refusal_names_the_machine_and_for_each_rule_what_to_do() -> None:
    answer = judged(replace(MACHINE, power="running", extensions=("CustomScript", "Monitor")))
    assert isinstance(answer, SourceRefused)
    running, extensions = (objection.message for objection in answer.objections)
    assert running == "It is running: deallocate it (az vm deallocate), so that its disks stand still."
    assert answer.message == f"No version can be made from {MACHINE_NAME.id}. {running} {extensions}"
    assert "(CustomScript, Monitor)" in extensions
    assert "az vm extension delete" in extensions


# --- who says that it is generalized


@pytest.mark.parametrize(
    ("machine", "source", "refused"),
    [
        (replace(MACHINE, generalized=False), replace(SOURCE, generalized=True), []),
        (replace(MACHINE, generalized=False), SOURCE, ["SourceNotGeneralized"]),
        (replace(MACHINE, generalized=False), replace(DIRECTLY, generalized=True), ["SourceNotGeneralized"]),
        (replace(MACHINE, power="stopped"), DIRECTLY, []),
    ],
)
def test_a_word_is_enough_for_snapshots_and_azures_own_record_for_the_machine(
    machine: ObservedMachine, source: Any, refused: list[str]
) -> None:
    answer = judged(machine, source=source)
    assert (reasons(answer) if isinstance(answer, SourceRefused) else []) == refused


# --- the definition


@pytest.mark.parametrize(
    ("security_type", "wanted", "fits"),
    [
        ("Standard", "Standard", True),
        ("Standard", "TrustedLaunchSupported", True),
        ("Standard", "TrustedLaunchAndConfidentialVmSupported", True),
        ("TrustedLaunch", "TrustedLaunch", True),
        ("ConfidentialVM", "ConfidentialVM", True),
        ("Standard", "TrustedLaunch", False),
        ("TrustedLaunch", "TrustedLaunchSupported", False),
        ("TrustedLaunch", "ConfidentialVM", False),
        ("ConfidentialVM", "Standard", False),
    ],
)
def test_what_a_machine_keeps_beside_its_disks_fits_images_of_its_own_kind_only(
    security_type: Any, wanted: str, fits: bool
) -> None:
    answer = judged(replace(MACHINE, security_type=security_type), wanted=secured(wanted))
    assert isinstance(answer, SnapshotsNeeded) is fits


@pytest.mark.parametrize(
    ("plan", "wanted", "words"),
    [
        (PLAN, None, "has the purchase plan contoso/renderer/hourly: write it"),
        (None, PLAN_ON_WIRE, "has no purchase plan"),
        (replace(PLAN, name="yearly"), PLAN_ON_WIRE, "contoso/renderer/yearly, spec.definition.purchasePlan is"),
    ],
)
def test_another_plan_than_the_definitions_is_refused_in_words(
    plan: PurchasePlan | None, wanted: Json, words: str
) -> None:
    answer = judged(replace(MACHINE, plan=plan), wanted=wanted_with(purchasePlan=wanted))
    assert isinstance(answer, SourceRefused)
    assert words in answer.objections[0].message


def test_the_same_plan_fits_whatever_its_letter_case() -> None:
    machine = replace(MACHINE, plan=replace(PLAN, publisher="CONTOSO"))
    assert isinstance(judged(machine, wanted=wanted_with(purchasePlan=PLAN_ON_WIRE)), SnapshotsNeeded)
