"""The size of a pool as Resource Manager is told it, brought about by the Batch service's own operations."""

from collections.abc import Callable

from azure_simulator.batch.autoscaling import evaluated
from azure_simulator.batch.bodies.pools import AutoScaleEnabling, PoolResize
from azure_simulator.batch.pools import Pool
from azure_simulator.batch.sizing import PoolSizing, refuse_unless_steady
from azure_simulator.batch_accounts.pool_bodies import AutoScale, FixedScale, ScaleSettings


def rescaling(pool: Pool, settings: ScaleSettings, sizing: PoolSizing, operation: str) -> Callable[[], None]:
    """What remains to be done for `settings`; raises BatchError at once where it cannot be done now."""
    if settings.auto_scale is not None:
        return _autoscaling(pool, settings.auto_scale, sizing, operation)
    if settings.fixed_scale is not None:
        return _fixing(pool, settings.fixed_scale, sizing)
    return _nothing


def _autoscaling(pool: Pool, wanted: AutoScale, sizing: PoolSizing, operation: str) -> Callable[[], None]:
    now = pool.autoscale
    interval = wanted.evaluation_interval
    if now is not None and now.formula == wanted.formula and interval in (None, now.interval):
        return _nothing
    refuse_unless_steady(pool)
    evaluated(pool, wanted.formula, operation, sizing.fabric.clock.now())
    body = AutoScaleEnabling(auto_scale_formula=wanted.formula, auto_scale_evaluation_interval=interval)
    return lambda: sizing.enable_autoscale(pool, body, operation)


def _fixing(pool: Pool, wanted: FixedScale, sizing: PoolSizing) -> Callable[[], None]:
    dedicated, low_priority = wanted.target_dedicated_nodes, wanted.target_low_priority_nodes
    same = dedicated in (None, pool.targets.dedicated) and low_priority in (None, pool.targets.low_priority)
    if pool.autoscale is None and same:
        return _nothing
    refuse_unless_steady(pool)
    body = PoolResize(
        target_dedicated_nodes=pool.targets.dedicated if dedicated is None else dedicated,
        target_low_priority_nodes=low_priority,
        resize_timeout=wanted.resize_timeout,
        node_deallocation_option=wanted.node_deallocation_option,
    )

    def fix() -> None:
        if pool.autoscale is not None:
            sizing.disable_autoscale(pool)
        if not same:
            sizing.resize(pool, body)

    return fix


def _nothing() -> None:
    """The pool has this size, or is on its way to it."""
