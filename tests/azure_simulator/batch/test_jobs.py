"""Jobs and tasks as the real SDK sees them: they run on the nodes of the pool that the job names."""

from datetime import timedelta
from typing import Any

import pytest
from azure.batch import BatchClient, models

from tests.support.batch import ACCOUNT, Wire, batch_client, code_of, small_pool
from tests.support.simulator import SimulatedAzure, StartSimulator

LONG = "sleep 3600"


@pytest.fixture
def client(simulator: SimulatedAzure) -> BatchClient:
    return batch_client(simulator)


def pool(simulator: SimulatedAzure, client: BatchClient, *, nodes: int = 2, **changes: Any) -> None:
    """A steady pool `small` of idle nodes."""
    client.create_pool(small_pool(nodes=nodes, **changes))
    simulator.control.advance(1800)
    assert states(client) == {"idle": nodes}


def job(client: BatchClient, job_id: str = "frames", pool_id: str = "small", **changes: Any) -> None:
    client.create_job(
        models.BatchJobCreateOptions(id=job_id, pool_info=models.BatchPoolInfo(pool_id=pool_id), **changes)
    )


def tasks(client: BatchClient, *commands: str, job_id: str = "frames", **changes: Any) -> None:
    for number, command in enumerate(commands, start=1):
        client.create_task(job_id, models.BatchTaskCreateOptions(id=f"t{number}", command_line=command, **changes))


def states(client: BatchClient, pool_id: str = "small") -> dict[str, int]:
    found = [models.BatchNodeState(node.state).value for node in client.list_nodes(pool_id)]
    return {state: found.count(state) for state in sorted(set(found))}


def counts(client: BatchClient, job_id: str = "frames") -> tuple[int, int, int]:
    """Active, running and completed tasks."""
    counted = client.get_job_task_counts(job_id).task_counts
    return counted.active, counted.running, counted.completed


def job_state(client: BatchClient, job_id: str = "frames") -> str:
    return models.BatchJobState(client.get_job(job_id).state).value


def test_tasks_take_the_slots_of_nodes_and_the_others_wait(simulator: SimulatedAzure, client: BatchClient) -> None:
    pool(simulator, client, nodes=2)
    job(client)
    tasks(client, "sleep 60", LONG, LONG)
    simulator.control.advance(10)

    assert (counts(client), states(client)) == ((1, 2, 0), {"running": 2})
    simulator.control.advance(70)
    assert (counts(client), states(client)) == ((0, 2, 1), {"running": 2})
    done, running = client.get_task("frames", "t1"), client.get_task("frames", "t3")
    assert done.execution_info is not None
    assert (done.execution_info.exit_code, done.execution_info.result) == (0, "success")
    assert running.node_info is not None
    assert running.node_info.node_id in [node.id for node in client.list_nodes("small")]
    simulator.control.advance(3600)
    assert (counts(client), states(client)) == ((0, 0, 3), {"idle": 2})


@pytest.mark.parametrize(("fill", "busy"), [("spread", 2), ("pack", 1)])
def test_nodes_with_several_slots_are_filled_as_the_pool_says(
    simulator: SimulatedAzure, client: BatchClient, fill: str, busy: int
) -> None:
    policy = models.BatchTaskSchedulingPolicy(node_fill_type=fill)
    pool(simulator, client, nodes=2, task_slots_per_node=2, task_scheduling_policy=policy)
    job(client)
    tasks(client, LONG, LONG)
    simulator.control.advance(10)

    assert states(client).get("running") == busy
    assert sorted(node.running_task_slots_count or 0 for node in client.list_nodes("small")) == (
        [1, 1] if busy == 2 else [0, 2]
    )


def test_a_task_that_needs_more_slots_than_a_node_has_left_waits(
    simulator: SimulatedAzure, client: BatchClient
) -> None:
    pool(simulator, client, nodes=1, task_slots_per_node=2)
    job(client)
    tasks(client, LONG, LONG, required_slots=2)
    simulator.control.advance(10)

    assert counts(client) == (1, 1, 0)
    slots = client.get_job_task_counts("frames").task_slot_counts
    assert (slots.active, slots.running) == (2, 2)


@pytest.mark.parametrize(
    ("option", "left", "counted"),
    [("requeue", 0, (2, 0, 0)), ("terminate", 0, (0, 0, 2)), ("taskcompletion", 2, (0, 2, 0))],
)
def test_shrinking_does_to_tasks_what_the_resize_says(
    simulator: SimulatedAzure, client: BatchClient, option: str, left: int, counted: tuple[int, int, int]
) -> None:
    pool(simulator, client, nodes=2)
    job(client)
    tasks(client, LONG, LONG)
    simulator.control.advance(10)

    shrink(client, option, timedelta(hours=2))
    simulator.control.advance(120)

    assert client.get_pool("small").current_dedicated_nodes == left
    assert counts(client) == counted
    simulator.control.advance(3600)
    assert client.get_pool("small").current_dedicated_nodes == 0


