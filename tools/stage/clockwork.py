"""The operator without Kubernetes on clocks that stand still: time passes for Azure and for its pauses by hand."""

import copy
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from azure_batch_operator.core.confidential import Confidential
from azure_batch_operator.reconcile.desired import FINALIZER
from azure_batch_operator.reconcile.keys import ImageKey, Key, PoolKey, ResourceKey
from azure_batch_operator.reconcile.outcome import FinalizerChange, Note, Outcome, Priority
from azure_batch_operator.reconcile.secrets import KeyReader, SecretReader
from azure_batch_operator.runtime.pacing import Backoff
from azure_batch_operator.runtime.queue import WorkQueue
from azure_batch_operator.settings import Settings
from azure_batch_operator.wiring import Wired, wired
from azure_simulator.client import ReadyLine
from tools.stage.manifests import Manifest, merged
from tools.stage.virtual_time import VirtualTime

MORNING = datetime(2026, 11, 23, 8, tzinfo=UTC)
"""The time of day at which clocks begin to stand still."""

_MOST_TURNS = 500
"""More turns than this without time passing mean that the operator turns in circles."""


@dataclass(slots=True, kw_only=True)
class Clockwork:
    """Resources as the API server would hold them, and the turns that follow from changes and from time passing."""

    advance: Callable[[float], object]
    """Lets so many seconds pass in Azure."""
    wired: Wired
    time: VirtualTime
    queue: WorkQueue[Key]
    notes: list[tuple[ResourceKey, Note]] = field(default_factory=list)
    writes: int = 0
    """How often a status changed: what the API server would have been sent."""
    hear: Callable[[Outcome], object] = lambda _: None
    """Is told of every turn."""
    _bodies: dict[ResourceKey, Manifest] = field(default_factory=dict)
    _versions: int = 0

    async def apply(self, manifest: Manifest) -> None:
        """Create the object, or replace its spec as a new generation; then take all turns that are due."""
        key = key_of(manifest)
        before = self._bodies.get(key)
        metadata: Manifest = before["metadata"] if before else self._born(key)
        body = copy.deepcopy(manifest)
        body["metadata"] = {**body["metadata"], **metadata, "generation": metadata["generation"] + 1}
        self._show(key, body | ({"status": before["status"]} if before and "status" in before else {}))
        await self.work()

    async def apply_all(self, manifests: Iterable[Manifest]) -> None:
        """Create objects that are not there yet, all before the first turn."""
        for manifest in manifests:
            key = key_of(manifest)
            self._show(key, {**manifest, "metadata": {**manifest["metadata"], **self._born(key), "generation": 1}})
        await self.work()

    async def change(self, key: ResourceKey, spec: Mapping[str, Any]) -> None:
        """Merge a change into the object's spec."""
        await self.apply(merged(self._bodies[key], {"spec": spec}))

    async def annotate(self, key: ResourceKey, annotations: Mapping[str, str]) -> None:
        """Merge annotations, which is no new generation."""
        self._show(key, merged(self._bodies[key], {"metadata": {"annotations": annotations}}))
        await self.work()

    async def delete(self, key: ResourceKey) -> None:
        """Ask for the object to be deleted; without a finalizer it goes at once."""
        if self._bodies[key]["metadata"].get("finalizers"):
            self._show(key, merged(self._bodies[key], {"metadata": {"deletionTimestamp": "2026-11-23T13:00:00Z"}}))
        else:
            self._drop(key)
        await self.work()

    async def run(self, seconds: float, *, step: float = 15.0) -> None:
        """Let time pass, for Azure and for us, and take every turn as it comes due."""
        while seconds > 0:
            length = min(step, seconds)
            self.advance(length)
            self.time.advance(length)
            await self.work()
            seconds -= length

    async def until(self, done: Callable[[], bool], *, step: float = 60.0, within: float = 4 * 3600.0) -> None:
        """Let time pass until `done`."""
        for _ in range(round(within / step)):
            if done():
                return
            await self.run(step, step=step)
        raise AssertionError(f"not done within {within} seconds; conditions: {self._all_conditions()}")

    async def take_over(self, other: "Clockwork") -> None:
        """Begin with the objects as another operator left them; then take all turns that are due."""
        for key, body in other.bodies():
            self._show(key, copy.deepcopy(body))
        await self.work()

    def bodies(self) -> tuple[tuple[ResourceKey, Manifest], ...]:
        """Every object that the API server has."""
        return tuple(self._bodies.items())

    async def work(self) -> None:
        """Take turns until none is due now."""
        for _ in range(_MOST_TURNS):
            if not len(self.queue):
                return
            key = await self.queue.get()
            try:
                self._account_for(key, await self.wired.turn(key))
            finally:
                self.queue.done(key)
        raise AssertionError(f"{_MOST_TURNS} turns, and still not at rest")

    def is_there(self, key: ResourceKey) -> bool:
        """Whether the API server still has the object."""
        return key in self._bodies

    def has_finalizer(self, key: ResourceKey) -> bool:
        """Whether the object would wait for us if somebody deleted it."""
        return FINALIZER in self._bodies[key]["metadata"].get("finalizers", [])

    def status(self, key: ResourceKey) -> Any:
        """The object's status."""
        return self._bodies[key].get("status", {})

    def conditions(self, key: ResourceKey) -> dict[str, tuple[str, str]]:
        """Status and reason of every condition, by type."""
        shown = self.status(key).get("conditions", [])
        return {each["type"]: (each["status"], each["reason"]) for each in shown}

    def message(self, key: ResourceKey, kind: str = "Ready") -> str:
        """The message of a condition."""
        return str(next(each["message"] for each in self.status(key)["conditions"] if each["type"] == kind))

    def is_ready(self, key: ResourceKey) -> bool:
        """Whether the object is Ready in its newest generation."""
        current = self.status(key).get("observedGeneration") == self._bodies[key]["metadata"]["generation"]
        return bool(current) and self.conditions(key).get("Ready", ("", ""))[0] == "True"

    def told(self, key: ResourceKey) -> list[str]:
        """The reasons of the object's Events, in order."""
        return [note.reason for whose, note in self.notes if whose == key]

    def events(self, key: ResourceKey, reason: str) -> list[str]:
        """The messages of the object's Events of a reason."""
        return [note.message for whose, note in self.notes if whose == key and note.reason == reason]

    def _all_conditions(self) -> dict[str, object]:
        return {str(key): self.conditions(key) for key in self._bodies}

    def _born(self, key: ResourceKey) -> Manifest:
        moment = MORNING + timedelta(seconds=len(self._bodies))
        return {"uid": f"uid-{key}", "generation": 0, "creationTimestamp": f"{moment:%Y-%m-%dT%H:%M:%SZ}"}

    def _show(self, key: ResourceKey, body: Manifest) -> None:
        self._versions += 1
        self._put(key, merged(body, {"metadata": {"resourceVersion": str(self._versions)}}))
        self._enqueue(key)

    def _put(self, key: ResourceKey, body: Manifest) -> None:
        self._bodies[key] = body
        match key:
            case ImageKey():
                self.wired.images.put(key, body)
            case PoolKey():
                self.wired.pools.put(key, body)

    def _drop(self, key: ResourceKey) -> None:
        del self._bodies[key]
        match key:
            case ImageKey():
                self.wired.images.drop(key)
            case PoolKey():
                self.wired.pools.drop(key)
        self._enqueue(key)

    def _enqueue(self, key: ResourceKey) -> None:
        for each in (key, *self.wired.changed(key)):
            self.queue.add(each, Priority.CHANGE)

    def _account_for(self, key: Key, outcome: Outcome) -> None:
        self.hear(outcome)
        for woken in outcome.wake:
            self.queue.add(woken, Priority.DEPENDENCY)
        if isinstance(key, ImageKey | PoolKey) and key in self._bodies:
            self._write(key, outcome)
        if outcome.failed:
            self.queue.retry(key, Priority.POLL)
        else:
            self.queue.forget(key)
        if outcome.again == 0:
            self.queue.add(key, Priority.CHANGE)
        elif outcome.again is not None:
            self.queue.add_after(key, outcome.again, Priority.POLL)

    def _write(self, key: ResourceKey, outcome: Outcome) -> None:
        self.notes += [(key, note) for note in outcome.notes]
        body = self._bodies[key]
        if outcome.status is not None and outcome.status != body.get("status", {}):
            self.writes += 1
            body = {**body, "status": outcome.status}
            self._put(key, body)
        match outcome.finalizer:
            case FinalizerChange.ADD:
                self._show(key, merged(body, {"metadata": {"finalizers": [FINALIZER]}}))
            case FinalizerChange.REMOVE:
                self._drop(key)
            case None:
                pass


