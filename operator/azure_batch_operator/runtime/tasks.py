"""Tasks that end with the block they belong to, and waiting that a request to stop cuts short."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Coroutine
from typing import Any, TypeVar

from azure_batch_operator.runtime.queue import Timing

T = TypeVar("T")


@contextlib.asynccontextmanager
async def running(work: Coroutine[Any, Any, T]) -> AsyncIterator[asyncio.Task[T]]:
    """Run `work` as a task for the length of the block; it is cancelled at the block's end."""
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def first_of(stop: asyncio.Event, *tasks: asyncio.Task[Any]) -> None:
    """Return when `stop` is set or one of the tasks has ended, whichever way."""
    async with running(stop.wait()) as stopping:
        await asyncio.wait({stopping, *tasks}, return_when=asyncio.FIRST_COMPLETED)


async def unless(stop: asyncio.Event, work: Coroutine[Any, Any, T]) -> T | None:
    """The result of `work`; None, with the work cut short, when `stop` is set before it ends."""
    async with running(work) as task:
        await first_of(stop, task)
        return task.result() if task.done() else None


def stop_on_signals(stop: asyncio.Event) -> None:
    """Set `stop` when the process is asked to end (SIGINT, SIGTERM)."""
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)


@contextlib.asynccontextmanager
async def cut_short_at(when: float, timing: Timing) -> AsyncIterator[None]:
    """Raise TimeoutError in the block once the time is `when`.

    Without a task of its own: kopf cancels whatever task begins after it when it ends.
    """
    async with asyncio.timeout(None) as limit:
        timer = timing.call_at(when, lambda: limit.reschedule(0))
        try:
            yield
        finally:
            timer.cancel()


async def asleep_until(when: float, timing: Timing) -> None:
    """Return once the time is `when`."""
    bell = asyncio.Event()
    timer = timing.call_at(when, bell.set)
    try:
        await bell.wait()
    finally:
        timer.cancel()
