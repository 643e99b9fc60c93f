"""What a region needed lately."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from azure_batch_operator.core.recent_needs import RecentNeeds
from tests.support.images import NOW

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def needs(*points: tuple[int, int], within: timedelta = HOUR) -> RecentNeeds:
    """Replicas that were needed from so many minutes on."""
    known = RecentNeeds()
    for minute, required in points:
        known = known.and_now(required, NOW + minute * MINUTE, within=within)
    return known


def at(minute: int) -> datetime:
    return NOW + minute * MINUTE


def test_the_most_of_an_hour_counts_also_what_was_in_effect_when_it_began() -> None:
    known = needs((0, 5), (30, 3), (50, 4), (70, 2))
    assert known.most(at(89), within=HOUR) == 5
    assert known.most(at(90), within=HOUR) == 4
    assert known.most(at(130), within=HOUR) == 2


def test_nothing_is_known_at_first() -> None:
    assert RecentNeeds().most(NOW, within=HOUR) == 0


def test_what_is_over_is_forgotten() -> None:
    assert len(needs(*((minute, minute % 2) for minute in range(600))).points) <= 62


@given(counts=st.lists(st.integers(0, 9), min_size=1, max_size=40), hours=st.integers(1, 5))
def test_it_is_the_largest_of_all_that_was_in_effect(counts: list[int], hours: int) -> None:
    within = hours * HOUR
    known = needs(*((20 * n, count) for n, count in enumerate(counts)), within=within)
    last = 20 * (len(counts) - 1)
    in_effect = [count for n, count in enumerate(counts) if 20 * (n + 1) > last - 60 * hours]
    assert known.most(at(last), within=within) == max(in_effect)


def test_without_a_delay_nothing_of_the_past_counts() -> None:
    assert needs((0, 5), (30, 3), within=timedelta()).most(at(30), within=timedelta()) == 0
