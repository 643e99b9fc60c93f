"""The simulated day, and how it tells that replicas flap."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.images import NOW
from tools.day.flapping import Change, Flap, flaps
from tools.day.run import a_day
from tools.day.world import REGIONS, SCALE_DOWN_DELAY, Pools

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def change(minute: int, version: str = "1.0.0", **replicas: int) -> Change:
    return Change(at=NOW + minute * MINUTE, version=version, replicas=replicas)


def test_a_region_that_shrinks_and_soon_grows_again_flaps() -> None:
    changes = (change(0, west=3), change(10, west=1), change(69, west=2))
    assert flaps(changes, HOUR) == [
        Flap(version="1.0.0", region="west", shrunk=NOW + 10 * MINUTE, grown=NOW + 69 * MINUTE)
    ]


def test_a_region_that_left_and_soon_came_back_flaps() -> None:
    (found,) = flaps((change(0, west=1, north=1), change(5, west=1), change(6, west=1, north=1)), HOUR)
    assert found.region == "north"


@pytest.mark.parametrize(
    "changes",
    [
        (change(0, west=3), change(10, west=1), change(70, west=2)),
        (change(0, west=1), change(10, west=3), change(20, west=5)),
        (change(0, west=3), change(10, west=2), change(20, west=1)),
        (change(0, west=3, north=1), change(10, west=1, north=1), change(20, west=1, north=3)),
        (change(0, west=3), change(10, west=1), change(20, "2.0.0", west=1), change(21, "2.0.0", west=3)),
    ],
    ids=["late", "grows only", "shrinks only", "another region", "another version"],
)
def test_everything_else_does_not(changes: tuple[Change, ...]) -> None:
    assert flaps(changes, HOUR) == []


def test_pools_are_in_all_regions_and_change_their_size_almost_every_hour() -> None:
    pools = Pools(20)
    assert {pools.region(number) for number in range(20)} == set(REGIONS)
    for number in range(20):
        assert sum(pools.nodes(number, hour) != pools.nodes(number, hour + 1) for hour in range(24)) > 20


async def test_some_hours_of_a_day_pass_without_flapping_and_with_few_changes(tmp_path: Path) -> None:
    day = await a_day(tmp_path, hours=5, pools=8)
    assert flaps(day.changes, SCALE_DOWN_DELAY) == []
    assert {change.version for change in day.changes} == {"1.0.0"}
    assert 1 < len(day.changes) <= 1 + 5
    assert day.resizes > 5 * 4
    needed = [max(1, -(-nodes // 600)) for nodes in day.hours[-1].nodes.values()]
    assert all(day.hours[-1].replicas[region] >= need for region, need in zip(REGIONS, needed, strict=True))
