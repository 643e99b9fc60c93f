"""One day: the operator on a standing clock against a simulator in the same process, an hour at a time."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from azure_batch_operator.reconcile.keys import ImageKey, PoolKey
from azure_simulator.client import ReadyLine
from azure_simulator.journal import Question
from azure_simulator.server import Simulator
from azure_simulator.world import World
from tools.day.flapping import Change
from tools.day.world import NAMESPACE, REGIONS, Pools, image, scenario
from tools.stage.clockwork import Clockwork, queue_on, settings_for, wired_on
from tools.stage.virtual_time import VirtualTime

HOUR = 3600.0
STEP = 60.0
_IMAGE = ImageKey(NAMESPACE, "render-node")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """What there was at the end of an hour, by region."""

    nodes: Mapping[str, int]
    replicas: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What was seen in a day."""

    hours: tuple[Hour, ...]
    changes: tuple[Change, ...]
    resizes: int
    began: datetime


async def a_day(folder: Path, *, hours: int, pools: int) -> Day:
    """Let so many hours pass for so many pools, in a world that is kept in the folder."""
    sizes = Pools(pools)
    async with _operator(folder) as (turns, world):
        await turns.apply(image())
        await turns.until(lambda: turns.is_ready(_IMAGE))
        began = world.clock.now()
        await turns.apply_all(sizes.manifest(number) for number in range(pools))
        passed = [await _hour(turns, sizes, hour) for hour in range(hours)]
        return Day(
            hours=tuple(passed),
            changes=tuple(_changes(world)),
            resizes=sum(1 for _ in world.journal.ask(Question(operation="Pools_ResizePool"))),
            began=began,
        )


@asynccontextmanager
async def _operator(folder: Path) -> AsyncIterator[tuple[Clockwork, World]]:
    simulator, time = Simulator(scenario(), folder, clock_speed=0), VirtualTime()
    ready = ReadyLine.parse((await simulator.start()).line())
    try:
        async with wired_on(time, settings_for(ready), operator_id="day", read_secret=_no_secret) as parts:
            advance = simulator.world.clock.advance
            yield Clockwork(advance=advance, wired=parts, time=time, queue=queue_on(time)), simulator.world
    finally:
        await simulator.stop()


async def _no_secret(namespace: str, name: str) -> None:
    """There are no Secrets in this cluster."""


async def _hour(turns: Clockwork, sizes: Pools, hour: int) -> Hour:
    for number, name in enumerate(sizes.names):
        await turns.change(PoolKey(NAMESPACE, name), {"targetDedicatedNodes": sizes.nodes(number, hour)})
    await turns.run(HOUR, step=STEP)
    return Hour(nodes=_nodes(turns, sizes), replicas=_replicas(turns))


def _nodes(turns: Clockwork, sizes: Pools) -> dict[str, int]:
    nodes = dict.fromkeys(REGIONS, 0)
    for number, name in enumerate(sizes.names):
        nodes[sizes.region(number)] += turns.status(PoolKey(NAMESPACE, name)).get("currentDedicatedNodes", 0)
    return nodes


def _replicas(turns: Clockwork) -> dict[str, int]:
    return {region["name"]: region["replicas"] for region in turns.status(_IMAGE)["regions"]}


def _changes(world: World) -> Iterator[Change]:
    """What every accepted PATCH asked for; the first entry of each version is what it was made with."""
    for operation in ("GalleryImageVersions_CreateOrUpdate", "GalleryImageVersions_Update"):
        for entry in world.journal.ask(Question(operation=operation)):
            if entry.status is not None and entry.status < 300:
                listed = entry.body["properties"]["publishingProfile"]["targetRegions"]
                yield Change(
                    at=entry.simulated_time,
                    version=entry.path.rsplit("/", 1)[-1],
                    replicas={_key(region["name"]): region["regionalReplicaCount"] for region in listed},
                )


def _key(region: str) -> str:
    return region.replace(" ", "").lower()
