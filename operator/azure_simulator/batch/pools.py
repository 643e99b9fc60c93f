"""A pool: what it should be, what it is, and the stamps that tell clients that it changed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from azure_simulator.batch.bodies.machines import VirtualMachineConfiguration
from azure_simulator.batch.bodies.pools import PoolFeatures
from azure_simulator.batch.formula_metrics import MetricLog
from azure_simulator.batch.identities import pool_number
from azure_simulator.batch.nodes import Nodes
from azure_simulator.batch.stamps import Stamps
from azure_simulator.batch.states import AllocationState, Deallocation, PoolState, ResizeError, Targets
from azure_simulator.batch.tasks import NodeTasks, TaskCounts
from azure_simulator.batch_accounts.models import BatchAccount
from azure_simulator.scenario import VmSize

DEFAULT_TIMEOUT = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class AutoScale:
    """A formula, and how often it is evaluated."""

    formula: str
    interval: timedelta = DEFAULT_TIMEOUT


@dataclass(frozen=True, slots=True, kw_only=True)
class AutoScaleRun:
    """The last evaluation of the formula: its results text, or the error (code, message)."""

    timestamp: datetime
    results: str
    error: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignedIdentity:
    """A user-assigned identity that the nodes of a pool have: its ARM id and the ids of its service principal."""

    resource_id: str
    client_id: str
    principal_id: str


class RunningResize(Protocol):
    """The part of a resize under way that others may talk to."""

    def stop(self) -> None:
        """End it at the size that has been reached."""
        ...

    def abandon(self) -> None:
        """Forget it: nothing of it happens any more."""
        ...

    def tasks_finished(self) -> None:
        """Nodes that had been busy are free now."""
        ...

    def drains(self, ordinal: int) -> bool:
        """Whether this node only waits for its tasks, to leave then."""
        ...


class Pool:
    """A pool of an account. Its parts change only through its methods, which keep the stamps right."""

    def __init__(
        self, *, account: BatchAccount, pool_id: str, features: PoolFeatures, size: VmSize, now: datetime
    ) -> None:
        self.account = account
        self.id = pool_id
        self.number = pool_number(account.name, pool_id, now)
        self.features = features
        self.size = size
        self.state = PoolState.ACTIVE
        self.state_since = now
        self.allocation_state = AllocationState.STEADY
        self.allocation_since = now
        self.targets = Targets()
        self.resize_timeout = DEFAULT_TIMEOUT
        self.resize_began = now
        self.deallocation = Deallocation.REQUEUE
        self.identities: tuple[AssignedIdentity, ...] = ()
        self.tags: dict[str, str] = {}
        self.resize_errors: tuple[ResizeError, ...] = ()
        self.resize: RunningResize | None = None
        self.autoscale: AutoScale | None = None
        self.autoscale_run: AutoScaleRun | None = None
        self.autoscale_enabled_at: datetime | None = None
        self.nodes = Nodes(self._node_changed)
        self.revision = 0
        self.tasks = NodeTasks()
        self.metrics: MetricLog | None = None
        self.on_node_change: Callable[[], None] = _nobody_listens
        self.on_metrics_change: Callable[[], None] = _nobody_listens
        self.count_tasks: Callable[[], TaskCounts] = TaskCounts
        self._stamps = Stamps(now)

    @property
    def created(self) -> datetime:
        """When it was made."""
        return self._stamps.created

    @property
    def modified(self) -> datetime:
        """When a client last changed it."""
        return self._stamps.modified

    @property
    def etag(self) -> str:
        """The entity tag: every change by a client gives another one."""
        return self._stamps.etag

    @property
    def machine(self) -> VirtualMachineConfiguration:
        """What boots on the nodes; every pool here has one."""
        machine = self.features.virtual_machine_configuration
        if machine is None:
            raise ValueError(f"pool {self.id} has no virtualMachineConfiguration")
        return machine

    @property
    def is_steady(self) -> bool:
        """Whether no resize is under way."""
        return self.allocation_state is AllocationState.STEADY

    def modify(self, now: datetime) -> None:
        """Give the pool a new ETag and modification time: a client changed it."""
        self._stamps.touch(now)
        self.revision += 1

    def change_features(self, values: Mapping[str, Any], size: VmSize, now: datetime) -> None:
        """Replace some features by field name; `size` belongs to the vmSize they now have."""
        self.features = self.features.changed_by(values)
        self.size = size
        self.modify(now)

    def assign(self, identities: tuple[AssignedIdentity, ...], now: datetime) -> None:
        """Give these identities, and no others, to nodes that are made from now on."""
        self.identities = identities
        self.modify(now)

    def begin_resize(
        self,
        resize: RunningResize,
        *,
        targets: Targets,
        timeout: timedelta,
        option: Deallocation,
        now: datetime,
    ) -> None:
        """Start resizing towards `targets`."""
        self.resize_began = now
        self.deallocation = option
        self.resize = resize
        self.targets = targets
        self.resize_timeout = timeout
        self.resize_errors = ()
        self._allocation(AllocationState.RESIZING, now)

    def begin_stopping(self, now: datetime) -> None:
        """Start stopping the resize under way; targets stay."""
        self._allocation(AllocationState.STOPPING, now)

    def become_steady(self, errors: tuple[ResizeError, ...], now: datetime) -> None:
        """End the resize; the errors stay until the next one."""
        self.resize = None
        self.resize_errors = errors
        self._allocation(AllocationState.STEADY, now)

    def begin_deletion(self, now: datetime) -> None:
        """Start to go away."""
        self.state = PoolState.DELETING
        self.state_since = now
        self.autoscale = None
        self.deallocation = Deallocation.REQUEUE
        self.modify(now)

    def set_autoscale(self, autoscale: AutoScale | None, now: datetime) -> None:
        """Enable (and remember when), change or disable automatic scaling."""
        self.autoscale = autoscale
        if autoscale is None:
            self.autoscale_run = None
        else:
            self.autoscale_enabled_at = now
        self.revision += 1

    def record_run(self, run: AutoScaleRun) -> None:
        """Keep the outcome of an evaluation of the formula."""
        self.autoscale_run = run
        self.revision += 1

    def _allocation(self, state: AllocationState, now: datetime) -> None:
        self.allocation_state = state
        self.allocation_since = now
        self.revision += 1

    def _node_changed(self) -> None:
        self.revision += 1
        self.on_node_change()
        self.on_metrics_change()


def _nobody_listens() -> None:
    """What a pool tells of its nodes before somebody runs tasks on them."""
