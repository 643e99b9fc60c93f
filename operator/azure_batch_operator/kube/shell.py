"""The process: waits for the kinds, watches them, stands for election, lets workers run, and ends in order."""

import asyncio
import random
from http import HTTPStatus

import structlog

from azure_batch_operator.kube.client import ApiFailure, KubeClient
from azure_batch_operator.kube.discovery import kinds_served, kinds_to_watch, until_others_are_served
from azure_batch_operator.kube.events import EventRecorder
from azure_batch_operator.kube.feed import Feed
from azure_batch_operator.kube.login import login
from azure_batch_operator.kube.reconcilers import Reconcilers
from azure_batch_operator.kube.resources import KINDS, Kind
from azure_batch_operator.kube.status import StatusWriter
from azure_batch_operator.kube.sweep import Sweep
from azure_batch_operator.kube.turns import Turns
from azure_batch_operator.kube.watch import watch_registry
from azure_batch_operator.kube.watcher import watcher
from azure_batch_operator.metrics.registry import Metrics
from azure_batch_operator.reconcile.keys import Key
from azure_batch_operator.reconcile.outcome import Priority
from azure_batch_operator.runtime.election import Candidate
from azure_batch_operator.runtime.gate import Gate
from azure_batch_operator.runtime.pacing import Backoff, spread
from azure_batch_operator.runtime.queue import WorkQueue
from azure_batch_operator.runtime.tasks import first_of, running, stop_on_signals, unless
from azure_batch_operator.runtime.workers import Workers
from azure_batch_operator.settings import Settings

DRAIN_WITHIN = 15.0
"""Seconds that running turns get to finish: the next leader waits for them, and Kubernetes gives a pod 30 in all."""

log = structlog.stdlib.get_logger(__name__)


class WatchFailedError(RuntimeError):
    """The API server cannot be watched; the process should end, and be started again by whoever runs it."""


