"""Signs of life: how late the loop is, how long turns take, and when anything was last heard of the outside."""

import asyncio
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

BEAT_EVERY = 1.0
"""Seconds between two looks at the clock."""


@dataclass(slots=True, kw_only=True)
class Pulse:
    """What a process notes about itself while it works, for whoever asks whether it still does."""

    monotonic: Callable[[], float] = time.monotonic
    _beat_at: float = field(init=False)
    _late_by: float = 0.0
    _heard_at: float | None = None
    _turns: dict[Hashable, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._beat_at = self.monotonic()

    async def beating(self) -> None:
        """Beat until cancelled; whatever holds up the loop holds this up too."""
        while True:
            self.beat()
            await asyncio.sleep(BEAT_EVERY)

    def beat(self) -> None:
        """The loop got to us."""
        self._late_by, self._beat_at = self._overdue(), self.monotonic()

    def lag(self) -> float:
        """Seconds by which the loop is late: with its last beat, or with the one that should have come since."""
        return max(self._late_by, self._overdue())

    def _overdue(self) -> float:
        return max(0.0, self.monotonic() - self._beat_at - BEAT_EVERY)

    def listen(self) -> None:
        """From now on something should be heard of the outside."""
        self._heard_at = self.monotonic()

    def hear(self) -> None:
        """Something was heard."""
        if self._heard_at is not None:
            self._heard_at = self.monotonic()

    def deafen(self) -> None:
        """Nothing needs to be heard any more."""
        self._heard_at = None

    def silence(self) -> float:
        """Seconds since something was heard; 0 while nothing needs to be."""
        return 0.0 if self._heard_at is None else self.monotonic() - self._heard_at

    def turn_begins(self, worker: Hashable) -> None:
        """A worker begins a turn."""
        self._turns[worker] = self.monotonic()

    def turn_ends(self, worker: Hashable) -> float:
        """The worker's turn is over; the seconds it took."""
        return self.monotonic() - self._turns.pop(worker)

    def longest_turn(self) -> float:
        """Seconds for which the longest of the running turns has been running; 0 when none runs."""
        begun = tuple(self._turns.values())
        return self.monotonic() - min(begun) if begun else 0.0
