"""The clock by which leadership ends: it goes on while the process is frozen, and while the machine sleeps."""

import asyncio
import time
from collections.abc import Callable

from azure_batch_operator.runtime.queue import Timer

_CLOCK: int = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)  # only Linux has one that counts sleep


def seconds() -> float:
    """Seconds since the machine started, never going back; on Linux also those for which it slept."""
    return time.clock_gettime(_CLOCK)


class RealTime:
    """`seconds`, and calls from the running event loop: a `Timing`."""

    def time(self) -> float:
        """Seconds, never going back."""
        return seconds()

    def call_at(self, when: float, callback: Callable[[], object]) -> Timer:
        """Call `callback` once the time is `when`; after a sleep the call is late, since loops do not count that."""
        return asyncio.get_running_loop().call_later(max(0.0, when - self.time()), callback)
