"""What turns of images remember of each other."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from azure_batch_operator.core.images import ObservedVersion
from azure_batch_operator.reconcile.beliefs import Beliefs
from azure_batch_operator.reconcile.image_memory import ImageMemory
from tests.support.images import HOME, NOW, VERSION, a_region, a_use, a_version, a_view

ID = VERSION.id.casefold()
HOUR = timedelta(hours=1)
NORTH = "northeurope"
WELL = a_version()
MOVING = a_version(a_region(state="Replicating"), state="Updating")
FAILED = a_version(a_region(), a_region(NORTH, state="Failed"), state="Failed")


@pytest.fixture
def memory(beliefs: Beliefs) -> ImageMemory:
    return ImageMemory(beliefs=beliefs, retry_base=10, retry_cap=600)


def look(memory: ImageMemory, version: ObservedVersion, *, at: datetime = NOW) -> None:
    memory.note_states((version,), at)


def pause(memory: ImageMemory, *, at: datetime = NOW) -> float:
    return (memory.retry_times()[ID] - at).total_seconds()


def test_pauses_grow_with_every_try_up_to_a_cap(memory: ImageMemory) -> None:
    pauses = []
    for _ in range(8):
        look(memory, FAILED)
        pauses.append(pause(memory))
        memory.tried(VERSION.id)
    assert pauses == [10, 20, 40, 80, 160, 320, 600, 600]
    assert memory.tries() == {ID: 8}


def test_what_is_well_again_begins_anew(memory: ImageMemory) -> None:
    look(memory, FAILED)
    memory.tried(VERSION.id)
    look(memory, WELL)
    look(memory, FAILED)
    assert pause(memory) == 10


def test_pauses_go_on_growing_while_a_region_that_failed_is_only_taken_out(memory: ImageMemory) -> None:
    look(memory, FAILED)
    memory.tried(VERSION.id)
    memory.took_out(VERSION.id, (NORTH,))
    look(memory, WELL)
    memory.tried(VERSION.id)
    look(memory, a_version(a_region(), a_region(NORTH, state="Replicating"), state="Updating"))
    look(memory, FAILED)
    assert pause(memory) == 40


def test_the_trouble_is_over_when_the_region_is_back_and_well(memory: ImageMemory) -> None:
    look(memory, FAILED)
    memory.tried(VERSION.id)
    memory.took_out(VERSION.id, (NORTH,))
    look(memory, a_version(a_region(), a_region(NORTH)))
    assert memory.tries() == {}
    look(memory, WELL)
    look(memory, FAILED)
    assert pause(memory) == 10


@pytest.mark.parametrize(
    "version",
    [MOVING, a_version(a_region(state="Replicating")), a_version(state="Creating")],
    ids=["updating", "replicating", "creating"],
)
def test_what_moves_for_six_hours_is_stuck(memory: ImageMemory, version: ObservedVersion) -> None:
    look(memory, version)
    look(memory, version, at=NOW + 6 * HOUR - timedelta(seconds=1))
    assert memory.stuck() == {}
    look(memory, version, at=NOW + 6 * HOUR)
    assert memory.stuck()[ID].since == NOW
    assert memory.stuck()[ID].ask_again


def test_what_is_stuck_is_asked_for_again_after_pauses_that_double(memory: ImageMemory) -> None:
    asked: list[int] = []
    for hour in range(100):
        look(memory, MOVING, at=NOW + hour * HOUR)
        if any(stuck.ask_again for stuck in memory.stuck().values()):
            memory.tried(VERSION.id)
            asked.append(hour)
    assert asked == [6, 18, 42, 90]


@pytest.mark.parametrize("between", [WELL, None], ids=["it was done", "it was changed"])
def test_what_begins_anew_is_not_stuck(memory: ImageMemory, between: Any) -> None:
    look(memory, MOVING)
    if between is None:
        memory.tried(VERSION.id)
    else:
        look(memory, between)
    look(memory, MOVING, at=NOW + 5 * HOUR)
    look(memory, MOVING, at=NOW + 10 * HOUR)
    assert memory.stuck() == {}


def test_where_replicas_were_ready_is_known_until_they_are_none(memory: ImageMemory, beliefs: Beliefs) -> None:
    beliefs.ready_replicas = {ID: {HOME: 2, NORTH: 0}}
    assert memory.ready_in((WELL,)) == {(ID, HOME)}


def test_of_thousands_of_versions_only_those_are_told_that_are_asked_for(memory: ImageMemory, beliefs: Beliefs) -> None:
    beliefs.ready_replicas = {ID: {HOME: 2}, "another": {HOME: 1}}
    remember(memory, 3000, 0)
    remember(memory, 500, 1)
    asked = (WELL,)
    assert memory.ready_in(asked) == {(ID, HOME)}
    assert memory.served(asked) == {ID}
    assert memory.needed_lately(asked, NOW, within=HOUR) == {(ID, HOME): 5}
    assert not memory.ready_in(())
    assert not memory.served(())
    assert not memory.needed_lately((), NOW, within=HOUR)
    assert not memory.surplus_since(())


def remember(memory: ImageMemory, nodes: int, minute: int, *, unseen: bool = False) -> None:
    """A turn saw a version of five replicas and a pool of so many nodes."""
    uses = (replace(a_use(nodes), unseen=unseen),)
    view = a_view(a_version(a_region(replicas=5)), uses=uses, surplus_since=memory.surplus_since((WELL,)))
    view = replace(view, now=NOW + timedelta(minutes=minute))
    memory.remember_plan(view, view.versions[0])


def test_what_was_needed_is_remembered_for_as_long_as_it_counts(memory: ImageMemory) -> None:
    for minute, nodes in ((0, 3000), (30, 500), (45, 1500), (60, 500)):
        remember(memory, nodes, minute)
    assert memory.needed_lately((WELL,), NOW + timedelta(minutes=89), within=HOUR) == {(ID, HOME): 5}
    assert memory.needed_lately((WELL,), NOW + timedelta(minutes=91), within=HOUR) == {(ID, HOME): 3}
    assert memory.needed_lately((WELL,), NOW + timedelta(minutes=130), within=HOUR) == {(ID, HOME): 1}


def test_a_surplus_begins_only_when_the_pools_were_looked_at_since_they_were_asked_to_shrink(
    memory: ImageMemory,
) -> None:
    remember(memory, 3000, 0)
    remember(memory, 500, 1, unseen=True)
    assert memory.surplus_since((WELL,)) == {}
    assert memory.needed_lately((WELL,), NOW + timedelta(minutes=90), within=HOUR) == {(ID, HOME): 5}
    remember(memory, 500, 5)
    assert memory.surplus_since((WELL,)) == {(ID, HOME): NOW + timedelta(minutes=5)}
    remember(memory, 500, 10, unseen=True)
    assert memory.surplus_since((WELL,)) == {(ID, HOME): NOW + timedelta(minutes=5)}
    remember(memory, 3000, 15, unseen=True)
    assert memory.surplus_since((WELL,)) == {}
