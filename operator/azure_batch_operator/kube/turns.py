"""What surrounds a turn: its outcome becomes a finalizer, a status, Events, and the next turns."""

import random
import time
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus

import structlog

from azure_batch_operator.core.json import JsonObject
from azure_batch_operator.kube.client import ApiFailure, KubeClient
from azure_batch_operator.kube.events import EventRecorder
from azure_batch_operator.kube.feed import Feed
from azure_batch_operator.kube.finalizers import change_finalizer
from azure_batch_operator.kube.resources import kind_of, metadata_of
from azure_batch_operator.kube.status import StatusWriter
from azure_batch_operator.reconcile.keys import (
    AccountKey,
    DefinitionKey,
    GalleryKey,
    ImageKey,
    Key,
    PoolKey,
    ResourceKey,
)
from azure_batch_operator.reconcile.outcome import FinalizerChange, Outcome, Priority
from azure_batch_operator.runtime.observer import Result
from azure_batch_operator.runtime.pacing import spread
from azure_batch_operator.runtime.queue import WorkQueue
from azure_batch_operator.telemetry import report_turn

log = structlog.stdlib.get_logger(__name__)

IDLE_STEPS = frozenset({Outcome().step, "Wait", "Suspended"})
"""Steps that change nothing; a turn that took one is not worth a line."""


class Turns:
    """Gives a key its turn, and carries out towards Kubernetes what the outcome asks for."""

    def __init__(
        self,
        *,
        turn: Callable[[Key], Awaitable[Outcome]],
        queue: WorkQueue[Key],
        feed: Feed,
        client: KubeClient,
        statuses: StatusWriter,
        events: EventRecorder,
        chance: random.Random,
        routine_pause: float,
    ) -> None:
        """`routine_pause`: from this many seconds on, a pause ends in a turn of the least urgent kind."""
        self._turn = turn
        self._queue = queue
        self._feed = feed
        self._client = client
        self._statuses = statuses
        self._events = events
        self._chance = chance
        self._routine_pause = routine_pause

    async def take(self, key: Key) -> Result:
        """One whole turn; only a defect raises."""
        match key:
            case ImageKey() | PoolKey():
                return await self._take_resource(key)
            case AccountKey() | DefinitionKey() | GalleryKey():
                return self._come_back(key, await self._look(key))

    async def _take_resource(self, key: ResourceKey) -> Result:
        shown = self._feed.body(key)
        outcome = await self._look(key)
        if shown is None or await self._is_accounted_for(key, shown, outcome):
            return self._come_back(key, outcome)
        return Result.ERROR

    async def _look(self, key: Key) -> Outcome:
        begun = time.monotonic()
        outcome = await self._turn(key)
        for woken in outcome.wake:
            self._queue.add(woken, Priority.DEPENDENCY)
        _report(key, outcome, time.monotonic() - begun)
        return outcome

    async def _is_accounted_for(self, key: ResourceKey, shown: JsonObject, outcome: Outcome) -> bool:
        """Write what the outcome asks for; when the API server refuses, see to it that a turn follows."""
        uid = str(metadata_of(shown)["uid"])
        try:
            await self._write(key, uid, outcome)
        except ApiFailure as failure:
            self._not_written(key, uid, failure)
            return False
        finally:
            for note in outcome.notes:
                await self._events.record(key, uid, note)
        return True

    async def _write(self, key: ResourceKey, uid: str, outcome: Outcome) -> None:
        if outcome.finalizer is not None:
            await self._change_finalizer(key, uid, outcome.finalizer)
        now_shown = self._body(key, uid)
        if outcome.status is not None and now_shown is not None:
            await self._write_status(key, uid, now_shown, outcome.status)

    async def _change_finalizer(self, key: ResourceKey, uid: str, change: FinalizerChange) -> None:
        shown = self._body(key, uid)
        if shown is None:
            return
        try:
            body = await change_finalizer(self._client, key, shown, change)
        except ApiFailure as failure:
            await self._read_again(key, shown, failure)
            return
        metadata = metadata_of(body)
        if metadata.get("deletionTimestamp") is not None and not metadata.get("finalizers"):
            self._feed.ended(key, uid)
        else:
            self._feed.seen(kind_of(key), body, Priority.CHANGE)

    async def _read_again(self, key: ResourceKey, shown: JsonObject, failure: ApiFailure) -> None:
        """When somebody wrote to the object after it was shown, take note and look again; else the failure stands."""
        if failure.status != HTTPStatus.UNPROCESSABLE_ENTITY:
            raise failure
        body = await self._client.get(kind_of(key).path(key))
        if metadata_of(body)["resourceVersion"] == metadata_of(shown)["resourceVersion"]:
            raise failure
        self._feed.seen(kind_of(key), body, Priority.CHANGE)
        self._queue.add(key, Priority.CHANGE)

    async def _write_status(self, key: ResourceKey, uid: str, shown: JsonObject, wanted: JsonObject) -> None:
        stored = shown.get("status")
        written = await self._statuses.write(
            key, uid, stored=stored if isinstance(stored, Mapping) else {}, wanted=wanted
        )
        if written.body is not None:
            self._feed.seen(kind_of(key), written.body, Priority.CHANGE)
        if written.due_in is not None:
            self._queue.add_after(key, written.due_in, Priority.POLL)

    def _body(self, key: ResourceKey, uid: str) -> JsonObject | None:
        """The newest body of that very object; None when it is gone, or a namesake has taken its place."""
        body = self._feed.body(key)
        return body if body is not None and metadata_of(body)["uid"] == uid else None

    def _not_written(self, key: ResourceKey, uid: str, failure: ApiFailure) -> None:
        if failure.not_found and failure.about == key.name:
            self._feed.gone(key, uid)
        else:
            log.warning("not written to the API server", key=str(key), error=str(failure))
            self._queue.retry(key, Priority.POLL)

    def _come_back(self, key: Key, outcome: Outcome) -> Result:
        if outcome.failed:
            self._queue.retry(key, Priority.POLL)
        elif not outcome.deferred:
            self._queue.forget(key)
        match outcome.again:
            case None:
                pass
            case 0:
                self._queue.add(key, Priority.CHANGE)
            case seconds:
                priority = Priority.RESYNC if seconds >= self._routine_pause else Priority.POLL
                self._queue.add_after(key, spread(seconds, self._chance), priority)
        return _result(outcome)


def _result(outcome: Outcome) -> Result:
    match outcome.again:
        case _ if outcome.failed:
            return Result.ERROR
        case None:
            return Result.SUCCESS
        case 0:
            return Result.REQUEUE
        case _:
            return Result.REQUEUE_AFTER


def _report(key: Key, outcome: Outcome, seconds: float) -> None:
    if outcome.step in IDLE_STEPS and not outcome.failed:
        return
    report_turn(
        key=str(key),
        step=outcome.step,
        reason=_ready_reason(outcome.status),
        failed=outcome.failed,
        seconds=seconds,
        detail=outcome.detail,
    )


def _ready_reason(status: JsonObject | None) -> str | None:
    conditions = status.get("conditions") if status else None
    for condition in conditions if isinstance(conditions, (list, tuple)) else ():
        if isinstance(condition, Mapping) and condition.get("type") == "Ready":
            return str(condition.get("reason"))
    return None