def shrink(client: BatchClient, option: str, timeout: timedelta) -> None:
    body = models.BatchPoolResizeOptions(
        target_dedicated_nodes=0, node_deallocation_option=option, resize_timeout=timeout
    )
    client.begin_resize_pool("small", body)


def test_nodes_that_only_wait_for_their_tasks_get_no_new_ones(simulator: SimulatedAzure, client: BatchClient) -> None:
    pool(simulator, client, nodes=1, task_slots_per_node=2)
    job(client)
    tasks(client, LONG)
    simulator.control.advance(10)
    shrink(client, "taskcompletion", timedelta(hours=2))
    client.create_task("frames", models.BatchTaskCreateOptions(id="late", command_line=LONG))
    simulator.control.advance(60)

    assert counts(client) == (1, 1, 0)


@pytest.mark.parametrize(("switch", "left", "counted"), [("keepRunning", 1, (0, 1, 0)), ("remove", 0, (1, 0, 0))])
def test_tasks_that_outlast_the_timeout_run_on_or_are_requeued_as_the_scenario_says(
    start_simulator: StartSimulator, switch: str, left: int, counted: tuple[int, int, int]
) -> None:
    simulator = start_simulator(switches={"batch": {"after_drain_timeout": switch}})
    client = batch_client(simulator)
    pool(simulator, client, nodes=1)
    job(client)
    tasks(client, "sleep infinity")
    simulator.control.advance(10)

    shrink(client, "taskcompletion", timedelta(minutes=5))
    simulator.control.advance(900)

    found = client.get_pool("small")
    assert (found.allocation_state, found.current_dedicated_nodes) == ("steady", left)
    assert counts(client) == counted
    assert bool(found.resize_errors) is (left == 1)


@pytest.mark.parametrize("event", ["unusable", "preempted"])
def test_tasks_of_a_lost_node_run_again_on_another(simulator: SimulatedAzure, client: BatchClient, event: str) -> None:
    client.create_pool(small_pool(target_low_priority_nodes=2))
    simulator.control.advance(1800)
    job(client)
    tasks(client, LONG)
    simulator.control.advance(10)
    before = client.get_task("frames", "t1").node_info
    assert before is not None

    simulator.control.strike_nodes(ACCOUNT, "small", event, [str(before.node_id)])
    simulator.control.advance(10)

    after = client.get_task("frames", "t1")
    assert (after.state, after.execution_info and after.execution_info.requeue_count) == ("running", 1)
    assert after.node_info is not None
    assert after.node_info.node_id != before.node_id


def test_deleting_a_pool_requeues_its_tasks_for_a_pool_of_the_same_name(
    simulator: SimulatedAzure, client: BatchClient
) -> None:
    pool(simulator, client, nodes=1)
    job(client)
    tasks(client, LONG)
    simulator.control.advance(10)
    client.begin_delete_pool("small")
    simulator.control.advance(600)
    assert counts(client) == (1, 0, 0)
    assert job_state(client) == "active"

    client.create_pool(small_pool(nodes=1))
    simulator.control.advance(1800)
    assert counts(client) == (0, 1, 0)


@pytest.mark.parametrize(
    ("option", "counted", "state"),
    [("requeue", (1, 0, 0), "disabled"), ("terminate", (0, 0, 1), "disabled"), ("wait", (0, 1, 0), "disabling")],
)
def test_disabling_a_job_does_to_its_tasks_what_is_asked(
    simulator: SimulatedAzure, client: BatchClient, option: str, counted: tuple[int, int, int], state: str
) -> None:
    pool(simulator, client, nodes=1)
    job(client)
    tasks(client, LONG)
    simulator.control.advance(10)

    client.begin_disable_job("frames", models.BatchJobDisableOptions(disable_tasks=option))
    simulator.control.advance(60)

    assert (counts(client), job_state(client)) == (counted, state)
    simulator.control.advance(3700)
    assert job_state(client) == "disabled"


def test_a_job_moves_to_another_pool_while_it_is_disabled(simulator: SimulatedAzure, client: BatchClient) -> None:
    pool(simulator, client, nodes=1)
    client.create_pool(small_pool("other", nodes=1))
    simulator.control.advance(1800)
    job(client)
    tasks(client, LONG)
    move = models.BatchJobUpdateOptions(pool_info=models.BatchPoolInfo(pool_id="other"))
    assert code_of(lambda: client.update_job("frames", move)) == (409, "OperationInvalidForCurrentState")

    client.begin_disable_job("frames", models.BatchJobDisableOptions(disable_tasks="requeue"))
    simulator.control.advance(60)
    client.update_job("frames", move)
    client.begin_enable_job("frames")
    simulator.control.advance(60)

    assert job_state(client) == "active"
    assert states(client, "other") == {"running": 1}
    assert states(client) == {"idle": 1}


