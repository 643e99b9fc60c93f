"""Running tasks: sent to free nodes of the pool that their job names, lost with their node, over after their time."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import isinf

from azure_simulator.batch.commands import exit_code, seconds_of
from azure_simulator.batch.fabric import Fabric
from azure_simulator.batch.identities import node_id
from azure_simulator.batch.jobs import Job, JobRegistry, JobState
from azure_simulator.batch.lifecycles import Lifecycle
from azure_simulator.batch.nodes import Node, Stretch
from azure_simulator.batch.pools import Pool
from azure_simulator.batch.states import Deallocation, NodeState
from azure_simulator.batch.tasks import ENDED_BY_USER, OUT_OF_TIME, Outcome, Place, Task, TaskCounts, TaskState


@dataclass(slots=True, kw_only=True)
class Work:
    """Runs the tasks of an account's jobs on the nodes of its pools."""

    fabric: Fabric
    jobs: JobRegistry
    _pools: dict[str, Pool] = field(default_factory=dict)
    _awaited: set[str] = field(default_factory=set)

    def serve(self, pool: Pool) -> None:
        """Run tasks on the nodes of a pool from now on."""
        self._pools[pool.id.lower()] = pool
        pool.on_node_change = lambda: self.wake(pool.id)
        pool.count_tasks = lambda: self._count(pool.id)
        self.wake(pool.id)

    def leave(self, pool: Pool) -> None:
        """The pool is gone; jobs that name it wait for another one of its id."""
        if self._pools.get(pool.id.lower()) is pool:
            self._lose_tasks(pool)
            del self._pools[pool.id.lower()]

    def wake(self, pool_id: str) -> None:
        """Look soon for tasks that a pool can run, and for those whose node has gone."""
        key = pool_id.lower()
        if key in self._awaited or key not in self._pools or not self.jobs.on(key):
            return
        self._awaited.add(key)
        self._pools[key].on_metrics_change()
        self.fabric.clock.after(self.fabric.pace.scheduling.draw(self.fabric.random), lambda: self._look(key))

    def interrupt(self, job: Job, task: Task, outcome: Outcome | None) -> None:
        """End the run of a task: with an outcome, or to be run again."""
        place = task.place
        now = self.fabric.clock.now()
        if outcome is None:
            task.requeue(now)
        else:
            task.complete(outcome, now)
        if place is not None:
            self._release(place, task)
        self.settle(job)

    def vacate(self, pool: Pool, ordinal: int, outcome: Outcome | None) -> None:
        """End what a node runs: with an outcome, or to be run again."""
        owners = self._owners(pool)
        for task in pool.tasks.on(ordinal):
            self.interrupt(owners[task], task, outcome)

    def settle(self, job: Job) -> None:
        """Let a job go on that only waited for its tasks."""
        if job.state is JobState.DISABLING and not job.in_state(TaskState.RUNNING):
            self._later(job, JobState.DISABLING, JobState.DISABLED)
        elif (
            job.state is JobState.ACTIVE
            and job.body.on_all_tasks_complete == "terminatejob"
            and job.all_tasks_completed
        ):
            self.terminate(job, "AllTasksComplete")

    def terminate(self, job: Job, reason: str) -> None:
        """Begin to end a job: what runs is ended, what waits stays active and never runs."""
        job.terminate_reason = reason
        job.enter(JobState.TERMINATING, self.fabric.clock.now())
        for task in job.in_state(TaskState.RUNNING):
            self.interrupt(job, task, ENDED_BY_USER)
        self.fabric.clock.after(self._transition(), lambda: self._complete(job))

    def limit(self, job: Job) -> None:
        """End a job when the time that its constraints allow has passed."""
        constraints = job.body.constraints
        if constraints is None or constraints.max_wall_clock_time is None:
            return

        def expire() -> None:
            if job.body.constraints is constraints and job.state in _LIVING:
                self.terminate(job, "MaxWallClockTimeExpiry")

        end = job.stamps.created + constraints.max_wall_clock_time
        self.fabric.clock.after(max(0.0, (end - self.fabric.clock.now()).total_seconds()), expire)

    def enable(self, job: Job) -> None:
        """Begin to let the tasks of a disabled job run."""
        job.enter(JobState.ENABLING, self.fabric.clock.now())
        self._later(job, JobState.ENABLING, JobState.ACTIVE)

    def finish(self, job: Job, task: Task, code: int) -> None:
        """The command of a running task ends with an exit code."""
        if code and task.may_try_again:
            task.try_again(self.fabric.clock.now())
            self._run(job, task)
        else:
            self.interrupt(job, task, Outcome.of_exit(code))

    def _complete(self, job: Job) -> None:
        if job.state is JobState.TERMINATING:
            job.complete(self.fabric.clock.now())

    def _later(self, job: Job, before: JobState, after: JobState) -> None:
        def change() -> None:
            if job.state is before:
                job.enter(after, self.fabric.clock.now())
                self.wake(job.pool_id)

        self.fabric.clock.after(self._transition(), change)

    def _transition(self) -> float:
        return self.fabric.pace.job_transition.draw(self.fabric.random)

    def _look(self, key: str) -> None:
        self._awaited.discard(key)
        pool = self._pools.get(key)
        if pool is None:
            return
        self._lose_tasks(pool)
        free = list(self._free_nodes(pool))
        for job in self.jobs.on(key):
            if job.state is JobState.ACTIVE:
                self._send(pool, job, free)
        pool.on_metrics_change()

    def _count(self, pool_id: str) -> TaskCounts:
        jobs = self.jobs.on(pool_id)
        able = (JobState.ACTIVE, JobState.ENABLING)
        completed = [task for job in jobs for task in job.in_state(TaskState.COMPLETED)]
        succeeded = sum(task.outcome is not None and task.outcome.succeeded for task in completed)
        return TaskCounts(
            active=sum(len(job.in_state(TaskState.ACTIVE)) for job in jobs if job.state in able),
            running=sum(len(job.in_state(TaskState.RUNNING)) for job in jobs),
            succeeded=succeeded,
            failed=len(completed) - succeeded,
        )

    def _lose_tasks(self, pool: Pool) -> None:
        owners = self._owners(pool)
        for ordinal, tasks in pool.tasks:
            node = pool.nodes.at(ordinal)
            if node is not None and node.cohort.state is NodeState.RUNNING:
                continue
            terminates = node is not None and _leaves_to_terminate(pool, node)
            for task in tasks:
                self.interrupt(owners[task], task, ENDED_BY_USER if terminates else None)

    def _owners(self, pool: Pool) -> dict[Task, Job]:
        """The jobs of the tasks that run on a pool; a job keeps its pool for as long as it has such tasks."""
        return {task: job for job in self.jobs.on(pool.id) for task in job.in_state(TaskState.RUNNING)}

    def _free_nodes(self, pool: Pool) -> Iterator[Node]:
        """The nodes with free slots: for `spread` the emptiest first, for `pack` the fullest."""
        packs = _packs(pool)
        able = [node for node in pool.nodes if _may_run(pool, node)]
        yield from sorted(able, key=lambda node: pool.tasks.slots(node.ordinal) * (-1 if packs else 1))

    def _send(self, pool: Pool, job: Job, free: list[Node]) -> None:
        most = pool.features.task_slots_per_node or 1
        parallel = job.body.max_parallel_tasks
        running = len(job.in_state(TaskState.RUNNING))
        for task in job.in_state(TaskState.ACTIVE):
            if parallel is not None and 0 <= parallel <= running:
                return
            node = next((one for one in free if pool.tasks.slots(one.ordinal) + task.slots <= most), None)
            if node is None:
                continue
            self._start(pool, job, task, node)
            running += 1
            free.remove(node)
            if pool.tasks.slots(node.ordinal) < most:
                free.insert(0 if _packs(pool) else len(free), node)

    def _start(self, pool: Pool, job: Job, task: Task, node: Node) -> None:
        name = node_id(pool.number, node.ordinal, node.cohort.allocated)
        task.start(Place(pool_id=pool.id, node_id=name, ordinal=node.ordinal), self.fabric.clock.now())
        idle = not pool.tasks.on(node.ordinal)
        pool.tasks.add(node.ordinal, task)
        if idle:
            Lifecycle(pool, self.fabric).enter((_only(node.ordinal),), NodeState.RUNNING)
        self._run(job, task)

    def _run(self, job: Job, task: Task) -> None:
        seconds = seconds_of(task.body.command_line, self.fabric.pace.task, self.fabric.random)
        constraints = task.body.constraints
        limit = None if constraints is None else constraints.max_wall_clock_time
        if limit is not None and limit.total_seconds() < seconds:
            task.timer = self.fabric.clock.after(limit.total_seconds(), lambda: self.interrupt(job, task, OUT_OF_TIME))
        elif not isinf(seconds):
            code = exit_code(task.body.command_line)
            task.timer = self.fabric.clock.after(seconds, lambda: self.finish(job, task, code))

    def _release(self, place: Place, task: Task) -> None:
        pool = self._pools.get(place.pool_id.lower())
        if pool is None:
            return
        pool.tasks.remove(place.ordinal, task)
        node = pool.nodes.at(place.ordinal)
        if node is not None and node.cohort.state is NodeState.RUNNING and not pool.tasks.on(place.ordinal):
            Lifecycle(pool, self.fabric).settle(_only(place.ordinal))
            if pool.resize is not None:
                pool.resize.tasks_finished()
        self.wake(place.pool_id)


_LIVING = (JobState.ACTIVE, JobState.DISABLING, JobState.DISABLED, JobState.ENABLING)


def _only(ordinal: int) -> Stretch:
    return Stretch(ordinal, ordinal + 1)


def _packs(pool: Pool) -> bool:
    policy = pool.features.task_scheduling_policy
    return policy is not None and policy.node_fill_type == "Pack"


def _leaves_to_terminate(pool: Pool, node: Node) -> bool:
    return node.cohort.state is NodeState.LEAVING_POOL and pool.deallocation is Deallocation.TERMINATE


def _may_run(pool: Pool, node: Node) -> bool:
    if node.cohort.disabled or (pool.resize is not None and pool.resize.drains(node.ordinal)):
        return False
    # A node that is running without tasks of ours was made busy through the control API.
    busy = node.cohort.state is NodeState.RUNNING and bool(pool.tasks.on(node.ordinal))
    return node.cohort.state is NodeState.IDLE or busy
