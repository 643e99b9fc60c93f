"""Workers: they work only while the gate is open, survive defects, and finish what they began."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from random import Random

import structlog

from azure_batch_operator.runtime.gate import Gate
from azure_batch_operator.runtime.observer import Result, Unobserved
from azure_batch_operator.runtime.pacing import Backoff
from azure_batch_operator.runtime.pulse import Pulse
from azure_batch_operator.runtime.queue import WorkQueue
from azure_batch_operator.runtime.workers import Workers
from tests.support.eventually import eventually_async
from tests.support.rounds import one_round_of_the_loop
from tests.support.virtual_time import VirtualTime

ROUTINE = 20
FOR_EVER = float("inf")


class Results(Unobserved):
    """A note of how every turn ended, and after how long."""

    def __init__(self) -> None:
        self.noted: list[tuple[object, Result, float]] = []

    def turned(self, key: object, result: Result, seconds: float) -> None:
        self.noted.append((key, result, seconds))


class Bench:
    """A queue, a gate, and a note of every turn begun and ended."""

    def __init__(self) -> None:
        self.time = VirtualTime()
        self.pulse = Pulse(monotonic=self.time.time)
        self.results = Results()
        self.queue = WorkQueue[str](timing=self.time, backoff=Backoff(base=1, cap=60, chance=Random(7)))
        self.gate = Gate(self.time.time)
        self.gate.know_all()
        self.begun: list[str] = []
        self.ended: list[str] = []
        self.may_end = asyncio.Event()

    async def turn(self, key: str) -> Result:
        self.begun.append(key)
        await self.may_end.wait()
        self.gate.check()
        self.ended.append(key)
        return Result.SUCCESS

    def workers(self, *, count: int = 2, turn: Callable[[str], Awaitable[Result]] | None = None) -> Workers[str]:
        return Workers(
            queue=self.queue,
            gate=self.gate,
            turn=turn or self.turn,
            count=count,
            retry_priority=ROUTINE,
            pulse=self.pulse,
            observer=self.results,
        )

    async def has_begun(self, *keys: str) -> None:
        async def begun() -> bool:
            return self.begun == list(keys)

        await eventually_async(begun)


@asynccontextmanager
async def started(workers: Workers[str]) -> AsyncIterator[Workers[str]]:
    workers.start()
    try:
        yield workers
    finally:
        await workers.stop(within=0)


async def test_nothing_is_begun_while_the_gate_is_closed() -> None:
    bench = Bench()
    bench.queue.add("pool", ROUTINE)
    async with started(bench.workers()):
        await one_round_of_the_loop()
        assert bench.begun == []
        bench.gate.lead_until(FOR_EVER)
        await bench.has_begun("pool")


async def test_a_key_that_arrives_after_the_gate_closed_waits_until_it_opens_again() -> None:
    bench = Bench()
    bench.gate.lead_until(FOR_EVER)
    async with started(bench.workers(count=1)):
        await one_round_of_the_loop()  # the worker waits for a key, past the gate
        bench.gate.lead_no_more()
        bench.queue.add("pool", ROUTINE)
        await one_round_of_the_loop()
        assert bench.begun == []
        bench.gate.lead_until(FOR_EVER)
        await bench.has_begun("pool")


async def test_nothing_is_begun_before_all_objects_are_known() -> None:
    bench = Bench()
    bench.gate.know_too_little()
    bench.gate.lead_until(FOR_EVER)
    bench.queue.add("pool", ROUTINE)
    async with started(bench.workers()):
        await one_round_of_the_loop()
        assert bench.begun == []
        bench.gate.know_all()
        await bench.has_begun("pool")


async def test_work_that_waits_while_leading_runs_out_keeps_nobody_busy() -> None:
    bench = Bench()
    bench.gate.lead_until(bench.time.time() + 10)
    async with started(bench.workers(count=1)):
        await one_round_of_the_loop()
        bench.time.advance(10)
        bench.queue.add("pool", ROUTINE)
        await one_round_of_the_loop()
        assert bench.begun == []
        bench.gate.lead_until(bench.time.time() + 10)
        await bench.has_begun("pool")


async def test_a_turn_that_meets_a_closed_gate_is_begun_anew_when_it_opens() -> None:
    bench = Bench()
    bench.gate.lead_until(FOR_EVER)
    bench.queue.add("pool", ROUTINE)
    async with started(bench.workers(count=1)):
        await bench.has_begun("pool")
        bench.gate.lead_no_more()
        bench.may_end.set()
        await one_round_of_the_loop()
        assert bench.ended == []
        bench.gate.lead_until(FOR_EVER)
        await bench.has_begun("pool", "pool")
        assert bench.ended == ["pool"]


async def test_stopping_lets_running_turns_finish_and_begins_no_others() -> None:
    bench = Bench()
    bench.gate.lead_until(FOR_EVER)
    workers = bench.workers(count=1)
    for key in ("first", "second"):
        bench.queue.add(key, ROUTINE)
    workers.start()
    await bench.has_begun("first")
    stopping = asyncio.create_task(workers.stop(within=60))
    await one_round_of_the_loop()
    bench.may_end.set()
    await stopping
    assert bench.begun == bench.ended == ["first"]


async def test_stopping_cuts_off_turns_that_take_too_long() -> None:
    bench = Bench()
    bench.gate.lead_until(FOR_EVER)
    workers = bench.workers()
    bench.queue.add("pool", ROUTINE)
    workers.start()
    await bench.has_begun("pool")
    await workers.stop(within=0)
    assert bench.ended == []


async def test_a_defect_in_a_turn_is_logged_with_its_traceback_and_costs_only_that_key_a_pause() -> None:
    bench = Bench()
    bench.gate.lead_until(FOR_EVER)

    async def turn(key: str) -> Result:
        bench.begun.append(key)
        if key == "broken":
            raise ZeroDivisionError("no such thing")
        return Result.REQUEUE_AFTER

    with structlog.testing.capture_logs() as lines:
        bench.queue.add("broken", ROUTINE)
        bench.queue.add("sound", ROUTINE)
        async with started(bench.workers(count=1, turn=turn)):
            await bench.has_begun("broken", "sound")
            bench.time.advance(2)
            await bench.has_begun("broken", "sound", "broken")
    assert [(line["key"], line["exc_info"]) for line in lines] == [("broken", True), ("broken", True)]
    assert [(key, result) for key, result, _ in bench.results.noted] == [
        ("broken", Result.ERROR),
        ("sound", Result.REQUEUE_AFTER),
        ("broken", Result.ERROR),
    ]


async def test_a_turn_that_runs_can_be_seen_running_and_its_length_is_told_when_it_ends() -> None:
    bench = Bench()
    bench.gate.lead_until(FOR_EVER)
    bench.queue.add("slow", ROUTINE)
    async with started(bench.workers()):
        await bench.has_begun("slow")
        bench.time.advance(40)
        bench.queue.add("quick", ROUTINE)
        await bench.has_begun("slow", "quick")
        assert bench.pulse.longest_turn() == 40
        bench.may_end.set()
        await one_round_of_the_loop()
        assert bench.pulse.longest_turn() == 0
    assert bench.results.noted == [("slow", Result.SUCCESS, 40), ("quick", Result.SUCCESS, 0)]


async def test_a_turn_that_met_a_closed_gate_is_no_failure() -> None:
    bench = Bench()
    bench.gate.lead_until(FOR_EVER)
    bench.queue.add("pool", ROUTINE)
    async with started(bench.workers(count=1)):
        await bench.has_begun("pool")
        bench.gate.lead_no_more()
        bench.may_end.set()
        await one_round_of_the_loop()
    assert bench.results.noted == [("pool", Result.REQUEUE, 0)]
