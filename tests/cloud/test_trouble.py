"""What becomes of refusals, lost answers and silence: one request each, and a failure that says what is known."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from azure_batch_operator.cloud.pools import Pools
from azure_batch_operator.cloud.session import AzureSession
from azure_batch_operator.core.accounts import Account, AccountRef
from azure_batch_operator.core.failures import AzureFailure, FailureKind
from tests.support.azure_session import journal_from_now, operator_settings, refuse_once, signed_in
from tests.support.simulator import SimulatedAzure
from tests.support.trouble import Refusal, assert_not_sent_again, assert_one_failure
from tests.support.virtual_time import VirtualTime

Doing = Callable[[Pools, Account], Awaitable[object]]


def account_of(azure: SimulatedAzure, name: str = "contoso") -> Account:
    """A Batch account of the default scenario."""
    ref = AccountRef(subscription_id=azure.subscription, resource_group="batch", name=name)
    return Account(ref=ref, endpoint=azure.ready.batch[name], region="westeurope")


@pytest.fixture
def account(simulator: SimulatedAzure) -> Account:
    return account_of(simulator)


@pytest.fixture
def pools(session: AzureSession) -> Pools:
    return Pools(session)


async def resize(pools: Pools, account: Account) -> None:
    await pools.resize(
        account, "frames", dedicated=1, spot=0, timeout=timedelta(minutes=15), node_deallocation_option=None, etag="0x1"
    )


OPERATIONS: dict[str, Doing] = {
    "Pools_ListPools": lambda pools, account: pools.list(account),
    "Pools_GetPool": lambda pools, account: pools.get(account, "frames"),
    "Pools_CreatePool": lambda pools, account: pools.create(account, {"id": "frames"}),
    "Pools_UpdatePool": lambda pools, account: pools.patch(account, "frames", {}, etag="0x1"),
    "Pools_ReplacePoolProperties": lambda pools, account: pools.replace_properties(account, "frames", {}),
    "Pools_ResizePool": resize,
    "Pools_StopPoolResize": lambda pools, account: pools.stop_resize(account, "frames", etag="0x1"),
    "Pools_DeletePool": lambda pools, account: pools.delete(account, "frames", etag="0x1"),
    "Accounts_ListPoolNodeCounts": lambda pools, account: pools.node_counts(account),
    "Accounts_ListSupportedImages": lambda pools, account: pools.supported_images(account),
}

REFUSALS: list[Refusal] = [
    (429, "TooManyRequests", {"Retry-After": "7"}, FailureKind.THROTTLED),
    (503, "ServerBusy", {"Retry-After": "7"}, FailureKind.THROTTLED),
    (500, "InternalError", {}, FailureKind.UNAVAILABLE),
    (401, "AuthenticationFailed", {}, FailureKind.UNAUTHENTICATED),
    (403, "InsufficientAccountPermissions", {}, FailureKind.FORBIDDEN),
    (404, "AccountNotFound", {}, FailureKind.NOT_FOUND),
    (409, "PoolBeingResized", {"Retry-After": "7"}, FailureKind.CONFLICT),
    (412, "ConditionNotMet", {}, FailureKind.STALE),
    (400, "InvalidPropertyValue", {}, FailureKind.REFUSED),
]


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_every_refusal_of_every_operation_is_one_request_and_one_failure(
    simulator: SimulatedAzure, account: Account, operation: str
) -> None:
    for refusal in REFUSALS:
        await assert_one_failure(
            simulator, operation, refusal, lambda session: OPERATIONS[operation](Pools(session), account)
        )


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_what_is_lost_on_its_way_or_on_its_way_back_is_not_sent_again(
    simulator: SimulatedAzure, session: AzureSession, account: Account, operation: str
) -> None:
    await assert_not_sent_again(
        simulator, operation, session, lambda session: OPERATIONS[operation](Pools(session), account)
    )


async def test_a_silence_ends_with_our_own_patience(simulator: SimulatedAzure, account: Account) -> None:
    simulator.control.order_fault({"match": {"operation": "Pools_GetPool"}, "delay": 1.0})
    async with signed_in(operator_settings(simulator, request_timeout=0.2)) as session:
        with pytest.raises(AzureFailure) as failed:
            await Pools(session).get(account, "frames")
    assert (failed.value.kind, failed.value.code) == (FailureKind.UNAVAILABLE, "RequestTimeout")


async def test_a_list_whose_second_page_fails_is_no_list(
    simulator: SimulatedAzure, pools: Pools, account: Account
) -> None:
    for number in range(11):
        await pools.create(
            account,
            {
                "id": f"pool-{number}",
                "vmSize": "STANDARD_D2_V3",
                "targetDedicatedNodes": 0,
                "virtualMachineConfiguration": {
                    "imageReference": {
                        "publisher": "canonical",
                        "offer": "0001-com-ubuntu-server-jammy",
                        "sku": "22_04-lts",
                    },
                    "nodeAgentSKUId": "batch.node.ubuntu 22.04",
                },
            },
        )
    match, answer = {"operation": "Accounts_ListPoolNodeCounts"}, {"status": 500, "code": "InternalError"}
    simulator.control.order_fault({"match": match, "skip": 1, "answer": answer})
    with pytest.raises(AzureFailure) as failed:
        await pools.node_counts(account)
    assert failed.value.kind is FailureKind.UNAVAILABLE


async def test_a_pause_that_azure_asks_for_is_kept_by_everybody_of_that_account(
    simulator: SimulatedAzure, account: Account
) -> None:
    time = VirtualTime()
    async with signed_in(operator_settings(simulator), monotonic=time.time) as session:
        pools = Pools(session)
        refuse_once(simulator, 429, "TooManyRequests", headers={"Retry-After": "30"}, operation="Pools_ListPools")
        with pytest.raises(AzureFailure):
            await pools.list(account)
        journal = journal_from_now(simulator)
        for doing in (OPERATIONS["Pools_GetPool"], OPERATIONS["Pools_CreatePool"]):
            with pytest.raises(AzureFailure) as kept_back:
                await doing(pools, account)
            assert (kept_back.value.kind, kept_back.value.code) == (FailureKind.THROTTLED, "RequestBudget")
            assert kept_back.value.retry_after == pytest.approx(30.0)
        assert journal.requests() == []
        assert await pools.list(account_of(simulator, "contosonorth")) == ()
        time.advance(30)
        assert await pools.list(account) == ()


async def test_a_conflict_that_says_when_to_come_back_holds_nobody_else_up(
    simulator: SimulatedAzure, pools: Pools, account: Account
) -> None:
    refuse_once(simulator, 409, "PoolBeingResized", headers={"Retry-After": "30"}, operation="Pools_ResizePool")
    with pytest.raises(AzureFailure):
        await resize(pools, account)
    assert await pools.list(account) == ()


async def test_a_missing_right_is_named_with_who_lacks_it(simulator: SimulatedAzure, account: Account) -> None:
    reader = next(app for app in simulator.scenario.tenants[0].applications if app.name == "reader")
    settings = operator_settings(simulator, client_id=reader.client_id, client_secret=reader.secrets[0])
    async with signed_in(settings) as session:
        with pytest.raises(AzureFailure) as refused:
            await Pools(session).create(account, {"id": "frames"})
    assert refused.value.kind is FailureKind.FORBIDDEN
    assert "Microsoft.Batch/batchAccounts/pools/write" in refused.value.message
    assert f" on {account.ref.arm_id}, granted to application {reader.client_id} of tenant" in refused.value.message


async def test_a_host_that_nobody_serves_is_no_lost_answer(session: AzureSession) -> None:
    nobody = Account(ref=AccountRef(endpoint="localhost:1"), endpoint="https://localhost:1", region=None)
    with pytest.raises(AzureFailure) as failed:
        await Pools(session).list(nobody)
    assert (failed.value.kind, failed.value.code) == (FailureKind.UNAVAILABLE, "ConnectionFailed")


async def test_a_certificate_that_we_do_not_trust_ends_the_call(
    simulator: SimulatedAzure, account: Account, tmp_path: Path
) -> None:
    async with signed_in(operator_settings(simulator, ca_file=None)) as session:
        with pytest.raises(AzureFailure) as failed:
            await Pools(session).list(account)
    assert (failed.value.kind, failed.value.code) == (FailureKind.UNAVAILABLE, "CertificateNotTrusted")
    assert "AZURE_BATCH_OPERATOR_CA_FILE" in failed.value.message
