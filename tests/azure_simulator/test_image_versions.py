"""Image versions and their replication as the installed compute SDK sees them."""

from datetime import timedelta
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ResourceExistsError
from azure.mgmt.compute import ComputeManagementClient

from tests.support.galleries import (
    DEFINITION,
    GALLERY,
    GROUP,
    HOUR,
    VERSION,
    patch_version,
    patch_version_with,
    prepare,
    put_definition,
    put_gallery,
    put_version,
    ready,
    region,
    replication,
    state,
    target_regions,
    version_body,
)
from tests.support.simulator import SimulatedAzure, StartSimulator


def test_the_documented_script_makes_gallery_definition_and_version(start_simulator: StartSimulator) -> None:
    simulator = start_simulator(clock_speed=20_000)
    compute = simulator.compute()
    put_gallery(compute, wait=True)
    put_definition(compute, wait=True)
    made = put_version(simulator, compute, wait=True)
    assert made["properties"]["provisioningState"] == "Succeeded"
    assert replication(compute)["aggregatedState"] == "Completed"


def test_a_version_replicates_region_by_region_with_progress(
    simulator: SimulatedAzure, compute: ComputeManagementClient, definition: str
) -> None:
    regions = [region("westeurope", 2), region("northeurope", 1)]
    put_version(simulator, compute, body=version_body(simulator, targetRegions=regions))
    assert state(compute) == "Creating"
    assert replication(compute)["aggregatedState"] == "InProgress"
    simulator.control.advance(15 * 60)
    under_way = replication(compute)
    assert {status["state"] for status in under_way["summary"]} == {"Replicating"}
    assert all(0 < status["progress"] < 100 for status in under_way["summary"])
    simulator.control.advance(HOUR)
    assert replication(compute) == {
        "aggregatedState": "Completed",
        "summary": [
            {"region": "West Europe", "state": "Completed", "details": "", "progress": 100},
            {"region": "North Europe", "state": "Completed", "details": "", "progress": 100},
        ],
    }
    assert state(compute) == "Succeeded"


def test_the_service_fills_in_what_was_left_out(compute: ComputeManagementClient, version: str) -> None:
    properties = compute.gallery_image_versions.get(GROUP, GALLERY, DEFINITION, version).as_dict()["properties"]
    assert "replicationStatus" not in properties
    assert properties["safetyProfile"] == {
        "allowDeletionOfReplicatedLocations": True,
        "reportedForPolicyViolation": False,
        "blockDeletionBeforeEndOfLife": False,
    }
    assert properties["publishingProfile"]["targetRegions"] == [
        {
            "name": "West Europe",
            "regionalReplicaCount": 1,
            "storageAccountType": "Standard_LRS",
            "excludeFromLatest": False,
        }
    ]
    assert properties["publishingProfile"]["replicaCount"] == 1
    assert properties["storageProfile"]["osDiskImage"]["sizeInGB"] == 30
    assert properties["storageProfile"]["dataDiskImages"][0]["sizeInGB"] == 64


def test_a_replica_patch_answers_200_and_the_old_replicas_stand_until_the_new_ones_are_ready(
    simulator: SimulatedAzure, compute: ComputeManagementClient, version: str
) -> None:
    patch_version(compute, targetRegions=[region("westeurope", 5)])
    assert [entry.status for entry in simulator.control.requests(operation="GalleryImageVersions_Update")] == [200]
    assert (state(compute), replication(compute)["aggregatedState"]) == ("Updating", "InProgress")
    assert ready(simulator) == {"westeurope": {"wanted": 5, "ready": 1, "state": "Replicating"}}
    simulator.control.advance(HOUR)
    assert (state(compute), replication(compute)["aggregatedState"]) == ("Succeeded", "Completed")
    assert ready(simulator) == {"westeurope": {"wanted": 5, "ready": 5, "state": "Completed"}}


def test_the_target_regions_of_a_patch_are_the_whole_list(
    simulator: SimulatedAzure, compute: ComputeManagementClient, version: str
) -> None:
    patch_version(compute, targetRegions=[region("westeurope", 1), region("northeurope", 1)])
    simulator.control.advance(HOUR)
    patch_version(compute, targetRegions=[region("westeurope", 1)])
    assert [found["name"] for found in target_regions(compute)] == ["West Europe"]


def test_a_region_may_leave_in_two_steps(start_simulator: StartSimulator) -> None:
    simulator = start_simulator(switches={"compute": {"regions_removed_in_two_steps": True}})
    compute = simulator.compute()
    prepare(simulator, compute, regions=[region("westeurope", 1), region("northeurope", 1)])
    patch_version(compute, targetRegions=[region("westeurope", 1)])
    assert [found["name"] for found in target_regions(compute)] == ["West Europe", "North Europe"]
    simulator.control.advance(HOUR)
    assert [found["name"] for found in target_regions(compute)] == ["West Europe"]
    assert state(compute) == "Succeeded"


