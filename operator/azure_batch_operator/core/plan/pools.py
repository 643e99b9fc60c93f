"""The next step for a Batch pool: one at a time, chosen from what is wanted and what was found."""

from collections.abc import Callable
from typing import TypeAlias

from azure_batch_operator.core.names import OWNER_TAG
from azure_batch_operator.core.ownership import Ownership, refusal
from azure_batch_operator.core.plan.pool_changes import image_awaited, live_properties, properties_of_empty_pool
from azure_batch_operator.core.plan.pool_creation import creation
from azure_batch_operator.core.plan.pool_departure import departure
from azure_batch_operator.core.plan.pool_size import (
    formula_fell_short,
    preempted,
    running_resize,
    size_as_wanted,
    sized_otherwise,
)
from azure_batch_operator.core.plan.pool_steps import Nothing, PoolStep, PoolView, Wait, progressing, stalled
from azure_batch_operator.core.pools import ObservedPool

_Check: TypeAlias = Callable[[PoolView, ObservedPool], PoolStep | None]


def next_step(view: PoolView) -> PoolStep:
    """The one step that brings the pool closer to its spec."""
    if view.wanted.deleting:
        return departure(view)
    if view.found is None:
        return creation(view)
    for check in _CHECKS:
        if step := check(view, view.found):
            return step
    return Nothing()


def _not_ours(view: PoolView, found: ObservedPool) -> Wait | None:
    if view.ownership is Ownership.OURS:
        return None
    return stalled("OwnedByAnother", refusal(f"Pool {found.pool_id}", found.metadata.get(OWNER_TAG)))


def _disappearing(_: PoolView, found: ObservedPool) -> Wait | None:
    if found.state != "deleting":
        return None
    return progressing("PoolDeleting", "Somebody deletes the pool in Azure; it is made again once it is gone.")


_CHECKS: tuple[_Check, ...] = (
    _not_ours,
    _disappearing,
    live_properties,
    sized_otherwise,
    running_resize,
    properties_of_empty_pool,
    size_as_wanted,
    formula_fell_short,
    preempted,
    image_awaited,
)
"""In this order; the first that has something to say decides."""
