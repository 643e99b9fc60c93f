"""Requests to Azure as metrics count them."""

import pytest
from prometheus_client import CollectorRegistry

from azure_batch_operator.cloud.pools import Pools
from azure_batch_operator.core.accounts import Account, AccountRef
from azure_batch_operator.core.failures import AzureFailure
from azure_batch_operator.metrics.requests import UNANSWERED, AzureMetrics
from tests.support.azure_session import operator_settings, refuse_once, signed_in
from tests.support.exposition import value, values
from tests.support.simulator import SimulatedAzure

PREFIX = "azure_batch_operator"


@pytest.fixture
def account(simulator: SimulatedAzure) -> Account:
    endpoint = simulator.ready.batch["contoso"]
    return Account(ref=AccountRef(endpoint=endpoint), endpoint=endpoint, region=None)


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def observer(registry: CollectorRegistry) -> AzureMetrics:
    return AzureMetrics(registry)


def requests(registry: CollectorRegistry) -> dict[tuple[str, ...], float]:
    return values(registry, f"{PREFIX}_azure_requests_total", "operation", "code")


def throttles(registry: CollectorRegistry) -> dict[tuple[str, ...], float]:
    return values(registry, f"{PREFIX}_azure_throttles_total", "operation", "by")


def sign_in_failures(registry: CollectorRegistry) -> dict[tuple[str, ...], float]:
    return values(registry, f"{PREFIX}_sign_in_failures_total", "principal")


async def test_requests_are_counted_by_azures_name_of_the_operation_and_by_status(
    simulator: SimulatedAzure, account: Account, registry: CollectorRegistry, observer: AzureMetrics
) -> None:
    async with signed_in(operator_settings(simulator), observer=observer) as session:
        pools = Pools(session)
        assert await pools.list(account) == ()
        assert await pools.get(account, "nobody") is None
    assert requests(registry) == {("Pools_ListPools", "200"): 1, ("Pools_GetPool", "404"): 1}
    count, seconds = (f"{PREFIX}_azure_request_duration_seconds_{what}" for what in ("count", "sum"))
    assert value(registry, count, operation="Pools_ListPools") == 1
    assert value(registry, seconds, operation="Pools_ListPools") > 0
    assert throttles(registry) == sign_in_failures(registry) == {}


async def test_a_pause_that_azure_asks_for_is_told_apart_from_requests_that_were_held_back_for_it(
    simulator: SimulatedAzure, account: Account, registry: CollectorRegistry, observer: AzureMetrics
) -> None:
    refuse_once(simulator, 429, "TooManyRequests", headers={"Retry-After": "60"}, operation="Pools_ListPools")
    async with signed_in(operator_settings(simulator), observer=observer) as session:
        for _ in range(3):
            with pytest.raises(AzureFailure):
                await Pools(session).list(account)
    assert requests(registry) == {("Pools_ListPools", "429"): 1}
    assert throttles(registry) == {("Pools_ListPools", "azure"): 1, ("Pools_ListPools", "budget"): 2}


async def test_a_request_without_an_answer_counts_too(
    registry: CollectorRegistry, simulator: SimulatedAzure, account: Account, observer: AzureMetrics
) -> None:
    simulator.control.order_fault({"match": {"operation": "Pools_ListPools"}, "times": 1, "lose": "request"})
    async with signed_in(operator_settings(simulator), observer=observer) as session:
        with pytest.raises(AzureFailure):
            await Pools(session).list(account)
    assert requests(registry) == {("Pools_ListPools", UNANSWERED): 1}


async def test_who_is_not_let_in_is_counted_as_such_and_sends_nothing(
    simulator: SimulatedAzure, account: Account, registry: CollectorRegistry, observer: AzureMetrics
) -> None:
    async with signed_in(operator_settings(simulator, client_secret="wrong"), observer=observer) as session:
        with pytest.raises(AzureFailure):
            await Pools(session).list(account)
    assert sign_in_failures(registry) == {("operator",): 1}
    assert requests(registry) == {}
