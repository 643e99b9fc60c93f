"""Pools that are scaled by a formula: at once, after every interval, and no longer when it is disabled."""

from datetime import timedelta

import pytest

from azure_simulator.answers import BatchError
from azure_simulator.batch.bodies.pools import AutoScaleEnabling, AutoScaleEvaluation, PoolResize
from azure_simulator.batch.pools import Pool
from azure_simulator.batch.sizing import PoolSizing
from azure_simulator.batch.states import Kind, Targets
from tests.support.pools import Region

OPERATION = "Pools_EnablePoolAutoScale"
GROWING = "$TargetDedicatedNodes = $CurrentDedicatedNodes + 1"


def enable(region: Region, pool: Pool, formula: str | None, interval: timedelta | None = None) -> None:
    body = AutoScaleEnabling(auto_scale_formula=formula, auto_scale_evaluation_interval=interval)
    PoolSizing(fabric=region.fabric).enable_autoscale(pool, body, OPERATION)


def refusal_of(region: Region, pool: Pool, formula: str | None, interval: timedelta | None = None) -> tuple[int, str]:
    with pytest.raises(BatchError) as refusal:
        enable(region, pool, formula, interval)
    return refusal.value.status, refusal.value.code


def test_enabling_evaluates_and_resizes_at_once() -> None:
    region = Region()
    pool = region.pool()
    enable(region, pool, "$TargetDedicatedNodes=2;$TargetLowPriorityNodes=1")

    assert not pool.is_steady
    region.clock.advance(600)
    assert (pool.nodes.total(Kind.DEDICATED), pool.nodes.total(Kind.LOW_PRIORITY)) == (2, 1)
    assert pool.autoscale_run is not None
    assert pool.autoscale_run.results.startswith("$TargetDedicatedNodes=2;$TargetLowPriorityNodes=1;")


def test_the_formula_is_evaluated_again_after_every_interval() -> None:
    region = Region()
    pool = region.pool()
    enable(region, pool, GROWING, timedelta(minutes=5))
    region.clock.advance(16 * 60)

    assert pool.targets.dedicated == 4


def test_disabling_keeps_the_targets_and_ends_the_evaluations() -> None:
    region = Region()
    pool = region.pool()
    enable(region, pool, GROWING, timedelta(minutes=5))
    region.clock.advance(6 * 60)
    PoolSizing(fabric=region.fabric).disable_autoscale(pool)
    region.clock.advance(3600)

    assert pool.targets == Targets(dedicated=2)
    assert pool.autoscale_run is None


def test_enabling_again_may_change_only_the_interval() -> None:
    region = Region()
    pool = region.pool()
    enable(region, pool, "$TargetDedicatedNodes=1")
    region.clock.advance(600)
    enable(region, pool, None, timedelta(minutes=7))

    assert pool.autoscale is not None
    assert pool.autoscale.formula == "$TargetDedicatedNodes=1"
    assert pool.autoscale.interval == timedelta(minutes=7)


def test_enabling_is_refused_in_the_services_own_words() -> None:
    region = Region()
    pool = region.pool()

    assert refusal_of(region, pool, None) == (400, "InvalidAutoScalingSettings")
    assert refusal_of(region, pool, "$TargetDedicatedNodes = ") == (400, "AutoScalingFormulaSyntaxError")
    assert refusal_of(region, pool, "a=1;" * 200) == (400, "AutoScalingFormulaTooLong")
    assert refusal_of(region, pool, "$TargetDedicatedNodes=avg($CPUPercent.GetSample(1))") == (501, "NotImplemented")
    assert refusal_of(region, pool, GROWING, timedelta(minutes=4)) == (400, "InvalidPropertyValue")
    assert refusal_of(region, pool, GROWING, timedelta(hours=169)) == (400, "InvalidPropertyValue")


def test_enabling_waits_for_a_steady_pool_and_for_half_a_minute_since_the_last_time() -> None:
    region = Region()
    pool = region.pool()
    enable(region, pool, "$TargetDedicatedNodes=0")
    region.clock.advance(29)
    assert refusal_of(region, pool, GROWING) == (503, "TooManyEnableAutoScaleRequests")
    region.clock.advance(2)
    enable(region, pool, GROWING)
    assert refusal_of(region, pool, GROWING) == (409, "PoolBeingResized")


def test_a_pool_under_autoscale_cannot_be_resized_by_hand() -> None:
    region = Region()
    pool = region.pool()
    enable(region, pool, "$TargetDedicatedNodes=0")
    region.clock.advance(10)

    with pytest.raises(BatchError, match="OperationInvalidForCurrentState"):
        PoolSizing(fabric=region.fabric).resize(pool, PoolResize(target_dedicated_nodes=1))


def test_evaluating_needs_autoscale_and_changes_nothing() -> None:
    region = Region()
    pool = region.pool()
    sizing = PoolSizing(fabric=region.fabric)
    body = AutoScaleEvaluation(auto_scale_formula="$TargetDedicatedNodes=9")
    with pytest.raises(BatchError, match="OperationInvalidForCurrentState"):
        sizing.evaluate_autoscale(pool, body, OPERATION)
    enable(region, pool, "$TargetDedicatedNodes=1")

    assert sizing.evaluate_autoscale(pool, body, OPERATION).results.startswith("$TargetDedicatedNodes=9;")
    assert pool.targets.dedicated == 1
