"""The Event recorder: what happened to an object, for `kubectl describe`; never so much that it floods etcd."""

import os
import secrets
import socket
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from azure_batch_operator.core.json import JsonObject
from azure_batch_operator.kube.client import MANAGER, ApiFailure, KubeClient
from azure_batch_operator.kube.resources import kind_of
from azure_batch_operator.reconcile.keys import ResourceKey
from azure_batch_operator.reconcile.outcome import Note

REPORTING_CONTROLLER = f"azurebatch.io/{MANAGER}"

# The numbers of client-go's event recorder.
BURST = 25
SECONDS_PER_EVENT = 300.0
SERIES_EVERY = 360.0
MOST_SERIES = 4096

_LONGEST_NOTE = 1024
_LONGEST_NAME = 128

log = structlog.stdlib.get_logger(__name__)

_Same = tuple[str, str, str, str]


@dataclass(slots=True, kw_only=True)
class _Series:
    """One Event that was written, and how often the same happened since."""

    path: str
    count: int
    told_at: float


@dataclass(slots=True, kw_only=True)
class _Bucket:
    """Events that an object may still have written about it."""

    tokens: float
    filled_at: float


class EventRecorder:
    """Writes notes as Events of events.k8s.io/v1; what repeats becomes a series. It never fails its caller."""

    def __init__(
        self,
        client: KubeClient,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._client = client
        self._monotonic = monotonic
        self._now = now
        self._instance = f"{socket.gethostname()}-{os.getpid()}"[-_LONGEST_NAME:]
        self._series: OrderedDict[_Same, _Series] = OrderedDict()
        self._buckets: dict[str, _Bucket] = {}

    async def record(self, key: ResourceKey, uid: str, note: Note) -> None:
        """Tell `note` about the object."""
        same = (uid, note.type, note.reason, note.message)
        try:
            series = self._series.get(same)
            if series is not None and await self._repeat(series, uid):
                self._series.move_to_end(same)
            else:
                await self._begin(key, uid, note, same)
        except ApiFailure as failure:  # 403 in a namespace that is being deleted, or no API server just now
            log.debug("event not recorded", reason=note.reason, error=str(failure))

    def forget(self, uid: str) -> None:
        """The object is gone."""
        self._buckets.pop(uid, None)

    async def _begin(self, key: ResourceKey, uid: str, note: Note, same: _Same) -> None:
        if not self._may_write(uid):
            return
        collection = f"/apis/events.k8s.io/v1/namespaces/{key.namespace}/events"
        name = f"{key.name}.{secrets.token_hex(8)}"
        await self._client.post(collection, self._event(key, uid, note, name))
        self._series[same] = _Series(path=f"{collection}/{name}", count=1, told_at=self._monotonic())
        if len(self._series) > MOST_SERIES:
            self._series.popitem(last=False)

    async def _repeat(self, series: _Series, uid: str) -> bool:
        """Count one more; False when the Event has expired, so that a new one must begin."""
        series.count += 1
        is_first = series.count == 2
        if not is_first and self._monotonic() - series.told_at < SERIES_EVERY:
            return True
        if not self._may_write(uid):
            return True
        try:
            await self._client.patch(series.path, {"series": {"count": series.count, "lastObservedTime": self._time()}})
        except ApiFailure as failure:
            if failure.not_found:
                return False
            raise
        series.told_at = self._monotonic()
        return True

    def _event(self, key: ResourceKey, uid: str, note: Note, name: str) -> JsonObject:
        return {
            "apiVersion": "events.k8s.io/v1",
            "kind": "Event",
            "metadata": {"namespace": key.namespace, "name": name},
            "eventTime": self._time(),
            "reportingController": REPORTING_CONTROLLER,
            "reportingInstance": self._instance,
            "type": note.type,
            "reason": note.reason[:_LONGEST_NAME],
            "action": note.action[:_LONGEST_NAME],
            "note": _shortened(note.message),
            "regarding": kind_of(key).reference(key, uid),
        }

    def _time(self) -> str:
        return self._now().isoformat(timespec="microseconds").replace("+00:00", "Z")

    def _may_write(self, uid: str) -> bool:
        now = self._monotonic()
        bucket = self._buckets.setdefault(uid, _Bucket(tokens=BURST, filled_at=now))
        bucket.tokens = min(BURST, bucket.tokens + (now - bucket.filled_at) / SECONDS_PER_EVENT)
        bucket.filled_at = now
        if bucket.tokens < 1:
            return False
        bucket.tokens -= 1
        return True


def _shortened(message: str) -> str:
    """The message in at most as many bytes as an Event takes."""
    encoded = message.encode()
    if len(encoded) <= _LONGEST_NOTE:
        return message
    return encoded[: _LONGEST_NOTE - 3].decode(errors="ignore") + "…"
