"""A resize of a pool from `resizing` to `steady`: growth and shrinking of both kinds, one timeout, one end."""

from collections.abc import Callable
from datetime import timedelta
from typing import Protocol

from azure_simulator.batch.creation import Growth
from azure_simulator.batch.fabric import Boot, Fabric
from azure_simulator.batch.nodes import Stretch
from azure_simulator.batch.pools import Pool
from azure_simulator.batch.removal import Shrinkage, choose
from azure_simulator.batch.states import Deallocation, Kind, ResizeError, Targets
from azure_simulator.clock import Timer


class _Part(Protocol):
    def start(self) -> None: ...
    def time_out(self) -> None: ...
    def stop(self) -> None: ...
    def abandon(self) -> None: ...
    def tasks_finished(self) -> None: ...
    def drains(self, ordinal: int) -> bool: ...


class Resize:
    """One resize of one pool. It is over when all its parts are, but never before `shortestResize`."""

    def __init__(self, pool: Pool, fabric: Fabric, *, option: Deallocation, timeout: timedelta | None) -> None:
        self._pool = pool
        self._fabric = fabric
        self._option = option
        self._timeout = timeout
        self._parts: list[_Part] = []
        self._open = 0
        self._errors: list[ResizeError] = []
        self._timers: list[Timer] = []

    def to(self, targets: Targets) -> None:
        """Begin to bring the pool to `targets`."""
        self._begin(targets)
        for kind in Kind:
            self._plan(kind, targets.of(kind) - self._pool.nodes.total(kind))
        self._start()

    def without(self, stretches: tuple[Stretch, ...], targets: Targets) -> None:
        """Begin to remove exactly the nodes of `stretches`; `targets` is what remains wanted."""
        self._begin(targets)
        self._add(lambda done: Shrinkage(self._pool, stretches, self._option, self._fabric, done))
        self._start()

    def stop(self) -> None:
        """End the resize soon at whatever size the pool has then."""
        self._pool.begin_stopping(self._fabric.clock.now())
        self._after(self._fabric.pace.stop.draw(self._fabric.random), self._stop_parts)

    def abandon(self) -> None:
        """Forget the resize: its timers and parts do nothing any more."""
        for timer in self._timers:
            timer.cancel()
        for part in self._parts:
            part.abandon()

    def tasks_finished(self) -> None:
        """Let nodes leave that have become free."""
        for part in tuple(self._parts):
            part.tasks_finished()

    def drains(self, ordinal: int) -> bool:
        """Whether this node only waits for its tasks."""
        return any(part.drains(ordinal) for part in self._parts)

    def _begin(self, targets: Targets) -> None:
        self._pool.begin_resize(
            self,
            targets=targets,
            timeout=self._timeout or self._pool.resize_timeout,
            option=self._option,
            now=self._fabric.clock.now(),
        )

    def _plan(self, kind: Kind, difference: int) -> None:
        if difference > 0:
            self._plan_growth(kind, difference)
        elif difference < 0:
            victims = choose(self._pool, kind, -difference)
            self._add(lambda done: Shrinkage(self._pool, victims, self._option, self._fabric, done))

    def _plan_growth(self, kind: Kind, wanted: int) -> None:
        pool = self._pool
        match self._fabric.images.boot(pool.machine, pool.account, pool.size):
            case Boot() as boot:
                self._add(lambda done: Growth(pool, kind, wanted, boot, self._fabric, done))
            case ResizeError() as error:
                self._errors.append(error)

    def _add(self, make: Callable[[Callable[[ResizeError | None], None]], _Part]) -> None:
        self._open += 1
        self._parts.append(make(self._part_done))

    def _start(self) -> None:
        # The shortest duration counts as a part of its own, so that every resize can be seen.
        self._open += 1
        self._after(self._fabric.pace.shortest_resize.draw(self._fabric.random), lambda: self._part_done(None))
        if self._timeout is not None:
            self._after(self._timeout.total_seconds(), self._time_out)
        for part in tuple(self._parts):
            part.start()

    def _after(self, seconds: float, action: Callable[[], None]) -> None:
        self._timers.append(self._fabric.clock.after(seconds, action))

    def _time_out(self) -> None:
        for part in tuple(self._parts):
            part.time_out()

    def _stop_parts(self) -> None:
        for part in tuple(self._parts):
            part.stop()

    def _part_done(self, error: ResizeError | None) -> None:
        if error is not None and error not in self._errors:
            self._errors.append(error)
        self._open -= 1
        if self._open == 0:
            self._end()

    def _end(self) -> None:
        for timer in self._timers:
            timer.cancel()
        self._pool.become_steady(tuple(self._errors), self._fabric.clock.now())
        if self._fabric.switches.etag_follows_allocation:
            self._pool.modify(self._fabric.clock.now())
