"""Autoscale formulas: what is computed, what is refused, and what is honestly not simulated."""

import pytest

from azure_simulator.batch.formulas import (
    FormulaNotSimulatedError,
    FormulaSyntaxError,
    FormulaTooLongError,
    evaluate,
)
from azure_simulator.batch.states import Targets

CURRENT = Targets(dedicated=4, low_priority=2)


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
    ],
)
def test_what_is_no_formula_is_a_syntax_error(formula: str) -> None:
    with pytest.raises(FormulaSyntaxError):
        evaluate(formula, CURRENT)


@pytest.mark.parametrize(
    ("formula", "missing"),
    [
        ("$TargetDedicatedNodes = $PendingTasks.GetSample(1)", r"\$PendingTasks"),
        ("$TargetDedicatedNodes = time()", "time"),
        ("$TargetDedicatedNodes = 1 && 0 ? 1 : 2", "&"),
    ],
)
def test_what_is_not_simulated_is_named(formula: str, missing: str) -> None:
    with pytest.raises(FormulaNotSimulatedError, match=missing):
        evaluate(formula, CURRENT)


@pytest.mark.parametrize("formula", ["a=1;" * 101, "a = 1 " + " " * 8192])
def test_formulas_have_a_longest_length_and_a_greatest_number_of_statements(formula: str) -> None:
    with pytest.raises(FormulaTooLongError):
        evaluate(formula, CURRENT)
