"""How many replicas nodes need, and whether a pool may grow: arithmetic only."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

MOST_REPLICAS = 100
"""Azure keeps at most 100 replicas of one image version (Microsoft's page 'Azure Compute Gallery', section Limits)."""


def required_replicas(nodes: int, nodes_per_replica: int) -> int:
    """Replicas that so many nodes of one region need; none for no nodes."""
    return -(-nodes // nodes_per_replica)


@dataclass(frozen=True, slots=True, kw_only=True)
class GateOpen:
    """The region has the replicas that the pool's new size needs."""

    ready: int
    needed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GateClosed:
    """The pool has to wait before it is made or grows."""

    reason: str
    """What is missing, as BatchPool's condition shows it, like `ImageNotInRegion` or `WaitingForReplicas`."""
    message: str
    short: bool = False
    """Whether nothing but replicas is missing: only that may be overruled by the spec, or by patience that ends."""
    ready: int = 0
    needed: int = 1


GateAnswer: TypeAlias = GateOpen | GateClosed


def gate(*, region: str, nodes: int, others: int, nodes_per_replica: int, limit: int, ready: int) -> GateAnswer:
    """Whether a pool may grow to `nodes`, where the region's other pools have `others` nodes in Azure.

    `others` counts only what Azure has granted (the larger of target and current), never wishes: so a small pool
    does not starve behind a giant that still waits. `limit` is what the region can have at most.
    """
    needed = min(limit, max(1, required_replicas(nodes + others, nodes_per_replica)))
    if ready >= needed:
        return GateOpen(ready=ready, needed=needed)
    return GateClosed(
        reason="WaitingForReplicas",
        message=f"{region} has {ready} of the {needed} replicas that {nodes + others:,} nodes need.",
        short=True,
        ready=ready,
        needed=needed,
    )


def share(total: int, *, floors: Mapping[str, int], wishes: Mapping[str, int]) -> dict[str, int]:
    """Share `total` replicas: every region keeps its floor, the rest goes by largest remainder towards the wishes.

    Nobody gets more than it wishes, ties fall to the first name. Floors that are too many by themselves become
    wishes, above one replica each.
    """
    if sum(wishes.values()) <= total:
        return dict(wishes)
    if sum(floors.values()) > total:
        return share(total, floors=_ones(floors, total), wishes=floors)
    spare = total - sum(floors.values())
    claims = {key: wishes[key] - floors[key] for key in wishes}
    claimed = sum(claims.values())
    whole = {key: spare * claim // claimed for key, claim in claims.items()}
    left = spare - sum(whole.values())
    by_remainder = sorted(claims, key=lambda key: (-(spare * claims[key] % claimed), key))
    return {key: floors[key] + whole[key] + (key in by_remainder[:left]) for key in wishes}


def _ones(floors: Mapping[str, int], total: int) -> dict[str, int]:
    wanted = [key for key in sorted(floors) if floors[key] > 0]
    return {key: int(key in wanted[:total]) for key in floors}
