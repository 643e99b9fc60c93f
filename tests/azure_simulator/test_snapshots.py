"""Snapshots as the installed compute SDK sees them."""

from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.mgmt.compute import ComputeManagementClient

from tests.support.compute_resources import compute_id, properties_of, snapshot_body
from tests.support.galleries import GROUP, HOUR
from tests.support.simulator import SimulatedAzure, StartSimulator

SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"


def make(compute: ComputeManagementClient, name: str, body: Any) -> dict[str, Any]:
    answer: dict[str, Any] = (
        compute.snapshots.begin_create_or_update(GROUP, name, body, polling=False).result().as_dict()
    )
    return answer


def shown(compute: ComputeManagementClient, name: str) -> dict[str, Any]:
    return properties_of(compute.snapshots.get(GROUP, name))


def test_the_snapshots_of_the_scenario_are_listed(compute: ComputeManagementClient) -> None:
    by_group = {snapshot.name for snapshot in compute.snapshots.list_by_resource_group(GROUP)}
    assert by_group == {snapshot.name for snapshot in compute.snapshots.list()} == {"render-os", "render-data"}


def test_a_snapshot_inherits_what_is_on_the_disk(simulator: SimulatedAzure, compute: ComputeManagementClient) -> None:
    disk = compute_id(simulator, "disks", "render-secure-os")
    begun = make(compute, "copy", snapshot_body(disk, incremental=True))
    assert begun["properties"]["provisioningState"] == "Updating"
    simulator.control.advance(HOUR)

    snapshot = shown(compute, "copy")
    original = properties_of(compute.disks.get(GROUP, "render-secure-os"))
    for name in ("osType", "hyperVGeneration", "supportedCapabilities", "securityProfile", "diskSizeGB", "encryption"):
        assert snapshot[name] == original[name]
    assert snapshot["creationData"] == {
        "createOption": "Copy",
        "sourceResourceId": disk,
        "sourceUniqueId": original["uniqueId"],
    }
    assert (snapshot["provisioningState"], snapshot["diskState"]) == ("Succeeded", "Unattached")
    assert snapshot["incrementalSnapshotFamilyId"] == original["uniqueId"]


def test_the_copy_of_a_disk_moves_with_the_clock(simulator: SimulatedAzure, compute: ComputeManagementClient) -> None:
    make(compute, "copy", snapshot_body(compute_id(simulator, "disks", "render-golden-os"), incremental=True))
    assert shown(compute, "copy")["completionPercent"] == 0
    simulator.control.advance(15)
    assert 0 < shown(compute, "copy")["completionPercent"] < 100
    assert shown(compute, "copy")["provisioningState"] == "Updating"
    simulator.control.advance(HOUR)
    assert shown(compute, "copy")["completionPercent"] == 100


def test_pollers_end_with_the_finished_snapshot(start_simulator: StartSimulator) -> None:
    simulator = start_simulator(clock_speed=3600)
    compute = simulator.compute()
    body: Any = snapshot_body(compute_id(simulator, "disks", "render-golden-os"))
    made = compute.snapshots.begin_create_or_update(GROUP, "copy", body).result()
    assert properties_of(made)["provisioningState"] == "Succeeded"
    compute.snapshots.begin_delete(GROUP, "copy").result()
    with pytest.raises(ResourceNotFoundError):
        compute.snapshots.get(GROUP, "copy")


