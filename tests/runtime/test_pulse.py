"""Signs of life: each grows old unless the process does what it is there for."""

import asyncio
import time

from azure_batch_operator.runtime.pulse import BEAT_EVERY, Pulse
from azure_batch_operator.runtime.tasks import running
from tests.support.eventually import eventually_async
from tests.support.virtual_time import VirtualTime


class Bench:
    """A pulse on a clock that is moved by hand."""

    def __init__(self) -> None:
        self.time = VirtualTime()
        self.pulse = Pulse(monotonic=self.time.time)


def test_a_loop_that_beats_in_time_is_not_late() -> None:
    bench = Bench()
    for _ in range(3):
        bench.time.advance(BEAT_EVERY)
        bench.pulse.beat()
    assert bench.pulse.lag() == 0


def test_a_beat_that_does_not_come_is_late_by_what_it_is_overdue() -> None:
    bench = Bench()
    bench.time.advance(BEAT_EVERY + 20)
    assert bench.pulse.lag() == 20


def test_a_beat_that_came_late_tells_so_until_the_next_one() -> None:
    bench = Bench()
    bench.time.advance(BEAT_EVERY + 20)
    bench.pulse.beat()
    assert bench.pulse.lag() == 20
    bench.time.advance(BEAT_EVERY)
    bench.pulse.beat()
    assert bench.pulse.lag() == 0


async def test_a_loop_that_is_held_up_is_seen_to_be_late() -> None:
    pulse = Pulse()
    async with running(pulse.beating()):

        async def is_late() -> bool:
            until = time.monotonic() + BEAT_EVERY + 0.5
            while time.monotonic() < until:  # as a defect that never awaits would
                pass
            return pulse.lag() > 0.3

        await eventually_async(is_late, within=20)

        async def has_caught_up() -> bool:
            return pulse.lag() < 0.3

        await eventually_async(has_caught_up)
        assert asyncio.get_running_loop().is_running()


def test_silence_counts_only_while_something_should_be_heard() -> None:
    bench = Bench()
    bench.pulse.hear()
    bench.time.advance(100)
    assert bench.pulse.silence() == 0
    bench.pulse.listen()
    bench.time.advance(30)
    assert bench.pulse.silence() == 30
    bench.pulse.hear()
    assert bench.pulse.silence() == 0
    bench.time.advance(5)
    bench.pulse.deafen()
    assert bench.pulse.silence() == 0


def test_the_longest_of_the_running_turns_is_told() -> None:
    bench = Bench()
    bench.pulse.turn_begins("first worker")
    bench.time.advance(10)
    bench.pulse.turn_begins("second worker")
    bench.time.advance(5)
    assert bench.pulse.longest_turn() == 15
    assert bench.pulse.turn_ends("first worker") == 15
    assert bench.pulse.longest_turn() == 5
    assert bench.pulse.turn_ends("second worker") == 5
    assert bench.pulse.longest_turn() == 0
