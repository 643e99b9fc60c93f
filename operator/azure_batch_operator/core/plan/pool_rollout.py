"""How a pool with nodes comes to what it cannot take: left to its work, emptied and refilled, or made again.

Every stage follows from what Azure shows. Of a pool that is being emptied the target is zero nodes; once it is empty it
differs in properties only, then in its size only. Of one that is made again, `deleting` is seen, then nothing.
"""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from azure_batch_operator.core.diff import Cost, Difference
from azure_batch_operator.core.plan.pool_gate import change_held_back
from azure_batch_operator.core.plan.pool_steps import (
    Delete,
    DisableAutoScale,
    ImageAwaited,
    PoolView,
    Wait,
    progressing,
    stalled,
)
from azure_batch_operator.core.pool_body import MACHINES
from azure_batch_operator.core.pools import ObservedPool, RolloutStrategy
from azure_batch_operator.core.sizing import Size, current, target

_Interrupts: TypeAlias = Callable[[PoolView, ObservedPool], tuple[Difference, ...]]

NO_NODES = Size(dedicated=0, spot=0)


def _never(_: PoolView, __: ObservedPool) -> tuple[Difference, ...]:
    return ()


def _for_what_needs_it_empty(view: PoolView, found: ObservedPool) -> tuple[Difference, ...]:
    return () if found.empty else view.waiting


def _for_all_that_waits(view: PoolView, found: ObservedPool) -> tuple[Difference, ...]:
    return (*_for_what_needs_it_empty(view, found), *view.impossible)


_INTERRUPTS: Mapping[RolloutStrategy, _Interrupts] = {
    "OnEmpty": _never,
    "InPlace": _for_what_needs_it_empty,
    "Recreate": _for_all_that_waits,
}
"""For which differences each strategy takes nodes away from their work."""


def interrupting(view: PoolView, found: ObservedPool) -> tuple[Difference, ...]:
    """The differences for whose sake running work is, or is about to be, interrupted, with the spec's consent."""
    return _INTERRUPTS[view.wanted.rollout](view, found)


def aimed_size(view: PoolView, found: ObservedPool) -> Size:
    """The size that is gone for now: none while the pool is emptied for a change, else the wanted one."""
    return NO_NODES if empties(view, found) else view.size


def empties(view: PoolView, found: ObservedPool) -> bool:
    """Whether nodes leave now for a change, to come back with it."""
    in_place = view.wanted.rollout == "InPlace" and found.state == "active"
    return in_place and bool(interrupting(view, found)) and _obstacle(view, found) is None


def formula_paused(view: PoolView, found: ObservedPool) -> DisableAutoScale | None:
    """A formula would bring the nodes back before the change; it sizes the pool again after it."""
    return DisableAutoScale(size=target(found), for_change=True) if found.auto_scaled and empties(view, found) else None


def recreation(view: PoolView, found: ObservedPool) -> Delete | None:
    """Delete the pool for a change; with that it is made again."""
    change = interrupting(view, found) if view.wanted.rollout == "Recreate" else ()
    if not change or _obstacle(view, found) is not None:
        return None
    return Delete(change=tuple(each.field for each in change))


def held_up(view: PoolView, found: ObservedPool) -> Wait | None:
    """What a change that would interrupt work waits for; until that is there, the pool goes on with what it has."""
    return _obstacle(view, found) if interrupting(view, found) else None


def waits_for(view: PoolView, found: ObservedPool, cost: Cost) -> str:
    """What has to happen before a change of that cost is made: a word for programs."""
    strategy = view.wanted.rollout
    if cost is Cost.NEW_POOL and strategy != "Recreate":
        return "Recreate"
    if obstacle := held_up(view, found):
        return obstacle.verdict.reason
    if found.empty and isinstance(view.image, ImageAwaited):
        return view.image.reason
    if strategy == "Recreate" and interrupting(view, found):
        return "Deletion"
    return "Drain" if empties(view, found) else "EmptyPool"


def _obstacle(view: PoolView, found: ObservedPool) -> Wait | None:
    """All that would keep the pool from having its nodes back is looked for before the first one leaves."""
    change = interrupting(view, found)
    if view.made_in_vain and view.wanted.rollout == "Recreate":
        return _in_vain(change)
    if verdict := view.violated or view.secrets_awaited:
        return Wait(verdict=verdict)
    if isinstance(view.image, ImageAwaited) and any(each.top == MACHINES for each in change):
        return progressing(view.image.reason, view.image.message)
    return _size_untold(view, found) or (None if _is_being_emptied(found) else change_held_back(view))


def _is_being_emptied(found: ObservedPool) -> bool:
    """What has begun is brought to its end: half a pool helps nobody."""
    return not found.auto_scaled and target(found) == NO_NODES != current(found)


def _size_untold(view: PoolView, found: ObservedPool) -> Wait | None:
    """What a spec leaves to others they could not give back: they would not know of the change."""
    lost = _untold_kinds(view, found)
    if not lost or view.wanted.auto_scaled:
        return None
    return stalled(
        "SizeUntold",
        f"rollout.strategy {view.wanted.rollout} brings the pool back to the size of its spec, which does not say "
        f"{' and '.join(lost)}: write it, or rollout.strategy: OnEmpty.",
    )


def _untold_kinds(view: PoolView, found: ObservedPool) -> tuple[str, ...]:
    kinds = (
        ("targetDedicatedNodes", view.wanted.dedicated, found.target_dedicated),
        ("targetLowPriorityNodes", view.wanted.spot, found.target_spot),
    )
    return tuple(name for name, told, there in kinds if told is None and there > 0)


def _in_vain(change: tuple[Difference, ...]) -> Wait:
    fields = ", ".join(each.field for each in change)
    return stalled(
        "NotTakenOver",
        f"The pool was made from this spec, and Azure does not show as written: {fields}. It is not made again for "
        "that: change the spec to what Azure shows, or ask for another try by reconcile-requested-at.",
    )
