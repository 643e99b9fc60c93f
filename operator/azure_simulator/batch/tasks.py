"""Tasks: what they are to run, where they run, and how they ended."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from azure_simulator.batch.bodies.jobs import TaskCreate
from azure_simulator.batch.stamps import Stamps
from azure_simulator.clock import Timer


class TaskState(StrEnum):
    """The states of a task as the service spells them; none is seen in `preparing` here."""

    ACTIVE = "active"
    RUNNING = "running"
    COMPLETED = "completed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The node that a task runs on, or ran on last."""

    pool_id: str
    node_id: str
    ordinal: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a task failed, as `failureInfo` tells it."""

    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a run of a task ended: with an exit code, or for a reason from outside."""

    exit_code: int | None = None
    failure: Failure | None = None

    @classmethod
    def of_exit(cls, code: int) -> "Outcome":
        """The outcome of a command that ended by itself."""
        return cls(exit_code=code, failure=_FAILED if code else None)

    @property
    def succeeded(self) -> bool:
        """Whether nothing went wrong."""
        return self.failure is None


_FAILED = Failure(code="FailureExitCode", message="The task exited with an exit code representing a failure")
ENDED_BY_USER = Outcome(failure=Failure(code="TaskEnded", message="Task Was Ended by User Request"))
OUT_OF_TIME = Outcome(
    failure=Failure(code="TaskTimedOut", message="The task exceeded the wall-clock time that its constraints allow")
)


class Task:
    """A task of a job. Its state changes only through its methods."""

    def __init__(self, body: TaskCreate, *, retries: int, now: datetime) -> None:
        self.body = body
        self.stamps = Stamps(now)
        self.state = TaskState.ACTIVE
        self.since = now
        self.previous: tuple[TaskState, datetime] | None = None
        self.place: Place | None = None
        self.started: datetime | None = None
        self.ended: datetime | None = None
        self.outcome: Outcome | None = None
        self.retries = 0
        self.retried: datetime | None = None
        self.requeues = 0
        self.requeued: datetime | None = None
        self.timer: Timer | None = None
        self.most_retries = retries

    @property
    def id(self) -> str:
        """The id, unique in its job."""
        return self.body.id

    @property
    def slots(self) -> int:
        """How many task slots of a node it takes."""
        return self.body.required_slots or 1

    @property
    def may_try_again(self) -> bool:
        """Whether another run is allowed after one that failed; -1 retries are any number."""
        return self.most_retries == -1 or self.retries < self.most_retries

    def start(self, place: Place, now: datetime) -> None:
        """Run on a node."""
        self.place = place
        self.started = now
        self._enter(TaskState.RUNNING, now)

    def try_again(self, now: datetime) -> None:
        """Run once more on the same node after a failure."""
        self.retries += 1
        self.retried = now

    def requeue(self, now: datetime) -> None:
        """Wait for a node again: the one that it ran on is lost or wanted otherwise."""
        self._forget_timer()
        self.requeues += 1
        self.requeued = now
        self.place = None
        self._enter(TaskState.ACTIVE, now)

    def complete(self, outcome: Outcome, now: datetime) -> None:
        """Be over."""
        self._forget_timer()
        self.outcome = outcome
        self.ended = now
        self._enter(TaskState.COMPLETED, now)

    def reactivate(self, now: datetime) -> None:
        """Be as if it had not run yet."""
        self.outcome = self.ended = self.place = None
        self.retries = 0
        self._enter(TaskState.ACTIVE, now)

    def _enter(self, state: TaskState, now: datetime) -> None:
        self.previous = (self.state, self.since)
        self.state = state
        self.since = now

    def _forget_timer(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCounts:
    """How many tasks of a pool's jobs are in which state."""

    active: int = 0
    running: int = 0
    succeeded: int = 0
    failed: int = 0


class NodeTasks:
    """The tasks that run on the nodes of a pool, by the ordinals of these."""

    def __init__(self) -> None:
        self._running: defaultdict[int, list[Task]] = defaultdict(list)

    def __iter__(self) -> Iterator[tuple[int, tuple[Task, ...]]]:
        """Every node that runs something, and what it runs."""
        return iter([(ordinal, tuple(tasks)) for ordinal, tasks in self._running.items()])

    def on(self, ordinal: int) -> tuple[Task, ...]:
        """What a node runs."""
        return tuple(self._running.get(ordinal, ()))

    def slots(self, ordinal: int) -> int:
        """How many slots of a node are taken."""
        return sum(task.slots for task in self._running.get(ordinal, ()))

    def add(self, ordinal: int, task: Task) -> None:
        """A task begins to run on a node."""
        self._running[ordinal].append(task)

    def remove(self, ordinal: int, task: Task) -> None:
        """A task runs there no more."""
        tasks = self._running.get(ordinal, [])
        if task in tasks:
            tasks.remove(task)
        if not tasks:
            self._running.pop(ordinal, None)
