"""Replication that fails, stands still or takes hours, ordered through the control API or by the scenario."""

from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ResourceExistsError
from azure.mgmt.compute import ComputeManagementClient

from azure_simulator.client import ControlError
from tests.support.galleries import (
    HOUR,
    patch_version,
    prepare,
    put_definition,
    put_gallery,
    put_version,
    ready,
    region,
    replication,
    state,
    version_body,
)
from tests.support.simulator import SimulatedAzure, StartSimulator

WEST, NORTH = region("westeurope", 1), region("northeurope", 1)
FULL = "The region is out of capacity."


def statuses(compute: ComputeManagementClient) -> dict[str, tuple[str, str]]:
    summary = replication(compute)["summary"]
    return {status["region"]: (status["state"], status["details"]) for status in summary}


def test_a_region_fails_alone_and_says_why(
    simulator: SimulatedAzure, compute: ComputeManagementClient, version: str
) -> None:
    simulator.control.order_replication_trouble({"region": "North Europe", "fail": FULL})
    patch_version(compute, targetRegions=[WEST, NORTH, region("uksouth", 1)])
    simulator.control.advance(HOUR)
    assert state(compute) == "Failed"
    assert statuses(compute) == {
        "West Europe": ("Completed", ""),
        "North Europe": ("Failed", FULL),
        "UK South": ("Completed", ""),
    }
    assert {name: copy["ready"] for name, copy in ready(simulator).items()} == {
        "westeurope": 1,
        "northeurope": 0,
        "uksouth": 1,
    }


def test_who_polls_is_told_which_regions_failed_and_what_to_do(start_simulator: StartSimulator) -> None:
    trouble = {"region": "northeurope", "fail": FULL, "code": "ValidationError"}
    simulator = start_simulator(clock_speed=20_000, replication_troubles=[trouble])
    compute = simulator.compute()
    put_gallery(compute, wait=True)
    put_definition(compute, wait=True)
    with pytest.raises(
        HttpResponseError, match=rf"region:northeurope, detail:{FULL}.*removing the failed regions"
    ) as failed:
        put_version(simulator, compute, body=version_body(simulator, targetRegions=[WEST, NORTH]), wait=True)
    assert failed.value.error is not None
    assert (failed.value.error.code, failed.value.error.target) == ("ValidationError", "North Europe")


def test_a_failed_region_heals_by_being_taken_out_and_put_back(
    simulator: SimulatedAzure, compute: ComputeManagementClient, version: str
) -> None:
    simulator.control.order_replication_trouble({"region": "northeurope", "fail": FULL})
    for _ in range(3):
        patch_version(compute, targetRegions=[WEST, NORTH])
        simulator.control.advance(HOUR)
        assert statuses(compute)["North Europe"] == ("Failed", FULL)
    patch_version(compute, targetRegions=[WEST])
    simulator.control.advance(HOUR)
    assert state(compute) == "Succeeded"
    patch_version(compute, targetRegions=[WEST, NORTH])
    simulator.control.advance(HOUR)
    assert (state(compute), statuses(compute)["North Europe"]) == ("Succeeded", ("Completed", ""))


def test_a_region_may_heal_by_a_retry_instead(
    simulator: SimulatedAzure, compute: ComputeManagementClient, version: str
) -> None:
    simulator.control.order_replication_trouble(
        {"region": "northeurope", "fail": FULL, "healedBy": "retry", "times": 2}
    )
    found = []
    for _ in range(3):
        patch_version(compute, targetRegions=[WEST, NORTH])
        simulator.control.advance(HOUR)
        found.append(state(compute))
    assert found == ["Failed", "Failed", "Succeeded"]


def test_replicas_that_cannot_be_added_leave_those_that_are_there(
    simulator: SimulatedAzure, compute: ComputeManagementClient, version: str
) -> None:
    simulator.control.order_replication_trouble({"fail": FULL})
    patch_version(compute, targetRegions=[region("westeurope", 5)])
    simulator.control.advance(HOUR)
    assert ready(simulator) == {"westeurope": {"wanted": 5, "ready": 1, "state": "Failed"}}
    patch_version(compute, targetRegions=[WEST])
    simulator.control.advance(HOUR)
    assert ready(simulator) == {"westeurope": {"wanted": 1, "ready": 1, "state": "Completed"}}


