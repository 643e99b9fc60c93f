"""What one BatchPool's turns remember of each other; losing it costs a delay or a word in an Event, no wrong action."""

from dataclasses import dataclass, field

from azure_batch_operator.core.accounts import Account
from azure_batch_operator.core.conditions import Advice, Retrying, Stalled
from azure_batch_operator.core.plan.pool_steps import PoolView
from azure_batch_operator.core.pools import ObservedPool
from azure_batch_operator.core.resize_errors import EVEN, Rhythm, slowest
from azure_batch_operator.core.sizing import Attempt, Size, attempt, current
from azure_batch_operator.reconcile.pool_restarts import RestartMemory
from azure_batch_operator.reconcile.pool_scaling_memory import ScalingMemory


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Azure refused a write for what it says; the same is not sent again before `until`, or another generation."""

    generation: int
    verdict: Stalled
    until: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """Properties that were written, to notice when Azure does not show them as written."""

    fields: tuple[str, ...]
    count: int
    at: float


@dataclass(slots=True)
class GateWait:
    """Since when the replica gate has been closed to a size."""

    since: float | None = None
    size: Size | None = None

    def waited(self, size: Size, now: float) -> float:
        """Seconds for which the gate has been closed to this size."""
        if self.since is None or self.size != size:
            self.since, self.size = now, size
        return now - self.since

    def is_over(self) -> None:
        """The gate is open, or not asked."""
        self.since = self.size = None


@dataclass(slots=True, kw_only=True)
class PoolMemory:
    """Times are monotonic seconds."""

    settled_generation: int | None = None
    """The generation of the spec at which the pool was last as it should be: a later difference of the same
    generation came from outside."""
    complete_with: tuple[int, str | None] | None = None
    """Generation and image with which nothing was left to wait for an empty pool, likewise."""
    reason: str | None = None
    """The reason last shown, so that Events are told on transitions."""
    awaited_list: bool = False
    """Whether the pool has waited for the first list of its account."""
    conflicts: int = 0
    """Conflicts in a row: one is everyday life, several are worth showing."""
    growth: GateWait = field(default_factory=GateWait)
    """The wait for the replicas that more nodes need."""
    change: GateWait = field(default_factory=GateWait)
    """The wait for those of an image that a pool with nodes is to be changed to."""
    restarts: RestartMemory = field(default_factory=RestartMemory)
    refilling: bool = False
    """Whether the pool was emptied for a change, and has not been as it should be since."""
    made_with: tuple[int, str | None] | None = None
    """Generation and image with which this process made the pool."""
    shown: int | None = None
    """The generation for which it was shown what taking the pool over changes."""
    sent: Attempt | None = None
    """The last resize."""
    short_since: float | None = None
    """Since when its end has been known to fall short."""
    shortfall: Retrying | None = None
    """Why it fell short: shown on while the same is tried again."""
    scaling: ScalingMemory = field(default_factory=ScalingMemory)
    """What is known of its formula and of its single nodes."""
    repair: Repair | None = None
    refusal: Refusal | None = None
    view: PoolView | None = None
    """What the last turn saw, shown on when a later one fails."""
    advice: tuple[Advice, ...] = ()
    """What it advised."""

    def made_in_vain(self, generation: int, image_id: str | None) -> bool:
        """Whether the pool was made from this very spec and image, and has never been as they say."""
        return self.made_with == (generation, image_id) != self.complete_with

    def forget_pauses(self) -> None:
        """Somebody asks: everything may be tried again at once."""
        self.sent = self.short_since = self.shortfall = self.repair = self.refusal = self.made_with = None

    def resize_pause(self, size: Size, found: ObservedPool, account: Account, now: float, *, pace: "Pace") -> float:
        """Seconds left before a resize that fell short is sent again; the count begins when its end is first seen."""
        next_try = attempt(self.sent, size, found, account)
        if next_try.fruitless == 0:
            return 0.0
        if self.short_since is None:
            self.short_since = now
        rhythm = slowest(found.resize_errors)
        return max(0.0, self.short_since + pace.pause(next_try.fruitless, rhythm) - now)

    def resized(self, size: Size, found: ObservedPool, account: Account) -> None:
        """A resize was sent."""
        self.sent = attempt(self.sent, size, found, account)
        self.short_since = None

    def is_hopeless(self, found: ObservedPool) -> bool:
        """Whether a running resize repeats one that moved nothing, and has moved nothing yet."""
        return self.sent is not None and self.sent.fruitless > 0 and self.sent.before == current(found)

    def repair_pause(self, fields: tuple[str, ...], now: float, *, pace: "Pace") -> float:
        """Seconds left before the same properties are written once more."""
        if self.repair is None or self.repair.fields != fields:
            return 0.0
        return max(0.0, self.repair.at + pace.pause(self.repair.count) - now)

    def repaired(self, fields: tuple[str, ...], now: float) -> None:
        """Properties were written."""
        before = self.repair.count if self.repair and self.repair.fields == fields else 0
        self.repair = Repair(fields=fields, count=before + 1, at=now)

    def settled(self, generation: int, image_id: str | None, *, complete: bool) -> None:
        """The pool is as it should be; `complete`: without anything that waits."""
        self.settled_generation = generation
        if complete:
            self.complete_with = (generation, image_id)
        self.sent = self.short_since = self.shortfall = self.repair = self.refusal = None
        self.refilling = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How pauses grow, in seconds."""

    base: float
    cap: float

    def pause(self, fruitless: int, rhythm: Rhythm = EVEN) -> float:
        """The pause after so many tries in a row that moved nothing."""
        return rhythm.pause(fruitless, base=self.base, cap=self.cap)
