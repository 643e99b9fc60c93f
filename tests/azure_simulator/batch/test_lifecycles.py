"""The life of nodes: created, started, prepared, broken, rebooted, preempted and back."""

import pytest

from azure_simulator.answers import BatchError
from azure_simulator.batch.bodies.tasks import StartTask
from azure_simulator.batch.fabric import Fate
from azure_simulator.batch.lifecycles import Lifecycle
from azure_simulator.batch.node_events import Blow, NodeEvent, NodeEvents
from azure_simulator.batch.node_operations import NodeOperations
from azure_simulator.batch.nodes import Stretch
from azure_simulator.batch.pools import Pool
from azure_simulator.batch.states import Kind, NodeState
from tests.support.pools import OneImage, Region, counts, nodes_in

START_TASK = StartTask(command_line="printenv AZ_BATCH_NODE_STARTUP_DIR").completed()
FAILING = StartTask(command_line="/bin/bash -c 'exit 3'", max_task_retry_count=2).completed()


def states_of_one_node(region: Region, pool: Pool, seconds: int) -> list[NodeState]:
    seen: list[NodeState] = []
    for _ in range(seconds):
        region.clock.advance(1)
        for state in counts(pool):
            if not seen or seen[-1] is not state:
                seen.append(state)
    return seen


def test_a_node_is_created_starts_waits_for_its_start_task_and_is_idle() -> None:
    region = Region()
    pool = region.pool(start_task=START_TASK)
    region.resize(pool, 1)

    assert states_of_one_node(region, pool, 600) == [
        NodeState.CREATING,
        NodeState.STARTING,
        NodeState.WAITING_FOR_START_TASK,
        NodeState.IDLE,
    ]
    (node,) = pool.nodes
    run = node.cohort.start_task_run
    assert run is not None
    assert run.exit_code == 0
    assert run.ended is not None
    assert run.ended > run.started


def test_a_node_without_a_start_task_is_idle_after_starting() -> None:
    region = Region()
    pool = region.pool()
    region.resize(pool, 1)

    assert states_of_one_node(region, pool, 600) == [NodeState.CREATING, NodeState.STARTING, NodeState.IDLE]


def test_a_start_task_that_nobody_waits_for_does_not_keep_the_node_from_being_idle() -> None:
    region = Region()
    pool = region.pool(start_task=FAILING.model_copy(update={"wait_for_success": False}))
    region.resize(pool, 1)

    assert states_of_one_node(region, pool, 600) == [NodeState.CREATING, NodeState.STARTING, NodeState.IDLE]


def test_a_failing_start_task_fails_the_node_with_its_exit_code_after_its_retries() -> None:
    region = Region()
    pool = region.pool(start_task=FAILING)
    region.resize(pool, 2)
    region.clock.advance(3600)

    assert counts(pool) == {NodeState.START_TASK_FAILED: 2}
    run = next(iter(pool.nodes)).cohort.start_task_run
    assert run is not None
    assert (run.exit_code, run.retries) == (3, 2)


def test_nodes_become_ready_at_different_moments() -> None:
    region = Region()
    pool = region.pool_with(10)

    assert len({node.cohort.since for node in pool.nodes}) == 10


def test_nodes_from_an_image_that_was_never_generalized_end_unusable_with_an_error() -> None:
    region = Region(image=OneImage(fate=Fate.UNUSABLE))
    pool = region.pool()
    region.resize(pool, 2)
    region.clock.advance(3600)

    assert counts(pool) == {NodeState.UNUSABLE: 2}
    (fault,) = next(iter(pool.nodes)).cohort.faults
    assert fault.code == "NodeAgentNotResponding"
    assert pool.resize_errors == ()


def test_nodes_may_never_get_ready_where_the_scenario_says_so() -> None:
    region = Region(image=OneImage(fate=Fate.NEVER_READY))
    pool = region.pool()
    region.resize(pool, 2)
    region.clock.advance(24 * 3600)

    assert counts(pool) == {NodeState.STARTING: 2}


