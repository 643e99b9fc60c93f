"""Resizes of pools: from resizing to steady, stopped, shrunk, drained, and never twice at a time."""

from datetime import timedelta

from azure_simulator.batch.node_events import Blow, NodeEvent, NodeEvents
from azure_simulator.batch.nodes import Stretch
from azure_simulator.batch.resizing import Resize
from azure_simulator.batch.scenario import BatchSwitches
from azure_simulator.batch.states import AllocationState, Deallocation, Kind, NodeState, ResizeError, Targets
from tests.support.pools import MORNING, OneImage, Region, counts

FIFTEEN_MINUTES = timedelta(minutes=15)
SECOND = timedelta(seconds=1)


def test_a_pool_without_nodes_is_resizing_at_once_and_steady_about_two_seconds_later() -> None:
    region = Region()
    pool = region.pool()
    region.resize(pool, 0)

    assert pool.allocation_state is AllocationState.RESIZING
    region.clock.advance(1.5)
    assert pool.allocation_state is AllocationState.RESIZING
    region.clock.advance(1)
    assert pool.is_steady
    assert SECOND < pool.allocation_since - MORNING < 3 * SECOND


def test_a_stopped_resize_is_stopping_then_steady_with_the_nodes_and_targets_it_had() -> None:
    region = Region(image=OneImage(replicas=1))
    pool = region.pool()
    region.resize(pool, 500)
    region.clock.advance(5 * 60)
    assert pool.resize is not None
    pool.resize.stop()

    assert pool.allocation_state is AllocationState.STOPPING
    region.clock.advance(10)
    assert pool.is_steady
    assert 0 < pool.nodes.total(Kind.DEDICATED) < 500
    assert pool.targets == Targets(dedicated=500)
    (error,) = pool.resize_errors
    assert error.code == "ResizeStopped"
    assert error.message.endswith("due to a stop resize operation")


def test_nothing_more_arrives_after_a_stop() -> None:
    region = Region()
    pool = region.pool()
    region.resize(pool, 500)
    region.clock.advance(5 * 60)
    assert pool.resize is not None
    pool.resize.stop()
    region.clock.advance(10)
    reached = len(pool.nodes)
    region.clock.advance(3600)

    assert len(pool.nodes) == reached


def test_the_errors_of_a_resize_go_when_the_next_one_begins() -> None:
    region = Region(image=OneImage(replicas=0))
    pool = region.pool()
    region.resize(pool, 1)
    region.clock.advance(10)
    assert pool.resize_errors

    region.resize(pool, 0)
    assert pool.resize_errors == ()


def test_an_image_that_cannot_be_booted_is_an_error_of_the_resize() -> None:
    refusal = ResizeError(code="DependentResourceNotFound", message="A dependent resource was not found")
    region = Region(image=OneImage(refusal=refusal))
    pool = region.pool()
    region.resize(pool, 3)
    region.clock.advance(10)

    assert pool.is_steady
    assert pool.resize_errors == (refusal,)


def test_a_shrinking_pool_counts_its_nodes_until_they_are_gone() -> None:
    region = Region()
    pool = region.pool_with(10)
    region.resize(pool, 4)

    assert counts(pool) == {NodeState.IDLE: 4, NodeState.LEAVING_POOL: 6}
    assert pool.nodes.total(Kind.DEDICATED) == 10
    region.clock.advance(60)
    assert counts(pool) == {NodeState.IDLE: 4}
    assert pool.is_steady


def test_nodes_that_leave_give_their_cores_back() -> None:
    region = Region()
    pool = region.pool_with(10, 5)
    assert region.fabric.ledger.used(region.account, Kind.DEDICATED) == 20
    assert region.fabric.ledger.used(region.account, Kind.LOW_PRIORITY) == 10
    region.resize(pool, 1, 0)
    region.clock.advance(60)

    assert region.fabric.ledger.used(region.account, Kind.DEDICATED) == 2
    assert region.fabric.ledger.used(region.account, Kind.LOW_PRIORITY) == 0


def test_broken_nodes_leave_before_healthy_ones() -> None:
    region = Region()
    pool = region.pool_with(5)
    NodeEvents(fabric=region.fabric).strike(pool, Blow(event=NodeEvent.UNUSABLE), 2)
    region.resize(pool, 3)
    region.clock.advance(60)

    assert counts(pool) == {NodeState.IDLE: 3}