async def a_key() -> Confidential[bytes]:
    """The key of the records of what was applied, the same for every process: a `KeyReader`."""
    return Confidential(b"the key of one cluster's operator")


@asynccontextmanager
async def wired_on(
    time: VirtualTime,
    settings: Settings,
    *,
    operator_id: str,
    read_secret: SecretReader,
    read_key: KeyReader = a_key,
    before_write: Callable[[], None] = lambda: None,
) -> AsyncIterator[Wired]:
    """An operator for whom time is `time`; like a new process each time. `before_write` may end it by raising."""
    async with wired(
        settings,
        operator_id=operator_id,
        read_secret=read_secret,
        read_key=read_key,
        before_write=before_write,
        monotonic=time.time,
        now=lambda: MORNING + timedelta(seconds=time.time()),
    ) as parts:
        yield parts


def queue_on(time: VirtualTime) -> WorkQueue[Key]:
    """A work queue whose pauses pass with `time`."""
    return WorkQueue[Key](timing=time, backoff=Backoff(base=1, cap=60, chance=Random(7)))


def settings_for(ready: ReadyLine, **changes: Any) -> Settings:
    """The settings with which the operator signs in to a simulator as the application of its ready line."""
    values: dict[str, Any] = {
        "tenant_id": ready.tenant_id,
        "client_id": ready.client_id,
        "client_secret": ready.client_secret,
        "authority": ready.authority,
        "subscription_id": ready.subscription_id,
        "resource_manager_endpoint": ready.resource_manager,
        "token_hosts": ("localhost",),
        "ca_file": ready.ca_file,
    }
    return Settings(**(values | changes))


def key_of(manifest: Manifest) -> ResourceKey:
    """The key of an object."""
    name = (manifest["metadata"]["namespace"], manifest["metadata"]["name"])
    return ImageKey(*name) if manifest["kind"] == "GalleryImage" else PoolKey(*name)
