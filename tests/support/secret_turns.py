"""Turns of a BatchPool whose body is in Secrets, on a simulated Azure of the same process that can be looked into."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from azure.batch.models import BatchPoolCreateOptions
from pydantic import BaseModel

from azure_batch_operator.core.confidential import Confidential
from azure_batch_operator.core.pool_secrets import RECORD_ITEM
from azure_batch_operator.reconcile.secrets import KeyReader
from azure_simulator.batch.pools import Pool
from azure_simulator.client import ReadyLine
from azure_simulator.journal import Entry, Question
from azure_simulator.server import Simulator
from azure_simulator.world import World
from tests.support.batch import batch_client
from tests.support.contracts import Witness
from tests.support.guard import guard
from tests.support.pool_turns import FRAMES, WRITES
from tests.support.secrets import Cabinet
from tests.support.simulator import SimulatedAzure, default_scenario
from tests.support.virtual_time import VirtualTime
from tools.stage.clockwork import Clockwork, a_key, queue_on, settings_for, wired_on


@dataclass(slots=True, kw_only=True)
class Stage:
    """A simulated Azure seen from inside, and the Secrets of the namespace `rendering`."""

    ready: ReadyLine
    world: World
    secrets: Cabinet

    async def make(self, body: Mapping[str, Any]) -> None:
        """Make a pool as somebody else does, with the SDK."""
        client = batch_client(SimulatedAzure(ready=self.ready, scenario=default_scenario()))
        await asyncio.to_thread(client.create_pool, BatchPoolCreateOptions(body))

    def put(self, name: str, **values: str | bytes) -> None:
        """Make or replace a Secret."""
        self.secrets.put(FRAMES.namespace, name, **values)

    def remove(self, name: str) -> None:
        """Delete a Secret."""
        self.secrets.remove(FRAMES.namespace, name)

    @property
    def pool(self) -> Pool:
        """The pool as the simulator has it."""
        account = next(each for each in self.world.batch_accounts if each.name == "contoso")
        return self.world.batch.pools(account).get(FRAMES.name)

    @property
    def record(self) -> str | None:
        """What the pool's metadata tells of its secrets."""
        items = {item.name: item.value for item in self.pool.features.metadata or ()}
        return items.get(RECORD_ITEM)

    def writes(self, since: int = 0) -> list[Entry]:
        """The requests for the pool that changed something, from that point of the journal on."""
        entries = self.world.journal.ask(Question(since=since))
        return [entry for entry in entries if entry.method in WRITES and entry.service == "batch"]

    @property
    def now(self) -> int:
        """This point of the journal."""
        return self.world.journal.sequence

    @asynccontextmanager
    async def operator(self, read_key: KeyReader = a_key) -> AsyncIterator[Clockwork]:
        """A process of the operator; like a new one each time."""
        time = VirtualTime()
        async with wired_on(
            time, settings_for(self.ready), operator_id="cluster", read_secret=self.secrets, read_key=read_key
        ) as parts:
            advance = self.world.clock.advance
            yield Clockwork(advance=advance, wired=parts, time=time, queue=queue_on(time), hear=guard().hear)


async def another_key() -> Confidential[bytes]:
    """The key of an operator that lost the one it had."""
    return Confidential(b"another key, made when one was lost")


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """A fresh simulated Azure without any Secret."""
    witness = Witness()
    simulator = Simulator(default_scenario(), tmp_path, clock_speed=0, observers=[witness, guard().overhear])
    ready = ReadyLine.parse((await simulator.start()).line())
    try:
        yield Stage(ready=ready, world=simulator.world, secrets=Cabinet())
    finally:
        await simulator.stop()
    witness.testify()


def texts(held: Any) -> Iterator[str]:
    """Every text in what the simulator holds of a pool, also those that it shows to nobody."""
    match held:
        case str():
            yield held
        case BaseModel():
            for name in type(held).model_fields:
                yield from texts(getattr(held, name))
        case dict():
            for value in held.values():
                yield from texts(value)
        case list() | tuple():
            for value in held:
                yield from texts(value)
        case _:
            pass
