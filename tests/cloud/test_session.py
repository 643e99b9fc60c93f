"""Signing in, where tokens go, and the seam for leadership."""

import asyncio
import logging

import pytest

from azure_batch_operator.cloud.data_plane import BatchRequest, DataPlane
from azure_batch_operator.cloud.operations import POOLS_LIST
from azure_batch_operator.cloud.pools import Pools
from azure_batch_operator.cloud.principals import Principals
from azure_batch_operator.cloud.session import AzureSession
from azure_batch_operator.core.accounts import Account, AccountRef
from azure_batch_operator.core.failures import AzureFailure, FailureKind
from tests.support.azure_session import Journal, journal_from_now, operator_settings, signed_in
from tests.support.simulator import SimulatedAzure


def account_at(endpoint: str) -> Account:
    return Account(ref=AccountRef(endpoint=endpoint), endpoint=endpoint, region=None)


@pytest.fixture
def account(simulator: SimulatedAzure) -> Account:
    return account_at(simulator.ready.batch["contoso"])


@pytest.fixture
def journal(simulator: SimulatedAzure) -> Journal:
    return journal_from_now(simulator)


async def test_fifty_calls_at_once_need_one_token(session: AzureSession, account: Account, journal: Journal) -> None:
    pools = Pools(session)
    found = await asyncio.gather(*(pools.get(account, f"pool-{number}") for number in range(50)))
    assert found == [None] * 50
    assert len(journal.requests("batch")) == 50
    assert len({entry.client_request_id for entry in journal.requests("batch")}) == 50
    assert len(journal.requests("identity")) == 1


async def test_accounts_that_are_asked_at_once_share_the_token_of_their_audience(
    session: AzureSession, simulator: SimulatedAzure, journal: Journal
) -> None:
    accounts = [account_at(endpoint) for endpoint in simulator.ready.batch.values()]
    assert len(accounts) > 1
    found = await asyncio.gather(*(Pools(session).list(account) for account in accounts))
    assert found == [()] * len(accounts)
    assert len(journal.requests("identity")) == 1


async def test_a_token_that_was_refused_is_not_sent_again(
    session: AzureSession, simulator: SimulatedAzure, account: Account, journal: Journal
) -> None:
    simulator.control.order_fault({"match": {"operation": "Pools_ListPools"}, "times": 1, "tokenExpired": True})
    with pytest.raises(AzureFailure) as refused:
        await Pools(session).list(account)
    assert refused.value.kind is FailureKind.UNAUTHENTICATED
    assert await Pools(session).list(account) == ()
    assert len(journal.requests("identity")) == 2
    assert [entry.status for entry in journal.requests("batch")] == [401, 200]


async def test_a_wrong_secret_says_who_could_not_sign_in_and_never_the_secret(
    simulator: SimulatedAzure, account: Account, journal: Journal, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    settings = operator_settings(simulator, client_secret="hunter2")
    async with signed_in(settings) as session:
        with pytest.raises(AzureFailure) as refused:
            await Pools(session).list(account)
    failure = refused.value
    assert (failure.kind, failure.code, failure.operation) == (
        FailureKind.UNAUTHENTICATED,
        "AADSTS7000215",
        "Identity_GetToken",
    )
    assert f"application {settings.client_id} of tenant {settings.tenant_id}" in failure.message
    assert "hunter2" not in repr(failure) + str(failure) + caplog.text
    assert failure.__cause__ is None
    assert journal.requests("batch") == []


async def test_the_same_refusal_reads_the_same_each_time(simulator: SimulatedAzure, account: Account) -> None:
    said = set()
    async with signed_in(operator_settings(simulator, client_secret="hunter2")) as session:
        for _ in range(2):
            with pytest.raises(AzureFailure) as refused:
                await Pools(session).list(account)
            said.add(refused.value.message)
    assert len(said) == 1


@pytest.mark.parametrize(("status", "kind"), [(429, FailureKind.THROTTLED), (503, FailureKind.UNAVAILABLE)])
async def test_an_overloaded_entra_id_is_asked_once_and_is_no_lack_of_rights(
    session: AzureSession,
    simulator: SimulatedAzure,
    account: Account,
    journal: Journal,
    status: int,
    kind: FailureKind,
) -> None:
    answer = {"status": status, "code": "temporarily_unavailable", "headers": {"Retry-After": "9"}}
    simulator.control.order_fault({"match": {"service": "identity"}, "answer": answer})
    with pytest.raises(AzureFailure) as refused:
        await Pools(session).list(account)
    assert (refused.value.kind, refused.value.retry_after) == (kind, 9.0)
    assert len(journal.requests("identity")) == 1


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://contoso.evil.example",
        "https://localhost.evil.example",
        "http://localhost:1",
        "https://evil.example:443",
    ],
)
async def test_no_token_is_even_asked_for_when_it_could_not_be_sent(
    session: AzureSession, journal: Journal, endpoint: str
) -> None:
    with pytest.raises(AzureFailure) as refused:
        await Pools(session).list(account_at(endpoint))
    assert (refused.value.kind, refused.value.code) == (FailureKind.REFUSED, "EndpointNotAllowed")
    assert journal.requests("identity", "batch") == []


async def test_a_port_in_the_setting_admits_no_other_port(simulator: SimulatedAzure, journal: Journal) -> None:
    allowed, other = simulator.ready.batch["contoso"], simulator.ready.batch["contosonorth"]
    settings = operator_settings(simulator, token_hosts=(allowed.removeprefix("https://"),))
    async with signed_in(settings) as session:
        assert await Pools(session).list(account_at(allowed)) == ()
        with pytest.raises(AzureFailure, match="EndpointNotAllowed"):
            await Pools(session).list(account_at(other))
    assert len(journal.requests("batch")) == 1


async def test_a_next_page_on_another_host_is_not_fetched(
    session: AzureSession, simulator: SimulatedAzure, account: Account, journal: Journal
) -> None:
    elsewhere = f"{simulator.ready.batch['contosonorth']}/pools?api-version=2025-06-01&$skiptoken=x"
    request = BatchRequest(operation=POOLS_LIST, method="GET", path=elsewhere)
    with pytest.raises(AzureFailure) as refused:
        await DataPlane(session).listed(account, request, dict)
    assert (refused.value.kind, refused.value.code) == (FailureKind.REFUSED, "EndpointNotAllowed")
    assert journal.requests("batch", "identity") == []


class LostLeadershipError(Exception):
    """What a process raises that may not write any more."""


async def test_a_write_is_kept_back_at_the_last_moment_and_a_read_is_not(
    simulator: SimulatedAzure, account: Account, journal: Journal
) -> None:
    def refuse() -> None:
        raise LostLeadershipError

    async with signed_in(operator_settings(simulator), before_write=refuse) as session:
        assert await Pools(session).list(account) == ()
        with pytest.raises(LostLeadershipError):
            await Pools(session).create(account, {"id": "frames"})
    assert journal.only().operation == "Pools_ListPools"


async def test_connections_that_were_never_opened_can_be_closed(simulator: SimulatedAzure) -> None:
    await Principals(operator_settings(simulator)).close()


async def test_nothing_runs_behind_an_idle_session(session: AzureSession, account: Account) -> None:
    await Pools(session).list(account)
    assert asyncio.all_tasks() == {asyncio.current_task()}
