"""Which nodes leave before others: broken ones, and those that Azure took back."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from azure_batch_operator.core.departing import MOST_AT_ONCE, first_to_leave, given_up, surplus
from azure_batch_operator.core.nodes import NodesSeen, ObservedNode
from azure_batch_operator.core.plan.pool_steps import RemoveNodes
from azure_batch_operator.core.plan.pools import next_step
from azure_batch_operator.core.sizing import Size
from tests.support.batch_pools import observed_pool, wanted_pool
from tests.support.pool_views import nodes, view

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def a_node(name: str, *, dedicated: bool = True, hours: float = 0) -> ObservedNode:
    """A node that has been as it is for so many hours."""
    return ObservedNode(node_id=name, state="preempted", dedicated=dedicated, since=NOON - timedelta(hours=hours))


def test_no_more_nodes_of_a_kind_are_named_than_are_too_many() -> None:
    seen = [a_node("a"), a_node("b"), a_node("c", dedicated=False), a_node("d", dedicated=False)]
    assert first_to_leave(seen, Size(dedicated=1, spot=2)) == ("a", "c", "d")


def test_a_kind_of_which_no_node_stays_is_left_to_the_resize() -> None:
    found = observed_pool(target_dedicated=9, current_dedicated=9, target_spot=9, current_spot=9)
    assert surplus(Size(dedicated=0, spot=4), found) == Size(dedicated=0, spot=5)


def test_nodes_that_stayed_after_an_earlier_shrink_are_no_reason_to_lower_the_target_below_the_wanted_size() -> None:
    assert surplus(Size(dedicated=5, spot=0), nodes(5, current=9)) == Size(dedicated=0, spot=0)


@given(st.integers(0, 400), st.integers(0, 400), st.integers(0, 400))
def test_naming_nodes_never_takes_the_target_below_the_wanted_size(wanted: int, asked: int, there: int) -> None:
    room = surplus(Size(dedicated=wanted, spot=0), nodes(asked, current=there))
    leaving = first_to_leave([a_node(str(number)) for number in range(there)], room)
    assert len(leaving) <= MOST_AT_ONCE
    assert not leaving or asked - len(leaving) >= wanted


def test_preempted_nodes_are_given_up_after_48_hours_of_azures_time() -> None:
    seen = NodesSeen(nodes=(a_node("old", hours=48), a_node("young", hours=47.9)), at=NOON)
    assert given_up(seen) == ("old",)


def test_without_azures_time_nothing_is_given_up() -> None:
    assert given_up(NodesSeen(nodes=(a_node("old", hours=99),), at=None)) == ()


def test_given_up_nodes_make_room_for_others() -> None:
    spot = observed_pool(target_spot=10, current_spot=10)
    step = next_step(view(wanted_pool(spot=10), spot, preempted=2, given_up=("a", "b")))
    assert isinstance(step, RemoveNodes)
    assert (step.node_ids, step.restored) == (("a", "b"), True)
