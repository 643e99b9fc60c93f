"""From targets to a formula and back, and from one formula to another."""

from typing import Any

import pytest

from azure_batch_operator.core.conditions import Progressing, Retrying, Stalled
from azure_batch_operator.core.formulas import FormulaCheck, plain_formula
from azure_batch_operator.core.plan.pool_steps import (
    DisableAutoScale,
    EnableAutoScale,
    EvaluateAutoScale,
    Nothing,
    Patch,
)
from azure_batch_operator.core.plan.pools import next_step
from azure_batch_operator.core.pools import AutoScaleRun, ObservedPool, WantedPool
from azure_batch_operator.core.sizing import Size
from tests.support.batch_pools import observed_pool, wanted_pool
from tests.support.pool_views import OPEN, SHORT, nodes, view, waiting

OLD, NEW = "$TargetDedicatedNodes=1;", "$TargetDedicatedNodes=5;"
ERROR = FormulaCheck(formula=NEW, error="EvaluationError: Division by zero.")


def by_formula(formula: str = NEW, **body: Any) -> WantedPool:
    """A spec whose formula sizes the pool."""
    return wanted_pool({"enableAutoScale": True, "autoScaleFormula": formula, **body}, dedicated=None, spot=None)


def sized_by(formula: str = OLD, **changes: Any) -> ObservedPool:
    """A pool that a formula sizes."""
    body = {"enableAutoScale": True, "autoScaleFormula": formula, "autoScaleEvaluationInterval": "PT15M"}
    return observed_pool(body, auto_scaled=True, **changes)


class TestOn:
    def test_a_formula_takes_the_place_of_targets(self) -> None:
        wanted = by_formula(autoScaleEvaluationInterval="PT30M")
        assert next_step(view(wanted, observed_pool(), gate=OPEN)) == EnableAutoScale(
            formula=NEW,
            interval="PT30M",
            fields=("enableAutoScale", "autoScaleFormula", "autoScaleEvaluationInterval"),
        )

    def test_without_an_interval_none_is_sent(self) -> None:
        step = next_step(view(by_formula(), observed_pool()))
        assert isinstance(step, EnableAutoScale)
        assert step.interval is None

    def test_it_waits_for_the_end_of_a_resize(self) -> None:
        verdict = waiting(view(by_formula(), nodes(9, current=2, allocation_state="resizing")))
        assert verdict.reason == "Resizing"
        assert "as the formula says" in verdict.message

    def test_it_waits_for_the_replicas_of_the_most_nodes_that_it_may_ask_for(self) -> None:
        assert waiting(view(by_formula(), observed_pool(), gate=SHORT)).reason == "WaitingForReplicas"

    def test_a_pool_without_nodes_is_put_right_before_its_formula_makes_some(self) -> None:
        wanted = by_formula(vmSize="STANDARD_D4_V3")
        assert isinstance(next_step(view(wanted, nodes(0))), Patch)

    def test_within_30_seconds_of_another_it_waits_without_an_error(self) -> None:
        verdict = waiting(view(by_formula(), observed_pool(), formula_pause=12))
        assert isinstance(verdict, Progressing)
        assert verdict.reason == "AutoScaleWaits"


class TestOff:
    def test_targets_take_the_place_of_a_formula(self) -> None:
        assert next_step(view(found=sized_by())) == DisableAutoScale(size=Size(dedicated=2, spot=0))

    def test_so_does_a_plain_no(self) -> None:
        refusing = wanted_pool({"enableAutoScale": False}, dedicated=None, spot=None)
        assert isinstance(next_step(view(refusing, sized_by())), DisableAutoScale)

    def test_it_does_not_wait_for_the_end_of_a_resize(self) -> None:
        growing = sized_by(target_dedicated=9, allocation_state="resizing")
        assert isinstance(next_step(view(found=growing)), DisableAutoScale)

    def test_a_spec_that_says_nothing_of_its_size_leaves_the_formula(self) -> None:
        assert next_step(view(wanted_pool(dedicated=None, spot=None), sized_by())) == Nothing()


class TestAnother:
    def test_another_formula_is_evaluated_before_it_replaces_a_working_one(self) -> None:
        assert next_step(view(by_formula(), sized_by())) == EvaluateAutoScale(formula=NEW)

    def test_even_while_the_pool_is_resized_for_the_old_one(self) -> None:
        growing = sized_by(target_dedicated=9, allocation_state="resizing")
        assert isinstance(next_step(view(by_formula(), growing)), EvaluateAutoScale)

    def test_one_that_azure_can_evaluate_replaces_it(self) -> None:
        step = next_step(view(by_formula(), sized_by(), checked=FormulaCheck(formula=NEW)))
        assert step == EnableAutoScale(formula=NEW, interval=None, fields=("autoScaleFormula",))

    def test_one_that_fails_never_does_and_azures_words_are_told(self) -> None:
        verdict = waiting(view(by_formula(), sized_by(), checked=ERROR))
        assert isinstance(verdict, Stalled)
        assert verdict.reason == "AutoScaleFormulaInvalid"
        assert "Division by zero. Correct it; the pool keeps the one it has." in verdict.message

    def test_another_interval_needs_no_evaluation(self) -> None:
        wanted = by_formula(OLD, autoScaleEvaluationInterval="PT1H")
        assert isinstance(next_step(view(wanted, sized_by())), EnableAutoScale)

    def test_the_same_interval_in_other_words_is_no_change(self) -> None:
        assert next_step(view(by_formula(OLD, autoScaleEvaluationInterval="PT900S"), sized_by())) == Nothing()


class TestAtRest:
    def test_the_same_formula_with_other_line_ends_is_no_change(self) -> None:
        windows = by_formula("n = 1; // one \r\n$TargetDedicatedNodes=n;\r\n")
        assert next_step(view(windows, sized_by("n = 1; // one\n$TargetDedicatedNodes=n;"))) == Nothing()

    def test_a_formula_that_fails_in_azure_is_told_and_left_to_batch(self) -> None:
        run = AutoScaleRun(timestamp="2026-11-23T08:00:00Z", error="InsufficientSampleData: No samples")
        verdict = waiting(view(by_formula(OLD), sized_by(auto_scale_run=run)))
        assert isinstance(verdict, Retrying)
        assert verdict.reason == "AutoScaleFailed"
        assert "InsufficientSampleData: No samples" in verdict.message

    def test_sizes_that_a_formula_is_on_the_way_to_are_no_trouble(self) -> None:
        assert next_step(view(by_formula(OLD), sized_by(target_dedicated=9))) == Nothing()

    def test_the_error_of_a_formula_that_is_gone_is_not_told(self) -> None:
        run = AutoScaleRun(timestamp="2026-11-23T08:00:00Z", error="InsufficientSampleData: No samples")
        assert next_step(view(found=observed_pool(auto_scale_run=run))) == Nothing()


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("a = 1;\r\nb = 2;", "a = 1;\nb = 2;", True),
        ("a = 1;   \nb = 2;\n\n", "a = 1;\nb = 2;", True),
        ("// one\na = 1;", "// one a = 1;", False),
        ('time("1 Jan")', 'time("1  Jan")', False),
        ("a = 1;", "A = 1;", False),
    ],
)
def test_formulas_are_the_same_only_where_the_difference_cannot_mean_anything(
    one: str, other: str, *, same: bool
) -> None:
    assert (plain_formula(one) == plain_formula(other)) is same
