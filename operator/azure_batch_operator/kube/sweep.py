"""The sweep compares the stores with a list of everything: a watch that was cut misses what vanished meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from typing import Any

import structlog

from azure_batch_operator.kube.client import METADATA_ONLY, ApiFailure, KubeClient
from azure_batch_operator.kube.feed import Feed, Listed
from azure_batch_operator.kube.resources import KINDS, Kind
from azure_batch_operator.reconcile.keys import ResourceKey
from azure_batch_operator.reconcile.outcome import Priority

_SECONDS_PER_MISSING = 0.0001

log = structlog.stdlib.get_logger(__name__)


class Sweep:
    """One pass drops what is gone and reads what was missed, for both kinds and all watched namespaces."""

    def __init__(
        self,
        client: KubeClient,
        feed: Feed,
        *,
        namespaces: Sequence[str] = (),
        watch_settles_within: float = 10.0,
        page: int = 500,
    ) -> None:
        """`watch_settles_within`: seconds without progress until what the watch did not bring is read directly."""
        self._client = client
        self._feed = feed
        self._namespaces: Sequence[str | None] = namespaces or (None,)
        self._watch_settles_within = watch_settles_within
        self._page = str(page)

    async def once(self, served: Collection[Kind] = KINDS) -> None:
        """Make the stores agree with the API server; raises ApiFailure (404: one of the kinds is not served).

        A kind that is not served has no objects.
        """
        for kind in KINDS:
            before, listed = self._feed.uids(kind), dict[ResourceKey, Listed]()
            if kind in served:
                listed = {kind.key_of(item): Listed.of(item["metadata"]) async for item in self._list(kind)}
            self._drop_phantoms(before, listed)
            await self._fetch_missed(kind, listed)

    def _drop_phantoms(self, before: dict[ResourceKey, str], listed: dict[ResourceKey, Listed]) -> None:
        """Only what was in the store before the list began can be told from what was made meanwhile."""
        for key, uid in before.items():
            if key not in listed or listed[key].uid != uid:
                log.info("object vanished unnoticed", key=str(key))
                self._feed.gone(key, uid)

    async def _fetch_missed(self, kind: Kind, listed: dict[ResourceKey, Listed]) -> None:
        for key in await self._not_in_store(listed):
            try:
                body = await self._client.get(kind.path(key))
            except ApiFailure as failure:
                if not failure.not_found:
                    raise
            else:
                self._feed.seen(kind, body, Priority.RESYNC)

    async def _not_in_store(self, listed: dict[ResourceKey, Listed]) -> list[ResourceKey]:
        """What the watch does not bring, although it gets its time as long as it brings anything."""
        missing, settled_at = self._missing(listed, listed), self._soon()
        while missing and self._time() < settled_at:
            await asyncio.sleep(max(0.1, len(missing) * _SECONDS_PER_MISSING))
            before, missing = missing, self._missing(missing, listed)
            if len(missing) < len(before):
                settled_at = self._soon()
        return missing

    def _missing(self, keys: Iterable[ResourceKey], listed: dict[ResourceKey, Listed]) -> list[ResourceKey]:
        return [key for key in keys if not self._feed.is_current(key, listed[key])]

    def _soon(self) -> float:
        return self._time() + self._watch_settles_within

    def _time(self) -> float:
        return asyncio.get_running_loop().time()

    async def _list(self, kind: Kind) -> AsyncIterator[dict[str, Any]]:
        for namespace in self._namespaces:
            async for item in self._pages(kind.collection(namespace)):
                yield item

    async def _pages(self, path: str) -> AsyncIterator[dict[str, Any]]:
        params = {"limit": self._page}
        while True:
            page = await self._client.get(path, params=params, accept=METADATA_ONLY)
            for item in page["items"] or ():  # metadata lists have null for nothing
                yield item
            if not (rest := page["metadata"].get("continue")):
                return
            params = {"limit": self._page, "continue": rest}
