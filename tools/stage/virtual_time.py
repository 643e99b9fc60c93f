"""A clock that is advanced by hand; it can call back, as the event loop can."""

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(slots=True)
class VirtualTimer:
    """A call that is still to come."""

    callback: Callable[[], object]
    cancelled: bool = False

    def cancel(self) -> None:
        """Do not call."""
        self.cancelled = True


class VirtualTime:
    """Seconds that pass only through `advance`."""

    def __init__(self, start: float = 1000.0) -> None:
        self._now = start
        self._calls: list[tuple[float, int, VirtualTimer]] = []
        self._order = itertools.count()

    def time(self) -> float:
        """Seconds, never going back."""
        return self._now

    def call_at(self, when: float, callback: Callable[[], object]) -> VirtualTimer:
        """Call `callback` while `advance` passes `when`."""
        timer = VirtualTimer(callback)
        heapq.heappush(self._calls, (when, next(self._order), timer))
        return timer

    def advance(self, seconds: float) -> None:
        """Let time pass, making every call that comes due in its order."""
        end = self._now + seconds
        while self._calls and self._calls[0][0] <= end:
            when, _, timer = heapq.heappop(self._calls)
            self._now = max(self._now, when)
            if not timer.cancelled:
                timer.callback()
        self._now = end
