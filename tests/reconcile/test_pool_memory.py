"""What one turn of a pool leaves for the next: how long the gate is closed, what was tried, what Azure did not take."""

import pytest

from azure_batch_operator.core.sizing import Size
from azure_batch_operator.reconcile.pool_memory import Pace, PoolMemory
from tests.support.batch_pools import ACCOUNT, observed_pool

PACE = Pace(base=5, cap=600)
LARGE, LARGER = Size(dedicated=3000, spot=0), Size(dedicated=4000, spot=0)
SHORT = observed_pool(target_dedicated=3000, current_dedicated=1200)
MOVED = observed_pool(target_dedicated=3000, current_dedicated=1300)


@pytest.fixture
def memory() -> PoolMemory:
    return PoolMemory()


def test_the_wait_for_replicas_is_counted_from_the_first_closed_gate(memory: PoolMemory) -> None:
    assert [memory.growth.waited(LARGE, now) for now in (100.0, 160.0, 400.0)] == [0, 60, 300]


def test_another_size_waits_anew(memory: PoolMemory) -> None:
    memory.growth.waited(LARGE, 100.0)
    assert memory.growth.waited(LARGER, 160.0) == 0


def test_an_open_gate_ends_the_wait(memory: PoolMemory) -> None:
    memory.growth.waited(LARGE, 100.0)
    memory.growth.is_over()
    assert memory.growth.waited(LARGE, 160.0) == 0


def test_a_shortfall_that_this_process_never_saw_begin_is_tried_at_once(memory: PoolMemory) -> None:
    assert memory.resize_pause(LARGE, SHORT, ACCOUNT, 100.0, pace=PACE) == 0


def test_the_pause_after_a_resize_that_moved_nothing_begins_when_its_end_is_seen(memory: PoolMemory) -> None:
    memory.resized(LARGE, SHORT, ACCOUNT)
    assert [memory.resize_pause(LARGE, SHORT, ACCOUNT, now, pace=PACE) for now in (100.0, 103.0, 105.0)] == [5, 2, 0]


def test_pauses_grow_from_one_resize_in_vain_to_the_next(memory: PoolMemory) -> None:
    pauses = []
    for _ in range(4):
        memory.resized(LARGE, SHORT, ACCOUNT)
        pauses.append(memory.resize_pause(LARGE, SHORT, ACCOUNT, 100.0, pace=PACE))
    assert pauses == [5, 10, 20, 40]


def test_progress_needs_no_pause(memory: PoolMemory) -> None:
    memory.resized(LARGE, SHORT, ACCOUNT)
    memory.resized(LARGE, SHORT, ACCOUNT)
    assert memory.is_hopeless(SHORT)
    assert not memory.is_hopeless(MOVED)
    assert memory.resize_pause(LARGE, MOVED, ACCOUNT, 100.0, pace=PACE) == 0


def test_properties_that_azure_does_not_take_over_are_written_less_and_less_often(memory: PoolMemory) -> None:
    fields = ("startTask.commandLine",)
    assert memory.repair_pause(fields, 100.0, pace=PACE) == 0
    memory.repaired(fields, 100.0)
    assert memory.repair_pause(fields, 102.0, pace=PACE) == 3
    memory.repaired(fields, 105.0)
    assert memory.repair_pause(fields, 105.0, pace=PACE) == 10
    assert memory.repair_pause(("metadata.team",), 105.0, pace=PACE) == 0


def test_a_pool_that_is_as_it_should_be_begins_anew(memory: PoolMemory) -> None:
    memory.resized(LARGE, SHORT, ACCOUNT)
    memory.resized(LARGE, SHORT, ACCOUNT)
    memory.repaired(("metadata.team",), 100.0)
    memory.settled(7, "image", complete=True)
    assert memory.settled_generation == 7
    assert memory.resize_pause(LARGE, SHORT, ACCOUNT, 100.0, pace=PACE) == 0
    assert memory.repair_pause(("metadata.team",), 100.0, pace=PACE) == 0


def test_a_pool_with_which_something_waits_is_complete_only_as_it_was_before(memory: PoolMemory) -> None:
    memory.settled(7, "old", complete=True)
    memory.settled(8, "new", complete=False)
    assert memory.settled_generation == 8
    assert memory.complete_with == (7, "old")
