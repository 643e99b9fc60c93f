"""Waiting in tests: on a condition, with a deadline, and with an error that says what was last seen."""

import inspect
from collections.abc import Awaitable, Callable
from typing import TypeVar

from tools.waiting import async_attempts, attempts

Seen = TypeVar("Seen")


def eventually(probe: Callable[[], Seen], *, within: float = 10.0, every: float = 0.05) -> Seen:
    """The first truthy answer of `probe`, which may also assert; fails when there is none `within` seconds."""
    outcome = _Outcome(probe)
    for _ in attempts(within, every=every):
        try:
            seen = probe()
        except AssertionError as failure:
            outcome.refused(failure)
        else:
            if outcome.accepts(seen):
                return seen
    raise outcome.missed(within)


async def eventually_async(probe: Callable[[], Awaitable[Seen]], *, within: float = 10.0, every: float = 0.05) -> Seen:
    """Do as `eventually` does, with a coroutine function, and without blocking the event loop."""
    outcome = _Outcome(probe)
    async for _ in async_attempts(within, every=every):
        try:
            seen = await probe()
        except AssertionError as failure:
            outcome.refused(failure)
        else:
            if outcome.accepts(seen):
                return seen
    raise outcome.missed(within)


class _Outcome:
    """What the attempts came to, for the error message."""

    def __init__(self, probe: Callable[[], object]) -> None:
        self._probe = probe
        self._last: object = None

    def refused(self, failure: AssertionError) -> None:
        self._last = failure

    def accepts(self, seen: object) -> bool:
        self._last = seen
        return bool(seen)

    def missed(self, within: float) -> AssertionError:
        return AssertionError(f"not within {within} s: {_written(self._probe)}\nlast seen: {self._last!r}")


def _written(probe: Callable[[], object]) -> str:
    """The probe as its author wrote it, where Python knows."""
    try:
        return inspect.getsource(probe).strip()
    except (OSError, TypeError):  # a built-in method, a partial
        return repr(probe)
