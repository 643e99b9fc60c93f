"""Whole turns of pools that formulas size: on, off, over to another formula, and what Azure says to a wrong one."""

from typing import Any

from azure_batch_operator.reconcile.pools import TOO_MANY_FORMULAS
from tests.support.azure_session import journal_from_now
from tests.support.clockwork import Clockwork
from tests.support.pool_turns import FRAMES, HOUR, MINUTE, changes, pool, writes
from tests.support.simulator import SimulatedAzure

THREE, FIVE = "$TargetDedicatedNodes=3;", "$TargetDedicatedNodes=5;"
BROKEN = "$TargetDedicatedNodes=1/0;"
ENABLE, DISABLE = "Pools_EnablePoolAutoScale", "Pools_DisablePoolAutoScale"
EVALUATE, RESIZE = "Pools_EvaluatePoolAutoScale", "Pools_ResizePool"


def by_formula(formula: str, **changed: Any) -> dict[str, Any]:
    """The change of a spec that has a formula size the pool."""
    return {
        "enableAutoScale": True,
        "autoScaleFormula": formula,
        "targetDedicatedNodes": None,
        "targetLowPriorityNodes": None,
        **changed,
    }


async def autoscaled(clocked: Clockwork, formula: str = THREE) -> None:
    """Make a pool that a formula sizes, and let it come to rest."""
    await clocked.apply(pool(**by_formula(formula)))
    await clocked.run(HOUR, step=MINUTE)
    assert clocked.is_ready(FRAMES)


async def test_a_formula_takes_over_from_targets(frames: Clockwork, simulator: SimulatedAzure) -> None:
    journal = journal_from_now(simulator)
    await frames.change(FRAMES, by_formula(THREE, autoScaleEvaluationInterval="PT5M"))
    await frames.run(HOUR, step=MINUTE)
    (enabled,) = changes(journal.requests("batch"))
    assert (enabled.operation, enabled.body) == (
        ENABLE,
        {"autoScaleFormula": THREE, "autoScaleEvaluationInterval": "PT5M"},
    )
    assert enabled.if_match
    status = frames.status(FRAMES)
    assert (status["currentDedicatedNodes"], status["autoScaleRun"]["results"].split(";")[0]) == (
        3,
        "$TargetDedicatedNodes=3",
    )
    assert frames.is_ready(FRAMES)
    assert frames.conditions(FRAMES)["Sized"] == ("True", "AutoScaled")
    assert frames.told(FRAMES)[-2:] == ["AutoScaleEnabled", "Ready"]


async def test_targets_take_over_from_a_formula(clocked: Clockwork, simulator: SimulatedAzure) -> None:
    await autoscaled(clocked)
    journal = journal_from_now(simulator)
    fixed = {"enableAutoScale": None, "autoScaleFormula": None, "targetDedicatedNodes": 1}
    await clocked.change(FRAMES, fixed)
    await clocked.run(HOUR, step=MINUTE)
    disabled, resized = changes(journal.requests("batch"))
    assert (disabled.operation, resized.operation) == (DISABLE, RESIZE)
    assert disabled.if_match is None
    asked = [entry.operation for entry in journal.requests("batch")]
    assert asked[asked.index(DISABLE) - 1] == "Pools_GetPool"
    assert resized.body["targetDedicatedNodes"] == 1
    assert clocked.is_ready(FRAMES)
    assert "autoScaleRun" not in clocked.status(FRAMES)


async def test_another_formula_is_evaluated_first(clocked: Clockwork, simulator: SimulatedAzure) -> None:
    await autoscaled(clocked)
    journal = journal_from_now(simulator)
    await clocked.change(FRAMES, {"autoScaleFormula": FIVE})
    await clocked.run(HOUR, step=MINUTE)
    assert writes(journal.requests("batch")) == [EVALUATE, ENABLE]
    assert clocked.status(FRAMES)["currentDedicatedNodes"] == 5
    assert clocked.is_ready(FRAMES)


async def test_a_formula_that_fails_does_not_replace_a_working_one(
    clocked: Clockwork, simulator: SimulatedAzure
) -> None:
    await autoscaled(clocked)
    journal = journal_from_now(simulator)
    await clocked.change(FRAMES, {"autoScaleFormula": BROKEN})
    await clocked.run(5 * MINUTE, step=MINUTE)
    assert writes(journal.requests("batch")) == [EVALUATE]
    assert clocked.conditions(FRAMES)["Stalled"] == ("True", "AutoScaleFormulaInvalid")
    assert clocked.conditions(FRAMES)["UpToDate"] == ("False", "AutoScaleFormulaInvalid")
    assert "Division by zero" in clocked.message(FRAMES)
    assert clocked.status(FRAMES)["currentDedicatedNodes"] == 3
    await clocked.change(FRAMES, {"autoScaleFormula": FIVE})
    await clocked.run(HOUR, step=MINUTE)
    assert clocked.is_ready(FRAMES)


async def test_a_wrong_first_formula_is_refused_by_azure_in_its_own_words(
    frames: Clockwork, simulator: SimulatedAzure
) -> None:
    journal = journal_from_now(simulator)
    await frames.change(FRAMES, by_formula(BROKEN))
    await frames.run(5 * MINUTE, step=MINUTE)
    assert writes(journal.requests("batch")) == [ENABLE]
    assert frames.conditions(FRAMES)["Stalled"] == ("True", "AutoScalingFormulaSyntaxError")
    assert "Division by zero" in frames.message(FRAMES)
    assert frames.status(FRAMES)["currentDedicatedNodes"] == 2


async def test_two_formulas_within_30_seconds_are_told_apart_by_waiting(
    clocked: Clockwork, simulator: SimulatedAzure
) -> None:
    await autoscaled(clocked)
    await clocked.change(FRAMES, {"autoScaleFormula": FIVE})
    await clocked.run(10, step=5)
    journal = journal_from_now(simulator)
    await clocked.change(FRAMES, {"autoScaleFormula": THREE})
    assert ENABLE not in writes(journal.requests("batch"))
    await clocked.run(HOUR, step=15)
    assert [entry.status for entry in changes(journal.requests("batch")) if entry.operation == ENABLE] == [200]
    assert clocked.status(FRAMES)["currentDedicatedNodes"] == 3


async def test_a_formula_that_comes_too_early_for_azure_is_no_error(
    frames: Clockwork, simulator: SimulatedAzure
) -> None:
    refusal = {"status": 503, "code": TOO_MANY_FORMULAS, "message": "Too many requests"}
    simulator.control.order_fault({"match": {"operation": ENABLE}, "times": 1, "answer": refusal})
    await frames.change(FRAMES, by_formula(THREE))
    await frames.run(HOUR, step=15)
    assert frames.is_ready(FRAMES)
    assert TOO_MANY_FORMULAS not in frames.told(FRAMES)


async def test_a_person_may_have_a_formula_evaluated_again(clocked: Clockwork, simulator: SimulatedAzure) -> None:
    await autoscaled(clocked)
    await clocked.change(FRAMES, {"autoScaleFormula": BROKEN})
    journal = journal_from_now(simulator)
    await clocked.annotate(FRAMES, {"azurebatch.io/reconcile-requested-at": "now"})
    assert writes(journal.requests("batch")) == [EVALUATE]


async def test_at_rest_a_formula_costs_no_writes(clocked: Clockwork, simulator: SimulatedAzure) -> None:
    await autoscaled(clocked)
    journal = journal_from_now(simulator)
    await clocked.run(3 * HOUR, step=5 * MINUTE)
    assert writes(journal.requests("batch")) == []
    assert clocked.is_ready(FRAMES)
