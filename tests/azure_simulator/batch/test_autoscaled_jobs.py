"""Pools that a formula sizes by the tasks of their jobs."""

from typing import Any

import pytest
from azure.batch import BatchClient, models

from tests.support.batch import batch_client, small_pool
from tests.support.simulator import SimulatedAzure


@pytest.fixture
def client(simulator: SimulatedAzure) -> BatchClient:
    return batch_client(simulator)


def job(client: BatchClient, job_id: str = "frames", pool_id: str = "small", **changes: Any) -> None:
    client.create_job(
        models.BatchJobCreateOptions(id=job_id, pool_info=models.BatchPoolInfo(pool_id=pool_id), **changes)
    )


def tasks(client: BatchClient, *commands: str, job_id: str = "frames", **changes: Any) -> None:
    for number, command in enumerate(commands, start=1):
        client.create_task(job_id, models.BatchTaskCreateOptions(id=f"t{number}", command_line=command, **changes))


def counts(client: BatchClient, job_id: str = "frames") -> tuple[int, int, int]:
    """Active, running and completed tasks."""
    counted = client.get_job_task_counts(job_id).task_counts
    return counted.active, counted.running, counted.completed


def autoscaled(formula: str) -> models.BatchPoolCreateOptions:
    body = small_pool()
    body.target_dedicated_nodes = None
    body.enable_auto_scale = True
    body.auto_scale_formula = formula
    return body


def test_a_pool_grows_and_shrinks_with_its_tasks(simulator: SimulatedAzure, client: BatchClient) -> None:
    formula = """
        sampled = $PendingTasks.GetSamplePercent(TimeInterval_Minute * 5);
        latest = max(0, $PendingTasks.GetSample(1));
        tasks = sampled < 70 ? latest : max($PendingTasks.GetSample(TimeInterval_Minute * 5));
        $TargetDedicatedNodes = min(3, tasks);
        $NodeDeallocationOption = taskcompletion;
    """
    client.create_pool(autoscaled(formula))
    job(client)
    tasks(client, *["sleep 3000"] * 5)
    simulator.control.advance(1800)
    assert counts(client) == (2, 3, 0)

    simulator.control.advance(3 * 3600)
    assert counts(client) == (0, 0, 5)
    found = client.get_pool("small")
    assert (found.target_dedicated_nodes, found.current_dedicated_nodes) == (0, 0)
    assert found.auto_scale_run is not None
    assert found.auto_scale_run.results is not None
    assert "$NodeDeallocationOption=taskcompletion" in found.auto_scale_run.results


def test_a_run_without_enough_samples_tells_its_error_and_changes_nothing(
    simulator: SimulatedAzure, client: BatchClient
) -> None:
    formula = "$TargetDedicatedNodes = 1 + avg($PendingTasks.GetSample(TimeInterval_Minute * 15, 80));"
    client.create_pool(autoscaled(formula))
    simulator.control.advance(60)

    run = client.get_pool("small").auto_scale_run
    assert run is not None
    assert run.error is not None
    assert run.error.code == "InsufficientSampleData"
    evaluated = client.evaluate_pool_auto_scale(
        "small", models.BatchPoolEvaluateAutoScaleOptions(auto_scale_formula=formula)
    )
    assert evaluated.error is not None
    simulator.control.advance(1800)
    assert client.get_pool("small").target_dedicated_nodes == 1
