"""Application packages of Batch accounts, in Azure's words."""

from typing import Any

import pytest

from azure_batch_operator.cloud.applications import Applications, application_state, package_state
from azure_batch_operator.cloud.session import AzureSession
from azure_batch_operator.core.failures import AzureFailure
from azure_batch_operator.core.preflight_facts import PackageRef, PackageState
from tests.support.azure_session import journal_from_now, refuse_once
from tests.support.simulator import SimulatedAzure


def package(azure: SimulatedAzure, version: str | None = None) -> PackageRef:
    """A package of the account contoso."""
    account = (
        f"/subscriptions/{azure.subscription}/resourceGroups/batch/providers/Microsoft.Batch/batchAccounts/contoso"
    )
    return PackageRef(application_id=f"{account}/applications/blender", version=version)


@pytest.mark.parametrize(
    ("properties", "state"),
    [
        ({"defaultVersion": "4.5"}, PackageState.THERE),
        ({"defaultVersion": ""}, PackageState.NO_DEFAULT),
        ({}, PackageState.NO_DEFAULT),
    ],
)
def test_an_application_serves_pools_that_name_no_version_by_its_default_one(
    properties: dict[str, Any], state: PackageState
) -> None:
    assert application_state({"name": "blender", "properties": properties}) is state


@pytest.mark.parametrize(("state", "meaning"), [("Active", PackageState.THERE), ("Pending", PackageState.NO_VERSION)])
def test_a_version_serves_nobody_until_it_is_activated(state: str, meaning: PackageState) -> None:
    assert package_state({"name": "4.5", "properties": {"state": state}}) is meaning


@pytest.mark.parametrize(("version", "absent"), [(None, PackageState.NO_APPLICATION), ("4.5", PackageState.NO_VERSION)])
async def test_what_azure_has_not_is_told_by_one_request(
    session: AzureSession, simulator: SimulatedAzure, version: str | None, absent: PackageState
) -> None:
    refuse_once(simulator, 404, "ResourceNotFound", pathRegex="/applications/")
    journal = journal_from_now(simulator)
    assert await Applications(session).state(package(simulator, version)) is absent
    assert journal.only().method == "GET"


async def test_an_id_that_is_none_of_an_application_costs_no_request(
    session: AzureSession, simulator: SimulatedAzure
) -> None:
    journal = journal_from_now(simulator)
    odd = PackageRef(application_id="blender", version=None)
    assert await Applications(session).state(odd) is PackageState.NO_APPLICATION
    assert journal.requests() == []


async def test_a_refusal_says_nothing_of_the_package(session: AzureSession, simulator: SimulatedAzure) -> None:
    refuse_once(simulator, 403, "AuthorizationFailed", pathRegex="/applications/")
    with pytest.raises(AzureFailure):
        await Applications(session).state(package(simulator))
