"""Automatic scaling: formulas checked when they are set, evaluated when their interval has passed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from azure_simulator.batch.errors import formula_syntax, formula_too_long, not_simulated
from azure_simulator.batch.formulas import (
    Evaluation,
    FormulaNotSimulatedError,
    FormulaSyntaxError,
    FormulaTooLongError,
    evaluate,
)
from azure_simulator.batch.pools import AutoScale, AutoScaleRun, Pool
from azure_simulator.batch.states import Deallocation, Kind, PoolState, Targets
from azure_simulator.clock import Clock

SHORTEST_PAUSE = timedelta(seconds=30)
"""Between two requests that enable automatic scaling of a pool (REST reference, Pool - Enable Auto Scale)."""

Scale = Callable[[Pool, Targets, Deallocation], None]
"""Begins a resize of a steady pool."""


def evaluated(pool: Pool, formula: str, operation: str) -> Evaluation:
    """What a formula asks for now; refuses formulas that are wrong (400) or beyond the simulator (501)."""
    try:
        return evaluate(formula, current_nodes(pool))
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


@dataclass(frozen=True, slots=True, kw_only=True)
class AutoScaler:
    """Evaluates the formulas of pools; a pool that is being resized is passed over until the next time."""

    clock: Clock
    scale: Scale

    def begin(self, pool: Pool, autoscale: AutoScale) -> None:
        """Evaluate now, and again after every interval for as long as the pool has these settings."""
        pool.set_autoscale(autoscale, self.clock.now())
        self._turn(pool, autoscale)

    def _turn(self, pool: Pool, autoscale: AutoScale) -> None:
        if pool.autoscale is not autoscale or pool.state is not PoolState.ACTIVE:
            return
        if pool.is_steady:
            self._evaluate(pool, autoscale)
        self.clock.after(autoscale.interval.total_seconds(), lambda: self._turn(pool, autoscale))

    def _evaluate(self, pool: Pool, autoscale: AutoScale) -> None:
        evaluation = evaluate(autoscale.formula, current_nodes(pool))
        pool.record_run(AutoScaleRun(timestamp=self.clock.now(), results=evaluation.results))
        if evaluation.targets != pool.targets or evaluation.targets != current_nodes(pool):
            self.scale(pool, evaluation.targets, Deallocation(evaluation.option))
