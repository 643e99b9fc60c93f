"""What clients may do to a single node, and which of its states allow it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from azure_simulator.answers import BatchError
from azure_simulator.batch.errors import invalid_for_state
from azure_simulator.batch.fabric import Fabric
from azure_simulator.batch.lifecycles import Lifecycle
from azure_simulator.batch.nodes import Cohort, Node, Stretch
from azure_simulator.batch.pools import Pool
from azure_simulator.batch.states import NodeState

_READY = (NodeState.IDLE, NodeState.RUNNING, NodeState.OFFLINE)
_REBOOTABLE = (*_READY, NodeState.START_TASK_FAILED, NodeState.UNUSABLE)
_REFUSALS: Mapping[NodeState, tuple[str, str]] = {
    NodeState.CREATING: ("NodeBeingCreated", "The specified node is being created."),
    NodeState.STARTING: ("NodeBeingStarted", "The specified node is being started."),
    NodeState.WAITING_FOR_START_TASK: ("NodeBeingStarted", "The specified node is being started."),
    NodeState.REBOOTING: ("NodeBeingRebooted", "The specified node is being rebooted."),
    NodeState.REIMAGING: ("NodeBeingReimaged", "The specified node is being reimaged."),
    NodeState.UNUSABLE: ("NodeStateUnusable", "The state of the specified node is unusable."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeOperations:
    """The operations on one node; each refuses with 409 what the node's state does not allow."""

    fabric: Fabric

    def reboot(self, pool: Pool, node: Node) -> None:
        """Reboot; the start task runs again."""
        _refuse_unless(node, _REBOOTABLE)
        self._life(pool).reboot(_only(node), NodeState.REBOOTING)

    def reimage(self, node: Node) -> None:
        """Refused: nodes of pools with a virtual machine configuration cannot be reimaged (REST reference)."""
        _refuse_unless(node, _READY)
        raise BatchError(409, "OperationNotValidOnNode", "The specified operation is not valid on the node.")

    def deallocate(self, pool: Pool, node: Node) -> None:
        """Give the virtual machine back but keep the node."""
        _refuse_unless(node, _READY)
        self._life(pool).deallocate(_only(node))

    def start(self, pool: Pool, node: Node) -> None:
        """Start a deallocated node."""
        _refuse_unless(node, (NodeState.DEALLOCATED,))
        self._life(pool).boot(_only(node))

    def disable_scheduling(self, pool: Pool, node: Node) -> None:
        """Send no more tasks to the node."""
        self._schedule(pool, node, disabled=True)

    def enable_scheduling(self, pool: Pool, node: Node) -> None:
        """Send tasks to the node again."""
        self._schedule(pool, node, disabled=False)

    def _schedule(self, pool: Pool, node: Node, *, disabled: bool) -> None:
        _refuse_unless(node, _READY)
        if node.cohort.disabled is disabled:
            raise BatchError(
                409,
                "NodeAlreadyInTargetSchedulingState",
                "The specified node is already in the target scheduling state.",
            )
        pool.nodes.change((_only(node),), lambda cohort: _with_scheduling(cohort, disabled=disabled))
        self._life(pool).settle(_only(node))

    def _life(self, pool: Pool) -> Lifecycle:
        return Lifecycle(pool, self.fabric)


def _only(node: Node) -> Stretch:
    return Stretch(node.ordinal, node.ordinal + 1)


def _with_scheduling(cohort: Cohort, *, disabled: bool) -> Cohort:
    return replace(cohort, disabled=disabled)


def _refuse_unless(node: Node, states: tuple[NodeState, ...]) -> None:
    state = node.cohort.state
    if state in states:
        return
    if state in _REFUSALS:
        code, message = _REFUSALS[state]
        raise BatchError(409, code, message)
    raise invalid_for_state(f"The node is {state.value}.")
