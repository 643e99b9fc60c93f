"""Simulated time: in order, exact, and in proportion to real time."""

import asyncio
import contextlib
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from azure_simulator.clock import Clock
from tests.support.eventually import eventually_async

START = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


def test_actions_run_in_the_order_of_their_moments_and_see_exactly_these() -> None:
    clock = Clock(START, speed=0)
    seen: list[datetime] = []
    for seconds in (30, 10, 20):
        clock.after(seconds, lambda: seen.append(clock.now()))
    clock.advance(25)
    assert seen == [START + timedelta(seconds=10), START + timedelta(seconds=20)]
    assert clock.now() == START + timedelta(seconds=25)


def test_equal_moments_keep_the_order_of_scheduling() -> None:
    clock = Clock(START, speed=0)
    seen: list[str] = []
    for name in "abc":
        clock.after(5, partial(seen.append, name))
    clock.advance(5)
    assert seen == ["a", "b", "c"]


def test_an_action_may_schedule_another_that_is_due_in_the_same_step() -> None:
    clock = Clock(START, speed=0)
    seen: list[datetime] = []

    def look() -> None:
        seen.append(clock.now())

    def schedule() -> None:
        clock.after(10, look)

    clock.after(10, schedule)
    clock.advance(60)
    assert seen == [START + timedelta(seconds=20)]


def test_a_cancelled_action_never_runs() -> None:
    clock = Clock(START, speed=0)
    seen: list[str] = []
    timer = clock.after(10, lambda: seen.append("ran"))
    timer.cancel()
    timer.cancel()
    clock.advance(60)
    assert seen == []
    assert not timer.pending


def test_time_does_not_run_backwards() -> None:
    clock = Clock(START, speed=0)
    with pytest.raises(ValueError, match="cannot run backwards"):
        clock.advance(-1)
    with pytest.raises(ValueError, match="cannot run backwards"):
        clock.speed = -1


async def test_a_running_clock_fires_what_falls_due() -> None:
    clock = Clock(START, speed=3600)
    seen: list[datetime] = []
    running = asyncio.create_task(clock.run())
    timer = clock.after(60, lambda: seen.append(clock.now()))
    await eventually_async(lambda: told(seen), within=5)
    assert seen == [timer.due]
    assert clock.now() > timer.due
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


async def told(seen: list[datetime]) -> bool:
    return bool(seen)


async def test_a_change_of_speed_reaches_what_is_already_scheduled() -> None:
    clock = Clock(START, speed=1)
    seen: list[datetime] = []
    running = asyncio.create_task(clock.run())
    clock.after(3600, lambda: seen.append(clock.now()))
    clock.speed = 100_000
    await eventually_async(lambda: told(seen), within=5)
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


def test_real_seconds_are_simulated_ones_by_the_speed() -> None:
    assert Clock(START, speed=60).real_seconds(30) == 0.5
    assert Clock(START, speed=0).real_seconds(30) == 0