def test_a_rebooted_node_runs_the_start_task_of_now() -> None:
    region = Region()
    pool = region.pool_with(2)
    pool.change_features({"start_task": START_TASK}, pool.size, region.clock.now())
    node = pool.nodes.at(1)
    assert node is not None
    NodeOperations(fabric=region.fabric).reboot(pool, node)
    assert counts(pool) == {NodeState.REBOOTING: 1, NodeState.IDLE: 1}
    region.clock.advance(3600)

    assert counts(pool) == {NodeState.IDLE: 2}
    assert [node.cohort.start_task for node in pool.nodes] == [START_TASK, None]


def test_only_idle_and_the_like_can_be_rebooted() -> None:
    region = Region()
    pool = region.pool()
    region.resize(pool, 1)
    region.clock.advance(80)
    (node,) = pool.nodes

    with pytest.raises(BatchError) as refusal:
        NodeOperations(fabric=region.fabric).reboot(pool, node)
    assert (refusal.value.status, refusal.value.code) in {(409, "NodeBeingCreated"), (409, "NodeBeingStarted")}


def test_a_deallocated_node_stays_listed_and_starts_again() -> None:
    region = Region()
    pool = region.pool_with(1)
    operations = NodeOperations(fabric=region.fabric)
    (node,) = pool.nodes
    operations.deallocate(pool, node)
    region.clock.advance(3600)
    assert counts(pool) == {NodeState.DEALLOCATED: 1}

    (node,) = pool.nodes
    operations.start(pool, node)
    region.clock.advance(3600)
    assert counts(pool) == {NodeState.IDLE: 1}


def test_a_node_without_scheduling_is_offline_until_it_is_enabled_again() -> None:
    region = Region()
    pool = region.pool_with(1)
    operations = NodeOperations(fabric=region.fabric)
    (node,) = pool.nodes
    operations.disable_scheduling(pool, node)
    assert counts(pool) == {NodeState.OFFLINE: 1}
    (node,) = pool.nodes
    with pytest.raises(BatchError, match="NodeAlreadyInTargetSchedulingState"):
        operations.disable_scheduling(pool, node)

    operations.enable_scheduling(pool, node)
    assert counts(pool) == {NodeState.IDLE: 1}


def test_preempted_nodes_stay_counted_and_come_back_with_the_same_ids() -> None:
    region = Region()
    pool = region.pool_with(0, 3)
    ordinals = [node.ordinal for node in pool.nodes]
    NodeEvents(fabric=region.fabric).strike(pool, Blow(event=NodeEvent.PREEMPTED), 2)

    assert counts(pool) == {NodeState.PREEMPTED: 2, NodeState.IDLE: 1}
    assert pool.nodes.total(Kind.LOW_PRIORITY) == 3
    region.clock.advance(2 * 3600)
    assert counts(pool) == {NodeState.IDLE: 3}
    assert [node.ordinal for node in pool.nodes] == ordinals


def test_a_node_that_breaks_while_it_starts_does_not_become_idle() -> None:
    region = Region()
    pool = region.pool()
    region.resize(pool, 1)
    region.clock.advance(80)
    Lifecycle(pool, region.fabric).enter((Stretch(1, 2),), NodeState.UNUSABLE)
    region.clock.advance(3600)

    assert counts(pool) == {NodeState.UNUSABLE: 1}


def test_events_strike_as_many_idle_nodes_as_asked() -> None:
    region = Region()
    pool = region.pool_with(8)
    events = NodeEvents(fabric=region.fabric)

    assert events.strike(pool, Blow(event=NodeEvent.UNUSABLE), 3) == 3
    assert events.strike(pool, Blow(event=NodeEvent.BUSY), 2) == 2
    assert events.strike(pool, Blow(event=NodeEvent.START_TASK_FAILED), 100) == 3
    assert counts(pool) == {
        NodeState.UNUSABLE: 3,
        NodeState.RUNNING: 2,
        NodeState.START_TASK_FAILED: 3,
    }
    assert len(nodes_in(pool, NodeState.RUNNING)) == 2
