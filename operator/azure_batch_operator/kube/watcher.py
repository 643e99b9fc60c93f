"""kopf's operator as something that can be told to end, and then does."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any

import kopf
import structlog

from azure_batch_operator.kube.watch import assert_only_events, watch_settings
from azure_batch_operator.runtime.tasks import running

ENDS_WITHIN = 7.0
"""Seconds for kopf to end by itself: it gives stray tasks five."""

_INSIST_EVERY = 0.5

_IDENTITY: Any = "azure-batch-operator"
"""What kopf would tell its peers, if it had any. Else it asks for the name of its user, and in a pod that has none."""

log = structlog.stdlib.get_logger(__name__)


class Watcher:
    """A running kopf. `ending` is done when it has begun to end, told to or not."""

    def __init__(self, kopfs: asyncio.Task[None], ending: asyncio.Task[bool], enough: asyncio.Event) -> None:
        self._kopfs = kopfs
        self._enough = enough
        self._not_kopfs = asyncio.all_tasks()
        self.ending = ending

    async def end(self) -> BaseException | None:
        """Let kopf end, and return its failure if it had one.

        A cancellation that arrives while kopf waits for an answer can get lost in it, and kopf then waits for ever:
        so its tasks, which are all that came after it, are cancelled again until they are gone.
        """
        self._enough.set()
        await asyncio.wait({self._kopfs}, timeout=ENDS_WITHIN)
        while not self._kopfs.done():
            log.debug("kopf does not end; cancelling its tasks again")
            for task in asyncio.all_tasks() - self._not_kopfs:
                task.cancel()
            await asyncio.wait({self._kopfs}, timeout=_INSIST_EVERY)
        return self._kopfs.exception()


@asynccontextmanager
async def watcher(
    registry: kopf.OperatorRegistry, *, namespaces: Sequence[str], on_ready: Callable[[], None]
) -> AsyncIterator[Watcher]:
    """Run kopf with this registry for the length of the block, in these namespaces or, without any, everywhere.

    `on_ready` is called once kopf runs and has taken the process's signals for itself.
    """
    enough, ending, ready = asyncio.Event(), asyncio.Event(), asyncio.Event()
    settings = watch_settings()
    assert_only_events(registry, settings)

    @kopf.on.cleanup(registry=registry)
    async def _ending(**_: Any) -> None:
        ending.set()

    work = kopf.operator(
        registry=registry,
        settings=settings,
        standalone=True,
        identity=_IDENTITY,
        clusterwide=not namespaces,
        namespaces=namespaces,
        stop_flag=enough,
        ready_flag=ready,
    )
    async with (
        running(_once(ready, on_ready)),
        running(ending.wait()) as has_begun_to_end,
        running(_noting_the_end(work, ending)) as kopfs,
    ):
        watch = Watcher(kopfs, has_begun_to_end, enough)
        try:
            yield watch
        finally:
            await watch.end()


async def _once(event: asyncio.Event, then: Callable[[], None]) -> None:
    await event.wait()
    then()


async def _noting_the_end(work: Coroutine[Any, Any, None], ending: asyncio.Event) -> None:
    """Kopf cleans up only what started: a failure before that is an end too."""
    try:
        await work
    finally:
        ending.set()
