"""Whether Microsoft.Batch is registered, against the simulator."""

import pytest

from azure_batch_operator.cloud.providers import Providers
from azure_batch_operator.cloud.session import AzureSession
from azure_batch_operator.core.failures import AzureFailure, FailureKind
from tests.support.azure_session import journal_from_now, refuse_once
from tests.support.simulator import SimulatedAzure


async def test_a_registration_is_seen_by_one_request(session: AzureSession, simulator: SimulatedAzure) -> None:
    journal = journal_from_now(simulator)
    assert await Providers(session).has_batch(simulator.subscription) is True
    assert journal.only().operation == "Providers_Get"


async def test_a_registration_that_may_not_be_read_is_a_failure(
    session: AzureSession, simulator: SimulatedAzure
) -> None:
    refuse_once(simulator, 403, "AuthorizationFailed", operation="Providers_Get")
    with pytest.raises(AzureFailure) as refused:
        await Providers(session).has_batch(simulator.subscription)
    assert refused.value.kind is FailureKind.FORBIDDEN
