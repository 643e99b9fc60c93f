"""What a turn yields: the status to show, events to tell, keys to wake, and when to look again."""

from dataclasses import dataclass, field
from enum import Enum, IntEnum
from typing import Literal

from azure_batch_operator.core.json import JsonObject
from azure_batch_operator.reconcile.keys import Key


class Priority(IntEnum):
    """Order of service in the work queue; lower first."""

    CHANGE = 0  # somebody changed or deleted an object
    DEPENDENCY = 5  # what it depends on changed
    POLL = 10  # an operation is looked after, a failure tried again
    RESYNC = 20  # first list, leadership gained, routine


class FinalizerChange(Enum):
    """What a turn asks of the object's finalizer."""

    ADD = "add"  # before the first write to Azure
    REMOVE = "remove"  # after Azure said that nothing of ours is left


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A Kubernetes Event to record; told on transitions only."""

    type: Literal["Normal", "Warning"]
    reason: str
    action: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The end of one turn."""

    status: JsonObject | None = None
    """The whole status in wire form (conditions with times included); None leaves it as it is."""
    notes: tuple[Note, ...] = ()
    finalizer: FinalizerChange | None = None
    wake: frozenset[Key] = frozenset()
    """Keys whose turn should come because of what this one saw or did (priority DEPENDENCY)."""
    again: float | None = None
    """Seconds until the next turn of the same key; 0 means at once; None means when something changes."""
    deferred: bool = False
    """It was too early for this turn: neither a success nor a failure, so pauses that grow go on growing."""
    failed: bool = False
    """A retryable failure without a time of its own: the queue backs off with growing, jittered pauses."""
    step: str = "Nothing"
    """The kind of step that was taken, for logs and counters."""
    detail: dict[str, str] = field(default_factory=dict)
    """Further log fields, e.g. Azure's code and request id. Never a secret."""
