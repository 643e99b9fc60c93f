"""Tokens of managed identities from a machine's metadata endpoint, through azure-identity and by hand."""

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jwt
import pytest
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import CredentialUnavailableError, DefaultAzureCredential, ManagedIdentityCredential
from azure.identity.aio import ManagedIdentityCredential as AsyncManagedIdentityCredential
from azure.mgmt.compute import ComputeManagementClient

from tests.support.arm import ARM_SCOPE, call
from tests.support.simulator import SimulatedAzure, StartSimulator

MACHINE = "66666666-6666-4666-8666-666666666666"
RENDER_NODES = "44444444-4444-4444-8444-444444444444"
RENDER_REGISTRY = "55555555-5555-4555-8555-555555555555"
IDENTITIES = (
    "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/batch"
    "/providers/Microsoft.ManagedIdentity/userAssignedIdentities"
)
TOKEN = "/metadata/identity/oauth2/token"
SUBSCRIPTION = IDENTITIES.split("/resourceGroups", maxsplit=1)[0]
OTHERS_ROLES = [{"application": "operator", "role": "Contributor", "scope": SUBSCRIPTION}]
BOTH = {"user_assigned": ["render-nodes", "render-registry"], "system_assigned": None}
NONE: dict[str, Any] = {"user_assigned": [], "system_assigned": None}
ONE = {"user_assigned": ["render-nodes"], "system_assigned": None}


@pytest.fixture
def machine(simulator: SimulatedAzure, monkeypatch: pytest.MonkeyPatch) -> SimulatedAzure:
    """A process that runs on the machine of the default scenario."""
    return on_machine(simulator, monkeypatch)


def on_machine(azure: SimulatedAzure, monkeypatch: pytest.MonkeyPatch) -> SimulatedAzure:
    monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", azure.ready.managed_identity)
    return azure


def claims(token: str) -> dict[str, Any]:
    found: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    body: Any


def ask(azure: SimulatedAzure, *, path: str = TOKEN, headers: Mapping[str, str] | None = None, **query: str) -> Answer:
    url = f"{azure.ready.managed_identity}{path}?{urllib.parse.urlencode(query)}"
    request = urllib.request.Request(url, headers=dict({"Metadata": "true"} if headers is None else headers))
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return Answer(status=response.status, body=json.load(response))
    except urllib.error.HTTPError as error:
        return Answer(status=error.code, body=json.load(error))


def asked(azure: SimulatedAzure, **query: str) -> Answer:
    complete: dict[str, Any] = {"api-version": "2018-02-01", "resource": "https://management.azure.com/"} | query
    return ask(azure, **complete)


# --- azure-identity's own classes


def test_the_system_assigned_identity_calls_resource_manager_with_its_roles(machine: SimulatedAzure) -> None:
    compute = ComputeManagementClient(
        ManagedIdentityCredential(),
        machine.subscription,
        base_url=machine.ready.resource_manager,
        connection_verify=machine.verify,
    )
    assert "render-node-1" in [image.name for image in compute.images.list()]
    assert {entry.caller for entry in machine.control.requests(service="compute")} == {MACHINE}


@pytest.mark.parametrize(
    "naming",
    [
        {"client_id": RENDER_NODES},
        {"identity_config": {"object_id": "4d4d4d4d-4d4d-4d4d-8d4d-4d4d4d4d4d4d"}},
        {"identity_config": {"resource_id": f"{IDENTITIES}/render-nodes"}},
    ],
    ids=["client", "object", "resource"],
)
def test_a_user_assigned_identity_is_named_by_any_of_its_ids(machine: SimulatedAzure, naming: dict[str, Any]) -> None:
    token = ManagedIdentityCredential(**naming).get_token(ARM_SCOPE)
    assert claims(token.token)["appid"] == RENDER_NODES
    assert claims(token.token)["oid"] == "4d4d4d4d-4d4d-4d4d-8d4d-4d4d4d4d4d4d"


@pytest.mark.parametrize(
    ("naming", "who"),
    [({}, MACHINE), ({"client_id": RENDER_NODES}, RENDER_NODES), ({"client_id": MACHINE}, MACHINE)],
)
async def test_the_asynchronous_class_gets_the_same_tokens(
    machine: SimulatedAzure, naming: dict[str, Any], who: str
) -> None:
    async with AsyncManagedIdentityCredential(**naming) as credential:
        token = await credential.get_token("https://batch.core.windows.net//.default")
    assert (claims(token.token)["appid"], claims(token.token)["aud"]) == (who, "https://batch.core.windows.net/")


def test_the_chain_of_default_credentials_ends_at_the_machine(machine: SimulatedAzure) -> None:
    credential = DefaultAzureCredential(
        exclude_environment_credential=True, exclude_workload_identity_credential=True, retry_total=0
    )
    assert claims(credential.get_token(ARM_SCOPE).token)["appid"] == MACHINE


def test_azure_identity_says_that_the_machine_has_no_such_identity(machine: SimulatedAzure) -> None:
    with pytest.raises(ClientAuthenticationError, match="Identity not found"):
        ManagedIdentityCredential(client_id=RENDER_REGISTRY).get_token(ARM_SCOPE)


async def test_the_asynchronous_class_says_so_too(machine: SimulatedAzure) -> None:
    async with AsyncManagedIdentityCredential(client_id=RENDER_REGISTRY) as credential:
        with pytest.raises(CredentialUnavailableError, match=r"has not been assigned.*Identity not found"):
            await credential.get_token(ARM_SCOPE)


