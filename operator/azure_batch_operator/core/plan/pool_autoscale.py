"""Who sizes a pool: its spec's targets or a formula, and the change from one to the other or to another formula.

A formula that sizes a pool is replaced only by one that Azure can evaluate; for a pool without a formula Azure itself
checks the first one when it takes it.
"""

from azure_batch_operator.core.conditions import Retrying
from azure_batch_operator.core.diff import Cost
from azure_batch_operator.core.plan.pool_gate import held_back
from azure_batch_operator.core.plan.pool_rollout import empties
from azure_batch_operator.core.plan.pool_steps import (
    DisableAutoScale,
    EnableAutoScale,
    EvaluateAutoScale,
    PoolStep,
    PoolView,
    Wait,
    progressing,
    stalled,
)
from azure_batch_operator.core.pools import ObservedPool
from azure_batch_operator.core.sizing import current, target

_FORMULA = "autoScaleFormula"


def formula_off(view: PoolView, found: ObservedPool) -> DisableAutoScale | None:
    """Take the formula away; the pool keeps the targets that it has, and is then resized as any other."""
    return DisableAutoScale(size=target(found)) if found.auto_scaled and view.wanted.sized_by_targets else None


def formula_checked(view: PoolView, found: ObservedPool) -> EvaluateAutoScale | None:
    """Have Azure evaluate a formula that is to replace a working one."""
    if not _replaces_formula(view, found) or view.checked is not None:
        return None
    return EvaluateAutoScale(formula=_formula(view))


def formula_on(view: PoolView, found: ObservedPool) -> PoolStep | None:
    """Have the spec's formula size the pool, at the spec's interval; the pool is steady by now."""
    differs = formula_differences(view)
    if not view.wanted.auto_scaled or not differs or empties(view, found):
        return None
    if _replaces_formula(view, found) and view.checked is not None and view.checked.error is not None:
        return stalled("AutoScaleFormulaInvalid", refused_formula(view.checked.error))
    if view.formula_pause > 0:
        return progressing("AutoScaleWaits", "Azure takes a formula of a pool every 30 seconds at most.")
    interval = view.wanted.body.get("autoScaleEvaluationInterval")
    return held_back(view) or EnableAutoScale(
        formula=_formula(view), interval=str(interval) if interval else None, fields=differs
    )


def formula_fails(_: PoolView, found: ObservedPool) -> Wait | None:
    """A formula that Azure took may fail later, for want of samples for instance: Batch evaluates it again."""
    run = found.auto_scale_run
    if not found.auto_scaled or run is None or run.error is None:
        return None
    return Wait(verdict=Retrying(reason="AutoScaleFailed", message=_failed(found, run.error)))


def formula_differences(view: PoolView) -> tuple[str, ...]:
    """The properties of automatic scaling that are not as the spec says."""
    return tuple(each.field for each in view.differences if each.cost is Cost.AUTOSCALE)


def refused_formula(error: str) -> str:
    """The sentence about a formula that does not replace a working one."""
    return f"Azure cannot evaluate autoScaleFormula: {error.rstrip('.')}. Correct it; the pool keeps the one it has."


def _replaces_formula(view: PoolView, found: ObservedPool) -> bool:
    return view.wanted.auto_scaled and found.auto_scaled and _FORMULA in formula_differences(view)


def _formula(view: PoolView) -> str:
    return str(view.wanted.body.get(_FORMULA, ""))


def _failed(found: ObservedPool, error: str) -> str:
    return (
        f"{current(found)} nodes. The formula's last evaluation failed: {error.rstrip('.')}. Batch evaluates it again "
        "after its interval; correct autoScaleFormula if this lasts."
    )
