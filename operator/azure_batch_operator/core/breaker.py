"""The circuit breaker: when most of a pool's new nodes break, more of them would only cost more money."""

from dataclasses import dataclass

from azure_batch_operator.core.json import JsonObject
from azure_batch_operator.core.pools import NodeCounts, ObservedPool

BREAK_MINIMUM = 3
"""Broken new nodes below which nothing is concluded: single ones break for reasons of their own."""

BREAK_SHARE = 0.5
"""The share of new nodes above which the pool itself is taken to be at fault, and not the nodes."""

_BROKEN = ("unusable", "startTaskFailed")
_ARRIVED = ("idle", "running", "offline", *_BROKEN)
_OF_SIZE = frozenset(
    {
        "autoScaleEvaluationInterval",
        "autoScaleFormula",
        "enableAutoScale",
        "resizeTimeout",
        "targetDedicatedNodes",
        "targetLowPriorityNodes",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Nodes that have come to something, good or bad, and how many of them are broken."""

    arrived: int = 0
    broken: int = 0

    def since(self, before: "Tally") -> "Tally":
        """The nodes that came after `before`."""
        broken = max(0, self.broken - before.broken)
        return Tally(arrived=max(broken, self.arrived - before.arrived), broken=broken)

    def least(self, other: "Tally") -> "Tally":
        """What of `other` can still be among these nodes: some may have left."""
        return Tally(arrived=min(self.arrived, other.arrived), broken=min(self.broken, other.broken))

    @property
    def mostly_broken(self) -> bool:
        """Whether most of these nodes are broken, and enough of them to tell."""
        return self.broken >= BREAK_MINIMUM and self.broken > BREAK_SHARE * self.arrived


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenBreaker:
    """Why a pool is not let grow."""

    new: Tally
    trouble: str = ""
    """What one of the broken nodes tells of itself, with its name; empty where none could be looked at."""

    @property
    def message(self) -> str:
        """What is broken, why, and how to go on."""
        told = f" {self.trouble}" if self.trouble else ""
        return (
            f"{self.new.broken:,} of {self.new.arrived:,} new nodes broke, so the pool does not grow.{told} Correct "
            "what breaks them: the pool goes on when its properties change, or when asked by "
            "azurebatch.io/reconcile-requested-at. Broken nodes cost money: scale down, and they leave first."
        )


def tally(counts: NodeCounts | None) -> Tally:
    """The nodes of a pool, as the last counts show them."""
    states = counts.by_state if counts else {}
    return Tally(
        arrived=sum(states.get(state, 0) for state in _ARRIVED),
        broken=sum(states.get(state, 0) for state in _BROKEN),
    )


def recipe(found: ObservedPool) -> JsonObject:
    """What the pool's nodes are made of: when that changes, new nodes may do better than those before them."""
    return {name: value for name, value in found.body.items() if name not in _OF_SIZE}
