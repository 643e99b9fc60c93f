"""The process: waits for the kinds, watches them, lets workers run, and ends in order."""

import asyncio
import random
from typing import Any

import kopf
import structlog

from azure_batch_operator.kube.client import ApiFailure, KubeClient
from azure_batch_operator.kube.discovery import LOOK_EVERY, kinds_served, until_kinds_are_served
from azure_batch_operator.kube.events import EventRecorder
from azure_batch_operator.kube.feed import Feed
from azure_batch_operator.kube.login import login
from azure_batch_operator.kube.reconcilers import Reconcilers
from azure_batch_operator.kube.status import StatusWriter
from azure_batch_operator.kube.sweep import Sweep
from azure_batch_operator.kube.turns import Turns
from azure_batch_operator.kube.watch import assert_only_events, watch_registry, watch_settings
from azure_batch_operator.reconcile.keys import Key
from azure_batch_operator.reconcile.outcome import Priority
from azure_batch_operator.runtime.gate import Gate
from azure_batch_operator.runtime.pacing import Backoff, spread
from azure_batch_operator.runtime.queue import WorkQueue
from azure_batch_operator.runtime.tasks import first_of, running, stop_on_signals, unless
from azure_batch_operator.runtime.workers import Workers
from azure_batch_operator.settings import Settings

DRAIN_WITHIN = 20.0
"""Seconds that running turns get to finish: less than the 30 that Kubernetes gives a pod."""

log = structlog.stdlib.get_logger(__name__)


class WatchFailedError(RuntimeError):
    """The API server cannot be watched; the process should end, and be started again by whoever runs it."""


class Shell:
    """Runs until told to stop. Workers run only while the gate is open, and it opens once the stores are complete."""

    def __init__(self, *, settings: Settings, client: KubeClient, reconcilers: Reconcilers, gate: Gate) -> None:
        self._settings = settings
        self._client = client
        self._gate = gate
        self._reconcilers = reconcilers
        self._chance = random.Random()  # noqa: S311  # spreading requests needs no cryptography
        self._kinds_gone = asyncio.Event()
        self._served = asyncio.Event()
        self._build()

    def _build(self) -> None:
        queue = self._queue = WorkQueue[Key](
            timing=asyncio.get_running_loop(),
            backoff=Backoff(base=self._settings.retry_base, cap=self._settings.retry_cap, chance=self._chance),
            scope_of=self._reconcilers.scope_of,
            scope_share=max(1, self._settings.workers // 2),
        )
        statuses, events = StatusWriter(self._client), EventRecorder(self._client)

        def forget(uid: str) -> None:
            statuses.forget(uid)
            events.forget(uid)

        self._feed = Feed(
            images=self._reconcilers.images,
            pools=self._reconcilers.pools,
            queue=queue,
            changed=self._reconcilers.changed,
            forget=forget,
        )
        self._sweep = Sweep(self._client, self._feed, namespaces=self._settings.namespaces)
        turns = Turns(
            turn=self._reconcilers.turn,
            queue=queue,
            feed=self._feed,
            client=self._client,
            statuses=statuses,
            events=events,
            chance=self._chance,
            routine_pause=self._settings.resync_interval,
        )
        self._workers = Workers(
            queue=queue,
            gate=self._gate,
            turn=turns.take,
            count=self._settings.workers,
            retry_priority=Priority.POLL,
        )

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, then end in order; raises WatchFailedError."""
        for key in self._reconcilers.standing():
            self._queue.add(key, Priority.RESYNC)
        self._workers.start()  # like every task of ours before kopf, which ends all that is created after it
        async with running(self._sweep_forever()):
            try:
                while not stop.is_set():
                    await self._watch_while_served(stop)
            finally:
                await self._workers.stop(within=DRAIN_WITHIN)
                self._gate.close()

    async def _watch_while_served(self, stop: asyncio.Event) -> None:
        await unless(stop, until_kinds_are_served(self._client))
        if not stop.is_set():
            await self._watch(stop)

    async def _watch(self, stop: asyncio.Event) -> None:
        """Watch until `stop` is set or a kind is no longer served."""
        self._kinds_gone.clear()
        self._served.set()
        enough = asyncio.Event()
        async with running(self._kinds_gone.wait()) as gone, running(self._kopf(stop, enough)) as watching:
            try:
                await first_of(stop, gone, watching)
                if stop.is_set():
                    await self._workers.stop(within=DRAIN_WITHIN)
            finally:
                enough.set()
            await self._end_of(watching, stop)

    async def _end_of(self, watching: asyncio.Task[Any], stop: asyncio.Event) -> None:
        try:
            await watching
        except Exception as trouble:
            if await self._still_served():
                raise WatchFailedError(f"the watch failed: {trouble}") from trouble
            self._not_served()
        else:
            if not self._kinds_gone.is_set():
                stop.set()  # kopf ends by itself only when it is the one that was sent a signal

    async def _kopf(self, stop: asyncio.Event, enough: asyncio.Event) -> None:
        registry, settings = watch_registry(self._feed, login), watch_settings()
        assert_only_events(registry, settings)
        ready = asyncio.Event()
        async with running(_signals_again(ready, stop)):
            await kopf.operator(
                registry=registry,
                settings=settings,
                standalone=True,
                clusterwide=not self._settings.namespaces,
                namespaces=self._settings.namespaces,
                stop_flag=enough,
                ready_flag=ready,
            )

    async def _sweep_forever(self) -> None:
        while True:
            await self._served.wait()
            await asyncio.sleep(await self._sweep_once())

    async def _sweep_once(self) -> float:
        """Seconds until the next sweep."""
        try:
            await self._sweep.once()
        except ApiFailure as failure:
            log.warning("sweep failed", error=str(failure))
            if failure.not_found:
                self._not_served()
            return LOOK_EVERY
        self._gate.open()
        return spread(self._settings.sweep_interval, self._chance)

    async def _still_served(self) -> bool:
        try:
            return await kinds_served(self._client)
        except ApiFailure:
            return True

    def _not_served(self) -> None:
        """Without a complete picture nothing may be decided."""
        self._gate.close()
        self._served.clear()
        self._kinds_gone.set()


async def _signals_again(ready: asyncio.Event, stop: asyncio.Event) -> None:
    """Kopf takes the signals for itself when it starts; running turns should end before the watch does."""
    await ready.wait()
    stop_on_signals(stop)
