"""The stages of a change that interrupts work, as the reasons that Ready shows meanwhile."""

from typing import TypeAlias

from azure_batch_operator.core.conditions import Progressing
from azure_batch_operator.core.plan.pool_rollout import empties, interrupting
from azure_batch_operator.core.plan.pool_steps import (
    Delete,
    DisableAutoScale,
    Patch,
    PoolStep,
    PoolView,
    Resize,
    StopResize,
    Wait,
)
from azure_batch_operator.core.pools import ObservedPool
from azure_batch_operator.core.sizing import current, deallocation

_Sizing: TypeAlias = Resize | StopResize | DisableAutoScale | Wait


def stage(view: PoolView, step: PoolStep) -> Progressing | None:
    """The stage that a step belongs to; None where no change interrupts anything."""
    match step:
        case Delete(change=change) if change:
            message = f"The pool is deleted, to be made again with {', '.join(change)} as the spec says."
            return Progressing(reason="DeletingForChange", message=message)
        case Patch(of_empty_pool=True) if view.wanted.rollout == "InPlace":
            return Progressing(reason="ApplyingChange", message=f"Putting right: {', '.join(step.fields)}.")
        case Resize() | StopResize() | DisableAutoScale() | Wait(verdict=Progressing()) if view.found is not None:
            return _of_the_size(view, view.found, step)
        case _:
            return None


def _of_the_size(view: PoolView, found: ObservedPool, step: _Sizing) -> Progressing | None:
    under_way = not isinstance(step, Wait) or found.allocation_state != "steady"
    if under_way and empties(view, found):
        return Progressing(reason="DrainingForChange", message=_draining(view, found))
    if under_way and view.refilling and isinstance(step, Resize | Wait):
        return Progressing(reason="Refilling", message=f"{current(found)} of {view.size} nodes are back.")
    return None


def _draining(view: PoolView, found: ObservedPool) -> str:
    fields = ", ".join(each.field for each in interrupting(view, found))
    return (
        f"Nodes that still have to leave: {current(found)} (nodeDeallocationOption {deallocation(view.wanted)}). Then "
        f"{fields} changes, and {view.size} nodes come back."
    )
