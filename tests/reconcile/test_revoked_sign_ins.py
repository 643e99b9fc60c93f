"""Credentials that Entra ID does not accept any more: every resource that signs in with them says so, once each."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from azure_batch_operator.reconcile.keys import ImageKey, PoolKey, ResourceKey
from tests.support.applications import application, with_applications
from tests.support.azure_session import Journal, journal_from_now
from tests.support.clockwork import Clockwork, clockwork
from tests.support.custom_resources import Manifest, merged
from tests.support.image_turns import IMAGE, MINUTE, RESYNC, an_image
from tests.support.pool_turns import FRAMES, pool
from tests.support.simulator import SimulatedAzure, StartSimulator

TEAM = application("team", 4, secrets=["the secret of team"])
MORE = ImageKey(IMAGE.namespace, "more")
STILLS = PoolKey(FRAMES.namespace, "stills")
OWN = PoolKey(FRAMES.namespace, "own")
TEAMS: tuple[ResourceKey, ...] = (IMAGE, MORE, FRAMES, STILLS)
REFUSED = ("False", "AADSTS7000215")


@pytest.fixture
def azure(start_simulator: StartSimulator) -> SimulatedAzure:
    return start_simulator(**with_applications(TEAM))


@pytest.fixture
async def operator(azure: SimulatedAzure) -> AsyncIterator[Clockwork]:
    """An operator at rest with two images and two pools of a team, which names two Secrets, and a pool of its own."""
    async with clockwork(azure) as turning:
        for secret in ("azure", "azure-too"):
            put(turning, secret, "the secret of team")
        await turning.apply_all(
            [
                an_image(credentialsSecretRef={"name": "azure"}),
                another_image(),
                pool(credentialsSecretRef={"name": "azure"}),
                pool(STILLS.name, credentialsSecretRef={"name": "azure-too"}),
                pool(OWN.name),
            ]
        )
        await turning.until(lambda: all(turning.is_ready(key) for key in (*TEAMS, OWN)), step=5 * MINUTE)
        await turning.run(2 * RESYNC)
        yield turning


def another_image() -> Manifest:
    spec: dict[str, Any] = {"definition": {"identifier": {"sku": "more"}}, "credentialsSecretRef": {"name": "azure"}}
    named: Manifest = merged(an_image(**spec), {"metadata": {"name": MORE.name}})
    return named


def put(operator: Clockwork, name: str, text: str) -> None:
    ids = {"AZURE_TENANT_ID": operator.azure.ready.tenant_id, "AZURE_CLIENT_ID": TEAM.client_id}
    operator.secrets.put(IMAGE.namespace, name, **ids, AZURE_CLIENT_SECRET=text)


def revoke(azure: SimulatedAzure, name: str) -> None:
    """Take an application's secret away, and let one service call find that its token has ended."""
    azure.control.change_proofs(name, {"secrets": ["another"]})
    azure.control.order_fault({"match": {"service": "compute"}, "times": 1, "tokenExpired": True})
    azure.control.order_fault({"match": {"service": "batch"}, "times": 2, "tokenExpired": True})


def refusals(operator: Clockwork, key: ResourceKey) -> int:
    return operator.told(key).count("AADSTS7000215")


async def until_refused(operator: Clockwork, *keys: ResourceKey) -> None:
    await operator.until(
        lambda: any(operator.conditions(key)["Ready"] == REFUSED for key in keys), step=15, within=3 * RESYNC
    )


async def test_a_revoked_sign_in_shows_at_once_on_all_that_use_it_and_on_no_other(
    operator: Clockwork, azure: SimulatedAzure
) -> None:
    revoke(azure, "team")
    await until_refused(operator, *TEAMS)
    assert {key: operator.conditions(key)["Ready"] for key in TEAMS} == dict.fromkeys(TEAMS, REFUSED)
    assert operator.is_ready(OWN)
    secrets = {key: operator.message(key).split(", from ")[1].split(":")[0] for key in TEAMS}
    assert secrets == dict.fromkeys((IMAGE, MORE, FRAMES), "Secret rendering/azure") | {
        STILLS: "Secret rendering/azure-too"
    }


async def test_it_is_told_once_on_each_however_often_it_is_tried(operator: Clockwork, azure: SimulatedAzure) -> None:
    revoke(azure, "team")
    await until_refused(operator, *TEAMS)
    journal = journal_from_now(azure)
    await operator.run(5 * MINUTE, step=5)
    assert {key: refusals(operator, key) for key in TEAMS} == dict.fromkeys(TEAMS, 1)
    assert asked(journal) <= 5 * MINUTE / 5


async def test_the_operators_own_revoked_sign_in_shows_on_all_that_name_no_secret(
    operator: Clockwork, azure: SimulatedAzure
) -> None:
    revoke(azure, "operator")
    await until_refused(operator, OWN)
    assert refusals(operator, OWN) == 1
    assert [operator.is_ready(key) for key in TEAMS] == [True] * 4


async def test_credentials_that_are_accepted_again_heal_all_at_once(operator: Clockwork, azure: SimulatedAzure) -> None:
    revoke(azure, "team")
    await until_refused(operator, *TEAMS)
    await operator.run(20 * MINUTE)
    assert {operator.conditions(key)["Stalled"] for key in TEAMS} == {("True", "AccessDenied")}
    azure.control.change_proofs("team", {"secrets": ["the secret of team"]})
    await operator.until(lambda: any(operator.is_ready(key) for key in TEAMS), step=5)
    assert [operator.is_ready(key) for key in TEAMS] == [True] * 4


def asked(journal: Journal) -> int:
    return len(journal.requests("identity"))
