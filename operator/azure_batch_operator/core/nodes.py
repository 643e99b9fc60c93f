"""Single nodes of a pool, as far as sizing it needs to know them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

NodeState = Literal["unusable", "starttaskfailed", "preempted"]
"""States in which nodes are worth a look of their own, as Azure writes them in filters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedNode:
    """One node as one answer of the Batch data plane showed it."""

    node_id: str
    state: str
    """In lower case, as Azure writes it: `unusable`, `starttaskfailed`, `preempted`."""
    dedicated: bool
    since: datetime | None
    """When it came into its state; Azure's time, only ever compared with Azure's times."""
    trouble: str = ""
    """What the node tells of itself: errors, and how its start task ended; empty where it tells nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodesSeen:
    """The first nodes in some states, and what time it was in Azure."""

    nodes: tuple[ObservedNode, ...] = ()
    at: datetime | None = None
