"""Workers: they take keys from the queue while the gate is open, and give each of them one turn."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

import structlog

from azure_batch_operator.runtime.gate import Gate, GateClosedError
from azure_batch_operator.runtime.observer import Observer, Result, Unobserved
from azure_batch_operator.runtime.pulse import Pulse
from azure_batch_operator.runtime.queue import WorkQueue

K = TypeVar("K", bound=Hashable)

log = structlog.stdlib.get_logger(__name__)


class Workers(Generic[K]):
    """A fixed number of tasks, each with one turn at a time.

    `turn` is expected to deal with every failure that can be expected; one that escapes is a defect, which is logged
    with its traceback and costs only that key a pause.
    """

    def __init__(
        self,
        *,
        queue: WorkQueue[K],
        gate: Gate,
        turn: Callable[[K], Awaitable[Result]],
        count: int,
        retry_priority: int,
        pulse: Pulse | None = None,
        observer: Observer[K] | None = None,
    ) -> None:
        self._queue = queue
        self._gate = gate
        self._turn = turn
        self._count = count
        self._retry_priority = retry_priority
        self._pulse = pulse or Pulse()
        self._observer: Observer[K] = observer or Unobserved()
        self._tasks: list[asyncio.Task[None]] = []
        self._in_turn: set[asyncio.Task[None] | None] = set()
        self._stopping = False

    def start(self) -> None:
        """Create the workers' tasks; they wait for the gate and for work."""
        self._tasks = [asyncio.create_task(self._work(), name=f"worker {n}") for n in range(self._count)]

    async def stop(self, *, within: float) -> None:
        """Begin no more turns, let those that run finish within so many seconds, then cut them off."""
        self._stopping = True
        for task in self._tasks:
            if task not in self._in_turn:
                task.cancel()
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=within)
        if late:
            log.warning("turns cut off", turns=len(late), after_seconds=within)
        for task in late:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _work(self) -> None:
        while not self._stopping:
            await self._gate.wait()
            key = await self._queue.get()
            if self._gate.is_open:
                await self._take_turn(key)
            else:
                self._queue.put_back(key)

    async def _take_turn(self, key: K) -> None:
        task = asyncio.current_task()
        self._in_turn.add(task)
        self._pulse.turn_begins(task)
        result = Result.ERROR
        try:
            result = await self._result(key)
        finally:
            self._observer.turned(key, result, self._pulse.turn_ends(task))
            self._in_turn.discard(task)
            self._queue.done(key)

    async def _result(self, key: K) -> Result:
        try:
            return await self._turn(key)
        except GateClosedError:  # whoever may go on, or we when we may again, begins this turn anew
            self._queue.add(key, self._retry_priority)
            return Result.REQUEUE
        except Exception:  # a defect must not end the worker
            log.exception("turn failed unexpectedly", key=str(key))
            self._queue.retry(key, self._retry_priority)
            return Result.ERROR
