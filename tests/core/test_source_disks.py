"""What is said about snapshots, managed disks and other image versions as sources."""

from dataclasses import replace
from typing import Any

import pytest

from azure_batch_operator.core.images import ObservedDefinition, ObservedVersion
from azure_batch_operator.core.json import Json
from azure_batch_operator.core.machines import ObservedDisk, PurchasePlan
from azure_batch_operator.core.names import ORIGIN_TAG
from azure_batch_operator.core.plan.image_source import judged_snapshots, judged_version, malformed_source
from azure_batch_operator.core.sources import (
    DataSnapshot,
    SnapshotsSource,
    SourceAnswer,
    SourceAwaited,
    SourceReady,
    SourceRefused,
    VersionSource,
)
from tests.support.images import HOME, OUR_DEFINITION, PROPERTIES, VERSION, WANTED, a_region, a_version
from tests.support.machines import DATA_DISK, OS_DISK, UBUNTU, compute

OS = replace(OS_DISK, name=compute("snapshots", "os"), sku="Standard_ZRS")
DATA = replace(DATA_DISK, name=compute("snapshots", "data"), sku="Standard_ZRS")
SNAPSHOTS = SnapshotsSource(os_disk=OS.name.id, data_disks=(DataSnapshot(lun=0, id=DATA.name.id),))
OTHER = VersionSource(id=VERSION.id)


def judged(*disks: ObservedDisk) -> SourceAnswer:
    """What is said about the snapshots, with these in place of the usual ones of their names."""
    found = {disk.name.id: disk for disk in (OS, DATA, *disks)}
    return judged_snapshots(WANTED, SNAPSHOTS, found)


def copied(
    version: ObservedVersion | None, *, preferred: str | None = None, definition: ObservedDefinition | None = None
) -> SourceAnswer:
    """What is said about another version."""
    return judged_version(WANTED, OTHER, definition=definition or OUR_DEFINITION, version=version, preferred=preferred)


def reasons(answer: SourceAnswer) -> list[str]:
    assert isinstance(answer, SourceRefused)
    return [objection.reason for objection in answer.objections]


# --- snapshots


def test_a_version_is_made_from_snapshots_in_their_region() -> None:
    assert judged() == SourceReady(
        location=HOME,
        storage_profile={
            "osDiskImage": {"source": {"id": OS.name.id}},
            "dataDiskImages": [{"lun": 0, "source": {"id": DATA.name.id}}],
        },
        told=OS.name.id,
    )


def test_a_snapshot_that_is_missing_is_waited_for_by_name() -> None:
    answer = judged_snapshots(WANTED, SNAPSHOTS, {OS.name.id: OS})
    assert answer == SourceAwaited(
        reason="SourceNotFound",
        message=f"There is no snapshot or disk {DATA.name.id}: make it, or name another source.",
    )


@pytest.mark.parametrize("changes", [{"completion": 40.0}, {"provisioning_state": "Updating"}])
def test_a_snapshot_that_is_still_copied_is_waited_for(changes: dict[str, Any]) -> None:
    answer = judged(replace(DATA, **changes))
    assert isinstance(answer, SourceAwaited)
    assert answer.reason == "SourceNotFinished"


@pytest.mark.parametrize(
    ("disk", "reason"),
    [
        (replace(OS, os_type="Windows"), "SourceMismatch"),
        (replace(OS, os_type=None), "SourceMismatch"),
        (replace(OS, hyper_v_generation="V2"), "SourceMismatch"),
        (replace(OS, architecture="Arm64"), "SourceMismatch"),
        (replace(OS, security_type="ConfidentialVM"), "SourceMismatch"),
        (replace(OS, encrypted_inside=True), "SourceEncrypted"),
        (replace(OS, size_gb=2049), "SourceTooLarge"),
        (replace(OS, plan=PurchasePlan(name="a", publisher="b", product="c")), "PurchasePlanMismatch"),
        (replace(DATA, sku="UltraSSD_LRS"), "SourceDiskUnsupported"),
        (replace(DATA, size_gb=1025), "SourceTooLarge"),
        (replace(DATA, location="northeurope"), "SourceInOtherRegion"),
    ],
)
def test_a_snapshot_that_violates_a_rule_is_refused_for_it_alone(disk: ObservedDisk, reason: str) -> None:
    assert reasons(judged(disk)) == [reason]


def test_every_rule_that_snapshots_violate_is_told_at_once() -> None:
    broken = judged(replace(OS, os_type="Windows", size_gb=4096), replace(DATA, encrypted_inside=True, size_gb=2000))
    assert sorted(reasons(broken)) == ["SourceEncrypted", "SourceMismatch", "SourceTooLarge", "SourceTooLarge"]


# --- versions


def test_a_version_is_copied_where_it_has_ready_replicas_best_where_the_gallery_is() -> None:
    elsewhere = a_version(a_region("eastus"), a_region(HOME), a_region("westus", state="Replicating"))
    assert [
        ready_in(copied(elsewhere, preferred=preferred)) for preferred in ("eastus", "westus", "northeurope", None)
    ] == ["eastus", HOME, HOME, HOME]
    home_failed = a_version(a_region(HOME, state="Failed"), a_region("eastus"))
    assert ready_in(copied(home_failed)) == "eastus"


def ready_in(answer: SourceAnswer) -> str:
    assert isinstance(answer, SourceReady)
    assert answer.storage_profile == {"source": {"id": VERSION.id}}
    return answer.location


def test_a_copy_remembers_the_origin_of_what_it_is_copied_from() -> None:
    answer = copied(a_version(tags={ORIGIN_TAG.upper(): str(UBUNTU)}))
    assert isinstance(answer, SourceReady)
    assert answer.origin == UBUNTU


@pytest.mark.parametrize(
    ("version", "reason"),
    [
        (None, "SourceNotFound"),
        (a_version(state="Creating"), "SourceNotFinished"),
        (a_version(a_region(state="Replicating")), "SourceNotFinished"),
    ],
)
def test_a_version_that_is_not_published_is_waited_for(version: ObservedVersion | None, reason: str) -> None:
    answer = copied(version)
    assert isinstance(answer, SourceAwaited)
    assert answer.reason == reason


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ({"osState": "Specialized"}, "SourceNotGeneralized"),
        ({"osType": "Windows"}, "SourceMismatch"),
        ({"hyperVGeneration": "V2"}, "SourceMismatch"),
        ({"architecture": "Arm64"}, "SourceMismatch"),
        ({"features": [{"name": "SecurityType", "value": "TrustedLaunch"}]}, "SourceMismatch"),
        ({"purchasePlan": {"name": "a", "publisher": "b", "product": "c"}}, "PurchasePlanMismatch"),
    ],
)
def test_a_version_of_a_definition_that_does_not_fit_is_refused(properties: dict[str, Json], reason: str) -> None:
    definition = replace(OUR_DEFINITION, properties={**PROPERTIES, **properties})
    assert reasons(copied(a_version(), definition=definition)) == [reason]


def test_an_id_of_something_else_is_refused() -> None:
    assert reasons(malformed_source("/subscriptions/x", "virtual machine")) == ["SourceMalformed"]
