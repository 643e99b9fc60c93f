"""What is read only now and then: what was seen lately is believed, and what was refused lately is not asked again."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from azure_batch_operator.core.failures import AzureFailure, FailureKind
from azure_batch_operator.reconcile.sightings import Sightings

T = TypeVar("T")

_PASSING = frozenset({FailureKind.THROTTLED, FailureKind.UNAVAILABLE})
"""Kinds of failures after which the same look tells, a little later."""

REFUSAL_BELIEVED = 300.0
"""Seconds for which a read that was refused is not tried again."""


@dataclass(slots=True, kw_only=True)
class Lately(Generic[T]):
    """Answers by key, each read at most every `max_age` seconds.

    Absence is never remembered, so that it heals at once; nor is an answer that is not to be kept.
    """

    monotonic: Callable[[], float]
    max_age: float
    keep: Callable[[T], bool] = lambda _: True
    seen: Sightings[T] = field(default_factory=Sightings[T])
    _refused: dict[str, tuple[float, AzureFailure]] = field(default_factory=dict)

    async def get(self, key: str, read: Callable[[], Awaitable[T | None]]) -> T | None:
        """What was read lately, else a new look; raises the AzureFailure of this look, or of one shortly before."""
        now = self.monotonic()
        known = self.seen.believed(key, since=now - self.max_age)
        if known is not None and known.value is not None:
            return known.value
        at, failure = self._refused.get(key, (float("-inf"), None))
        if failure is not None and now - at < REFUSAL_BELIEVED:
            raise failure
        return await self._read(key, read, now)

    async def _read(self, key: str, read: Callable[[], Awaitable[T | None]], now: float) -> T | None:
        self._refused.pop(key, None)
        try:
            value = await read()
        except AzureFailure as failure:
            if failure.kind not in _PASSING:
                self._refused[key] = (now, failure)
            raise
        if value is None or self.keep(value):
            self.seen.see(key, value, sent_at=now)
        return value
