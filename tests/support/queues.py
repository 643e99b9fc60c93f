"""Looking into a work queue from a test."""

import asyncio
from collections.abc import Hashable
from typing import TypeVar

from azure_batch_operator.runtime.queue import WorkQueue

K = TypeVar("K", bound=Hashable)


async def taken(queue: WorkQueue[K]) -> K | None:
    """The key that is handed out now, if any."""
    try:
        async with asyncio.timeout(0):
            return await queue.get()
    except TimeoutError:
        return None


async def all_taken(queue: WorkQueue[K]) -> list[K]:
    """Every key that is handed out now, in this order; none of them is done."""
    keys = []
    while (key := await taken(queue)) is not None:
        keys.append(key)
    return keys