def test_one_resize_may_grow_one_kind_and_shrink_the_other() -> None:
    region = Region()
    pool = region.pool_with(5, 5)
    region.resize(pool, 8, 1)
    region.clock.advance(3600)

    assert pool.is_steady
    assert (pool.nodes.total(Kind.DEDICATED), pool.nodes.total(Kind.LOW_PRIORITY)) == (8, 1)


def test_a_drain_waits_for_busy_nodes_until_their_tasks_are_done() -> None:
    region = Region()
    pool = region.pool_with(4)
    events = NodeEvents(fabric=region.fabric)
    events.strike(pool, Blow(event=NodeEvent.BUSY), 3)
    region.resize(pool, 1, option=Deallocation.TASK_COMPLETION)
    region.clock.advance(600)
    assert pool.allocation_state is AllocationState.RESIZING
    assert counts(pool) == {NodeState.RUNNING: 3}

    events.strike(pool, Blow(event=NodeEvent.FREE), 3)
    region.clock.advance(60)
    assert pool.is_steady
    assert pool.resize_errors == ()
    assert counts(pool) == {NodeState.IDLE: 1}


def test_requeue_does_not_wait_for_tasks() -> None:
    region = Region()
    pool = region.pool_with(3)
    NodeEvents(fabric=region.fabric).strike(pool, Blow(event=NodeEvent.BUSY), 3)
    region.resize(pool, 0, option=Deallocation.REQUEUE)
    region.clock.advance(60)

    assert pool.is_steady
    assert len(pool.nodes) == 0


def _drained_beyond_its_timeout(switches: BatchSwitches) -> tuple[Region, list[str], int]:
    region = Region(switches=switches)
    pool = region.pool_with(3)
    NodeEvents(fabric=region.fabric).strike(pool, Blow(event=NodeEvent.BUSY), 2)
    region.resize(pool, 0, timeout=FIFTEEN_MINUTES, option=Deallocation.TASK_COMPLETION)
    region.clock.advance(16 * 60)
    assert pool.is_steady
    return region, [error.code for error in pool.resize_errors], len(pool.nodes)


def test_after_a_timed_out_drain_busy_nodes_run_on() -> None:
    _, codes, nodes = _drained_beyond_its_timeout(BatchSwitches(after_drain_timeout="keepRunning"))

    assert codes == ["AllocationTimedout"]
    assert nodes == 2


def test_after_a_timed_out_drain_busy_nodes_leave_where_the_scenario_says_so() -> None:
    _, codes, nodes = _drained_beyond_its_timeout(BatchSwitches(after_drain_timeout="remove"))

    assert codes == []
    assert nodes == 0


def test_exactly_the_named_nodes_are_removed() -> None:
    region = Region()
    pool = region.pool_with(6)
    resize = Resize(pool, region.fabric, option=Deallocation.REQUEUE, timeout=FIFTEEN_MINUTES)
    resize.without((Stretch(2, 3), Stretch(5, 6)), Targets(dedicated=4))
    region.clock.advance(60)

    assert [node.ordinal for node in pool.nodes] == [1, 3, 4, 6]
    assert pool.targets == Targets(dedicated=4)
    assert pool.is_steady


def test_an_abandoned_resize_does_nothing_any_more() -> None:
    region = Region()
    pool = region.pool()
    region.resize(pool, 100)
    region.clock.advance(30)
    assert pool.resize is not None
    pool.resize.abandon()
    reached = len(pool.nodes)
    region.clock.advance(6 * 3600)

    assert len(pool.nodes) == reached
    assert region.fabric.sites.under_way("image", "westeurope") == 0


def test_becoming_steady_keeps_the_etag_unless_the_scenario_says_otherwise() -> None:
    assert not _etag_changes(BatchSwitches())
    assert _etag_changes(BatchSwitches(etag_follows_allocation=True))


def _etag_changes(switches: BatchSwitches) -> bool:
    region = Region(switches=switches)
    pool = region.pool()
    before = pool.etag
    region.resize(pool, 0)
    region.clock.advance(10)
    return pool.etag != before
