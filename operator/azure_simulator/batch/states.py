"""The states of pools and nodes, and the small values that tell how they got there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """What a node costs: `dedicated`, or `low-priority` (Spot)."""

    DEDICATED = "dedicated"
    LOW_PRIORITY = "low-priority"


class PoolState(StrEnum):
    """Whether a pool exists or goes."""

    ACTIVE = "active"
    DELETING = "deleting"


class AllocationState(StrEnum):
    """Whether the size of a pool is changing."""

    STEADY = "steady"
    RESIZING = "resizing"
    STOPPING = "stopping"


class NodeState(StrEnum):
    """The states of a node as the service spells them."""

    CREATING = "creating"
    STARTING = "starting"
    WAITING_FOR_START_TASK = "waitingforstarttask"
    START_TASK_FAILED = "starttaskfailed"
    IDLE = "idle"
    RUNNING = "running"
    REBOOTING = "rebooting"
    REIMAGING = "reimaging"
    UNUSABLE = "unusable"
    UNKNOWN = "unknown"
    LEAVING_POOL = "leavingpool"
    OFFLINE = "offline"
    PREEMPTED = "preempted"
    UPGRADING_OS = "upgradingos"
    DEALLOCATING = "deallocating"
    DEALLOCATED = "deallocated"


class Deallocation(StrEnum):
    """What happens to the tasks of a node that leaves."""

    REQUEUE = "requeue"
    TERMINATE = "terminate"
    TASK_COMPLETION = "taskcompletion"
    RETAINED_DATA = "retaineddata"

    @property
    def waits_for_tasks(self) -> bool:
        """Whether a busy node stays until its tasks are done."""
        return self in (Deallocation.TASK_COMPLETION, Deallocation.RETAINED_DATA)


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """How many nodes of each kind a pool should have."""

    dedicated: int = 0
    low_priority: int = 0

    def of(self, kind: Kind) -> int:
        """The number for one kind."""
        return self.dedicated if kind is Kind.DEDICATED else self.low_priority


@dataclass(frozen=True, slots=True, kw_only=True)
class ResizeError:
    """Why the last resize fell short: code, sentence and named values, as `resizeErrors` lists them."""

    code: str
    message: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeFault:
    """An entry of a node's `errors`."""

    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StartTaskRun:
    """One run of the start task on a node; `ended` is None while it runs."""

    started: datetime
    ended: datetime | None = None
    exit_code: int | None = None
    retries: int = 0
