"""Jobs of an account: their states, their tasks, and which pool these run on."""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum

from azure_simulator.batch.bodies.jobs import JobCreate, JobFeatures
from azure_simulator.batch.errors import job_not_found, task_not_found
from azure_simulator.batch.stamps import Stamps
from azure_simulator.batch.tasks import Task, TaskState


class JobState(StrEnum):
    """The states of a job as the service spells them."""

    ACTIVE = "active"
    DISABLING = "disabling"
    DISABLED = "disabled"
    ENABLING = "enabling"
    TERMINATING = "terminating"
    COMPLETED = "completed"
    DELETING = "deleting"


class Job:
    """A job. Its state changes only through its methods."""

    def __init__(self, body: JobCreate, *, now: datetime) -> None:
        self.body = body
        self.stamps = Stamps(now)
        self.state = JobState.ACTIVE
        self.since = now
        self.previous: tuple[JobState, datetime] | None = None
        self.ended: datetime | None = None
        self.terminate_reason: str | None = None
        self.tasks: dict[str, Task] = {}

    @property
    def id(self) -> str:
        """The id."""
        return self.body.id

    @property
    def pool_id(self) -> str:
        """The id of the pool that its tasks run on; a pool of that id need not exist."""
        return self.body.pool_info.pool_id or ""

    @property
    def rank(self) -> tuple[int, datetime]:
        """Jobs are served by priority, then by age."""
        return -(self.body.priority or 0), self.stamps.created

    @property
    def counts_for_quota(self) -> bool:
        """Whether it is one of the active jobs that the account's quota counts."""
        return self.state is not JobState.COMPLETED

    @property
    def all_tasks_completed(self) -> bool:
        """Whether it has tasks and none of them is to run any more."""
        return bool(self.tasks) and all(task.state is TaskState.COMPLETED for task in self.tasks.values())

    def enter(self, state: JobState, now: datetime) -> None:
        """Be in another state from now on."""
        self.previous = (self.state, self.since)
        self.state = state
        self.since = now

    def complete(self, now: datetime) -> None:
        """Be over."""
        self.ended = now
        self.enter(JobState.COMPLETED, now)

    def change(self, changes: JobFeatures, now: datetime) -> None:
        """Take what `changes` gives."""
        given = {name: getattr(changes, name) for name in changes.model_fields_set}
        self.body = self.body.model_copy(update={name: value for name, value in given.items() if value is not None})
        self.stamps.touch(now)

    def task(self, task_id: str) -> Task:
        """The task with this id; raises BatchError 404 `TaskNotFound`."""
        task = self.tasks.get(task_id.lower())
        if task is None:
            raise task_not_found(task_id)
        return task

    def in_state(self, state: TaskState) -> list[Task]:
        """The tasks in a state, in the order in which they were added."""
        return [task for task in self.tasks.values() if task.state is state]


class JobRegistry:
    """The jobs of an account, found by id without letter case."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}

    def __iter__(self) -> Iterator[Job]:
        """Every job, in the order of ids."""
        return iter([self._jobs[key] for key in sorted(self._jobs)])

    def __contains__(self, job_id: str) -> bool:
        return job_id.lower() in self._jobs

    def get(self, job_id: str) -> Job:
        """The job with this id; raises BatchError 404 `JobNotFound`."""
        job = self._jobs.get(job_id.lower())
        if job is None:
            raise job_not_found(job_id)
        return job

    def add(self, job: Job) -> None:
        """Take up a job."""
        self._jobs[job.id.lower()] = job

    def discard(self, job: Job) -> None:
        """Forget a job."""
        if self._jobs.get(job.id.lower()) is job:
            del self._jobs[job.id.lower()]

    def on(self, pool_id: str) -> list[Job]:
        """The jobs whose tasks run on a pool, the first to be served first."""
        wanted = pool_id.lower()
        return sorted((job for job in self._jobs.values() if job.pool_id.lower() == wanted), key=lambda job: job.rank)
