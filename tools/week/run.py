"""One week: the operator on a standing clock against a simulator, an hour at a time, with a quiet end."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import assert_never

from azure_batch_operator.reconcile.keys import PoolKey
from azure_batch_operator.settings import Settings
from azure_simulator.client import JournalEntry
from tools.demo.meddler import change_start_task
from tools.stage import Azure
from tools.stage.clockwork import Clockwork, queue_on, settings_for, wired_on
from tools.stage.virtual_time import VirtualTime
from tools.week.rules import Write, hasty, overlapping
from tools.week.world import ACCOUNT, NAMESPACE, Chance, Event, ForeignEdit, Preemption, Quotas, Resize

HOUR = 3600.0
STEP = 180.0
QUIET_HOURS = 6
"""At the end nothing happens any more, and there is room for everything."""


@dataclass(slots=True, kw_only=True)
class Week:
    """What was seen in a week."""

    settings: Settings
    writes: list[Write] = field(default_factory=list)
    events: Counter[str] = field(default_factory=Counter)
    excuses: dict[str, list[datetime]] = field(default_factory=dict)
    unready: dict[str, str] = field(default_factory=dict)
    """Pools that were not as wanted in the end, with what their status says."""

    def violations(self) -> list[str]:
        """Everything that may not happen."""
        unready = [f"{pool} did not converge: {message}" for pool, message in self.unready.items()]
        paces = {"base": self.settings.retry_base, "cap": self.settings.retry_cap}
        return [*unready, *overlapping(self.writes), *hasty(self.writes, self.excuses, **paces)]


async def a_week(folder: Path, *, hours: int, pools: int) -> Week:
    """Let so many hours pass for so many pools, then some quiet ones."""
    with Azure.start(folder, speed=0) as azure:
        chance, week = Chance(pools), Week(settings=settings_for(azure.ready))
        async with _operator(azure, week.settings) as turns:
            passing = _Passing(azure=azure, turns=turns, week=week, chance=chance)
            await turns.apply_all(map(chance.manifest, chance.names))
            for _ in range(hours):
                await passing.hour(chance.hour())
            for _ in range(QUIET_HOURS):
                await passing.hour([Quotas(roomy=True)])
            week.unready = {name: turns.message(_key(name)) for name in chance.names if not turns.is_ready(_key(name))}
    return week


@dataclass(slots=True, kw_only=True)
class _Passing:
    """How an hour passes."""

    azure: Azure
    turns: Clockwork
    week: Week
    chance: Chance
    _seen: int = 0
    _nodes: dict[str, tuple[int, int]] = field(default_factory=dict)

    async def hour(self, events: Iterable[Event]) -> None:
        """Let these things happen, and an hour pass."""
        for event in events:
            self.week.events[type(event).__name__] += 1
            await self._happen(event)
        for _ in range(round(HOUR / STEP)):
            await self.turns.run(STEP, step=STEP)
            self._watch()
        self._read_journal()

    async def _happen(self, event: Event) -> None:
        control = self.azure.control
        match event:
            case Resize():
                size = {"targetDedicatedNodes": event.dedicated, "targetLowPriorityNodes": event.spot}
                await self.turns.change(_key(event.pool), size)
                self._excuse(event.pool)
            case Quotas():
                control.change_quotas(ACCOUNT, event.cores)
                self._excuse(*self.chance.names)
            case Preemption():
                control.strike_nodes(ACCOUNT, event.pool, "preempted", 1)
                self._excuse(event.pool)
            case ForeignEdit():
                await asyncio.to_thread(change_start_task, self.azure, ACCOUNT, event.pool, "rm -rf /")
                self._excuse(event.pool)
            case _:
                assert_never(event)

    def _watch(self) -> None:
        """Nodes that came or went are progress, after which a resize may be repeated at once."""
        for name in self.chance.names:
            status = self.turns.status(_key(name))
            now = (status.get("currentDedicatedNodes", 0), status.get("currentLowPriorityNodes", 0))
            if self._nodes.get(name) != now:
                self._nodes[name] = now
                self._excuse(name)

    def _excuse(self, *pools: str) -> None:
        now = self.azure.control.clock().time
        for pool in pools:
            self.week.excuses.setdefault(pool, []).append(now)

    def _read_journal(self) -> None:
        entries = self.azure.control.requests(since=self._seen, service="batch")
        self._seen = max((entry.sequence for entry in entries), default=self._seen)
        self.week.writes += [_write(entry) for entry in entries if entry.method not in {"GET", "HEAD"}]


@asynccontextmanager
async def _operator(azure: Azure, settings: Settings) -> AsyncIterator[Clockwork]:
    time = VirtualTime()
    async with wired_on(time, settings, operator_id="week", read_secret=_no_secret) as parts:
        yield Clockwork(advance=azure.control.advance, wired=parts, time=time, queue=queue_on(time))


async def _no_secret(namespace: str, name: str) -> None:
    """There are no Secrets in this cluster."""


def _key(name: str) -> PoolKey:
    return PoolKey(NAMESPACE, name)


def _write(entry: JournalEntry) -> Write:
    body = entry.body or {}
    resize = entry.operation == "Pools_ResizePool"
    return Write(
        pool=body.get("id") or entry.path.split("/")[2],
        operation=entry.operation,
        began=entry.real_time - timedelta(seconds=entry.seconds),
        ended=entry.real_time,
        at=entry.simulated_time,
        status=entry.status,
        targets=(body["targetDedicatedNodes"], body["targetLowPriorityNodes"]) if resize else None,
    )
