"""Tasks that end with their block, and waiting that a request to stop cuts short."""

import asyncio

import pytest

from azure_batch_operator.runtime.clock import RealTime
from azure_batch_operator.runtime.tasks import asleep_until, cut_short_at, first_of, running, unless
from tests.support.rounds import one_round_of_the_loop
from tests.support.virtual_time import VirtualTime


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


async def test_a_block_is_cut_short_once_its_time_has_come_and_not_before() -> None:
    time = VirtualTime()

    async def block() -> None:
        async with cut_short_at(time.time() + 10, time):
            await forever()

    async with running(block()) as task:
        await one_round_of_the_loop()
        time.advance(9)
        await one_round_of_the_loop()
        assert not task.done()
        time.advance(1)
        await one_round_of_the_loop()
        assert isinstance(task.exception(), TimeoutError)


async def test_a_block_that_ends_in_time_is_left_alone_afterwards() -> None:
    time = VirtualTime()
    async with cut_short_at(time.time() + 10, time):
        assert await at_once() == "done"
    time.advance(20)
    await one_round_of_the_loop()


async def test_sleep_ends_with_its_time() -> None:
    time = VirtualTime()
    async with running(asleep_until(time.time() + 10, time)) as sleeping:
        await one_round_of_the_loop()
        time.advance(9)
        await one_round_of_the_loop()
        assert not sleeping.done()
        time.advance(1)
        await one_round_of_the_loop()
        assert sleeping.done()


async def test_on_the_real_clock_a_time_that_has_passed_comes_at_once() -> None:
    time = RealTime()
    begun = time.time()
    await asleep_until(begun + 0.01, time)
    assert time.time() >= begun + 0.01
    with pytest.raises(TimeoutError):
        async with cut_short_at(begun, time):
            await forever()
