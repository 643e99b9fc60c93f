"""Pauses: growing ones after failures, and spread ones, so that many keys do not come back at the same moment."""

from dataclasses import dataclass, field
from random import Random

SPREAD = 0.1
"""Routine pauses are stretched by up to this part of their length."""


@dataclass(slots=True, kw_only=True)
class Backoff:
    """How long to wait after the n-th failure in a row: `base` doubled each time, up to `cap`, both in seconds."""

    base: float = 0.5
    cap: float = 600.0
    chance: Random = field(default_factory=Random)

    def pause(self, failures: int) -> float:
        """Seconds to wait after that many failures in a row, jittered by a fifth in either direction."""
        doubled = self.base * 2.0 ** min(failures - 1, 30)
        return min(self.cap, doubled) * self.chance.uniform(0.8, 1.2)


def spread(delay: float, chance: Random) -> float:
    """The delay, never shorter but a little longer by chance; so whoever asks for a time is never early."""
    return delay * chance.uniform(1.0, 1.0 + SPREAD)
