"""The next step for a Batch pool: one at a time, chosen from what is wanted and what was found."""

from collections.abc import Callable
from typing import TypeAlias

from azure_batch_operator.core.plan.pool_adoption import ownership_step
from azure_batch_operator.core.plan.pool_autoscale import formula_checked, formula_fails, formula_off, formula_on
from azure_batch_operator.core.plan.pool_changes import image_awaited, live_properties, properties_of_empty_pool
from azure_batch_operator.core.plan.pool_creation import creation
from azure_batch_operator.core.plan.pool_departure import departure, disappearing
from azure_batch_operator.core.plan.pool_rollout import formula_paused, held_up, recreation
from azure_batch_operator.core.plan.pool_secrets import completed, secrets_awaited
from azure_batch_operator.core.plan.pool_size import (
    formula_fell_short,
    growth_broken,
    preempted,
    running_resize,
    size_as_wanted,
)
from azure_batch_operator.core.plan.pool_steps import Nothing, PoolStep, PoolView
from azure_batch_operator.core.pools import ObservedPool

_Check: TypeAlias = Callable[[PoolView, ObservedPool], PoolStep | None]


def next_step(view: PoolView) -> PoolStep:
    """The one step that brings the pool closer to its spec."""
    return completed(view, _chosen(view))


def _chosen(view: PoolView) -> PoolStep:
    if view.wanted.deleting:
        return departure(view)
    if view.found is None:
        return creation(view)
    for check in _CHECKS:
        if step := check(view, view.found):
            return step
    return Nothing()


_CHECKS: tuple[_Check, ...] = (
    ownership_step,
    disappearing,
    recreation,
    live_properties,
    formula_off,
    formula_checked,
    running_resize,
    formula_paused,
    properties_of_empty_pool,
    formula_on,
    size_as_wanted,
    formula_fails,
    formula_fell_short,
    growth_broken,
    preempted,
    image_awaited,
    held_up,
    secrets_awaited,
)
"""In this order; the first that has something to say decides."""
