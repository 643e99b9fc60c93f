"""The condition UpToDate of a BatchPool: what differs, and what becomes of it."""

from collections.abc import Mapping

from azure_batch_operator.core.conditions import Condition, ConditionType
from azure_batch_operator.core.diff import Cost, pending
from azure_batch_operator.core.plan.pool_autoscale import formula_differences, refused_formula
from azure_batch_operator.core.plan.pool_changes import due_while_empty
from azure_batch_operator.core.plan.pool_rollout import held_up, interrupting
from azure_batch_operator.core.plan.pool_steps import ImageAwaited, PoolView
from azure_batch_operator.core.pools import ObservedPool

_FASTER = (
    "The change is made as soon as there is none; to have it sooner, write rollout.strategy: InPlace, or scale the "
    "pool to zero nodes, and up again when UpToDate is True."
)
_FASTER_BY_FORMULA = (
    "The change is made as soon as there is none; to have it sooner, write rollout.strategy: InPlace, or let the "
    "formula ask for none until UpToDate is True."
)
_AT_ONCE = frozenset({Cost.LIVE_PATCH, Cost.AUTOSCALE})


def up_to_date(view: PoolView) -> Condition:
    """Whether every property but the size is as the spec says."""
    found = view.found
    if found is None:
        return _no("NoPool", "There is no pool yet.")
    return _being_changed(view, found) or _listed(view, found) or _untold(view) or _all_as_wanted()


def _being_changed(view: PoolView, found: ObservedPool) -> Condition | None:
    if view.checked is not None and view.checked.error is not None and formula_differences(view):
        return _no("AutoScaleFormulaInvalid", refused_formula(view.checked.error))
    if interrupting(view, found):
        return _rolling_out(view, found)
    due = due_while_empty(view.waiting, found, view.image)
    now = [each.field for each in view.differences if each.cost in _AT_ONCE or each in due]
    return _no("Updating", f"Differs: {', '.join(now)}.") if now else None


def _rolling_out(view: PoolView, found: ObservedPool) -> Condition:
    """A change for which work is interrupted."""
    change = interrupting(view, found)
    fields = ", ".join(dict.fromkeys(".".join(each.path[:2]) for each in change))
    if obstacle := held_up(view, found):
        return _no(obstacle.verdict.reason, f"Waiting to change {fields}. {obstacle.verdict.message}")
    if view.wanted.rollout == "Recreate":
        return _no("DeletingForChange", f"The pool is made again with {fields} as the spec says.")
    return _no("DrainingForChange", f"Nodes leave, so that {fields} can change.")


def _listed(view: PoolView, found: ObservedPool) -> Condition | None:
    """A change that is left until its image is there, the pool has no nodes, or somebody asks for it."""
    if found.empty and view.waiting and isinstance(view.image, ImageAwaited):
        return _no(view.image.reason, "The pool is changed as soon as its image is there: see ImageReady.")
    costs = pending(view.differences)
    return _pending(costs, auto_scaled=found.auto_scaled) if costs else None


def _pending(costs: Mapping[str, Cost], *, auto_scaled: bool) -> Condition:
    impossible, waiting = (_fields(costs, cost) for cost in (Cost.NEW_POOL, Cost.EMPTY_POOL))
    faster = _FASTER_BY_FORMULA if auto_scaled else _FASTER
    until_empty = f"Azure changes {waiting} only while a pool has no nodes. {faster}" if waiting else ""
    if not impossible:
        return _no("WaitingForEmptyPool", until_empty)
    anew = (
        f"Azure never changes {impossible} of a pool: write rollout.strategy: Recreate to have the pool deleted and "
        "made again, with running tasks back in their queue."
    )
    return _no("NeedsNewPool", f"{anew} {until_empty}".rstrip())


def _fields(costs: Mapping[str, Cost], wanted: Cost) -> str:
    return ", ".join(field for field, cost in costs.items() if cost is wanted)


def _untold(view: PoolView) -> Condition | None:
    if not (view.wanted.image and isinstance(view.image, ImageAwaited) and view.image.image_id is None):
        return None
    message = "Whether the pool has the image that the spec means is not known: see ImageReady."
    return Condition(type=ConditionType.UP_TO_DATE, status="Unknown", reason="ImageUnknown", message=message)


def _all_as_wanted() -> Condition:
    message = "Every property is as the spec says."
    return Condition(type=ConditionType.UP_TO_DATE, status="True", reason="UpToDate", message=message)


def _no(reason: str, message: str) -> Condition:
    return Condition(type=ConditionType.UP_TO_DATE, status="False", reason=reason, message=message)