def test_a_replicated_region_cannot_be_left_out_when_the_safety_profile_forbids_it(
    simulator: SimulatedAzure, compute: ComputeManagementClient, definition: str
) -> None:
    body = version_body(simulator, targetRegions=[region("westeurope", 1), region("northeurope", 1)])
    body["properties"]["safetyProfile"] = {"allowDeletionOfReplicatedLocations": False}
    put_version(simulator, compute, body=body)
    simulator.control.advance(2 * HOUR)
    with pytest.raises(HttpResponseError, match="'North Europe' is not allowed") as refused:
        patch_version(compute, targetRegions=[region("westeurope", 1)])
    assert refused.value.status_code == 409
    assert len(target_regions(compute)) == 2


@pytest.mark.parametrize(
    ("change", "status", "code", "message"),
    [
        ({"targetRegions": [region("northeurope", 1)]}, 400, "InvalidParameter", "must contain the location"),
        (
            {"targetRegions": [region("westeurope", 1), region("West Europe", 2)]},
            400,
            "InvalidParameter",
            "Duplicate regions are not allowed in target publishing regions.",
        ),
        ({"targetRegions": [region("westeurope", 0)]}, 400, "InvalidParameter", "out of range"),
        ({"targetRegions": [region("westeurope", 101)]}, 400, "InvalidParameter", "between '1' and '100'"),
        (
            {"targetRegions": [region("westeurope", 60), region("northeurope", 41)]},
            409,
            "OperationNotAllowed",
            "asks for 101 replicas",
        ),
        ({"targetRegions": [region("atlantis", 1)]}, 400, "LocationNotAvailableForResourceType", "atlantis"),
        (
            {"targetRegions": [{"name": "westeurope", "regionalReplicaCount": 1, "storageAccountType": "Premium_LRS"}]},
            409,
            "PropertyChangeNotAllowed",
            "targetRegions.storageAccountType",
        ),
        ({"endOfLifeDate": "2020-01-01T00:00:00Z"}, 400, "InvalidParameter", "must be set to a future date"),
        ({"replicationMode": "Shallow"}, 409, "PropertyChangeNotAllowed", "replicationMode"),
        ({"colour": "red"}, 400, "BadRequest", "Could not find member 'colour'"),
    ],
)
def test_a_bad_patch_is_refused_and_changes_nothing(
    compute: ComputeManagementClient,
    version: str,
    change: dict[str, Any],
    status: int,
    code: str,
    message: str,
) -> None:
    before = compute.gallery_image_versions.get(GROUP, GALLERY, DEFINITION, version).as_dict()
    with pytest.raises(HttpResponseError, match=message) as refused:
        patch_version(compute, **change)
    assert refused.value.error is not None
    assert (refused.value.status_code, refused.value.error.code) == (status, code)
    assert compute.gallery_image_versions.get(GROUP, GALLERY, DEFINITION, version).as_dict() == before


def test_a_region_of_another_storage_type_has_to_repeat_it(
    simulator: SimulatedAzure, compute: ComputeManagementClient, definition: str
) -> None:
    zoned = {"name": "westeurope", "regionalReplicaCount": 1, "storageAccountType": "Standard_ZRS"}
    put_version(simulator, compute, body=version_body(simulator, targetRegions=[zoned]))
    simulator.control.advance(2 * HOUR)
    with pytest.raises(HttpResponseError, match="specify 'Standard_ZRS' as the storage account type"):
        patch_version(compute, targetRegions=[{"name": "westeurope", "regionalReplicaCount": 2}])
    patch_version(compute, targetRegions=[zoned | {"regionalReplicaCount": 2}])


def test_a_version_patch_needs_a_storage_profile(compute: ComputeManagementClient, version: str) -> None:
    properties = {"publishingProfile": {"targetRegions": [region("westeurope", 2)]}}
    with pytest.raises(HttpResponseError, match=r"'galleryImageVersion.properties.storageProfile' is missing"):
        patch_version_with(compute, properties)


def test_the_source_of_a_version_never_changes(
    simulator: SimulatedAzure, compute: ComputeManagementClient, version: str
) -> None:
    body = version_body(simulator, image="render-node-2")
    with pytest.raises(HttpResponseError, match=r"storageProfile.source.id' is not allowed") as refused:
        put_version(simulator, compute, body=body)
    assert refused.value.status_code == 409


def test_a_second_write_while_updating_is_a_conflict(compute: ComputeManagementClient, version: str) -> None:
    patch_version(compute, targetRegions=[region("westeurope", 2)])
    with pytest.raises(ResourceExistsError, match="provisioning state 'Updating'"):
        patch_version(compute, targetRegions=[region("westeurope", 3)])


def test_a_second_write_while_updating_may_be_taken_up_instead(start_simulator: StartSimulator) -> None:
    simulator = start_simulator(switches={"compute": {"refuse_patch_while_updating": False}})
    compute = simulator.compute()
    prepare(simulator, compute)
    patch_version(compute, targetRegions=[region("westeurope", 2)])
    patch_version(compute, targetRegions=[region("westeurope", 3)])
    simulator.control.advance(HOUR)
    assert ready(simulator) == {"westeurope": {"wanted": 3, "ready": 3, "state": "Completed"}}


