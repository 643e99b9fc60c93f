"""The status writer: one PATCH of /status when its meaning changed, and none otherwise."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from azure_batch_operator.core.json import Json, JsonObject
from azure_batch_operator.kube.client import JSON_PATCH, KubeClient
from azure_batch_operator.kube.resources import kind_of
from azure_batch_operator.reconcile.keys import ResourceKey

RIDE_ALONG_EVERY = 300.0
"""Seconds: what changes all the time is written this often at most, unless something else is written anyway."""

PROGRESS_STEP = 10
"""Progress in per cent is worth telling in such steps."""

_RIDES_ALONG = {("nodes",), ("autoScaleRun", "timestamp"), ("conditions", "lastTransitionTime")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What came of a wish to show a status."""

    body: JsonObject | None = None
    """The object as the API server answered it; None when there was nothing to write."""
    due_in: float | None = None
    """Seconds until what rides along may be written, when it is all that changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Memory:
    """The status that the API server has from us, and when it got it."""

    status: JsonObject
    at: float


class StatusWriter:
    """Writes statuses, and remembers per object (by uid) what it wrote.

    It compares with what it wrote itself, since the store may lag behind; only for an object that this process never
    wrote does it compare with the status that the API server showed.
    """

    def __init__(self, client: KubeClient, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._monotonic = monotonic
        self._memory: dict[str, _Memory] = {}

    async def write(self, key: ResourceKey, uid: str, *, stored: JsonObject, wanted: JsonObject) -> Written:
        """Show `wanted`, the whole status; raises ApiFailure, and then nothing is remembered as written."""
        memory = self._memory.get(uid) or _Memory(status=stored, at=float("-inf"))
        status = keep_transition_times(_without_nulls(wanted), memory.status)
        if meaning(status) == meaning(memory.status):
            wait = memory.at + RIDE_ALONG_EVERY - self._monotonic()
            if status == memory.status:
                return Written()
            if wait > 0:
                return Written(due_in=wait)
        body = await self._replace(key, uid, status)
        self._memory[uid] = _Memory(status=status, at=self._monotonic())
        return Written(body=body)

    def forget(self, uid: str) -> None:
        """The object is gone."""
        self._memory.pop(uid, None)

    async def _replace(self, key: ResourceKey, uid: str, status: JsonObject) -> JsonObject:
        """Put the status in place of the old one, so that what is no longer said disappears.

        A namesake that was made in between is refused (422) instead of inheriting it.
        """
        patch: list[Json] = [
            {"op": "test", "path": "/metadata/uid", "value": uid},
            {"op": "add", "path": "/status", "value": status},
        ]
        return await self._client.patch(f"{kind_of(key).path(key)}/status", patch, content_type=JSON_PATCH)


def meaning(status: JsonObject) -> Json:
    """What a status tells: without transition times and node counts, and with progress in steps."""
    return _meaning(status, ())


def keep_transition_times(status: JsonObject, before: JsonObject) -> JsonObject:
    """The status with the transition time of every condition whose `status` is as it was before."""
    times = {(old.get("type"), old.get("status")): old.get("lastTransitionTime") for old in _conditions(before)}
    conditions = [
        {**new, "lastTransitionTime": times.get((new.get("type"), new.get("status"))) or new["lastTransitionTime"]}
        for new in _conditions(status)
    ]
    return {**status, "conditions": conditions} if conditions else status


def _meaning(value: Json, path: tuple[str, ...]) -> Json:
    match value:
        case Mapping():
            return {
                name: _stepped(name, _meaning(inner, (*path, name)))
                for name, inner in value.items()
                if (*path, name) not in _RIDES_ALONG
            }
        case list() | tuple():
            return [_meaning(inner, path) for inner in value]
        case _:
            return value


def _stepped(name: str, value: Json) -> Json:
    return value // PROGRESS_STEP if name == "progress" and isinstance(value, int) else value


def _conditions(status: JsonObject) -> Sequence[Mapping[str, Json]]:
    conditions = status.get("conditions") or ()
    return [found for found in conditions if isinstance(found, Mapping)] if isinstance(conditions, Sequence) else ()


def _without_nulls(value: JsonObject) -> JsonObject:
    return {
        name: _without_nulls(inner) if isinstance(inner, Mapping) else inner
        for name, inner in value.items()
        if inner is not None
    }
