"""Polling with a deadline: the one place where tools and tests let time pass."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator


def attempts(within: float, *, every: float = 0.05) -> Iterator[None]:
    """Yield now and again every `every` seconds, one last time after `within` seconds have passed."""
    deadline = time.monotonic() + within
    yield
    while (left := deadline - time.monotonic()) > 0:
        time.sleep(min(every, left))
        yield


async def async_attempts(within: float, *, every: float = 0.05) -> AsyncIterator[None]:
    """Do as `attempts` does, and leave the event loop free in between."""
    deadline = time.monotonic() + within
    yield
    while (left := deadline - time.monotonic()) > 0:
        await asyncio.sleep(min(every, left))
        yield
