"""Whole turns of BatchPools that sign in as applications of their own, beside others in the same accounts."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from azure_batch_operator.reconcile.desired import RECONCILE_ANNOTATION
from azure_batch_operator.reconcile.keys import PoolKey
from azure_simulator.scenario import Application
from tests.support.applications import application, with_applications
from tests.support.azure_session import Journal, journal_from_now
from tests.support.clockwork import Clockwork, clockwork
from tests.support.custom_resources import Manifest, merged
from tests.support.image_turns import RESYNC
from tests.support.pool_turns import FRAMES, HOUR, MINUTE, pool, writes
from tests.support.simulator import SimulatedAzure, StartSimulator

TEAM = application("team", 4, secrets=["the secret of team"])
STRANGERS = application("strangers", 5, secrets=["the secret of strangers"])
STRANGE = PoolKey("strangers", "frames")
NAME = "azure"


@pytest.fixture
def azure(start_simulator: StartSimulator) -> SimulatedAzure:
    """One in whose accounts the strangers may do nothing."""
    changes = with_applications(TEAM, STRANGERS)
    granted = [each for each in changes["role_assignments"] if each["application"] != STRANGERS.name]
    return start_simulator(**changes | {"role_assignments": granted})


@pytest.fixture
async def operator(azure: SimulatedAzure) -> AsyncIterator[Clockwork]:
    async with clockwork(azure) as turning:
        yield turning


@pytest.fixture
async def ready(operator: Clockwork) -> Clockwork:
    """An operator with a pool that is Ready by the credentials of the team."""
    put(operator, TEAM)
    await operator.apply(signing_in())
    await operator.until(lambda: operator.is_ready(FRAMES))
    return operator


def signing_in(name: str = FRAMES.name, **spec: Any) -> Manifest:
    """A pool with the Secret of these tests."""
    return pool(name, credentialsSecretRef={"name": NAME}, **spec)


def of_strangers(**spec: Any) -> Manifest:
    """A pool of another namespace."""
    moved: Manifest = merged(signing_in(**spec), {"metadata": {"namespace": STRANGE.namespace}})
    return moved


def put(operator: Clockwork, who: Application, namespace: str = FRAMES.namespace) -> None:
    """Make or replace the Secret of a namespace."""
    ids = {"AZURE_TENANT_ID": operator.azure.ready.tenant_id, "AZURE_CLIENT_ID": who.client_id}
    operator.secrets.put(namespace, NAME, **ids, AZURE_CLIENT_SECRET=f"the secret of {who.name}")


def callers(journal: Journal) -> set[str | None]:
    return {entry.caller for entry in journal.requests("batch", "batch_accounts", "compute")}


async def test_everything_that_a_pool_asks_of_azure_is_asked_by_its_own_application(
    operator: Clockwork, azure: SimulatedAzure
) -> None:
    journal = journal_from_now(azure)
    put(operator, TEAM)
    await operator.apply(signing_in())
    await operator.until(lambda: operator.is_ready(FRAMES))
    await operator.change(FRAMES, {"targetDedicatedNodes": 5})
    await operator.run(2 * RESYNC)
    await operator.delete(FRAMES)
    await operator.run(HOUR, step=MINUTE)
    assert not operator.is_there(FRAMES)
    assert callers(journal) == {TEAM.client_id}


async def test_an_account_is_listed_by_the_operator_where_one_of_its_pools_has_no_credentials(
    ready: Clockwork, azure: SimulatedAzure
) -> None:
    await ready.apply(pool("stills"))
    journal = journal_from_now(azure)
    await ready.run(2 * RESYNC)
    lists = {entry.caller for entry in journal.requests("batch") if entry.operation == "Pools_ListPools"}
    assert lists == {azure.ready.client_id}


async def test_who_may_not_see_a_pool_is_told_nothing_of_it_by_those_who_may(
    ready: Clockwork, azure: SimulatedAzure
) -> None:
    put(ready, STRANGERS, STRANGE.namespace)
    journal = journal_from_now(azure)
    await ready.apply(of_strangers())
    await ready.run(HOUR, step=MINUTE)
    assert ready.conditions(STRANGE)["Stalled"] == ("True", "AccessDenied")
    assert STRANGERS.client_id in ready.message(STRANGE)
    assert not ready.status(STRANGE).keys() & {"url", "state", "allocationState", "currentDedicatedNodes"}
    assert writes([each for each in journal.requests("batch") if (each.status or 500) < 400]) == []


async def test_strangers_who_name_an_account_keep_nobody_from_being_looked_after(
    ready: Clockwork, azure: SimulatedAzure
) -> None:
    put(ready, STRANGERS, "a-first-namespace")
    first: Manifest = merged(signing_in("other"), {"metadata": {"namespace": "a-first-namespace"}})
    await ready.apply(first)
    journal = journal_from_now(azure)
    await ready.run(3 * RESYNC)
    lists = [entry for entry in journal.requests("batch") if entry.operation == "Pools_ListPools"]
    assert TEAM.client_id in {entry.caller for entry in lists if entry.status == 200}
    assert ready.is_ready(FRAMES)


async def test_credentials_that_are_missing_are_waited_for(operator: Clockwork, azure: SimulatedAzure) -> None:
    journal = journal_from_now(azure)
    await operator.apply(signing_in())
    assert operator.conditions(FRAMES)["Ready"] == ("False", "CredentialsMissing")
    assert journal.requests("batch") == []
    put(operator, TEAM)
    await operator.until(lambda: operator.is_ready(FRAMES))


async def test_credentials_are_read_anew_when_somebody_asks(ready: Clockwork) -> None:
    ready.secrets.put(FRAMES.namespace, NAME, AZURE_CLIENT_ID="nothing else")
    await ready.annotate(FRAMES, {RECONCILE_ANNOTATION: "now"})
    assert ready.conditions(FRAMES)["Stalled"] == ("True", "CredentialsInvalid")


async def test_a_pool_is_deleted_with_the_credentials_that_were_known_when_its_secret_went(ready: Clockwork) -> None:
    ready.secrets.remove(FRAMES.namespace, NAME)
    await ready.delete(FRAMES)
    await ready.run(HOUR, step=MINUTE)
    assert not ready.is_there(FRAMES)


async def test_a_pool_that_names_no_secret_any_more_is_looked_after_by_the_operator(
    ready: Clockwork, azure: SimulatedAzure
) -> None:
    await ready.change(FRAMES, {"credentialsSecretRef": None, "targetDedicatedNodes": 3})
    await ready.until(lambda: ready.is_ready(FRAMES))
    journal = journal_from_now(azure)
    await ready.change(FRAMES, {"targetDedicatedNodes": 4})
    await ready.run(RESYNC)
    assert callers(journal) == {azure.ready.client_id}