class Shell:
    """Runs until told to stop. Workers run only while the gate is open: once the stores are complete, and we lead.

    Whoever does not lead watches all the same. Its queue holds all that it ever saw, for nobody takes anything out, and
    that is what its workers begin with when it comes to lead.
    """

    def __init__(
        self,
        *,
        settings: Settings,
        client: KubeClient,
        reconcilers: Reconcilers,
        gate: Gate,
        candidate: Candidate,
        metrics: Metrics,
    ) -> None:
        """What the shell notes of its life goes to the pulse of `metrics`."""
        self._metrics = metrics
        self._pulse = metrics.pulse
        self._settings = settings
        self._client = client
        self._gate = gate
        self._candidate = candidate
        self._reconcilers = reconcilers
        self._chance = random.Random()  # noqa: S311  # spreading requests needs no cryptography
        self._build()

    def _build(self) -> None:
        statuses, events = StatusWriter(self._client), EventRecorder(self._client)
        self._queue = self._new_queue()
        self._feed = self._new_feed(statuses, events)
        self._sweep_backoff = Backoff(base=1, cap=30, chance=self._chance)
        self._sweep = Sweep(self._client, self._feed, namespaces=self._settings.namespaces)
        self._workers = self._new_workers(self._new_turns(statuses, events))

    def _new_queue(self) -> WorkQueue[Key]:
        return WorkQueue[Key](
            timing=asyncio.get_running_loop(),
            backoff=Backoff(base=self._settings.retry_base, cap=self._settings.retry_cap, chance=self._chance),
            scope_of=self._reconcilers.scope_of,
            scope_share=max(1, self._settings.workers // 2),
            observer=self._metrics.work,
        )

    def _new_feed(self, statuses: StatusWriter, events: EventRecorder) -> Feed:
        def forget(uid: str) -> None:
            statuses.forget(uid)
            events.forget(uid)

        return Feed(
            images=self._reconcilers.images,
            pools=self._reconcilers.pools,
            queue=self._queue,
            changed=self._reconcilers.changed,
            forget=forget,
            hear=self._pulse.hear,
            leads=lambda: self._gate.leads,
        )

    def _new_turns(self, statuses: StatusWriter, events: EventRecorder) -> Turns:
        return Turns(
            turn=self._reconcilers.turn,
            queue=self._queue,
            feed=self._feed,
            client=self._client,
            statuses=statuses,
            events=events,
            chance=self._chance,
            routine_pause=self._settings.resync_interval,
        )

    def _new_workers(self, turns: Turns) -> Workers[Key]:
        return Workers(
            queue=self._queue,
            gate=self._gate,
            turn=turns.take,
            count=self._settings.workers,
            retry_priority=Priority.POLL,
            pulse=self._pulse,
            observer=self._metrics.work,
        )

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, then end in order; raises WatchFailedError or LeadershipLostError."""
        for key in self._reconcilers.standing():
            self._queue.add(key, Priority.RESYNC)
        self._workers.start()  # like every task of ours before kopf, which ends all that is created after it
        async with running(self._stand(stop)) as standing:
            try:
                while not stop.is_set():
                    kinds = await unless(stop, kinds_to_watch(self._client, self._settings.namespaces))
                    if kinds is not None:
                        await self._watch(kinds, stop)
            finally:
                await self._step_down()
            if standing.done():
                standing.result()

    async def _stand(self, stop: asyncio.Event) -> None:
        """Stand for election once we could lead. When we led and may not go on, turns end where they are."""
        await self._gate.all_known()
        try:
            await self._candidate.run()
        except BaseException:
            await self._workers.stop(within=0)
            stop.set()
            raise

    async def _step_down(self) -> None:
        """Finish what was begun, and only then let another one lead."""
        await self._workers.stop(within=DRAIN_WITHIN)
        await self._candidate.give_up()

    async def _watch(self, kinds: frozenset[Kind], stop: asyncio.Event) -> None:
        """Watch until `stop` is set, or other kinds are served than these."""
        registry = watch_registry(self._feed, login, kinds)
        self._pulse.listen()
        async with (
            running(self._sweep_while_served(kinds)) as sweeping,
            running(until_others_are_served(self._client, kinds)) as others,
            watcher(registry, namespaces=self._settings.namespaces, on_ready=lambda: stop_on_signals(stop)) as watch,
        ):
            await first_of(stop, sweeping, others, watch.ending)
            ends_by_itself = watch.ending.done()
            if stop.is_set():
                await self._step_down()
            self._gate.know_too_little()  # without a complete picture nothing may be decided
            self._pulse.deafen()
            trouble = await watch.end()
            if trouble is not None:
                await self._judge(trouble, kinds)
            elif ends_by_itself:
                stop.set()  # kopf ends without a failure only when it was the one to get a signal

    async def _judge(self, trouble: BaseException, kinds: frozenset[Kind]) -> None:
        """Raise WatchFailedError unless the watch failed because a kind went, even if that is back already."""
        went = getattr(trouble, "status", None) == HTTPStatus.NOT_FOUND
        if not went and await self._still_served(kinds):
            raise WatchFailedError(f"the watch failed: {trouble}") from trouble

    async def _sweep_while_served(self, kinds: frozenset[Kind]) -> None:
        """Sweep now and again; after the first success all is known. Return when a kind is no longer served."""
        failures = 0
        while True:
            try:
                await self._sweep.once(kinds)
            except ApiFailure as failure:
                log.warning("sweep failed", error=str(failure))
                if failure.not_found:
                    return
                failures += 1
                await asyncio.sleep(self._sweep_backoff.pause(failures))
            else:
                failures = 0
                self._pulse.hear()
                self._know_all()
                await asyncio.sleep(spread(self._settings.sweep_interval, self._chance))

    def _know_all(self) -> None:
        if not self._gate.knows_all:
            log.info("all objects are known", **{kind.plural: len(self._feed.uids(kind)) for kind in KINDS})
            self._gate.know_all()

    async def _still_served(self, kinds: frozenset[Kind]) -> bool:
        try:
            return await kinds_served(self._client) >= kinds
        except ApiFailure:
            return True
