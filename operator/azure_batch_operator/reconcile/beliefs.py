"""Everything that is believed of Azure, shared by all turns: sightings, complete lists, replicas that were ready."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import TypeVar

from azure_batch_operator.core.accounts import Account
from azure_batch_operator.core.images import ObservedDefinition, ObservedGallery, ObservedVersion
from azure_batch_operator.core.names import VersionName, gallery_image_from_id
from azure_batch_operator.core.pools import NodeCounts, ObservedPool, SupportedImage
from azure_batch_operator.reconcile.sightings import Sightings

T = TypeVar("T")
Monotonic = Callable[[], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompleteList:
    """A list that was read to its last page without a failure."""

    sent_at: float
    """Monotonic seconds when its first request left."""
    keys: frozenset[str]
    """Folded keys of all that it showed."""


@lru_cache(maxsize=4096)
def definition_of(image_id: str | None) -> str | None:
    """The folded id of the definition that an image id lies in; None for an image of no gallery."""
    named = gallery_image_from_id(image_id)
    if named is None:
        return None
    return (named.definition if isinstance(named, VersionName) else named).id.casefold()


def _booted(pool: ObservedPool) -> str | None:
    return definition_of(pool.image_id)


def _definition(version: ObservedVersion) -> str:
    return version.name.definition.id.casefold()


def _gallery(definition: ObservedDefinition) -> str:
    return definition.name.gallery.id.casefold()


def _host(account: Account) -> str:
    return account.key


@dataclass(slots=True, kw_only=True)
class Beliefs:
    """One per operator process; losing it costs a look at Azure, never a wrong action."""

    monotonic: Monotonic = time.monotonic
    accounts: Sightings[Account] = field(default_factory=partial(Sightings[Account], _host))
    """By `AccountRef.key`; in groups by the key of the account that was found."""
    pools: Sightings[ObservedPool] = field(default_factory=partial(Sightings[ObservedPool], _booted))
    """By `pool_key`; in groups by the folded id of the definition that they boot from."""
    node_counts: dict[str, NodeCounts] = field(default_factory=dict)
    """By `pool_key`; what is shown to people, never decided on."""
    supported: Sightings[tuple[SupportedImage, ...]] = field(default_factory=Sightings[tuple[SupportedImage, ...]])
    """The Marketplace images that Batch supports, by the key of the account that was asked."""
    galleries: Sightings[ObservedGallery] = field(default_factory=Sightings[ObservedGallery])
    definitions: Sightings[ObservedDefinition] = field(default_factory=partial(Sightings[ObservedDefinition], _gallery))
    versions: Sightings[ObservedVersion] = field(default_factory=partial(Sightings[ObservedVersion], _definition))
    """All three by Resource Manager id: definitions in groups by the folded id of their gallery, versions by that of
    their definition."""
    pool_lists: dict[str, CompleteList] = field(default_factory=dict)
    """The last complete `list_pools` by `AccountRef.key`."""
    definition_lists: dict[str, CompleteList] = field(default_factory=dict)
    """The last complete list of a gallery's definitions, by folded gallery id."""
    version_lists: dict[str, CompleteList] = field(default_factory=dict)
    """The last complete list of a definition's versions, by folded definition id."""
    ready_replicas: dict[str, dict[str, int]] = field(default_factory=dict)
    """By folded version id and region: the replicas last seen Completed; they stand while a later PATCH replicates."""

    def lacks_version(self, version_id: str) -> bool:
        """Whether the last complete list of the definition's versions did not show this one."""
        folded = version_id.casefold()
        listed = self.version_lists.get(folded.rsplit("/versions/", 1)[0])
        return listed is not None and folded not in listed.keys

    @asynccontextmanager
    async def writing(self, sightings: Sightings[T], key: str) -> AsyncIterator[None]:
        """Around a write: whether it answers or fails, what was seen before its end is not believed any more."""
        try:
            yield
        finally:
            sightings.wrote(key, answered_at=self.monotonic())


def pool_key(account_key: str, pool_id: str) -> str:
    """A pool's key: its account's host and port, and its id."""
    return f"{account_key}/{pool_id}".casefold()
