"""Finding Batch accounts, by name and by endpoint."""

from typing import Any

import pytest

from azure_batch_operator.cloud.accounts import Accounts, account_from
from azure_batch_operator.cloud.session import AzureSession
from azure_batch_operator.core.accounts import Account, AccountRef
from azure_batch_operator.core.failures import AzureFailure, FailureKind
from tests.support.azure_session import journal_from_now, operator_settings, refuse_once, signed_in
from tests.support.simulator import SimulatedAzure


def by_name(azure: SimulatedAzure, name: str = "contoso") -> AccountRef:
    return AccountRef(subscription_id=azure.subscription, resource_group="batch", name=name)


async def test_an_account_is_read_by_its_name(session: AzureSession, simulator: SimulatedAzure) -> None:
    ref = by_name(simulator)
    journal = journal_from_now(simulator)
    assert await Accounts(session).get(ref) == Account(
        ref=ref,
        endpoint=simulator.ready.batch["contoso"],
        region="westeurope",
        dedicated_core_quota=6400,
        low_priority_core_quota=1000,
        pool_quota=500,
        authentication_modes=("SharedKey", "AAD", "TaskAuthenticationToken"),
    )
    assert journal.only().operation == "BatchAccount_Get"


def test_quotas_by_vm_family_count_only_where_azure_enforces_them() -> None:
    quotas: dict[str, Any] = {
        "accountEndpoint": "contoso.westeurope.batch.azure.com",
        "dedicatedCoreQuotaPerVMFamily": [{"name": "standardDv3Family", "coreQuota": 10}],
    }
    ref = AccountRef(subscription_id="s", resource_group="batch", name="contoso")
    enforced = account_from(ref, {"properties": {**quotas, "dedicatedCoreQuotaPerVMFamilyEnforced": True}})
    assert enforced.family_core_quotas == (("standardDv3Family", 10),)
    told = account_from(ref, {"properties": {**quotas, "dedicatedCoreQuotaPerVMFamilyEnforced": False}})
    assert told.family_core_quotas is None


def test_an_account_whose_nodes_count_against_the_users_subscription_is_told_apart() -> None:
    ref = AccountRef(subscription_id="s", resource_group="batch", name="contoso")
    properties = {"accountEndpoint": "contoso.westeurope.batch.azure.com", "poolAllocationMode": "UserSubscription"}
    assert account_from(ref, {"properties": properties}).user_subscription is True


async def test_an_account_that_is_not_there_is_none(session: AzureSession, simulator: SimulatedAzure) -> None:
    assert await Accounts(session).get(by_name(simulator, "nobody")) is None


async def test_an_account_without_its_resource_group_is_none(session: AzureSession, simulator: SimulatedAzure) -> None:
    ref = AccountRef(subscription_id=simulator.subscription, resource_group="nowhere", name="contoso")
    assert await Accounts(session).get(ref) is None


async def test_a_subscription_that_is_not_ours_to_see_is_a_failure(session: AzureSession) -> None:
    ref = AccountRef(subscription_id="99999999-0000-4000-8000-000000000000", resource_group="batch", name="contoso")
    with pytest.raises(AzureFailure) as refused:
        await Accounts(session).get(ref)
    assert refused.value.kind in {FailureKind.NOT_FOUND, FailureKind.FORBIDDEN}


@pytest.mark.parametrize(
    ("written", "location", "region"),
    [
        ("contoso.westeurope.batch.azure.com", None, "westeurope"),
        ("https://Contoso.WestEurope.batch.azure.com/", None, "westeurope"),
        ("contoso.westeurope.batch.azure.com", "North Europe", "northeurope"),
    ],
)
async def test_an_endpoint_is_an_account_without_a_request(
    simulator: SimulatedAzure, written: str, location: str | None, region: str
) -> None:
    ref = AccountRef(endpoint=written, location=location)
    journal = journal_from_now(simulator)
    async with signed_in(operator_settings(simulator, token_hosts=("batch.azure.com",))) as session:
        assert await Accounts(session).get(ref) == Account(
            ref=ref, endpoint="https://contoso.westeurope.batch.azure.com", region=region
        )
    assert journal.requests("identity", "batch_accounts") == []


async def test_an_endpoint_that_does_not_tell_its_region_leaves_it_open(session: AzureSession) -> None:
    found = await Accounts(session).get(AccountRef(endpoint="localhost:40002"))
    assert found is not None
    assert (found.endpoint, found.region) == ("https://localhost:40002", None)


async def test_an_endpoint_elsewhere_is_refused(session: AzureSession) -> None:
    with pytest.raises(AzureFailure) as refused:
        await Accounts(session).get(AccountRef(endpoint="contoso.evil.example"))
    assert (refused.value.kind, refused.value.code) == (FailureKind.REFUSED, "EndpointNotAllowed")


async def test_a_404_that_is_not_of_the_account_is_no_absence(session: AzureSession, simulator: SimulatedAzure) -> None:
    refuse_once(simulator, 404, "InvalidResourceType", operation="BatchAccount_Get")
    with pytest.raises(AzureFailure) as refused:
        await Accounts(session).get(by_name(simulator))
    assert refused.value.kind is FailureKind.NOT_FOUND