def test_the_replication_status_may_lag_behind_a_write(start_simulator: StartSimulator) -> None:
    simulator = start_simulator(switches={"compute": {"replication_status_lag": 30}})
    compute = simulator.compute()
    prepare(simulator, compute)
    patch_version(compute, targetRegions=[region("westeurope", 2)])
    assert replication(compute)["aggregatedState"] == "Completed"
    simulator.control.advance(31)
    assert replication(compute)["aggregatedState"] == "InProgress"


@pytest.mark.parametrize(
    ("image", "change", "message"),
    [
        ("render-specialized", {}, r"OS State in the parent gallery image \(Generalized\) is not Specialized"),
        ("render-windows", {}, r"different OS type \['Windows'\]"),
        ("render-node-1", {"hyperVGeneration": "V2"}, r"different Hypervisor generation \['V1'\]"),
        ("nobody", {}, "is not found. Please check source exists, and is in the same region"),
    ],
)
def test_a_source_that_does_not_fit_is_refused(
    simulator: SimulatedAzure,
    compute: ComputeManagementClient,
    gallery: str,
    image: str,
    change: dict[str, Any],
    message: str,
) -> None:
    put_definition(compute, **change)
    with pytest.raises(HttpResponseError, match=message):
        put_version(simulator, compute, body=version_body(simulator, image=image))
    assert list(compute.gallery_image_versions.list_by_gallery_image(GROUP, gallery, DEFINITION)) == []


@pytest.mark.parametrize("name", ["1.0", "1.0.x", "1.0.0.0", "1.0.2147483648", "latest"])
def test_version_names_are_three_numbers(
    simulator: SimulatedAzure, compute: ComputeManagementClient, definition: str, name: str
) -> None:
    with pytest.raises(HttpResponseError, match=r"Major\(int32\).Minor\(int32\).Patch\(int32\)"):
        put_version(simulator, compute, name=name)


def test_a_version_marked_for_deletion_takes_no_update(compute: ComputeManagementClient, version: str) -> None:
    compute.gallery_image_versions.begin_delete(GROUP, GALLERY, DEFINITION, version, polling=False)
    with pytest.raises(ResourceExistsError, match="You can only retry the Delete operation"):
        patch_version(compute, targetRegions=[region("westeurope", 2)])
    compute.gallery_image_versions.begin_delete(GROUP, GALLERY, DEFINITION, version, polling=False)


def test_deletion_waits_for_the_end_of_life_when_told_to(
    simulator: SimulatedAzure, compute: ComputeManagementClient, definition: str
) -> None:
    body = version_body(simulator, endOfLifeDate="2999-01-01T00:00:00Z")
    body["properties"]["safetyProfile"] = {"blockDeletionBeforeEndOfLife": True}
    put_version(simulator, compute, body=body)
    simulator.control.advance(2 * HOUR)
    with pytest.raises(HttpResponseError) as refused:
        compute.gallery_image_versions.begin_delete(GROUP, GALLERY, DEFINITION, VERSION, polling=False)
    assert refused.value.error is not None
    assert refused.value.error.code == "DeleteGalleryImageVersionBlockedBeforeEndOfLife"
    soon = (simulator.control.clock().time + timedelta(hours=1)).isoformat()
    patch_version(compute, endOfLifeDate=soon)
    simulator.control.advance(HOUR)
    compute.gallery_image_versions.begin_delete(GROUP, GALLERY, DEFINITION, VERSION, polling=False)


def test_a_failed_replication_names_its_regions_and_may_be_retried(
    simulator: SimulatedAzure, compute: ComputeManagementClient, version: str
) -> None:
    failure = {"status": 500, "code": "InternalServerError", "message": "Failed with internal server error."}
    simulator.control.order_fault({"match": {"operation": "GalleryImageVersions_Update"}, "operationError": failure})
    regions = [region("westeurope", 1), region("northeurope", 1)]
    patch_version(compute, targetRegions=regions)
    simulator.control.advance(HOUR)
    assert state(compute) == "Failed"
    failed = replication(compute)["summary"][1]
    assert (failed["region"], failed["state"]) == ("North Europe", "Failed")
    assert failed["details"] == "Failed with internal server error."
    patch_version(compute, targetRegions=regions)
    simulator.control.advance(HOUR)
    assert (state(compute), replication(compute)["aggregatedState"]) == ("Succeeded", "Completed")


def test_a_version_may_succeed_while_its_regions_still_replicate(start_simulator: StartSimulator) -> None:
    trouble = {"region": "northeurope", "fail": "The region is out of capacity."}
    simulator = start_simulator(
        switches={"compute": {"versions_succeed_before_replication": True}}, replication_troubles=[trouble]
    )
    compute = simulator.compute()
    put_gallery(compute)
    put_definition(compute)
    regions = [region("westeurope", 1), region("northeurope", 1)]
    put_version(simulator, compute, body=version_body(simulator, targetRegions=regions))
    simulator.control.advance(200)
    assert (state(compute), replication(compute)["aggregatedState"]) == ("Succeeded", "InProgress")
    simulator.control.advance(HOUR)
    assert (state(compute), replication(compute)["aggregatedState"]) == ("Succeeded", "Failed")
    assert ready(simulator)["westeurope"]["ready"] == 1
