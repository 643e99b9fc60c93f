"""The simulated week, and how it tells what may not happen."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.images import NOW
from tools.week.rules import Targets, Write, hasty, overlapping, pause
from tools.week.run import a_week
from tools.week.world import Chance, Resize

PACES = {"base": 5.0, "cap": 600.0}
SECOND = timedelta(seconds=1)


def resize(at: int, targets: Targets = (9, 0), pool: str = "one", seconds: int = 1) -> Write:
    moment = NOW + at * SECOND
    return Write(
        pool=pool,
        operation="Pools_ResizePool",
        began=moment,
        ended=moment + seconds * SECOND,
        at=moment,
        status=202,
        targets=targets,
    )


def test_a_write_that_begins_before_the_last_was_answered_is_told() -> None:
    (told,) = overlapping([resize(0, seconds=5), resize(4)])

    assert told.startswith("one: Pools_ResizePool")


def test_writes_of_two_pools_may_go_on_together() -> None:
    assert overlapping([resize(0, seconds=5), resize(4, pool="two"), resize(6)]) == []


def test_pauses_over_quota_grow_as_the_table_says() -> None:
    assert [pause(tries, **PACES).total_seconds() for tries in range(6)] == [0, 60, 120, 240, 480, 600]


def test_a_resize_that_is_repeated_too_soon_is_told() -> None:
    (told,) = hasty([resize(0), resize(60), resize(179)], {}, **PACES)

    assert "0:01:59 after" in told


@pytest.mark.parametrize(
    ("writes", "excused"),
    [
        ([resize(0), resize(60), resize(180), resize(420)], None),
        ([resize(0), resize(1)], 1),
        ([resize(0), resize(1, targets=(8, 0))], None),
        ([resize(0), resize(1, pool="two")], None),
    ],
    ids=["in time", "after something happened", "to another size", "another pool"],
)
def test_everything_else_is_not(writes: list[Write], excused: int | None) -> None:
    excuses = {} if excused is None else {"one": [NOW + excused * SECOND]}

    assert hasty(writes, excuses, **PACES) == []


def test_a_week_is_the_same_each_time_and_resizes_every_third_pool_an_hour() -> None:
    hours = [list(Chance(30).hour()) for _ in range(2)]

    assert hours[0] == hours[1]
    assert sum(isinstance(event, Resize) for event in hours[0]) == 10


async def test_some_hours_of_a_week_pass_without_a_violation(tmp_path: Path) -> None:
    week = await a_week(tmp_path, hours=3, pools=5)

    assert week.violations() == []
    assert set(week.events) >= {"Resize", "Preemption", "Quotas"}
    assert any(write.operation == "Pools_ResizePool" for write in week.writes)