def test_tasks_fail_with_the_exit_code_of_their_command_after_their_retries(
    simulator: SimulatedAzure, client: BatchClient
) -> None:
    pool(simulator, client, nodes=1)
    job(client)
    tasks(client, "sleep 10; exit 3", constraints=models.BatchTaskConstraints(max_task_retry_count=2))
    simulator.control.advance(25)
    assert counts(client) == (0, 1, 0)
    simulator.control.advance(60)

    info = client.get_task("frames", "t1").execution_info
    assert info is not None
    assert (info.exit_code, info.result, info.retry_count) == (3, "failure", 2)
    assert info.failure_info is not None
    assert info.failure_info.code == "FailureExitCode"
    client.reactivate_task("frames", "t1")
    assert counts(client) == (1, 0, 0)


def test_a_task_is_ended_when_its_time_is_up(simulator: SimulatedAzure, client: BatchClient) -> None:
    pool(simulator, client, nodes=1)
    job(client)
    limit = models.BatchTaskConstraints(max_wall_clock_time=timedelta(minutes=1))
    tasks(client, "sleep infinity", constraints=limit)
    simulator.control.advance(90)

    assert counts(client) == (0, 0, 1)
    assert states(client) == {"idle": 1}


def test_the_control_api_finishes_tasks(simulator: SimulatedAzure, client: BatchClient) -> None:
    pool(simulator, client, nodes=2)
    job(client)
    tasks(client, "sleep infinity", "sleep infinity")
    simulator.control.advance(10)

    assert simulator.control.finish_tasks(ACCOUNT, "frames", ["t1"], exit_code=7) == 1
    assert simulator.control.finish_tasks(ACCOUNT, "frames") == 1

    codes = [task.execution_info.exit_code for task in client.list_tasks("frames") if task.execution_info]
    assert codes == [7, 0]
    assert states(client) == {"idle": 2}


def test_a_job_ends_by_itself_when_all_its_tasks_have_if_it_says_so(
    simulator: SimulatedAzure, client: BatchClient
) -> None:
    pool(simulator, client, nodes=1)
    job(client, all_tasks_complete_mode="terminatejob")
    tasks(client, "sleep 5")
    simulator.control.advance(60)

    ended = client.get_job("frames")
    assert ended.state == "completed"
    assert ended.execution_info is not None
    assert ended.execution_info.termination_reason == "AllTasksComplete"
    late = models.BatchTaskCreateOptions(id="late", command_line="true")
    assert code_of(lambda: client.create_task("frames", late)) == (409, "JobCompleted")


def test_terminating_a_job_ends_what_runs_and_leaves_what_waits(simulator: SimulatedAzure, client: BatchClient) -> None:
    pool(simulator, client, nodes=1)
    job(client)
    tasks(client, LONG, LONG)
    simulator.control.advance(10)
    reason = {"terminateReason": "NoLongerWanted"}
    assert Wire(simulator).call("POST", "/jobs/frames/terminate", reason).status == 202
    simulator.control.advance(60)

    assert (counts(client), job_state(client)) == ((1, 0, 1), "completed")
    info = client.get_job("frames").execution_info
    assert info is not None
    assert info.termination_reason == "NoLongerWanted"
    assert states(client) == {"idle": 1}


def test_priority_and_parallel_tasks_decide_who_runs(simulator: SimulatedAzure, client: BatchClient) -> None:
    pool(simulator, client, nodes=3)
    job(client, "low", max_parallel_tasks=1)
    job(client, "high", priority=500, max_parallel_tasks=1)
    tasks(client, LONG, LONG, job_id="low")
    tasks(client, LONG, LONG, job_id="high")
    simulator.control.advance(10)

    assert counts(client, "low") == counts(client, "high") == (1, 1, 0)


def test_deleted_jobs_and_tasks_are_gone(simulator: SimulatedAzure, client: BatchClient) -> None:
    pool(simulator, client, nodes=1)
    job(client)
    tasks(client, LONG, LONG)
    simulator.control.advance(10)
    client.delete_task("frames", "t1")
    simulator.control.advance(10)
    assert counts(client) == (0, 1, 0)

    client.begin_delete_job("frames")
    assert job_state(client) == "deleting"
    simulator.control.advance(60)
    assert code_of(lambda: client.get_job("frames")) == (404, "JobNotFound")
    assert states(client) == {"idle": 1}


def test_a_job_ends_when_its_time_is_up_counted_from_its_creation(
    simulator: SimulatedAzure, client: BatchClient
) -> None:
    job(client, constraints=models.BatchJobConstraints(max_wall_clock_time=timedelta(hours=1)))
    simulator.control.advance(1800)
    longer = models.BatchJobConstraints(max_wall_clock_time=timedelta(hours=2))
    client.update_job("frames", models.BatchJobUpdateOptions(constraints=longer))
    simulator.control.advance(3600)
    assert job_state(client) == "active"
    simulator.control.advance(1860)

    ended = client.get_job("frames")
    assert ended.state == "completed"
    assert ended.execution_info is not None
    assert ended.execution_info.termination_reason == "MaxWallClockTimeExpiry"
