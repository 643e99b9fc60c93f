"""How long resizes may take, what both targets are, and when a shortfall is tried again."""

from dataclasses import replace
from datetime import timedelta
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure_batch_operator.core.sizing import (
    Attempt,
    Size,
    attempt,
    drain_timeout,
    exceeds,
    growth_timeout,
    resize_timeout,
    too_short,
    wanted_size,
)
from tests.support.batch_pools import ACCOUNT, observed_pool, wanted_pool

counts = st.integers(min_value=0, max_value=20_000)
sizes = st.builds(Size, dedicated=counts, spot=counts)


@pytest.mark.parametrize(
    ("nodes", "minutes"),
    [(0, 15), (1, 15), (300, 15), (301, 30), (1000, 30), (1001, 30), (2000, 30), (2001, 45), (3000, 45), (3001, 60)],
)
def test_growth_gets_a_quarter_of_an_hour_per_thousand_nodes_and_half_an_hour_above_three_hundred(
    nodes: int, minutes: int
) -> None:
    assert growth_timeout(nodes) == timedelta(minutes=minutes)


@given(counts)
def test_growth_never_gets_less_than_the_articles_rule(nodes: int) -> None:
    assert growth_timeout(nodes) >= timedelta(minutes=15) * ceil(nodes / 1000)
    assert growth_timeout(nodes) <= growth_timeout(nodes + 1)


@pytest.mark.parametrize(
    ("option", "minutes"),
    [(None, 60), ("taskcompletion", 60), ("retaineddata", 60), ("requeue", 15), ("terminate", 15)],
)
def test_draining_gets_an_hour_where_tasks_may_finish(option: str | None, minutes: int) -> None:
    assert drain_timeout(wanted_pool(node_deallocation_option=option)) == timedelta(minutes=minutes)


def test_the_specs_drain_timeout_is_obeyed() -> None:
    wanted = wanted_pool(drain_timeout=timedelta(hours=3))
    assert resize_timeout(wanted, Size(dedicated=1, spot=0), observed_pool()) == timedelta(hours=3)


def test_shrinking_never_gets_the_timeout_of_growth() -> None:
    wanted = wanted_pool(resize_timeout=timedelta(minutes=5))
    assert resize_timeout(wanted, Size(dedicated=1, spot=0), observed_pool()) == timedelta(hours=1)


def test_a_resize_in_both_directions_gets_the_longer_timeout() -> None:
    found = observed_pool(target_spot=10, current_spot=10)
    assert resize_timeout(wanted_pool(), Size(dedicated=300, spot=0), found) == timedelta(hours=1)
    assert resize_timeout(wanted_pool(), Size(dedicated=9000, spot=0), found) == timedelta(minutes=135)


def test_an_explicit_shorter_timeout_is_obeyed_and_the_needed_one_is_known() -> None:
    wanted = wanted_pool(resize_timeout=timedelta(minutes=20))
    size = Size(dedicated=3000, spot=0)
    assert resize_timeout(wanted, size, observed_pool()) == timedelta(minutes=20)
    assert too_short(wanted, size) == timedelta(minutes=45)
    assert too_short(wanted, Size(dedicated=300, spot=0)) is None


def test_a_timeout_says_nothing_about_a_pool_that_a_formula_sizes() -> None:
    wanted = wanted_pool({"enableAutoScale": True}, resize_timeout=timedelta(minutes=5))
    assert too_short(wanted, Size(dedicated=3000, spot=0)) is None


def test_a_kind_that_the_spec_does_not_name_stays_as_it_is() -> None:
    found = observed_pool(target_spot=7, current_spot=5)
    assert wanted_size(wanted_pool(spot=None), found) == Size(dedicated=2, spot=7)
    assert wanted_size(wanted_pool(dedicated=None, spot=None), found) == Size(dedicated=2, spot=7)
    assert wanted_size(wanted_pool(dedicated=None, spot=None), None) == Size(dedicated=0, spot=0)


@given(sizes, sizes)
def test_of_two_different_sizes_at_least_one_exceeds_the_other(one: Size, other: Size) -> None:
    assert (exceeds(one, other) or exceeds(other, one)) == (one != other)


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (Size(dedicated=3000, spot=0), "3,000"),
        (Size(dedicated=0, spot=0), "0"),
        (Size(dedicated=0, spot=12), "12 Spot"),
        (Size(dedicated=3000, spot=12), "3,000 and 12 Spot"),
    ],
)
def test_people_read_a_size_with_its_kinds(size: Size, words: str) -> None:
    assert str(size) == words


SHORT = observed_pool(target_dedicated=3000, current_dedicated=1200)
SIZE = Size(dedicated=3000, spot=0)


def sent_before(times: int) -> Attempt | None:
    """The last attempt after so many of the same that moved nothing."""
    previous: Attempt | None = None
    for _ in range(times):
        previous = attempt(previous, SIZE, SHORT, ACCOUNT)
    return previous


def test_each_resize_that_moves_nothing_counts() -> None:
    assert [attempt(sent_before(times), SIZE, SHORT, ACCOUNT).fruitless for times in range(4)] == [0, 1, 2, 3]


def test_a_single_new_node_begins_the_count_anew() -> None:
    moved = replace(SHORT, current_dedicated=1201)
    assert attempt(sent_before(3), SIZE, moved, ACCOUNT).fruitless == 0


def test_another_quota_begins_the_count_anew() -> None:
    raised = replace(ACCOUNT, dedicated_core_quota=10_000)
    assert attempt(sent_before(3), SIZE, SHORT, raised).fruitless == 0


def test_another_size_begins_the_count_anew() -> None:
    assert attempt(sent_before(3), Size(dedicated=2500, spot=0), SHORT, ACCOUNT).fruitless == 0
