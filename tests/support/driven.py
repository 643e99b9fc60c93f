"""The operator without Kubernetes: resources in memory, and the turns that the work queue would give them."""

import itertools
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from azure_batch_operator.reconcile.desired import FINALIZER
from azure_batch_operator.reconcile.keys import ImageKey, Key, PoolKey, ResourceKey
from azure_batch_operator.reconcile.outcome import FinalizerChange, Note, Outcome
from azure_batch_operator.wiring import Wired, wired
from tests.support.azure_session import operator_settings
from tests.support.custom_resources import Manifest, merged
from tests.support.simulator import SimulatedAzure

MOST_TURNS = 300
"""So many turns without coming to rest are an endless loop."""


@dataclass(slots=True, kw_only=True)
class Turns:
    """Takes turns until nothing is to be done at once; `look_again` lets all pauses be over."""

    operator: Wired
    azure: SimulatedAzure
    notes: list[tuple[ResourceKey, Note]] = field(default_factory=list)
    outcomes: list[tuple[Key, Outcome]] = field(default_factory=list)
    _pending: dict[Key, None] = field(default_factory=dict)
    _paused: dict[Key, None] = field(default_factory=dict)
    _revisions: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    async def apply(self, manifest: Manifest) -> None:
        """Create or change a resource, and take turns until all is at rest."""
        key = key_of(manifest)
        before = self._body(key)
        metadata = before["metadata"] if before else self._born(key)
        generation = metadata["generation"] + 1
        self._show(key, {**manifest, "metadata": {**metadata, "generation": generation}, "status": self.status(key)})
        await self.settle()

    async def change(self, key: ResourceKey, spec: Mapping[str, Any]) -> None:
        """Merge something into a resource's spec."""
        await self.apply(merged(self._body(key), {"spec": spec}))

    async def annotate(self, key: ResourceKey, name: str, value: str) -> None:
        """Give a resource an annotation, which is no new generation."""
        self._show(key, merged(self._body(key), {"metadata": {"annotations": {name: value}}}))
        await self.settle()

    async def delete(self, key: ResourceKey) -> None:
        """Ask for a resource to be deleted; it stays until its finalizer goes."""
        if self._body(key)["metadata"]["finalizers"]:
            self._show(key, merged(self._body(key), {"metadata": {"deletionTimestamp": "2026-11-23T12:00:00Z"}}))
        else:
            self._drop(key)
        await self.settle()

    def restore(self, key: ResourceKey, body: Manifest) -> None:
        """Show a resource as another operator left it."""
        self._show(key, body)

    async def settle(self) -> None:
        """Take all turns that are due, one after another."""
        for _ in range(MOST_TURNS):
            if not self._pending:
                return
            key = next(iter(self._pending))
            del self._pending[key]
            self._paused.pop(key, None)
            await self._turn(key)
        raise AssertionError(
            f"no rest after {MOST_TURNS} turns: {[outcome.step for _, outcome in self.outcomes[-20:]]}"
        )

    async def look_again(self) -> None:
        """Let every pause be over."""
        self._pending |= self._paused
        self._paused.clear()
        await self.settle()

    async def until(self, done: Callable[[], bool], *, step: float = 60.0, within: float = 4 * 3600) -> None:
        """Let simulated time pass, with looks in between, until `done`."""
        for _ in range(round(within / step)):
            if done():
                return
            self.azure.control.advance(step)
            await self.look_again()
        raise AssertionError(f"not done after {within} simulated seconds; last: {self._last()}")

    def exists(self, key: ResourceKey) -> bool:
        """Whether the resource is still there."""
        return self._body(key) is not None

    def status(self, key: ResourceKey) -> Manifest:
        """The resource's status; empty before its first turn."""
        body = self._body(key)
        return dict(body.get("status", {})) if body else {}

    def condition(self, key: ResourceKey, kind: str) -> tuple[str, str] | None:
        """Status and reason of a condition; None where there is none of that type."""
        found = (c for c in self.status(key).get("conditions", ()) if c["type"] == kind)
        return next(((c["status"], c["reason"]) for c in found), None)

    def message(self, key: ResourceKey, kind: str = "Ready") -> str:
        """What a condition says."""
        return next(str(c["message"]) for c in self.status(key)["conditions"] if c["type"] == kind)

    def ready(self, key: ResourceKey) -> bool:
        """Whether the resource is Ready."""
        return (self.condition(key, "Ready") or ("",))[0] == "True"

    def told(self, key: ResourceKey) -> list[str]:
        """The Events of a resource, as `reason: message`."""
        return [f"{note.reason}: {note.message}" for about, note in self.notes if about == key]

    async def _turn(self, key: Key) -> None:
        outcome = await self.operator.turn(key)
        self.outcomes.append((key, outcome))
        if isinstance(key, (ImageKey, PoolKey)):
            self._account(key, outcome)
        self._pending |= dict.fromkeys(sorted(outcome.wake, key=str))
        if outcome.again == 0:
            self._pending[key] = None
        elif outcome.again is not None or outcome.failed:
            self._paused[key] = None

    def _account(self, key: ResourceKey, outcome: Outcome) -> None:
        self.notes.extend((key, note) for note in outcome.notes)
        body = self._body(key)
        if body is None:
            return
        if outcome.status is not None:
            self._put(key, {**body, "status": outcome.status})
        if outcome.finalizer is FinalizerChange.ADD:
            self._show(key, merged(self._body(key), {"metadata": {"finalizers": [FINALIZER]}}))
        if outcome.finalizer is FinalizerChange.REMOVE:
            self._drop(key)

    def _show(self, key: ResourceKey, body: Manifest) -> None:
        """The resource changed: whoever that concerns gets a turn."""
        self._put(key, body)
        self._pending |= dict.fromkeys((key, *self.operator.changed(key)))

    def _put(self, key: ResourceKey, body: Manifest) -> None:
        shown = merged(body, {"metadata": {"resourceVersion": str(next(self._revisions))}})
        if isinstance(key, ImageKey):
            self.operator.images.put(key, shown)
        else:
            self.operator.pools.put(key, shown)

    def _drop(self, key: ResourceKey) -> None:
        if isinstance(key, ImageKey):
            self.operator.images.drop(key)
        else:
            self.operator.pools.drop(key)
        self._pending |= dict.fromkeys((key, *self.operator.changed(key)))

    def _body(self, key: ResourceKey) -> Any:
        return self.operator.images.body(key) if isinstance(key, ImageKey) else self.operator.pools.body(key)

    def _born(self, key: ResourceKey) -> Manifest:
        number = next(self._revisions)
        return {
            "namespace": key.namespace,
            "name": key.name,
            "uid": f"uid-{number}",
            "generation": 0,
            "creationTimestamp": f"2026-11-23T11:00:{number % 60:02}Z",
            "finalizers": [],
        }

    def _last(self) -> list[object]:
        return [(str(key), outcome.step, outcome.detail) for key, outcome in self.outcomes[-10:]]


def key_of(manifest: Manifest) -> ResourceKey:
    """The key of a resource."""
    metadata = manifest["metadata"]
    named = (metadata["namespace"], metadata["name"])
    return ImageKey(*named) if manifest["kind"] == "GalleryImage" else PoolKey(*named)


@asynccontextmanager
async def an_operator(
    azure: SimulatedAzure, *, operator_id: str = "cluster-1", **settings: Any
) -> AsyncIterator[Turns]:
    """An operator at this simulator whose pauses are over whenever a test says so."""
    quick = {"moving_interval": 0.001, "retry_base": 0.001, "retry_cap": 0.001}
    chosen = operator_settings(azure, **(quick | settings))
    async with wired(chosen, operator_id=operator_id, before_write=lambda: None) as operator:
        yield Turns(operator=operator, azure=azure)
