"""The sweep compares the stores with a list of everything: a watch that was cut misses what vanished meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from typing import Any

import structlog

from azure_batch_operator.kube.client import METADATA_ONLY, ApiFailure, KubeClient
from azure_batch_operator.kube.feed import Feed, Listed
from azure_batch_operator.kube.resources import KINDS, Kind
from azure_batch_operator.reconcile.keys import ResourceKey
from azure_batch_operator.reconcile.outcome import Priority

_LOOK_AGAIN_AFTER = 0.1

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
        """`watch_settles_within`: seconds for the watch to bring what a list shows, before that is read directly."""
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
        """What the watch has not brought even after some time."""
        deadline = asyncio.get_running_loop().time() + self._watch_settles_within
        while missing := [key for key, item in listed.items() if not self._feed.is_current(key, item)]:
            if asyncio.get_running_loop().time() > deadline:
                break
            await asyncio.sleep(_LOOK_AGAIN_AFTER)
        return missing

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
