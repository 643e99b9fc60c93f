"""Nodes that leave a pool before others do: those that are broken, and those that Azure took back."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from azure_batch_operator.core.nodes import NodesSeen, ObservedNode
from azure_batch_operator.core.pools import ObservedPool
from azure_batch_operator.core.sizing import Size

MOST_AT_ONCE = 100
"""Nodes that one call removes at most (Batch API, Remove Nodes)."""

RESTORE_WINDOW = timedelta(hours=48)
"""How long Batch tries to restore a preempted node (Microsoft: "Use Spot VMs with Batch workloads")."""


def surplus(size: Size, found: ObservedPool) -> Size:
    """How many nodes of each kind may be picked by name on the way to `size`.

    None of a kind of which no node is to stay, since then all leave anyway; and none below `size`: Azure lowers the
    target by every node that is removed, whatever becomes of the others.
    """
    dedicated = min(found.target_dedicated, found.current_dedicated) - size.dedicated if size.dedicated else 0
    spot = min(found.target_spot, found.current_spot) - size.spot if size.spot else 0
    return Size(dedicated=max(0, dedicated), spot=max(0, spot))


def first_to_leave(nodes: Iterable[ObservedNode], room: Size) -> tuple[str, ...]:
    """The ids of broken and preempted nodes that leave now, no more of a kind than `room` has."""
    return tuple(each.node_id for each in _within(nodes, room))[:MOST_AT_ONCE]


def given_up(seen: NodesSeen) -> tuple[str, ...]:
    """The ids of preempted nodes that Batch tries to restore no longer."""
    over = (each.node_id for each in seen.nodes if age(each, seen.at) >= RESTORE_WINDOW)
    return tuple(over)[:MOST_AT_ONCE]


def age(node: ObservedNode, at: datetime | None) -> timedelta:
    """How long the node has been in its state; nothing where Azure did not tell the times."""
    return timedelta() if at is None or node.since is None else at - node.since


def _within(nodes: Iterable[ObservedNode], room: Size) -> Iterator[ObservedNode]:
    left = {True: room.dedicated, False: room.spot}
    for node in nodes:
        if left[node.dedicated] > 0:
            left[node.dedicated] -= 1
            yield node