def test_a_region_stands_still_half_way_until_the_trouble_is_forgotten(
    simulator: SimulatedAzure, compute: ComputeManagementClient, version: str
) -> None:
    simulator.control.order_replication_trouble({"region": "northeurope", "standStill": True})
    patch_version(compute, targetRegions=[WEST, NORTH])
    simulator.control.advance(24 * HOUR)
    stuck = replication(compute)["summary"][1]
    assert (state(compute), stuck["state"], stuck["progress"]) == ("Updating", "Replicating", 50)
    with pytest.raises(ResourceExistsError):
        patch_version(compute, targetRegions=[WEST])
    simulator.control.clear_replication_troubles()
    simulator.control.advance(HOUR)
    assert (state(compute), statuses(compute)["North Europe"]) == ("Succeeded", ("Completed", ""))


def test_a_region_that_stands_still_can_be_taken_out_where_updates_are_taken_up(
    start_simulator: StartSimulator,
) -> None:
    simulator = start_simulator(switches={"compute": {"refuse_patch_while_updating": False}})
    compute = simulator.compute()
    prepare(simulator, compute)
    simulator.control.order_replication_trouble({"region": "northeurope", "standStill": True})
    patch_version(compute, targetRegions=[WEST, NORTH])
    simulator.control.advance(HOUR)
    patch_version(compute, targetRegions=[WEST])
    simulator.control.advance(HOUR)
    assert (state(compute), list(statuses(compute))) == ("Succeeded", ["West Europe"])
    simulator.control.clear_replication_troubles()
    simulator.control.advance(HOUR)
    assert list(ready(simulator)) == ["westeurope"]


@pytest.mark.parametrize("change", [{"targetRegions": [region("westeurope", 2)]}, {"excludeFromLatest": True}])
def test_a_version_stays_updating_for_hours(
    simulator: SimulatedAzure, compute: ComputeManagementClient, version: str, change: dict[str, Any]
) -> None:
    simulator.control.order_replication_trouble({"hold": 6 * HOUR})
    patch_version(compute, **change)
    simulator.control.advance(6 * HOUR)
    assert state(compute) == "Updating"
    simulator.control.advance(HOUR)
    assert state(compute) == "Succeeded"


def test_trouble_is_for_the_versions_and_as_often_as_ordered(
    simulator: SimulatedAzure, compute: ComputeManagementClient, version: str
) -> None:
    order = {"versionRegex": r"/versions/2\.", "fail": FULL, "times": 1}
    number = simulator.control.order_replication_trouble(order)
    patch_version(compute, targetRegions=[WEST, NORTH])
    simulator.control.advance(HOUR)
    assert state(compute) == "Succeeded"
    put_version(simulator, compute, name="2.0.0")
    put_version(simulator, compute, name="2.1.0")
    simulator.control.advance(2 * HOUR)
    assert (state(compute, "2.0.0"), state(compute, "2.1.0")) == ("Failed", "Succeeded")
    (found,) = simulator.control.replication_troubles()
    assert (found["id"], found["struck"], found["spent"]) == (number, 1, True)


@pytest.mark.parametrize("order", [{}, {"region": "northeurope"}, {"fail": FULL, "times": 0}, {"colour": "red"}])
def test_an_order_without_trouble_is_refused(simulator: SimulatedAzure, order: dict[str, Any]) -> None:
    with pytest.raises(ControlError, match="400"):
        simulator.control.order_replication_trouble(order)


def test_only_a_blob_that_exists_can_be_deleted(simulator: SimulatedAzure) -> None:
    with pytest.raises(ControlError, match="There is no blob"):
        simulator.control.delete_blob("https://contosovhds.blob.core.windows.net/vhds/nothing.vhd")
