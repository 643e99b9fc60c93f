"""Autoscale formulas: what is computed, what is refused, and what is honestly not simulated."""

from datetime import datetime, timedelta

import pytest

from azure_simulator.batch.formula_metrics import MetricLog, Sight
from azure_simulator.batch.formula_values import (
    FormulaNotSimulatedError,
    FormulaRunError,
    FormulaSyntaxError,
    FormulaTooLongError,
)
from azure_simulator.batch.formulas import METRICS, evaluate
from azure_simulator.batch.states import Targets
from tests.support.pools import MORNING

SAMPLED = {
    "$ActiveTasks": 10.0,
    "$RunningTasks": 3.0,
    "$PendingTasks": 13.0,
    "$TaskSlotsPerNode": 1.0,
    "$CurrentDedicatedNodes": 4.0,
    "$CurrentLowPriorityNodes": 2.0,
    "$UsableNodeCount": 6.0,
    "$PreemptedNodeCount": 1.0,
}


def sight(now: datetime) -> Sight:
    """A pool that has been sampled for ten minutes, always with the same numbers."""
    metrics = dict.fromkeys(METRICS, 0.0) | SAMPLED
    log = MetricLog(now - timedelta(minutes=10))
    log.record(log.began, metrics)
    targets = {"$TargetDedicatedNodes": 3.0, "$TargetDedicated": 3.0, "$TargetLowPriorityNodes": 0.0}
    return Sight(now=now, metrics=metrics, targets=targets, log=log)


CURRENT = sight(MORNING + timedelta(hours=1))


@pytest.mark.parametrize(
    ("formula", "dedicated", "low_priority"),
    [
        ("$TargetDedicatedNodes=3", 3, 0),
        ("$TargetDedicated = 3;", 3, 0),
        ("$TargetLowPriorityNodes=5; $TargetDedicatedNodes=1", 1, 5),
        ("a = 2; b = a * 3 + 1; $TargetDedicatedNodes = b", 7, 0),
        ("$TargetDedicatedNodes = min(10, max(2, 3), 25)", 3, 0),
        ("$TargetDedicatedNodes = (1 + 2) * 3 - 8 / 4", 7, 0),
        ("$TargetDedicatedNodes = $CurrentDedicatedNodes + 1", 5, 0),
        ("$TargetDedicatedNodes = $CurrentDedicatedNodes > 3 ? 10 : 20", 10, 0),
        ("$TargetDedicatedNodes = $CurrentDedicatedNodes == 3 ? 10 : 20", 20, 0),
        ("$TargetDedicatedNodes = 2.9", 2, 0),
        ("$TargetDedicatedNodes = -4", 0, 0),
        ("// as many as\n/* there are */ $TargetDedicatedNodes = 1", 1, 0),
        ("", 0, 0),
    ],
)
def test_a_formula_sets_targets(formula: str, dedicated: int, low_priority: int) -> None:
    assert evaluate(formula, CURRENT).targets == Targets(dedicated=dedicated, low_priority=low_priority)


def test_the_results_text_is_the_services() -> None:
    results = evaluate("$TargetLowPriorityNodes=3", CURRENT).results

    assert results == "$TargetDedicatedNodes=0;$TargetLowPriorityNodes=3;$NodeDeallocationOption=requeue"


def test_a_formula_chooses_what_happens_to_tasks() -> None:
    evaluation = evaluate("$TargetDedicatedNodes=0;$NodeDeallocationOption=taskcompletion", CURRENT)

    assert evaluation.option == "taskcompletion"


@pytest.mark.parametrize(
    "formula",
    [
        "$TargetDedicatedNodes",
        "$TargetDedicatedNodes = ",
        "$TargetDedicatedNodes = 1 +",
        "$TargetDedicatedNodes = (1",
        "$TargetDedicatedNodes = 1 2",
        "$TargetDedicatedNodes = unknown",
        "3 = 4",
        "$TargetDedicatedNodes = 1 / 0",
        "$NodeDeallocationOption = never",
        "$TargetDedicatedNodes = #",
        "$TargetDedicatedNodes = nobody(1)",
        "$TargetDedicatedNodes = min()",
        '$TargetDedicatedNodes = "two"',
        "$TargetDedicatedNodes = time() * 2",
        "$TargetDedicatedNodes = time() > 3 ? 1 : 2",
        "$TargetDedicatedNodes = time().century",
        '$TargetDedicatedNodes = time("yesterday").hour',
        "$TargetDedicatedNodes = $ActiveTasks.GetSample()",
        "$TargetDedicatedNodes = $ActiveTasks.Guess(1)",
        "$ActiveTasks = 3",
    ],
)
def test_what_is_no_formula_is_a_syntax_error(formula: str) -> None:
    with pytest.raises(FormulaSyntaxError):
        evaluate(formula, CURRENT)


