"""What can happen to nodes from outside: tests and people order it through the control API."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from azure_simulator.answers import BatchError
from azure_simulator.batch.fabric import Fabric
from azure_simulator.batch.lifecycles import Lifecycle
from azure_simulator.batch.nodes import Cohort, Node, Stretch
from azure_simulator.batch.pools import Pool
from azure_simulator.batch.sizing import find_node
from azure_simulator.batch.states import Kind, NodeFault, NodeState, StartTaskRun

BROKEN = NodeFault(code="SimulatedFailure", message="The node was made unusable through the control API.")


class NodeEvent(StrEnum):
    """An event: a node breaks, is preempted, fails its start task, becomes busy with tasks, or free of them."""

    UNUSABLE = "unusable"
    PREEMPTED = "preempted"
    START_TASK_FAILED = "starttaskfailed"
    BUSY = "busy"
    FREE = "free"


@dataclass(frozen=True, slots=True, kw_only=True)
class Blow:
    """How exactly an event strikes: what an unusable node tells, and with what a start task exits."""

    event: NodeEvent
    faults: tuple[NodeFault, ...] = (BROKEN,)
    exit_code: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeEvents:
    """Lets events strike nodes of a pool."""

    fabric: Fabric

    def strike(self, pool: Pool, blow: Blow, nodes: Sequence[str] | int) -> int:
        """Let an event strike the nodes with these ids, or as many as the number says; how many it struck.

        A number picks nodes in the order in which they came: idle ones, but busy ones for `free` and Spot nodes
        in any state for `preempted`.
        """
        if isinstance(nodes, int):
            stretches = _first(pool, nodes, _CANDIDATES[blow.event])
        else:
            stretches = tuple(_stretch(pool, node_id, blow.event) for node_id in nodes)
        _STRIKES[blow.event](pool, self.fabric, stretches, blow)
        return sum(stretch.count for stretch in stretches)


def _stretch(pool: Pool, node_id: str, event: NodeEvent) -> Stretch:
    node: Node = find_node(pool, node_id)
    if event is NodeEvent.PREEMPTED and node.cohort.kind is Kind.DEDICATED:
        raise BatchError(409, "OperationNotValidOnNode", "A dedicated node cannot be preempted.")
    return Stretch(node.ordinal, node.ordinal + 1)


def _first(pool: Pool, count: int, wanted: Callable[[Cohort], bool]) -> tuple[Stretch, ...]:
    found: list[Stretch] = []
    for stretch in pool.nodes.select(wanted):
        taken = min(count, stretch.count)
        if taken > 0:
            found.append(Stretch(stretch.first, stretch.first + taken))
            count -= taken
    return tuple(found)


def _break(pool: Pool, fabric: Fabric, stretches: tuple[Stretch, ...], blow: Blow) -> None:
    Lifecycle(pool, fabric).enter(stretches, NodeState.UNUSABLE, faults=blow.faults)


def _preempt(pool: Pool, fabric: Fabric, stretches: tuple[Stretch, ...], _blow: Blow) -> None:
    Lifecycle(pool, fabric).preempt(stretches)


def _fail_start_task(pool: Pool, fabric: Fabric, stretches: tuple[Stretch, ...], blow: Blow) -> None:
    now = fabric.clock.now()
    run = StartTaskRun(started=now, ended=now, exit_code=blow.exit_code)
    Lifecycle(pool, fabric).enter(stretches, NodeState.START_TASK_FAILED, start_task_run=run)


def _occupy(pool: Pool, fabric: Fabric, stretches: tuple[Stretch, ...], _blow: Blow) -> None:
    Lifecycle(pool, fabric).enter(stretches, NodeState.RUNNING)


def _free(pool: Pool, fabric: Fabric, stretches: tuple[Stretch, ...], _blow: Blow) -> None:
    now = fabric.clock.now()
    pool.nodes.change(
        stretches,
        lambda cohort: replace(cohort, state=NodeState.IDLE, since=now),
        when=lambda cohort: cohort.state is NodeState.RUNNING,
    )
    if pool.resize is not None:
        pool.resize.tasks_finished()


_STRIKES: Mapping[NodeEvent, Callable[[Pool, Fabric, tuple[Stretch, ...], Blow], None]] = {
    NodeEvent.UNUSABLE: _break,
    NodeEvent.PREEMPTED: _preempt,
    NodeEvent.START_TASK_FAILED: _fail_start_task,
    NodeEvent.BUSY: _occupy,
    NodeEvent.FREE: _free,
}


def _is_idle(cohort: Cohort) -> bool:
    return cohort.state is NodeState.IDLE


def _is_busy(cohort: Cohort) -> bool:
    return cohort.state is NodeState.RUNNING


def _is_spot(cohort: Cohort) -> bool:
    leaving = (NodeState.PREEMPTED, NodeState.LEAVING_POOL)
    return cohort.kind is Kind.LOW_PRIORITY and cohort.state not in leaving


_CANDIDATES: Mapping[NodeEvent, Callable[[Cohort], bool]] = {
    NodeEvent.UNUSABLE: _is_idle,
    NodeEvent.PREEMPTED: _is_spot,
    NodeEvent.START_TASK_FAILED: _is_idle,
    NodeEvent.BUSY: _is_idle,
    NodeEvent.FREE: _is_busy,
}
