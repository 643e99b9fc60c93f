"""How nodes live: from created through their start task to idle, reboots, preemption, deallocation."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from azure_simulator.batch.commands import exit_code
from azure_simulator.batch.fabric import Fabric, Fate
from azure_simulator.batch.nodes import Cohort, Stretch
from azure_simulator.batch.pools import Pool
from azure_simulator.batch.states import NodeFault, NodeState, PoolState, StartTaskRun
from azure_simulator.sections import Span

_UNREACHABLE = NodeFault(
    code="NodeAgentNotResponding",
    message=(
        "The node booted but its node agent never reported to the Batch service. The image may not have been "
        "generalized, or the node agent does not fit its operating system."
    ),
)


class Lifecycle:
    """Moves the nodes of one pool through their states.

    Every step concerns the nodes that are still where the step before left them: a node that was rebooted,
    removed or broken meanwhile is left alone.
    """

    def __init__(self, pool: Pool, fabric: Fabric) -> None:
        self._pool = pool
        self._fabric = fabric

    @property
    def _now(self) -> datetime:
        return self._fabric.clock.now()

    def join(self, stretch: Stretch, fate: Fate) -> None:
        """Let nodes that are being created become members of the pool."""
        self._later(self._fabric.pace.joining, stretch, NodeState.CREATING, lambda part: self.boot(part, fate))

    def boot(self, stretch: Stretch, fate: Fate = Fate.HEALTHY) -> None:
        """Let nodes start; what comes next depends on the image they boot."""
        self.enter((stretch,), NodeState.STARTING, booted=self._now, start_task=self._pool.features.start_task)
        pace = self._fabric.pace
        match fate:
            case Fate.HEALTHY:
                self._later(pace.starting, stretch, NodeState.STARTING, self._run_start_task)
            case Fate.UNUSABLE:
                self._later(pace.unusable_after, stretch, NodeState.STARTING, self._give_up)
            case Fate.NEVER_READY:
                return

    def reboot(self, stretch: Stretch, state: NodeState) -> None:
        """Reboot or reimage nodes; `state` tells which."""
        self.enter((stretch,), state)
        self._later(self._fabric.pace.reboot, stretch, state, self.boot)

    def deallocate(self, stretch: Stretch) -> None:
        """Give the virtual machines back but keep the nodes."""
        self.enter((stretch,), NodeState.DEALLOCATING)
        self._later(self._fabric.pace.deallocation, stretch, NodeState.DEALLOCATING, self._give_back)

    def preempt(self, stretches: Iterable[Stretch]) -> None:
        """Take Spot nodes away; they come back with the same ids when there is capacity again.

        Batch tries for 48 hours (learn.microsoft.com, "Run Batch workloads on cost-effective Spot VMs").
        """
        for stretch in stretches:
            self.enter((stretch,), NodeState.PREEMPTED, start_task_run=None)
            wait = self._fabric.pace.spot_restore.draw(self._fabric.random)
            if wait <= self._fabric.pace.spot_restore_window:
                self._later(Span(min=wait, max=wait), stretch, NodeState.PREEMPTED, self._restore)

    def enter(self, stretches: Iterable[Stretch], state: NodeState, **changes: Any) -> None:
        """Put nodes into a state from now on."""
        now = self._now
        healthy = state not in (NodeState.UNUSABLE, NodeState.START_TASK_FAILED)
        faults = {"faults": ()} if healthy else {}
        self._pool.nodes.change(
            stretches, lambda cohort: replace(cohort, state=state, since=now, **{**faults, **changes})
        )

    def settle(self, stretch: Stretch) -> None:
        """Let nodes wait for tasks: idle, or offline where scheduling is disabled."""
        self._pool.nodes.change((stretch,), lambda cohort: _settled(cohort, self._now))

    def _restore(self, stretch: Stretch) -> None:
        if self._pool.state is PoolState.ACTIVE:
            self.enter((stretch,), NodeState.CREATING)
            self.join(stretch, Fate.HEALTHY)

    def _give_back(self, stretch: Stretch) -> None:
        self.enter((stretch,), NodeState.DEALLOCATED)

    def _give_up(self, stretch: Stretch) -> None:
        self.enter((stretch,), NodeState.UNUSABLE, faults=(_UNREACHABLE,))

    def _run_start_task(self, stretch: Stretch) -> None:
        task = self._pool.features.start_task
        if task is None:
            self.settle(stretch)
            return
        run = StartTaskRun(started=self._now)
        if task.wait_for_success:
            self.enter((stretch,), NodeState.WAITING_FOR_START_TASK, start_task_run=run)
            self._later(self._fabric.pace.start_task, stretch, NodeState.WAITING_FOR_START_TASK, self._end_start_task)
        else:
            self.settle(stretch)
            self._record(stretch, replace(run, ended=self._now, exit_code=exit_code(task.command_line)))

    def _end_start_task(self, stretch: Stretch) -> None:
        task = self._pool.features.start_task
        code = exit_code(task.command_line) if task is not None else 0
        retries = (task.max_task_retry_count or 0) if task is not None and code else 0
        self._pool.nodes.change((stretch,), lambda cohort: _with_start_task_ended(cohort, self._now, code, retries))
        if code:
            self.enter((stretch,), NodeState.START_TASK_FAILED)
        else:
            self.settle(stretch)

    def _record(self, stretch: Stretch, run: StartTaskRun) -> None:
        self._pool.nodes.change((stretch,), lambda cohort: replace(cohort, start_task_run=run))

    def _later(self, pace: Span, stretch: Stretch, state: NodeState, step: Callable[[Stretch], None]) -> None:
        entered = self._since(stretch)

        def act() -> None:
            for part in self._still(stretch, state, entered):
                step(part)

        self._fabric.clock.after(pace.draw(self._fabric.random), act)

    def _since(self, stretch: Stretch) -> datetime | None:
        """When these nodes entered their state; outside of scheduled actions the clock has moved on since then."""
        first = self._pool.nodes.at(stretch.first)
        return None if first is None else first.cohort.since

    def _still(self, stretch: Stretch, state: NodeState, entered: datetime | None) -> tuple[Stretch, ...]:
        return self._pool.nodes.parts(stretch, lambda cohort: cohort.state is state and cohort.since == entered)


def _settled(cohort: Cohort, now: datetime) -> Cohort:
    state = NodeState.OFFLINE if cohort.disabled else NodeState.IDLE
    return replace(cohort, state=state, since=now, faults=())


def _with_start_task_ended(cohort: Cohort, now: datetime, code: int, retries: int) -> Cohort:
    run = cohort.start_task_run or StartTaskRun(started=now)
    return replace(cohort, start_task_run=replace(run, ended=now, exit_code=code, retries=retries))
