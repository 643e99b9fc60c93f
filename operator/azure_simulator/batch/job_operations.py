"""What clients may do to jobs and tasks, and which of their states allow it."""

from collections.abc import Mapping
from dataclasses import dataclass

from azure_simulator.answers import BatchError
from azure_simulator.batch.admission import POOL_ID, check_metadata, check_packages
from azure_simulator.batch.bodies.jobs import JobCreate, JobFeatures, TaskCreate
from azure_simulator.batch.errors import (
    invalid_for_state,
    invalid_property,
    job_exists,
    job_in_state,
    job_quota_reached,
    missing_property,
    not_simulated,
    task_completed,
    task_exists,
)
from azure_simulator.batch.jobs import Job, JobRegistry, JobState
from azure_simulator.batch.tasks import ENDED_BY_USER, Outcome, Task, TaskState
from azure_simulator.batch.work import Work
from azure_simulator.batch_accounts.models import BatchAccount

MOST_TASKS_AT_ONCE = 100
"""In one collection (REST reference, Task - Add Collection)."""

_GOING: Mapping[JobState, BatchError] = {
    JobState.COMPLETED: job_in_state("JobCompleted", "completed"),
    JobState.TERMINATING: job_in_state("JobBeingTerminated", "being terminated"),
    JobState.DELETING: job_in_state("JobBeingDeleted", "being deleted"),
}
_UNSIMULATED_OF_JOBS = ("job_manager_task", "job_preparation_task", "job_release_task")
_UNSIMULATED_OF_TASKS = ("exit_conditions", "multi_instance_settings", "depends_on", "authentication_token_settings")


