"""The interface of jobs: lists, conditions, rights, refusals."""

from typing import Any

import pytest
from azure.batch import BatchClient, models

from tests.support.batch import ACCOUNT, Wire, batch_client, code_of
from tests.support.simulator import SimulatedAzure, StartSimulator


@pytest.fixture
def client(simulator: SimulatedAzure) -> BatchClient:
    return batch_client(simulator)


def job(client: BatchClient, job_id: str = "frames", pool_id: str = "small", **changes: Any) -> None:
    client.create_job(
        models.BatchJobCreateOptions(id=job_id, pool_info=models.BatchPoolInfo(pool_id=pool_id), **changes)
    )


def terminate(simulator: SimulatedAzure, job_id: str) -> None:
    """End a job; the SDK cannot without a reason."""
    assert Wire(simulator).call("POST", f"/jobs/{job_id}/terminate").status == 202


def test_jobs_are_listed_by_their_state_and_pool(simulator: SimulatedAzure, client: BatchClient) -> None:
    job(client, "a", "one")
    job(client, "b", "two")
    job(client, "c", "two")
    terminate(simulator, "c")

    def ids(clause: str) -> list[str]:
        return [found.id for found in client.list_jobs(filter=clause)]

    assert ids("state eq 'active'") == ["a", "b"]
    assert ids("executionInfo/poolId eq 'two'") == ["b", "c"]
    assert ids("state eq 'active' and executionInfo/poolId eq 'two'") == ["b"]
    assert [found.id for found in client.list_jobs(max_results=1)] == ["a", "b", "c"]


def test_several_tasks_are_added_at_once_and_each_answers_for_itself(client: BatchClient) -> None:
    job(client)
    collection = models.BatchTaskGroup(
        task_values=[models.BatchTaskCreateOptions(id=name, command_line="true") for name in ("a", "b", "a")]
    )

    results = client.create_task_collection("frames", collection).result_values or []

    assert [(result.task_id, result.status) for result in results] == [
        ("a", "success"),
        ("b", "success"),
        ("a", "clienterror"),
    ]
    assert results[2].error is not None
    assert results[2].error.code == "TaskExists"


def test_jobs_and_tasks_that_are_none_are_refused(client: BatchClient) -> None:
    job(client)

    assert code_of(lambda: client.get_job("nobody")) == (404, "JobNotFound")
    assert code_of(lambda: client.get_task("frames", "nobody")) == (404, "TaskNotFound")
    assert code_of(lambda: job(client, "FRAMES")) == (409, "JobExists")
    assert code_of(lambda: job(client, "not an id")) == (400, "InvalidPropertyValue")
    assert code_of(lambda: client.begin_enable_job("frames")) == (409, "OperationInvalidForCurrentState")


def test_an_account_has_a_quota_of_active_jobs(simulator: SimulatedAzure, client: BatchClient) -> None:
    simulator.control.change_quotas(ACCOUNT, {"jobQuota": 1})
    job(client)
    assert code_of(lambda: job(client, "more")) == (409, "ActiveJobAndScheduleQuotaReached")

    terminate(simulator, "frames")
    simulator.control.advance(60)
    job(client, "more")


def test_writes_are_held_to_the_entity_tag(simulator: SimulatedAzure, client: BatchClient) -> None:
    job(client)
    wire, before = Wire(simulator), client.get_job("frames").etag
    assert wire.call("PATCH", "/jobs/frames", {"priority": 5}, headers={"If-Match": str(before)}).status == 200
    stale = wire.call("PATCH", "/jobs/frames", {"priority": 6}, headers={"If-Match": str(before)})

    assert (stale.status, stale.code) == (412, "ConditionNotMet")
    assert client.get_job("frames").priority == 5
    unchanged = wire.call("GET", "/jobs/frames", headers={"If-None-Match": str(client.get_job("frames").etag)})
    assert unchanged.status == 304


def test_jobs_are_data_and_need_data_rights(start_simulator: StartSimulator) -> None:
    subscription = "/subscriptions/00000000-0000-0000-0000-000000000000"
    granted = [{"application": "operator", "role": "Contributor", "scope": subscription}]
    client = batch_client(start_simulator(role_assignments=granted))

    assert code_of(lambda: list(client.list_jobs())) == (403, "InsufficientAccountPermissions")
    assert list(client.list_pools()) == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/jobs", {"id": "j", "poolInfo": {"autoPoolSpecification": {"poolLifetimeOption": "job"}}}),
        ("/jobs", {"id": "j", "poolInfo": {"poolId": "p"}, "jobReleaseTask": {"commandLine": "true"}}),
        ("/jobs", {"id": "j", "poolInfo": {"poolId": "p"}, "usesTaskDependencies": True}),
        ("/jobs/frames/tasks", {"id": "t", "commandLine": "true", "dependsOn": {"taskIds": ["u"]}}),
    ],
)
def test_what_is_not_simulated_of_jobs_says_so(
    simulator: SimulatedAzure, client: BatchClient, path: str, body: dict[str, Any]
) -> None:
    job(client)

    refused = Wire(simulator).call("POST", path, body)

    assert (refused.status, refused.code) == (501, "NotImplemented")
