"""Many pools in one simulated account: each is made, left alone, changed, and left alone again."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from azure_batch_operator.core.credentials import SecretRef
from azure_batch_operator.reconcile.keys import PoolKey
from azure_simulator.client import ReadyLine
from azure_simulator.journal import Entry, Question
from azure_simulator.scenario import Scenario
from azure_simulator.server import Simulator
from azure_simulator.world import World
from tests.support.contracts import Witness
from tests.support.guard import guard
from tests.support.pool_turns import FRAMES, MINUTE, WRITES, pool
from tests.support.pool_values import PLATFORM, SECRET, Body, Trial
from tests.support.secrets import Cabinet
from tests.support.simulator import default_scenario
from tests.support.virtual_time import VirtualTime
from tools.stage.clockwork import Clockwork, queue_on, settings_for, wired_on
from tools.stage.manifests import Manifest

_WHILE = 25 * MINUTE
"""Two resyncs, and more."""
_VALUES = {"first": b'{"secret": "one"}', "second": b'{"secret": "two"}'}


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What came of one trial: the requests of each part, and how the pool was shown at the end of it."""

    trial: Trial
    made: Sequence[Entry]
    rested: Sequence[Entry]
    read_back: Mapping[str, Any]
    """The status before the change."""
    changed: Sequence[Entry]
    rested_again: Sequence[Entry]
    shown: Mapping[str, Any]
    """The status in the end."""

    @property
    def pending(self) -> dict[str, str]:
        """What waits in the end, each field with its effect."""
        return {each["field"]: each["effect"] for each in self.shown.get("pendingChanges", ())}


def tried(trials: Iterable[Trial], folder: Path, *, size: Body) -> dict[str, Account]:
    """What came of each trial by its path, all in one simulated Azure; `size` is laid under every pool's spec."""
    return asyncio.run(_tried({f"trial-{number}": trial for number, trial in enumerate(trials)}, folder, size))


async def _tried(pools: Mapping[str, Trial], folder: Path, size: Body) -> dict[str, Account]:
    async with _operator(folder) as (turns, world):
        made = await _part(turns, world, {name: _sized(size, trial.first) for name, trial in pools.items()})
        rested = await _part(turns, world, {})
        read_back = {name: turns.status(_key(name)) for name in pools}
        changed = await _part(turns, world, {name: _sized(size, trial.second) for name, trial in pools.items()})
        again = await _part(turns, world, {})
        return {
            trial.path: Account(
                trial=trial,
                made=_of(name, made),
                rested=_of(name, rested),
                read_back=read_back[name],
                changed=_of(name, changed),
                rested_again=_of(name, again),
                shown=turns.status(_key(name)),
            )
            for name, trial in pools.items()
        }


async def _part(turns: Clockwork, world: World, specs: Mapping[str, Body]) -> list[Entry]:
    """Apply these, let time pass; the writes that were made."""
    begun = world.journal.sequence
    for name, spec in specs.items():
        await turns.apply(_manifest(name, spec))
    await turns.run(_WHILE, step=MINUTE)
    return [entry for entry in world.journal.ask(Question(since=begun)) if _writes(entry)]


@asynccontextmanager
async def _operator(folder: Path) -> AsyncIterator[tuple[Clockwork, World]]:
    witness, time = Witness(), VirtualTime()
    simulator = Simulator(_scenario(), folder, clock_speed=0, observers=[witness, guard().overhear])
    ready = ReadyLine.parse((await simulator.start()).line())
    cabinet = Cabinet(secrets={SecretRef(namespace=FRAMES.namespace, name=SECRET): _VALUES})
    try:
        async with wired_on(time, settings_for(ready), operator_id="cluster", read_secret=cabinet) as parts:
            advance = simulator.world.clock.advance
            turns = Clockwork(advance=advance, wired=parts, time=time, queue=queue_on(time), hear=guard().hear)
            yield turns, simulator.world
    finally:
        await simulator.stop()
    witness.testify()


def _scenario() -> Scenario:
    """The default one, in which pools may be made from the images of the other subscription, too."""
    given = default_scenario().model_dump(mode="json")["role_assignments"]
    platform = {"application": "operator", "role": "Contributor", "scope": f"/subscriptions/{PLATFORM}"}
    return default_scenario(role_assignments=[*given, platform])


def _sized(size: Body, spec: Body) -> Body:
    return spec if spec.get("enableAutoScale") else {**size, **spec}


def _manifest(name: str, spec: Body) -> Manifest:
    """A pool that is made as that spec says, and else of nothing."""
    plain = pool(name)
    return {**plain, "spec": {"account": plain["spec"]["account"], **spec}}


def _key(name: str) -> PoolKey:
    return PoolKey(FRAMES.namespace, name)


def _of(name: str, entries: Iterable[Entry]) -> list[Entry]:
    return [entry for entry in entries if name in entry.path.split("/") or (entry.body or {}).get("id") == name]


def _writes(entry: Entry) -> bool:
    return entry.method in WRITES and entry.service in {"batch", "batch_accounts"}