def test_a_snapshot_is_copied_to_another_region_in_the_background(
    simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    source = compute_id(simulator, "snapshots", "render-os")
    make(compute, "north", snapshot_body(source, option="CopyStart", location="northeurope", incremental=True))
    simulator.control.advance(11)
    under_way = shown(compute, "north")
    assert (under_way["provisioningState"], under_way["completionPercent"] < 100) == ("Succeeded", True)
    with pytest.raises(HttpResponseError, match="cannot be copied"):
        make(compute, "again", snapshot_body(compute_id(simulator, "snapshots", "north"), location="northeurope"))

    simulator.control.advance(HOUR)
    assert shown(compute, "north")["completionPercent"] == 100
    assert (
        shown(compute, "north")["incrementalSnapshotFamilyId"]
        == shown(compute, "render-os")["incrementalSnapshotFamilyId"]
    )


def test_a_copy_to_another_region_fails_when_its_source_goes(
    simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    source = compute_id(simulator, "snapshots", "render-os")
    make(compute, "north", snapshot_body(source, option="CopyStart", location="northeurope", incremental=True))
    compute.snapshots.begin_delete(GROUP, "render-os", polling=False)
    simulator.control.advance(HOUR)
    assert shown(compute, "north")["copyCompletionError"]["errorCode"] == "CopySourceNotFound"
    assert shown(compute, "north")["completionPercent"] < 100


def test_a_fault_lets_a_copy_fail_in_azures_words(simulator: SimulatedAzure, compute: ComputeManagementClient) -> None:
    failure = {"status": 409, "code": "SnapshotCopyFailed", "message": "The copy could not be finished."}
    simulator.control.order_fault({"match": {"operation": "Snapshots_CreateOrUpdate"}, "operationError": failure})
    body: Any = snapshot_body(compute_id(simulator, "disks", "render-golden-os"))
    poller = compute.snapshots.begin_create_or_update(GROUP, "copy", body)
    simulator.control.advance(HOUR)
    with pytest.raises(HttpResponseError, match="could not be finished"):
        poller.result()
    assert shown(compute, "copy")["provisioningState"] == "Failed"


def test_a_fault_lets_a_copy_to_another_region_fail_in_the_background(
    simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    failure = {"status": 500, "code": "InternalExecutionError", "message": "The copy was lost."}
    simulator.control.order_fault({"match": {"operation": "Snapshots_CreateOrUpdate"}, "operationError": failure})
    source = compute_id(simulator, "snapshots", "render-os")
    make(compute, "north", snapshot_body(source, option="CopyStart", location="northeurope", incremental=True))
    simulator.control.advance(HOUR)
    snapshot = shown(compute, "north")
    assert snapshot["provisioningState"] == "Succeeded"
    assert snapshot["copyCompletionError"]["errorMessage"] == "The copy was lost."
    assert snapshot["completionPercent"] < 100


@pytest.mark.parametrize(
    ("kind", "name", "changes", "message"),
    [
        ("disks", "not-there", {}, "was not found"),
        ("disks", "render-golden-os", {"location": "northeurope"}, "only CopyStart copies across regions"),
        ("disks", "render-golden-os", {"option": "CopyStart", "incremental": True}, "of incremental snapshots only"),
        ("disks", "render-broken-data", {}, "Only incremental snapshots are supported"),
        ("disks", "render-golden-os", {"diskSizeGB": 10}, "smaller than the source's 30 GB"),
        ("disks", "render-golden-os", {"option": "Restore"}, "does not simulate"),
    ],
)
def test_a_snapshot_needs_a_source_that_fits(
    simulator: SimulatedAzure,
    compute: ComputeManagementClient,
    kind: str,
    name: str,
    changes: dict[str, Any],
    message: str,
) -> None:
    with pytest.raises(HttpResponseError, match=message):
        make(compute, "copy", snapshot_body(compute_id(simulator, kind, name), **changes))
    with pytest.raises(ResourceNotFoundError):
        compute.snapshots.get(GROUP, "copy")


def test_only_who_may_open_the_disk_may_copy_it(start_simulator: StartSimulator) -> None:
    role = {
        "id": "5d1d1d1d-1d1d-4d1d-8d1d-1d1d1d1d1d1d",
        "name": "Snapshot Writer",
        "actions": ["Microsoft.Compute/snapshots/*", "Microsoft.Compute/disks/read"],
    }
    given = {"application": "reader", "role": "Snapshot Writer", "scope": f"/subscriptions/{SUBSCRIPTION}"}
    simulator = start_simulator(roles=[role], role_assignments=[given])
    disk = compute_id(simulator, "disks", "render-golden-os")
    with pytest.raises(HttpResponseError, match="disks/beginGetAccess/action") as refused:
        make(simulator.compute("reader"), "copy", snapshot_body(disk))
    assert refused.value.status_code == 403


def test_tags_of_a_snapshot_change_and_its_origin_does_not(
    simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    tags: Any = {"tags": {"team": "render"}}
    compute.snapshots.begin_update(GROUP, "render-os", tags, polling=False)
    assert compute.snapshots.get(GROUP, "render-os").tags == {"team": "render"}
    simulator.control.advance(60)
    with pytest.raises(HttpResponseError, match="Changing property 'creationData' is not allowed"):
        make(compute, "render-os", snapshot_body(compute_id(simulator, "disks", "render-secure-os")))


def test_a_snapshot_that_moves_takes_no_other_write(
    simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    body = snapshot_body(compute_id(simulator, "disks", "render-golden-os"), incremental=True)
    make(compute, "copy", body)
    simulator.control.advance(15)
    with pytest.raises(HttpResponseError, match="conflict with a concurrent request") as refused:
        make(compute, "copy", body)
    assert (refused.value.status_code, refused.value.error and refused.value.error.code) == (409, "Conflict")

    compute.snapshots.begin_delete(GROUP, "copy", polling=False)
    with pytest.raises(HttpResponseError, match="conflict with a concurrent request"):
        make(compute, "copy", body)
    simulator.control.advance(HOUR)
    assert make(compute, "copy", body)["properties"]["provisioningState"] == "Updating"


def test_a_url_to_a_snapshot_keeps_it_from_being_deleted(start_simulator: StartSimulator) -> None:
    simulator = start_simulator(clock_speed=3600)
    compute = simulator.compute()
    asked: Any = {"access": "Read", "durationInSeconds": 86_400}
    access = compute.snapshots.begin_grant_access(GROUP, "render-os", asked).result()
    assert str(access.access_sas).startswith("https://md-")
    assert shown(compute, "render-os")["diskState"] == "ActiveSAS"
    with pytest.raises(HttpResponseError, match="Call EndGetAccess before deleting"):
        compute.snapshots.begin_delete(GROUP, "render-os", polling=False)
    compute.snapshots.begin_revoke_access(GROUP, "render-os").result()
    assert shown(compute, "render-os")["diskState"] == "Unattached"
    compute.snapshots.begin_delete(GROUP, "render-os").result()


def test_deleting_what_is_not_there_is_no_error(compute: ComputeManagementClient) -> None:
    compute.snapshots.begin_delete(GROUP, "not-there", polling=False)
    with pytest.raises(ResourceNotFoundError):
        compute.snapshots.get(GROUP, "not-there")
