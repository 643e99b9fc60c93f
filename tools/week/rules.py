"""What may never happen in a week: two writes of one pool at a time, and tries over quota in quick succession."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from azure_batch_operator.core.resize_errors import RHYTHMS, Shortfall

Targets = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One request that changes a pool."""

    pool: str
    operation: str
    began: datetime
    ended: datetime
    """Both in real time."""
    at: datetime
    """In simulated time."""
    status: int | None
    targets: Targets | None = None
    """What a resize asks for, dedicated and Spot nodes."""


def overlapping(writes: Iterable[Write]) -> list[str]:
    """Pairs of writes of one pool of which the second began before the first was answered."""
    return [
        f"{one.pool}: {later.operation} at {later.at:%a %H:%M} while {one.operation} was under way"
        for one, later in _neighbours(writes)
        if later.began < one.ended
    ]


def hasty(writes: Iterable[Write], excuses: Mapping[str, Sequence[datetime]], *, base: float, cap: float) -> list[str]:
    """Resizes that were repeated sooner than the table of pauses says, though nothing had happened.

    `base` and `cap` are the settings `retryBase` and `retryCap`. `excuses`: when, for each pool, something happened
    that ends a pause: its nodes, its spec or a quota changed.
    """
    resizes = [write for write in writes if write.operation == "Pools_ResizePool"]
    found, tries = [], dict.fromkeys((write.pool for write in resizes), 0)
    for one, later in _neighbours(resizes):
        excused = any(one.at <= moment <= later.at for moment in excuses.get(one.pool, ()))
        tries[one.pool] = 0 if excused or one.targets != later.targets else tries[one.pool] + 1
        least = pause(tries[one.pool], base=base, cap=cap)
        if later.at - one.at < least:
            found.append(f"{one.pool}: resized again at {later.at:%a %H:%M}, {later.at - one.at} after {one.at:%H:%M}")
    return found


def pause(tries: int, *, base: float, cap: float) -> timedelta:
    """The shortest pause after so many tries in vain, over quota; the settings `retryBase` and `retryCap` scale it."""
    return timedelta(seconds=RHYTHMS[Shortfall.QUOTA].pause(tries, base=base, cap=cap))


def _neighbours(writes: Iterable[Write]) -> list[tuple[Write, Write]]:
    """Every write with the next one of the same pool."""
    by_pool: dict[str, list[Write]] = {}
    for write in writes:
        by_pool.setdefault(write.pool, []).append(write)
    return [pair for each in by_pool.values() for pair in pairwise(each)]
