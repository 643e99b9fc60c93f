"""Tasks that end with their block, and waiting that a request to stop cuts short."""

import asyncio

import pytest

from azure_batch_operator.runtime.tasks import first_of, running, unless


async def forever() -> bool:
    return await asyncio.Event().wait()


async def at_once() -> str:
    return "done"


async def test_a_task_ends_with_its_block() -> None:
    async with running(forever()) as task:
        assert not task.done()
    assert task.cancelled()


async def test_a_task_ends_with_its_block_when_that_fails_too() -> None:
    with pytest.raises(ZeroDivisionError):
        async with running(forever()) as task:
            raise ZeroDivisionError
    assert task.cancelled()


async def test_work_that_ends_gives_its_result() -> None:
    assert await unless(asyncio.Event(), at_once()) == "done"


async def test_work_is_cut_short_by_a_request_to_stop() -> None:
    stop = asyncio.Event()
    waiting = asyncio.create_task(unless(stop, forever()))
    stop.set()
    assert await waiting is None


async def test_waiting_ends_with_the_first_task_that_ends_whichever_way() -> None:
    async def fail() -> None:
        raise ZeroDivisionError

    async with running(forever()) as going_on, running(fail()) as failing:
        await first_of(asyncio.Event(), going_on, failing)
        assert failing.done()
        assert not going_on.done()
