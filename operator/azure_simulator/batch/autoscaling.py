"""Automatic scaling: formulas checked when they are set, evaluated when their interval has passed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from azure_simulator.batch.errors import formula_syntax, formula_too_long, not_simulated
from azure_simulator.batch.formula_metrics import MetricLog, Metrics, Sight
from azure_simulator.batch.formula_values import (
    FormulaNotSimulatedError,
    FormulaRunError,
    FormulaSyntaxError,
    FormulaTooLongError,
)
from azure_simulator.batch.formulas import Evaluation, evaluate
from azure_simulator.batch.pools import AutoScale, AutoScaleRun, Pool
from azure_simulator.batch.states import Deallocation, Kind, NodeState, PoolState, Targets
from azure_simulator.clock import Clock

SHORTEST_PAUSE = timedelta(seconds=30)
"""Between two requests that enable automatic scaling of a pool (REST reference, Pool - Enable Auto Scale)."""
_USABLE = (NodeState.IDLE, NodeState.RUNNING)

Scale = Callable[[Pool, Targets, Deallocation], None]
"""Begins a resize of a steady pool."""


def evaluated(pool: Pool, formula: str, operation: str, now: datetime) -> Evaluation | AutoScaleRun:
    """What a formula asks for now, or the run that failed though the formula is right.

    Refuses formulas that are wrong (400) or beyond the simulator (501).
    """
    try:
        return evaluate(formula, sight_of(pool, now))
    except FormulaRunError as error:
        return AutoScaleRun(timestamp=now, results="", error=(error.code, str(error)))
    except FormulaSyntaxError as error:
        raise formula_syntax(str(error)) from error
    except FormulaTooLongError as error:
        raise formula_too_long() from error
    except FormulaNotSimulatedError as error:
        raise not_simulated(operation, str(error)) from error


def current_nodes(pool: Pool) -> Targets:
    """The nodes that a pool has, of both kinds."""
    nodes = pool.nodes
    return Targets(dedicated=nodes.total(Kind.DEDICATED), low_priority=nodes.total(Kind.LOW_PRIORITY))


def sight_of(pool: Pool, now: datetime) -> Sight:
    """What a formula sees of a pool."""
    targets = {
        "$TargetDedicatedNodes": float(pool.targets.dedicated),
        "$TargetDedicated": float(pool.targets.dedicated),
        "$TargetLowPriorityNodes": float(pool.targets.low_priority),
    }
    return Sight(now=now, metrics=metrics_of(pool), targets=targets, log=pool.metrics)


def metrics_of(pool: Pool) -> Metrics:
    """The metrics of a pool as they are now."""
    nodes, tasks = current_nodes(pool), pool.count_tasks()
    usable = sum(pool.nodes.count(kind, state) for kind in Kind for state in _USABLE)
    return {
        "$ActiveTasks": float(tasks.active),
        "$RunningTasks": float(tasks.running),
        "$PendingTasks": float(tasks.active + tasks.running),
        "$SucceededTasks": float(tasks.succeeded),
        "$FailedTasks": float(tasks.failed),
        "$TaskSlotsPerNode": float(pool.features.task_slots_per_node or 1),
        "$CurrentDedicatedNodes": float(nodes.dedicated),
        "$CurrentDedicated": float(nodes.dedicated),
        "$CurrentLowPriorityNodes": float(nodes.low_priority),
        "$PreemptedNodeCount": float(pool.nodes.count(Kind.LOW_PRIORITY, NodeState.PREEMPTED)),
        "$UsableNodeCount": float(usable),
        "$SampleNodeCount": float(usable),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class AutoScaler:
    """Evaluates the formulas of pools; a pool that is being resized is passed over until the next time."""

    clock: Clock
    scale: Scale

    def begin(self, pool: Pool, autoscale: AutoScale) -> None:
        """Evaluate now, and again after every interval for as long as the pool has these settings."""
        pool.set_autoscale(autoscale, self.clock.now())
        if pool.metrics is None:
            pool.metrics = MetricLog(self.clock.now())
            pool.on_metrics_change = lambda: self._record(pool)
        self._record(pool)
        self._turn(pool, autoscale)

    def _record(self, pool: Pool) -> None:
        if pool.metrics is not None and pool.autoscale is not None:
            pool.metrics.record(self.clock.now(), metrics_of(pool))

    def _turn(self, pool: Pool, autoscale: AutoScale) -> None:
        if pool.autoscale is not autoscale or pool.state is not PoolState.ACTIVE:
            return
        if pool.is_steady:
            self._evaluate(pool, autoscale)
        self.clock.after(autoscale.interval.total_seconds(), lambda: self._turn(pool, autoscale))

    def _evaluate(self, pool: Pool, autoscale: AutoScale) -> None:
        now = self.clock.now()
        try:
            evaluation = evaluate(autoscale.formula, sight_of(pool, now))
        except FormulaRunError as error:
            pool.record_run(AutoScaleRun(timestamp=now, results="", error=(error.code, str(error))))
            return
        except FormulaSyntaxError as error:
            pool.record_run(AutoScaleRun(timestamp=now, results="", error=("EvaluationError", str(error))))
            return
        pool.record_run(AutoScaleRun(timestamp=now, results=evaluation.results))
        if evaluation.targets != pool.targets or evaluation.targets != current_nodes(pool):
            self.scale(pool, evaluation.targets, Deallocation(evaluation.option))
