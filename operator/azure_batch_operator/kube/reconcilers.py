"""What the Kubernetes side must be given: stores to fill, and someone who takes a turn."""

from collections.abc import Hashable, Iterable
from typing import Protocol

from azure_batch_operator.reconcile.desired import ImageStore, PoolStore
from azure_batch_operator.reconcile.keys import Key, ResourceKey
from azure_batch_operator.reconcile.outcome import Outcome


class Reconcilers(Protocol):
    """Everything that knows what a resource means; `wiring` builds it."""

    @property
    def images(self) -> ImageStore:
        """Where GalleryImages go."""

    @property
    def pools(self) -> PoolStore:
        """Where BatchPools go."""

    async def turn(self, key: Key) -> Outcome:
        """One turn; raises only for a defect."""

    def changed(self, key: ResourceKey) -> Iterable[Key]:
        """Take note that a resource changed in its store; what else must be looked at because of it."""

    def standing(self) -> Iterable[Key]:
        """What is to be looked at although no resource names it."""

    def scope_of(self, key: Key) -> Hashable | None:
        """Keys of one scope never take more than their share of the workers."""
