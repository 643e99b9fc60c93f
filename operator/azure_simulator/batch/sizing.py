"""What clients may do to the size of a pool: resize, stop, remove nodes, automatic scaling."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from azure_simulator.answers import BatchError
from azure_simulator.batch.admission import (
    MOST_REMOVED_NODES,
    check_interval,
    check_targets,
    check_timeout,
)
from azure_simulator.batch.autoscaling import SHORTEST_PAUSE, AutoScaler, evaluated
from azure_simulator.batch.bodies.pools import (
    AutoScaleEnabling,
    AutoScaleEvaluation,
    NodeRemoval,
    PoolResize,
)
from azure_simulator.batch.errors import (
    autoscale_settings,
    invalid_for_state,
    invalid_property,
    missing_property,
    node_not_found,
    pool_being_deleted,
    pool_being_resized,
)
from azure_simulator.batch.fabric import Fabric
from azure_simulator.batch.identities import ordinal_in
from azure_simulator.batch.nodes import Node, Stretch
from azure_simulator.batch.pools import DEFAULT_TIMEOUT, AutoScale, AutoScaleRun, Pool
from azure_simulator.batch.resizing import Resize
from azure_simulator.batch.states import AllocationState, Deallocation, Kind, PoolState, Targets


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolSizing:
    """The operations on the size of a pool; each refuses what the state of the pool does not allow."""

    fabric: Fabric

    def begin(self, pool: Pool, targets: Targets, timeout: timedelta) -> None:
        """Size a new pool for the first time."""
        Resize(pool, self.fabric, option=Deallocation.REQUEUE, timeout=timeout).to(targets)

    def resize(self, pool: Pool, body: PoolResize) -> None:
        """Begin a resize; an absent target stays as it is."""
        check_timeout("resizeTimeout", body.resize_timeout)
        check_targets(body.target_dedicated_nodes, body.target_low_priority_nodes)
        if body.target_dedicated_nodes is None and body.target_low_priority_nodes is None:
            raise missing_property("targetDedicatedNodes")
        refuse_unless_steady(pool)
        if pool.autoscale is not None:
            raise invalid_for_state("A pool that is scaled automatically cannot be resized.")
        option = Deallocation(body.node_deallocation_option or Deallocation.REQUEUE)
        pool.modify(self.fabric.clock.now())
        timeout = body.resize_timeout or DEFAULT_TIMEOUT
        Resize(pool, self.fabric, option=option, timeout=timeout).to(_targets(pool, body))

    def stop(self, pool: Pool) -> None:
        """Begin to stop the resize under way."""
        refuse_deleting(pool)
        if pool.allocation_state is not AllocationState.RESIZING or pool.resize is None:
            raise invalid_for_state("No resize is under way.")
        pool.resize.stop()
        if self.fabric.switches.etag_follows_stop:
            pool.modify(self.fabric.clock.now())

    def remove(self, pool: Pool, body: NodeRemoval) -> None:
        """Begin to remove nodes by id; the targets fall by as many."""
        check_timeout("resizeTimeout", body.resize_timeout)
        if not 1 <= len(body.node_list) <= MOST_REMOVED_NODES:
            raise invalid_property("nodeList", f"Between 1 and {MOST_REMOVED_NODES} nodes may be removed per request.")
        refuse_unless_steady(pool)
        nodes = {node.ordinal: node for node in (find_node(pool, text) for text in body.node_list)}
        option = Deallocation(body.node_deallocation_option or Deallocation.REQUEUE)
        pool.modify(self.fabric.clock.now())
        resize = Resize(pool, self.fabric, option=option, timeout=body.resize_timeout or DEFAULT_TIMEOUT)
        stretches = tuple(Stretch(ordinal, ordinal + 1) for ordinal in sorted(nodes))
        resize.without(stretches, _fewer(pool.targets, nodes.values()))

    def enable_autoscale(self, pool: Pool, body: AutoScaleEnabling, operation: str) -> None:
        """Enable automatic scaling, or change its formula or interval."""
        check_interval(body.auto_scale_evaluation_interval)
        refuse_unless_steady(pool)
        self._refuse_hurry(pool)
        old = pool.autoscale
        formula = body.auto_scale_formula or (old.formula if old is not None else None)
        if formula is None:
            raise autoscale_settings("autoScaleFormula is required to enable automatic scaling.")
        evaluated(pool, formula, operation, self.fabric.clock.now())
        interval = body.auto_scale_evaluation_interval or (old.interval if old else DEFAULT_TIMEOUT)
        pool.modify(self.fabric.clock.now())
        self.begin_autoscale(pool, AutoScale(formula=formula, interval=interval))

    def begin_autoscale(self, pool: Pool, autoscale: AutoScale) -> None:
        """Scale a pool by a formula that has been checked."""
        AutoScaler(clock=self.fabric.clock, scale=self._scale).begin(pool, autoscale)

    def disable_autoscale(self, pool: Pool) -> None:
        """Disable automatic scaling; the targets stay."""
        refuse_deleting(pool)
        pool.set_autoscale(None, self.fabric.clock.now())
        if self.fabric.switches.etag_follows_disabled_autoscale:
            pool.modify(self.fabric.clock.now())

    def evaluate_autoscale(self, pool: Pool, body: AutoScaleEvaluation, operation: str) -> AutoScaleRun:
        """What a formula would ask for, without doing it."""
        refuse_deleting(pool)
        if pool.autoscale is None:
            raise invalid_for_state("Automatic scaling must be enabled on the pool first.")
        now = self.fabric.clock.now()
        outcome = evaluated(pool, body.auto_scale_formula, operation, now)
        return outcome if isinstance(outcome, AutoScaleRun) else AutoScaleRun(timestamp=now, results=outcome.results)

    def _scale(self, pool: Pool, targets: Targets, option: Deallocation) -> None:
        Resize(pool, self.fabric, option=option, timeout=None).to(targets)

    def _refuse_hurry(self, pool: Pool) -> None:
        enabled = pool.autoscale_enabled_at
        if enabled is not None and self.fabric.clock.now() - enabled < SHORTEST_PAUSE:
            raise BatchError(
                503,
                "TooManyEnableAutoScaleRequests",
                "Too many Enable Pool AutoScale requests are issued on the pool.",
            )


def refuse_deleting(pool: Pool) -> None:
    """Refuse whatever is asked of a pool that goes."""
    if pool.state is PoolState.DELETING:
        raise pool_being_deleted(pool.id)


def refuse_unless_steady(pool: Pool) -> None:
    """Refuse what needs a steady pool."""
    refuse_deleting(pool)
    if not pool.is_steady:
        raise pool_being_resized(pool.id)


def find_node(pool: Pool, node_id: str) -> Node:
    """The node of a pool with this id; raises BatchError 404 `NodeNotFound`."""
    ordinal = ordinal_in(node_id, pool.number)
    node = None if ordinal is None else pool.nodes.at(ordinal)
    if node is None:
        raise node_not_found(node_id)
    return node


def _targets(pool: Pool, body: PoolResize) -> Targets:
    dedicated, low_priority = body.target_dedicated_nodes, body.target_low_priority_nodes
    return Targets(
        dedicated=pool.targets.dedicated if dedicated is None else dedicated,
        low_priority=pool.targets.low_priority if low_priority is None else low_priority,
    )


def _fewer(targets: Targets, nodes: Iterable[Node]) -> Targets:
    kinds = [node.cohort.kind for node in nodes]
    return Targets(
        dedicated=max(0, targets.dedicated - kinds.count(Kind.DEDICATED)),
        low_priority=max(0, targets.low_priority - kinds.count(Kind.LOW_PRIORITY)),
    )
