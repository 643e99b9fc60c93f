"""The work queue: what has to be looked at, each key once, by one worker at a time, the most urgent first."""

import asyncio
import heapq
import itertools
from collections import defaultdict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from azure_batch_operator.runtime.observer import Observer, Unobserved
from azure_batch_operator.runtime.pacing import Backoff

K = TypeVar("K", bound=Hashable)


class Timer(Protocol):
    """A call that is still to come."""

    def cancel(self) -> None:
        """Do not call."""


class Timing(Protocol):
    """A clock that can call back; asyncio's event loops are one."""

    def time(self) -> float:
        """Seconds, never going back."""

    def call_at(self, when: float, callback: Callable[[], object]) -> Timer:
        """Call `callback` once the time is `when`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taken:
    """How a key was handed out."""

    priority: int
    scope: Hashable | None


def _no_scope(_: Hashable) -> Hashable | None:
    return None


class WorkQueue(Generic[K]):
    """Keys to work on, deduplicated, with the rules of client-go's work queue.

    A key waits at most once, is never handed to two workers at the same time, and a key that is added while it is
    being worked on is handed out once more afterwards: whoever adds after changing something knows that a turn that
    sees the change will follow.

    Keys of one scope (say, of one Batch account) are never handed to more than `scope_share` workers at a time.
    """

    def __init__(
        self,
        *,
        timing: Timing,
        backoff: Backoff,
        scope_of: Callable[[K], Hashable | None] = _no_scope,
        scope_share: int | None = None,
        observer: Observer[K] | None = None,
    ) -> None:
        self._timing = timing
        self._backoff = backoff
        self._observer: Observer[K] = observer or Unobserved()
        self._scope_of = scope_of
        self._scope_share = scope_share
        self._wanted: dict[K, int] = {}
        self._ready: list[tuple[int, int, K]] = []
        self._busy: dict[K, _Taken] = {}
        self._busy_in: dict[Hashable, int] = defaultdict(int)
        self._parked: dict[Hashable, list[tuple[int, int, K]]] = defaultdict(list)
        self._delayed = _Delayed[K](timing, self.add)
        self._failures: dict[K, int] = {}
        self._order = itertools.count()
        self._wake = asyncio.Event()

    def __len__(self) -> int:
        """Keys that wait to be handed out now; the delayed ones do not count."""
        return len(self._wanted)

    def add(self, key: K, priority: int) -> None:
        """Hand out `key` as soon as its turn comes; lower priorities first. Adding again can only make it sooner."""
        self._delayed.cancel(key)
        wanted = self._wanted.get(key)
        if wanted is not None and wanted <= priority:
            return
        self._wanted[key] = priority
        if wanted is None:
            self._observer.added(key)
        if key not in self._busy:
            self._make_ready(key, priority)

    def add_after(self, key: K, delay: float, priority: int) -> None:
        """Add `key` in `delay` seconds; of several delays the earliest wins, and a plain `add` beats them all."""
        if key not in self._wanted:
            self._delayed.add(key, self._timing.time() + delay, priority)

    def retry(self, key: K, priority: int) -> None:
        """Add `key` after a failure, with pauses that grow from one failure to the next."""
        self._observer.retried(key)
        failures = self._failures[key] = self._failures.get(key, 0) + 1
        self.add_after(key, self._backoff.pause(failures), priority)

    def forget(self, key: K) -> None:
        """The work on `key` succeeded: its next failure is its first."""
        self._failures.pop(key, None)

    async def get(self) -> K:
        """Wait for the most urgent key; whoever got it must call `done`."""
        while (key := self._take()) is None:
            self._wake.clear()
            await self._wake.wait()
        return key

    def done(self, key: K) -> None:
        """The work on `key` ended; if it was added meanwhile it waits again from now on."""
        self._observer.done(key)
        self._leave(self._busy.pop(key).scope)
        if key in self._wanted:
            self._make_ready(key, self._wanted[key])

    def put_back(self, key: K) -> None:
        """Return a key that was taken but not worked on."""
        self.add(key, self._busy[key].priority)
        self.done(key)

    def _make_ready(self, key: K, priority: int) -> None:
        heapq.heappush(self._ready, (priority, next(self._order), key))
        self._wake.set()

    def _take(self) -> K | None:
        while self._ready:
            entry = heapq.heappop(self._ready)
            priority, _, key = entry
            if self._is_superseded(entry):
                continue
            scope = self._scope_of(key)
            if self._is_full(scope):
                heapq.heappush(self._parked[scope], entry)
                continue
            del self._wanted[key]
            self._busy[key] = _Taken(priority=priority, scope=scope)
            self._busy_in[scope] += 1
            self._observer.taken(key)
            return key
        return None

    def _is_superseded(self, entry: tuple[int, int, K]) -> bool:
        priority, _, key = entry
        return key in self._busy or self._wanted.get(key) != priority

    def _is_full(self, scope: Hashable | None) -> bool:
        return scope is not None and self._scope_share is not None and self._busy_in[scope] >= self._scope_share

    def _leave(self, scope: Hashable | None) -> None:
        """One key of `scope` is done: the most urgent of those that were parked may go."""
        self._busy_in[scope] -= 1
        parked = self._parked[scope]
        while parked:
            entry = heapq.heappop(parked)
            if not self._is_superseded(entry):
                heapq.heappush(self._ready, entry)
                self._wake.set()
                return
        del self._parked[scope]


class _Delayed(Generic[K]):
    """Keys that are to be added later: the earliest time of each, and one timer for the earliest of all."""

    def __init__(self, timing: Timing, add: Callable[[K, int], None]) -> None:
        self._timing = timing
        self._add = add
        self._due: dict[K, float] = {}
        self._heap: list[tuple[float, int, K, int]] = []
        self._order = itertools.count()
        self._armed: tuple[float, Timer] | None = None

    def add(self, key: K, when: float, priority: int) -> None:
        if self._due.get(key, float("inf")) <= when:
            return
        self._due[key] = when
        heapq.heappush(self._heap, (when, next(self._order), key, priority))
        self._arm()

    def cancel(self, key: K) -> None:
        self._due.pop(key, None)

    def _arm(self) -> None:
        if not self._heap:
            return
        when = self._heap[0][0]
        if self._armed is not None:
            armed_for, timer = self._armed
            if armed_for <= when:
                return
            timer.cancel()
        self._armed = (when, self._timing.call_at(when, self._ring))

    def _ring(self) -> None:
        self._armed = None
        now = self._timing.time()
        while self._heap and self._heap[0][0] <= now:
            when, _, key, priority = heapq.heappop(self._heap)
            if self._due.get(key) == when:
                self._add(key, priority)
        self._arm()
