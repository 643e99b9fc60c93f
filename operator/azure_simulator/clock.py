"""Simulated time: one clock that every transition of the simulator is scheduled on."""

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Action = Callable[[], None]

_ACTIONS_PER_TURN = 500


class Timer:
    """A scheduled action that can still be called off."""

    __slots__ = ("_action", "due")

    def __init__(self, due: datetime, action: Action) -> None:
        self.due = due
        self._action: Action | None = action

    def cancel(self) -> None:
        """Call the action off; cancelling twice, or after it ran, does nothing."""
        self._action = None

    @property
    def pending(self) -> bool:
        """Whether the action has neither run nor been cancelled."""
        return self._action is not None

    def fire(self) -> None:
        """Run the action unless it was cancelled or ran already."""
        action, self._action = self._action, None
        if action is not None:
            action()


class Clock:
    """Simulated UTC time, `speed` simulated seconds per real second while `run` drives it.

    Time stands still until `run` is awaited, or when the speed is 0; then only `advance` moves it.
    While an action runs, `now` is exactly the moment it was scheduled for, so that what follows from it
    does not depend on how busy the machine is.
    """

    def __init__(self, start: datetime | None = None, *, speed: float = 1.0) -> None:
        self._anchor = (start or datetime.now(UTC)).astimezone(UTC)
        self._real_anchor = time.monotonic()
        self._speed = speed
        self._running = False
        self._acting = False
        self._order = itertools.count()
        self._timers: list[tuple[datetime, int, Timer]] = []
        self._changed = asyncio.Event()

    def restart(self, start: datetime | None) -> None:
        """Forget every timer and begin again at `start` (now, if None)."""
        self._timers.clear()
        self._move_anchor((start or datetime.now(UTC)).astimezone(UTC))
        self._changed.set()

    @property
    def speed(self) -> float:
        """Simulated seconds per real second; 0 stands still."""
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        if speed < 0:
            raise ValueError(f"the clock cannot run backwards: speed {speed} must be 0 or more")
        self._move_anchor(self.now())
        self._speed = speed
        self._changed.set()

    def now(self) -> datetime:
        """The simulated time, aware, in UTC."""
        if not self._running or self._acting:
            return self._anchor
        return self._anchor + timedelta(seconds=(time.monotonic() - self._real_anchor) * self._speed)

    def after(self, seconds: float, action: Action) -> Timer:
        """Schedule `action` in `seconds` of simulated time; equal moments keep the order of scheduling."""
        timer = Timer(self.now() + timedelta(seconds=max(seconds, 0.0)), action)
        heapq.heappush(self._timers, (timer.due, next(self._order), timer))
        self._changed.set()
        return timer

    def advance(self, seconds: float) -> None:
        """Move the time on at once and run whatever falls due on the way, in order."""
        if seconds < 0:
            raise ValueError(f"the clock cannot run backwards: cannot advance by {seconds} seconds")
        target = self.now() + timedelta(seconds=seconds)
        while self._timers and self._timers[0][0] <= target:
            self._fire_next()
        self._move_anchor(target)
        self._changed.set()

    def real_seconds(self, seconds: float) -> float:
        """How long `seconds` of simulated time take for somebody who waits (0 when the clock stands still)."""
        return seconds / self._speed if self._speed > 0 else 0.0

    async def run(self) -> None:
        """Let simulated time pass with real time until cancelled."""
        self._move_anchor(self.now())
        self._running = True
        try:
            while True:
                await self._run_due()
                await self._wait_for_change_or_due()
        finally:
            self._move_anchor(self.now())
            self._running = False

    async def _run_due(self) -> None:
        for fired in itertools.count(1):
            now = self.now()
            if not self._timers or self._timers[0][0] > now:
                return
            self._fire_next()
            self._move_anchor(now)
            if fired % _ACTIONS_PER_TURN == 0:
                await asyncio.sleep(0)

    async def _wait_for_change_or_due(self) -> None:
        self._changed.clear()
        try:
            await asyncio.wait_for(self._changed.wait(), self._real_seconds_until_next())
        except TimeoutError:
            return

    def _real_seconds_until_next(self) -> float | None:
        if not self._timers or self._speed == 0:
            return None
        wait = (self._timers[0][0] - self.now()).total_seconds() / self._speed
        return max(wait, 0.0)

    def _fire_next(self) -> None:
        due, _, timer = heapq.heappop(self._timers)
        self._move_anchor(max(due, self._anchor))
        self._acting = True
        try:
            timer.fire()
        finally:
            self._acting = False

    def _move_anchor(self, moment: datetime) -> None:
        self._anchor = moment
        self._real_anchor = time.monotonic()
