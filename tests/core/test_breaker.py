"""When a pool whose new nodes break is not let grow."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure_batch_operator.core.breaker import BREAK_MINIMUM, OpenBreaker, Tally, recipe, tally
from azure_batch_operator.core.conditions import Stalled
from azure_batch_operator.core.plan.pool_steps import RemoveNodes, Resize
from azure_batch_operator.core.plan.pools import next_step
from azure_batch_operator.core.pools import NodeCounts
from azure_batch_operator.reconcile.pool_scaling_memory import Breaker
from tests.support.batch_pools import START_TASK, observed_pool, wanted_pool
from tests.support.pool_views import nodes, view, waiting

BROKEN = OpenBreaker(new=Tally(arrived=4, broken=3), trouble="Node tvm-1 says: Its start task ended with exit code 7.")
RECIPE = recipe(observed_pool())
NEWER = recipe(observed_pool({"startTask": {**START_TASK, "commandLine": "true"}}))


def judged(breaker: Breaker, now: Tally, *, asked: bool = False) -> bool:
    """Whether the breaker is open."""
    return breaker.new_nodes(RECIPE, now, asked=asked).mostly_broken


@pytest.mark.parametrize(
    ("arrived", "broken", "mostly"),
    [(2, 2, False), (3, 3, True), (5, 3, True), (6, 3, False), (100, 50, False), (100, 51, True), (0, 0, False)],
)
def test_most_of_the_nodes_and_enough_of_them_must_break(arrived: int, broken: int, *, mostly: bool) -> None:
    assert Tally(arrived=arrived, broken=broken).mostly_broken is mostly


def test_nodes_that_are_still_on_their_way_say_nothing_yet() -> None:
    states = {
        "idle": 2,
        "running": 3,
        "unusable": 4,
        "startTaskFailed": 5,
        "creating": 90,
        "starting": 7,
        "preempted": 8,
    }
    assert tally(NodeCounts(pool_id="frames", by_state=states)) == Tally(arrived=14, broken=9)
    assert tally(None) == Tally()


def test_what_nodes_are_made_of_is_not_how_many_there_are() -> None:
    formula = {"enableAutoScale": True, "autoScaleFormula": "x=1;", "resizeTimeout": "PT1H", "targetDedicatedNodes": 9}
    assert recipe(observed_pool(formula)) == RECIPE != NEWER


class TestBreaker:
    def test_a_new_process_judges_by_all_nodes(self) -> None:
        assert judged(Breaker(), Tally(arrived=10, broken=9))

    def test_nodes_that_did_well_do_not_hide_that_all_later_ones_break(self) -> None:
        breaker = Breaker()
        assert not judged(breaker, Tally(arrived=1000))
        breaker.grows(Tally(arrived=1000))
        assert judged(breaker, Tally(arrived=1100, broken=100))

    def test_growth_piece_by_piece_is_judged_as_a_whole_while_its_pieces_break(self) -> None:
        breaker = Breaker()
        breaker.grows(Tally())
        assert not judged(breaker, Tally(arrived=2, broken=2))
        breaker.grows(Tally(arrived=2, broken=2))
        assert judged(breaker, Tally(arrived=4, broken=4))

    def test_nodes_of_another_make_get_a_chance_of_their_own(self) -> None:
        breaker, now = Breaker(), Tally(arrived=10, broken=10)
        assert judged(breaker, now)
        assert not breaker.new_nodes(NEWER, now, asked=False).mostly_broken
        assert breaker.new_nodes(NEWER, Tally(arrived=14, broken=14), asked=False).mostly_broken

    def test_so_do_those_that_come_after_a_person_asked(self) -> None:
        breaker, now = Breaker(), Tally(arrived=10, broken=10)
        assert not judged(breaker, now, asked=True)
        assert not judged(breaker, now)

    def test_forgiven_nodes_that_left_do_not_stand_for_later_ones(self) -> None:
        breaker = Breaker()
        judged(breaker, Tally(arrived=10, broken=10), asked=True)
        judged(breaker, Tally())
        assert judged(breaker, Tally(arrived=10, broken=10))

    def test_it_closes_when_nodes_recover(self) -> None:
        breaker = Breaker()
        assert judged(breaker, Tally(arrived=10, broken=10))
        breaker.trouble = "told"
        assert not judged(breaker, Tally(arrived=10, broken=2))
        assert breaker.trouble is None


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 50), st.integers(0, 50))
def test_what_is_counted_as_new_never_breaks_more_often_than_it_came(a: int, b: int, c: int, d: int) -> None:
    new = Tally(arrived=a + b, broken=b).since(Tally(arrived=c + d, broken=d))
    assert 0 <= new.broken <= new.arrived
    assert not new.mostly_broken or new.broken >= BREAK_MINIMUM


class TestPlan:
    def test_growth_stops_with_the_nodes_own_words(self) -> None:
        verdict = waiting(view(wanted_pool(dedicated=9), nodes(4), breaker=BROKEN))
        assert isinstance(verdict, Stalled)
        assert verdict.reason == "NodesBreak"
        assert verdict.message.startswith(
            "3 of 4 new nodes broke, so the pool does not grow. Node tvm-1 says: Its start task ended with exit code 7."
        )

    def test_so_does_a_growth_that_fell_short(self) -> None:
        assert waiting(view(wanted_pool(dedicated=9), nodes(9, current=4), breaker=BROKEN)).reason == "NodesBreak"

    def test_a_pool_of_the_wanted_size_is_not_well_either(self) -> None:
        assert waiting(view(wanted_pool(dedicated=4), nodes(4), breaker=BROKEN)).reason == "NodesBreak"

    def test_shrinking_goes_on_and_broken_nodes_leave_first(self) -> None:
        seen = view(wanted_pool(dedicated=1), nodes(4), breaker=BROKEN, leaving=("tvm-1", "tvm-2"))
        step = next_step(seen)
        assert isinstance(step, RemoveNodes)
        assert (step.node_ids, step.deallocation) == (("tvm-1", "tvm-2"), "taskcompletion")

    def test_a_pool_is_emptied_whatever_its_nodes_are_like(self) -> None:
        assert isinstance(next_step(view(wanted_pool(dedicated=0), nodes(4), breaker=BROKEN)), Resize)
