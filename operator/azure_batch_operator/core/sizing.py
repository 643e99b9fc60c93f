"""How a pool changes its size: how many nodes, how long that may take, and when to try again what fell short."""

from dataclasses import dataclass
from datetime import timedelta

from azure_batch_operator.core.accounts import Account
from azure_batch_operator.core.pools import ObservedPool, WantedPool

DEFAULT_DEALLOCATION = "taskcompletion"
"""What becomes of running tasks when nodes leave and the spec says nothing: they may finish."""

_PATIENT_DEALLOCATIONS = frozenset({"taskcompletion", "retaineddata"})
_QUARTER_HOUR = timedelta(minutes=15)
_HALF_HOUR = timedelta(minutes=30)
_HOUR = timedelta(hours=1)
_NODES_PER_QUARTER_HOUR = 1000
_MOST_NODES_OF_A_QUICK_RESIZE = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """Numbers of nodes of both kinds; a resize always sends both."""

    dedicated: int
    spot: int

    @property
    def total(self) -> int:
        """Nodes of both kinds together: what boots from the image."""
        return self.dedicated + self.spot

    def __str__(self) -> str:
        """The size for a person: `3,000`, `3,000 and 10 Spot`, `10 Spot`."""
        if not self.spot:
            return f"{self.dedicated:,}"
        return f"{self.dedicated:,} and {self.spot:,} Spot" if self.dedicated else f"{self.spot:,} Spot"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One resize that was sent, kept until the next: only so can we tell whether it moved anything."""

    size: Size
    """What was asked for."""
    before: Size
    """What there was when it was sent."""
    quota: tuple[int | None, int | None]
    """The account's core quotas then, dedicated and Spot."""
    fruitless: int = 0
    """How many resizes to this size in a row, before this one, moved no node."""


def target(found: ObservedPool) -> Size:
    """The size that Azure was last asked for."""
    return Size(dedicated=found.target_dedicated, spot=found.target_spot)


def current(found: ObservedPool) -> Size:
    """The nodes that there are, preempted ones included."""
    return Size(dedicated=found.current_dedicated, spot=found.current_spot)


def wanted_size(wanted: WantedPool, found: ObservedPool | None) -> Size:
    """The size that the spec asks for; a kind that it does not mention stays as Azure has it, 0 at creation."""
    kept = target(found) if found else Size(dedicated=0, spot=0)
    return Size(
        dedicated=kept.dedicated if wanted.dedicated is None else wanted.dedicated,
        spot=kept.spot if wanted.spot is None else wanted.spot,
    )


def exceeds(one: Size, other: Size) -> bool:
    """Whether `one` has more nodes than `other` of either kind."""
    return one.dedicated > other.dedicated or one.spot > other.spot


def growth_timeout(nodes: int) -> timedelta:
    """How long a pool may take to grow to that many nodes.

    15 minutes for every 1,000 nodes begun (Microsoft: "Use the Azure Compute Gallery to create a custom image
    pool"), and 30 minutes at least above 300 nodes of a custom image ("Check for pool and node errors").
    """
    quarters = max(1, -(-nodes // _NODES_PER_QUARTER_HOUR))
    shortest = _HALF_HOUR if nodes > _MOST_NODES_OF_A_QUICK_RESIZE else _QUARTER_HOUR
    return max(shortest, quarters * _QUARTER_HOUR)


def drain_timeout(wanted: WantedPool) -> timedelta:
    """How long removing nodes may take: the spec's word, else an hour where tasks may finish first."""
    if wanted.drain_timeout is not None:
        return wanted.drain_timeout
    return _HOUR if deallocation(wanted) in _PATIENT_DEALLOCATIONS else _QUARTER_HOUR


def deallocation(wanted: WantedPool) -> str:
    """What becomes of running tasks on nodes that leave."""
    return wanted.node_deallocation_option or DEFAULT_DEALLOCATION


def creation_timeout(wanted: WantedPool, size: Size) -> timedelta:
    """How long a growing pool may take: the spec's word, also where it is shorter than the rule's."""
    return wanted.resize_timeout or growth_timeout(size.total)


def resize_timeout(wanted: WantedPool, size: Size, found: ObservedPool) -> timedelta:
    """How long the resize may take. The same timeout bounds both directions, so a mixed one gets the longer."""
    grows, shrinks = exceeds(size, current(found)), exceeds(current(found), size)
    if not shrinks:
        return creation_timeout(wanted, size)
    if not grows:
        return drain_timeout(wanted)
    return max(creation_timeout(wanted, size), drain_timeout(wanted))


def too_short(wanted: WantedPool, size: Size) -> timedelta | None:
    """The timeout that the rule asks for, where the spec gives a shorter one; else None."""
    needed = growth_timeout(size.total)
    explicit = wanted.resize_timeout
    return needed if explicit is not None and explicit < needed and not wanted.auto_scaled else None


def attempt(previous: Attempt | None, size: Size, found: ObservedPool, account: Account) -> Attempt:
    """The resize to `size` that would be sent now, knowing the one before it.

    Another size, any node more or less, or another quota of the account: the pauses begin anew.
    """
    before = current(found)
    quota = (account.dedicated_core_quota, account.low_priority_core_quota)
    unmoved = previous is not None and (previous.size, previous.before, previous.quota) == (size, before, quota)
    fruitless = previous.fruitless + 1 if previous and unmoved else 0
    return Attempt(size=size, before=before, quota=quota, fruitless=fruitless)