@pytest.mark.parametrize(
    "formula", ["$TargetDedicatedNodes = avg($CPUPercent.GetSample(1))", "$TargetDedicatedNodes = rand()"]
)
def test_what_is_not_simulated_is_named(formula: str) -> None:
    with pytest.raises(FormulaNotSimulatedError, match=r"\$CPUPercent|rand"):
        evaluate(formula, CURRENT)


def test_long_formulas_and_many_statements_are_too_long() -> None:
    for formula in ("// " + "x" * 9000, "a=1;" * 101):
        with pytest.raises(FormulaTooLongError):
            evaluate(formula, CURRENT)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("avg(1, 2, 6)", 3),
        ("sum(4, 5)", 9),
        ("len(1, 2, 3)", 3),
        ("ceil(2.1)", 3),
        ("floor(2.9)", 2),
        ("round(2.5)", 3),
        ("range(3, 9)", 6),
        ("std(2, 4, 4, 4, 5, 5, 7, 9) * 100", 213),
        ("lg(8) + log(100) + ln(1)", 5),
        ("norm(3, 4)", 5),
        ("percentile($ActiveTasks.GetSample(TimeInterval_Minute * 10), 50)", 10),
        ("val($ActiveTasks.GetSample(TimeInterval_Minute * 10), 0)", 10),
        ("max($ActiveTasks.GetSample(1) * 2)", 20),
        ("max($ActiveTasks.GetSample(3) + $RunningTasks.GetSample(3))", 13),
        ("!0 && (1 || 0) ? 5 : 6", 5),
        ("0 ? val($ActiveTasks.GetSample(1), 99) : 2", 2),
        ('time("2026-03-02T08:00:00Z") < time() ? 1 : 2', 1),
        ('time("Mon, 02 Mar 2026 08:00:00 GMT").hour', 8),
        ("time().weekday", 1),
        ("(time() - TimeInterval_Hour).hour", 8),
        ("(TimeInterval_Hour / 2 == TimeInterval_Minute * 30) ? 7 : 8", 7),
        ("$TargetDedicatedNodes + 1", 4),
        ("$PreemptedNodeCount + $UsableNodeCount + $TaskSlotsPerNode", 8),
        ("$PendingTasks.GetSamplePeriod() / 30 == TimeInterval_Second ? 1 : 0", 1),
        ("$PendingTasks.Count() >= 20 ? 1 : 0", 1),
    ],
)
def test_expressions_have_the_documented_meaning(expression: str, value: int) -> None:
    assert evaluate(f"$TargetDedicatedNodes = {expression};", CURRENT).targets.dedicated == value


def test_microsofts_example_by_pending_tasks_adds_nodes() -> None:
    formula = """
        startingNumberOfVMs = 1;
        maxNumberofVMs = 25;
        pendingTaskSamplePercent = $PendingTasks.GetSamplePercent(180 * TimeInterval_Second);
        pendingTaskSamples = pendingTaskSamplePercent < 70 ? startingNumberOfVMs
            : avg($PendingTasks.GetSample(180 * TimeInterval_Second));
        $TargetDedicatedNodes=min(maxNumberofVMs, pendingTaskSamples);
        $NodeDeallocationOption = taskcompletion;
    """
    evaluation = evaluate(formula, CURRENT)

    assert evaluation.targets == Targets(dedicated=13)
    assert evaluation.option == "taskcompletion"


def test_microsofts_example_by_the_time_of_day_follows_the_clock() -> None:
    formula = """
        $curTime = time();
        $workHours = $curTime.hour >= 8 && $curTime.hour < 18;
        $isWeekday = $curTime.weekday >= 1 && $curTime.weekday <= 5;
        $isWorkingWeekdayHour = $workHours && $isWeekday;
        $TargetDedicatedNodes = $isWorkingWeekdayHour ? 20:10;
        $NodeDeallocationOption = taskcompletion;
    """
    assert evaluate(formula, CURRENT).targets.dedicated == 20
    assert evaluate(formula, sight(MORNING + timedelta(hours=12))).targets.dedicated == 10


def test_samples_that_are_not_there_yet_fail_the_run_and_not_the_formula() -> None:
    with pytest.raises(FormulaRunError) as error:
        evaluate("$TargetDedicatedNodes = avg($ActiveTasks.GetSample(TimeInterval_Hour, 80))", CURRENT)

    assert error.value.code == "InsufficientSampleData"
    assert "$ActiveTasks wanted 80%" in str(error.value)