# --- which identity


def test_the_only_user_assigned_identity_need_not_be_named(start_simulator: StartSimulator) -> None:
    azure = start_simulator(instance_metadata=ONE, role_assignments=OTHERS_ROLES)
    assert claims(asked(azure).body["access_token"])["appid"] == RENDER_NODES


def test_of_several_one_must_be_named(start_simulator: StartSimulator) -> None:
    azure = start_simulator(instance_metadata=BOTH, role_assignments=OTHERS_ROLES)
    refused = asked(azure)
    assert (refused.status, refused.body["error"]) == (400, "invalid_request")
    assert refused.body["error_description"].startswith("Multiple user assigned identities exist, please specify")
    assert asked(azure, client_id=RENDER_REGISTRY).status == 200


def test_a_machine_without_identities_gets_no_token(start_simulator: StartSimulator) -> None:
    azure = start_simulator(instance_metadata=NONE, role_assignments=OTHERS_ROLES)
    assert asked(azure) == Answer(
        status=400, body={"error": "invalid_request", "error_description": "Identity not found"}
    )


def test_an_identity_that_was_deleted_is_not_found_and_its_tokens_are_good_for_nothing(
    start_simulator: StartSimulator,
) -> None:
    azure = start_simulator(instance_metadata=ONE, role_assignments=OTHERS_ROLES)
    token = asked(azure).body["access_token"]
    assert call(azure, "DELETE", f"{IDENTITIES}/render-nodes?api-version=2024-11-30").status == 200
    assert asked(azure).body["error_description"] == "Identity not found"
    refused = call(azure, "GET", "/subscriptions?api-version=2022-12-01", token=token)
    assert (refused.status, refused.code) == (401, "InvalidAuthenticationToken")


def test_an_identity_that_was_made_a_moment_ago_can_be_given_a_role(simulator: SimulatedAzure) -> None:
    made = call(simulator, "PUT", f"{IDENTITIES}/fresh?api-version=2024-11-30", {"location": "westeurope"})
    principal = made.body["properties"]["principalId"]
    found = call(
        simulator,
        "GET",
        f"/v1.0/servicePrincipals/{principal}",
        token=simulator.credential().get_token("https://graph.microsoft.com/.default").token,
    )
    assert (found.status, found.body["displayName"]) == (200, "fresh")


# --- requests that are refused


@pytest.mark.parametrize("headers", [{}, {"Metadata": "True"}])
def test_a_request_without_the_header_is_refused(simulator: SimulatedAzure, headers: dict[str, str]) -> None:
    refused = ask(simulator, headers=headers, **{"api-version": "2018-02-01", "resource": "x"})
    assert refused == Answer(
        status=400,
        body={"error": "bad_request_102", "error_description": "Required metadata header not specified"},
    )


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ({"api-version": ""}, "'api-version' is missing"),
        ({"api-version": "2017-01-01"}, "api-version is not supported"),
        ({"resource": ""}, "'resource' is missing"),
    ],
)
def test_a_request_that_lacks_something_is_told_what(
    simulator: SimulatedAzure, query: dict[str, str], says: str
) -> None:
    refused = asked(simulator, **query)
    assert (refused.status, refused.body["error"]) == (400, "invalid_request")
    assert says in refused.body["error_description"]


def test_a_request_that_came_through_a_proxy_is_refused(simulator: SimulatedAzure) -> None:
    query: dict[str, Any] = {"api-version": "2018-02-01", "resource": "https://management.azure.com/"}
    refused = ask(simulator, headers={"Metadata": "true", "X-Forwarded-For": "10.0.0.1"}, **query)
    assert refused.status == 400


def test_there_is_no_token_for_what_is_no_service_of_azure(simulator: SimulatedAzure) -> None:
    refused = asked(simulator, resource="https://nobody.example")
    assert (refused.status, refused.body["error"]) == (400, "invalid_resource")
    assert refused.body["error_description"].startswith("AADSTS500011: ")


def test_what_else_a_machine_is_told_of_itself_is_not_simulated(simulator: SimulatedAzure) -> None:
    refused = ask(simulator, path="/metadata/instance")
    assert (refused.status, refused.body["error"]) == (501, "NotImplemented")


def test_any_other_path_is_not_found(simulator: SimulatedAzure) -> None:
    assert ask(simulator, path="/subscriptions").status == 404


def test_faults_strike_here_too_and_the_journal_keeps_no_token(simulator: SimulatedAzure) -> None:
    answer = {"status": 429, "code": "throttled", "message": "Slow down."}
    simulator.control.order_fault({"match": {"service": "instance_metadata"}, "answer": answer})
    assert asked(simulator) == Answer(status=429, body={"error": "throttled", "error_description": "Slow down."})
    token = asked(simulator).body["access_token"]
    entries = simulator.control.requests(operation="Identity_GetToken")
    assert [entry.status for entry in entries] == [429, 200]
    assert token not in repr(entries)


# --- scenarios


def test_an_unknown_identity_in_a_scenario_is_named(start_simulator: StartSimulator) -> None:
    with pytest.raises(ValueError, match="gives the machine the identity 'nobody'"):
        start_simulator(instance_metadata={"user_assigned": ["nobody"]})