@dataclass(frozen=True, slots=True, kw_only=True)
class JobOperations:
    """The operations on the jobs of an account."""

    account: BatchAccount
    jobs: JobRegistry
    work: Work

    def create(self, body: JobCreate, operation: str) -> Job:
        """Make a job; it is not asked whether its pool exists."""
        _check_id("id", body.id)
        _refuse_unsimulated(body, _UNSIMULATED_OF_JOBS, operation)
        if body.uses_task_dependencies:
            raise not_simulated(operation, "task dependencies")
        self._check_features(body, operation)
        if body.id in self.jobs:
            raise job_exists(body.id)
        quota = self.account.quotas.jobs
        if sum(job.counts_for_quota for job in self.jobs) >= quota:
            raise job_quota_reached(quota)
        job = Job(body, now=self.work.fabric.clock.now())
        self.jobs.add(job)
        self.work.limit(job)
        return job

    def change(self, job: Job, changes: JobFeatures, operation: str) -> None:
        """Change a job; its pool only while it is disabled."""
        _refuse_going(job)
        self._check_features(changes, operation)
        moved = changes.pool_info is not None and (changes.pool_info.pool_id or "").lower() != job.pool_id.lower()
        if moved and job.state is not JobState.DISABLED:
            raise invalid_for_state("The pool of a job can be changed only when the job is disabled.")
        job.change(changes, self.work.fabric.clock.now())
        if changes.constraints is not None:
            self.work.limit(job)
        self.work.settle(job)
        self.work.wake(job.pool_id)

    def disable(self, job: Job, tasks: str) -> None:
        """Begin to disable a job; running tasks are requeued, terminated or waited for."""
        _refuse_going(job)
        if job.state not in (JobState.ACTIVE, JobState.DISABLING, JobState.DISABLED):
            raise invalid_for_state("The job is being enabled.")
        job.enter(JobState.DISABLING, self.work.fabric.clock.now())
        if tasks != "wait":
            for task in job.in_state(TaskState.RUNNING):
                self.work.interrupt(job, task, None if tasks == "requeue" else ENDED_BY_USER)
        self.work.settle(job)

    def enable(self, job: Job) -> None:
        """Begin to enable a disabled job."""
        _refuse_going(job)
        if job.state is not JobState.DISABLED:
            raise invalid_for_state("Only a disabled job can be enabled.")
        self.work.enable(job)

    def terminate(self, job: Job, reason: str | None) -> None:
        """Begin to end a job."""
        _refuse_going(job)
        self.work.terminate(job, reason or "UserTerminate")

    def delete(self, job: Job) -> None:
        """Begin to delete a job with its tasks."""
        if job.state is JobState.DELETING:
            raise _GOING[JobState.DELETING]
        for task in job.in_state(TaskState.RUNNING):
            self.work.interrupt(job, task, ENDED_BY_USER)
        fabric = self.work.fabric
        job.enter(JobState.DELETING, fabric.clock.now())
        fabric.clock.after(fabric.pace.job_transition.draw(fabric.random), lambda: self.jobs.discard(job))

    def add_task(self, job: Job, body: TaskCreate, operation: str) -> Task:
        """Add a task, which runs when a node has room."""
        _refuse_going(job)
        _check_id("id", body.id)
        _refuse_unsimulated(body, _UNSIMULATED_OF_TASKS, operation)
        if not body.command_line.strip():
            raise invalid_property("commandLine", "The command line cannot be empty.", body.command_line)
        check_packages(body.application_package_references or (), self.account)
        if body.id.lower() in job.tasks:
            raise task_exists(body.id)
        task = Task(body, retries=_retries(job, body), now=self.work.fabric.clock.now())
        job.tasks[body.id.lower()] = task
        self.work.wake(job.pool_id)
        return task

    def terminate_task(self, job: Job, task: Task) -> None:
        """End a task."""
        if task.state is TaskState.COMPLETED:
            raise task_completed(task.id)
        self.work.interrupt(job, task, ENDED_BY_USER)

    def reactivate_task(self, job: Job, task: Task) -> None:
        """Let a failed task run again."""
        _refuse_going(job)
        if task.outcome is None or task.outcome.succeeded:
            raise invalid_for_state("Only a task that failed can be reactivated.")
        task.reactivate(self.work.fabric.clock.now())
        self.work.wake(job.pool_id)

    def delete_task(self, job: Job, task: Task) -> None:
        """Delete a task, also one that runs."""
        if task.state is not TaskState.COMPLETED:
            self.work.interrupt(job, task, ENDED_BY_USER)
        del job.tasks[task.id.lower()]

    def finish(self, job: Job, task_ids: tuple[str, ...] | None, code: int) -> int:
        """Let running tasks, those named or all, end by themselves with an exit code; how many did."""
        named = None if task_ids is None else {job.task(task_id) for task_id in task_ids}
        running = [task for task in job.in_state(TaskState.RUNNING) if named is None or task in named]
        for task in running:
            self.work.interrupt(job, task, Outcome.of_exit(code))
        return len(running)

    def _check_features(self, features: JobFeatures, operation: str) -> None:
        check_metadata(features.metadata or ())
        pool = features.pool_info
        if pool is not None and pool.auto_pool_specification is not None:
            raise not_simulated(operation, "autoPoolSpecification")
        if pool is not None and not pool.pool_id:
            raise missing_property("poolId")


def _retries(job: Job, body: TaskCreate) -> int:
    own = None if body.constraints is None else body.constraints.max_task_retry_count
    common = None if job.body.constraints is None else job.body.constraints.max_task_retry_count
    return next(count for count in (own, common, 0) if count is not None)


def _check_id(name: str, value: str) -> None:
    if POOL_ID.fullmatch(value) is None:
        raise invalid_property(
            name,
            "The id can contain any combination of alphanumeric characters including hyphens and underscores, "
            "and cannot contain more than 64 characters.",
            value,
        )


def _refuse_going(job: Job) -> None:
    refusal = _GOING.get(job.state)
    if refusal is not None:
        raise refusal


def _refuse_unsimulated(body: JobCreate | TaskCreate, names: tuple[str, ...], operation: str) -> None:
    for name in names:
        if getattr(body, name) is not None:
            raise not_simulated(operation, type(body).model_fields[name].alias or name)
