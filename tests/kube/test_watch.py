"""kopf's part: a watch, and nothing that costs anything per object."""

from collections.abc import Callable
from typing import Any

import kopf
import pytest

from azure_batch_operator.kube.login import login
from azure_batch_operator.kube.watch import (
    HandlerError,
    PatientBackoffs,
    assert_only_events,
    watch_registry,
    watch_settings,
)
from azure_batch_operator.reconcile.desired import FINALIZER
from tests.support.stores import Stores

POOLS = ("azurebatch.io", "v1alpha1", "batchpools")


def registry() -> kopf.OperatorRegistry:
    return watch_registry(Stores().feed, login)


async def test_the_watch_as_we_make_it_passes_the_assertion() -> None:
    assert_only_events(registry(), watch_settings())


@pytest.mark.parametrize(
    ("register", "named"),
    [
        (lambda to: kopf.timer(*POOLS, interval=60, registry=to), "timer"),
        (lambda to: kopf.daemon(*POOLS, registry=to), "daemon"),
        (lambda to: kopf.index(*POOLS, registry=to), "index"),
        (lambda to: kopf.on.create(*POOLS, registry=to), "create"),
        (lambda to: kopf.on.delete(*POOLS, registry=to), "delete"),
        (lambda to: kopf.on.field(*POOLS, field="spec", registry=to), "field"),
        (lambda to: kopf.on.validate(*POOLS, registry=to), "webhook"),
    ],
    ids=["timer", "daemon", "index", "create", "delete", "field", "webhook"],
)
async def test_a_handler_that_costs_something_per_object_keeps_the_operator_from_starting(
    register: Callable[[kopf.OperatorRegistry], Callable[[Any], Any]], named: str
) -> None:
    handlers = registry()

    @register(handlers)
    async def _costly(**_: Any) -> None:
        """Does not matter."""

    with pytest.raises(HandlerError, match=named):
        assert_only_events(handlers, watch_settings())


async def test_kopf_must_not_know_our_finalizer_since_it_would_strip_it() -> None:
    settings = watch_settings()
    settings.persistence.finalizer = FINALIZER
    with pytest.raises(HandlerError, match="finalizer"):
        assert_only_events(registry(), settings)


def test_kopf_is_patient_for_ten_minutes_each_time_it_asks() -> None:
    backoffs = PatientBackoffs()
    for pauses in (list(backoffs), list(backoffs)):
        assert 600 <= sum(pauses) <= 640
        assert max(pauses) <= 22.5
