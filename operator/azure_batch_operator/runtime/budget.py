"""How fast requests may leave: a token bucket per scope, and a gate that Retry-After closes."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

Monotonic = Callable[[], float]


@dataclass(kw_only=True, eq=False)
class BudgetClosed(Exception):  # noqa: N818  # not an error: the request is only too early
    """No request may leave now; nothing was sent."""

    retry_after: float
    """Seconds until one may."""
    reason: str

    def __str__(self) -> str:
        return f"{self.reason}; the next request may leave in {self.retry_after:.1f} s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """Requests that may leave at once, and how many a second come back."""

    burst: int
    per_second: float


@dataclass(slots=True, kw_only=True)
class Bucket:
    """The tokens that are left of an allowance."""

    allowance: Allowance
    monotonic: Monotonic = time.monotonic
    _left: float = field(init=False)
    _at: float = field(init=False)

    def __post_init__(self) -> None:
        self._left = self.allowance.burst
        self._at = self.monotonic()

    def take(self) -> None:
        """Spend one token; raises BudgetClosed when there is none."""
        self._refill()
        if self._left < 1:
            wait = (1 - self._left) / self.allowance.per_second
            raise BudgetClosed(retry_after=wait, reason="Our own budget of requests is spent")
        self._left -= 1

    def _refill(self) -> None:
        now = self.monotonic()
        self._left = min(self.allowance.burst, self._left + (now - self._at) * self.allowance.per_second)
        self._at = now


@dataclass(slots=True, kw_only=True)
class Budget:
    """The requests of one scope: reads and writes apart, and one gate for both."""

    reads: Bucket
    writes: Bucket
    monotonic: Monotonic = time.monotonic
    _closed_until: float = float("-inf")

    def spend(self, *, write: bool) -> None:
        """Account for a request that is about to leave; raises BudgetClosed when it may not."""
        pause = self._closed_until - self.monotonic()
        if pause > 0:
            raise BudgetClosed(retry_after=pause, reason="Azure asked for a pause")
        (self.writes if write else self.reads).take()

    def close(self, seconds: float) -> None:
        """Let nothing pass for so long; a longer closure that stands is kept."""
        self._closed_until = max(self._closed_until, self.monotonic() + seconds)


class Budgets:
    """One budget per scope (a subscription, an account's host), made when first asked for."""

    def __init__(self, *, reads: Allowance, writes: Allowance, monotonic: Monotonic = time.monotonic) -> None:
        self._reads = reads
        self._writes = writes
        self._monotonic = monotonic
        self._budgets: dict[str, Budget] = {}

    def of(self, scope: str) -> Budget:
        """The scope's budget; letter case does not count."""
        return self._budgets.setdefault(scope.casefold(), self._full())

    def _full(self) -> Budget:
        return Budget(
            reads=Bucket(allowance=self._reads, monotonic=self._monotonic),
            writes=Bucket(allowance=self._writes, monotonic=self._monotonic),
            monotonic=self._monotonic,
        )
