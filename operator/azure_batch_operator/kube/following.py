"""Both kinds as the API server has them now, and again whenever something of them changes."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from azure_batch_operator.kube.client import ApiFailure, KubeClient
from azure_batch_operator.kube.resources import BATCH_POOLS, GALLERY_IMAGES, KINDS, Kind, metadata_of

TOGETHER = 0.1
"""Changes within so many seconds are shown as one."""
AGAIN_AFTER = 2.0
PAUSES = (0.5, 1.0, 2.0, 4.0)
"""How long a busy API server is left alone before it is asked again."""
_GONE, _BUSY = 410, 429


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """The bodies of all resources at one moment."""

    images: tuple[Mapping[str, Any], ...]
    pools: tuple[Mapping[str, Any], ...]
    trouble: str | None = None
    """Why this may be out of date."""


@dataclass(slots=True, kw_only=True)
class _Seen:
    """The resources of one kind by their uid, and the version of the list that they are of."""

    bodies: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    version: str = ""


async def picture(client: KubeClient, namespace: str | None) -> Picture:
    """Everything in a namespace, or everywhere; raises ApiFailure."""
    return _drawn({kind: await _listed(client, kind, namespace) for kind in KINDS})


async def pictures(client: KubeClient, namespace: str | None) -> AsyncGenerator[Picture, None]:
    """Everything, and then everything again after each change, for ever; raises ApiFailure only at the beginning."""
    seen = {kind: await _listed(client, kind, namespace) for kind in KINDS}
    yield _drawn(seen)
    changes: asyncio.Queue[str | None] = asyncio.Queue()
    async with _following(client, namespace, seen, changes):
        while True:
            trouble = await changes.get()
            await asyncio.sleep(TOGETHER)
            while not changes.empty():
                trouble = changes.get_nowait()
            yield _drawn(seen, trouble)


@contextlib.asynccontextmanager
async def _following(
    client: KubeClient, namespace: str | None, seen: Mapping[Kind, _Seen], changes: asyncio.Queue[str | None]
) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(_follow(client, kind, namespace, seen[kind], changes)) for kind in KINDS]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _follow(
    client: KubeClient, kind: Kind, namespace: str | None, seen: _Seen, changes: asyncio.Queue[str | None]
) -> None:
    """Keep one kind as it is; what goes wrong is told, and tried again."""
    while True:
        pause = TOGETHER
        try:
            await _watched(client, kind, namespace, seen, changes)
        except ApiFailure as failure:
            if failure.status != _GONE:
                changes.put_nowait(str(failure))
                pause = AGAIN_AFTER
        await asyncio.sleep(pause)
        with contextlib.suppress(ApiFailure):  # the next watch says the same
            fresh = await _listed(client, kind, namespace)
            seen.bodies, seen.version = fresh.bodies, fresh.version
            changes.put_nowait(None)


async def _watched(
    client: KubeClient, kind: Kind, namespace: str | None, seen: _Seen, changes: asyncio.Queue[str | None]
) -> None:
    """Note every event until the API server ends the watch, which it does every few minutes."""
    async for event in client.watch(kind.collection(namespace), params={"resourceVersion": seen.version}):
        body = event["object"]
        uid = str(metadata_of(body)["uid"])
        if event["type"] == "DELETED":
            seen.bodies.pop(uid, None)
        else:
            seen.bodies[uid] = body
        changes.put_nowait(None)


async def _listed(client: KubeClient, kind: Kind, namespace: str | None) -> _Seen:
    found = await _patiently(client, kind.collection(namespace))
    bodies = {str(metadata_of(body)["uid"]): body for body in found["items"] or ()}
    return _Seen(bodies=bodies, version=str(metadata_of(found)["resourceVersion"]))


async def _patiently(client: KubeClient, path: str) -> dict[str, Any]:
    """Ask again where the API server is busy, as kubectl does: it is for a moment after a definition was installed."""
    for pause in PAUSES:
        try:
            return await client.get(path)
        except ApiFailure as failure:
            if failure.status != _BUSY:
                raise
        await asyncio.sleep(pause)
    return await client.get(path)


def _drawn(seen: Mapping[Kind, _Seen], trouble: str | None = None) -> Picture:
    return Picture(
        images=tuple(seen[GALLERY_IMAGES].bodies.values()),
        pools=tuple(seen[BATCH_POOLS].bodies.values()),
        trouble=trouble,
    )
