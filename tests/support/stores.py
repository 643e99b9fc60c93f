"""Stores, queue and feed in tests, as the operator has them but without anything that acts on them."""

from dataclasses import dataclass, field
from random import Random

from azure_batch_operator.core.json import JsonObject
from azure_batch_operator.kube.feed import Feed
from azure_batch_operator.reconcile.desired import BadSpec, ImageStore, PoolStore
from azure_batch_operator.reconcile.keys import Key, ResourceKey
from azure_batch_operator.runtime.pacing import Backoff
from azure_batch_operator.runtime.queue import WorkQueue
from tests.support.virtual_time import VirtualTime


def not_parsed(_: JsonObject) -> BadSpec:
    """Whoever tests the Kubernetes side does not look into specs."""
    return BadSpec(field="spec", message="not parsed in this test")


@dataclass(slots=True, kw_only=True)
class Stores:
    """A feed with what it feeds, and notes of what it told."""

    time: VirtualTime = field(default_factory=VirtualTime)
    images: ImageStore = field(default_factory=lambda: ImageStore(not_parsed))
    pools: PoolStore = field(default_factory=lambda: PoolStore(not_parsed))
    changed: list[ResourceKey] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)
    also: tuple[Key, ...] = ()
    """What the feed is told to look at besides, whenever something changed."""
    queue: WorkQueue[Key] = field(init=False)
    feed: Feed = field(init=False)

    def __post_init__(self) -> None:
        self.queue = WorkQueue(timing=self.time, backoff=Backoff(base=1, cap=60, chance=Random(7)))
        self.feed = Feed(
            images=self.images,
            pools=self.pools,
            queue=self.queue,
            changed=self._note,
            forget=self.forgotten.append,
        )

    def _note(self, key: ResourceKey) -> tuple[Key, ...]:
        self.changed.append(key)
        return self.also
