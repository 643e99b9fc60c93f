"""Whose tokens are accepted where, and what role assignments allow."""

from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid5

import jwt
import pytest
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError

from azure_simulator.scenario import load_scenario
from tests.support.arm import Answer, call
from tests.support.galleries import (
    GROUP,
    put_definition,
    put_gallery,
    put_version,
)
from tests.support.simulator import SimulatedAzure, StartSimulator

READER = "/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7"
READER_OBJECT = "2b2b2b2b-2b2b-4b2b-8b2b-2b2b2b2b2b2b"


@pytest.fixture
def owned(start_simulator: StartSimulator) -> SimulatedAzure:
    """A simulator whose operator is Owner, and whose reader has no rights at all."""
    scope = f"/subscriptions/{load_scenario().subscriptions[0].id}"
    return start_simulator(role_assignments=[{"application": "operator", "role": "Owner", "scope": scope}])


def subscription(simulator: SimulatedAzure) -> str:
    return f"/subscriptions/{simulator.subscription}?api-version=2022-12-01"


def test_without_a_token_nothing_is_told(simulator: SimulatedAzure) -> None:
    refused = call(simulator, "GET", subscription(simulator), application=None)
    assert (refused.status, refused.code) == (401, "AuthenticationFailed")
    assert simulator.ready.authority in refused.headers["www-authenticate"]


def test_a_token_for_another_service_is_refused(simulator: SimulatedAzure) -> None:
    token = simulator.credential().get_token("https://batch.core.windows.net//.default").token
    refused = call(simulator, "GET", subscription(simulator), token=token)
    assert (refused.status, refused.code) == (401, "InvalidAuthenticationTokenAudience")


def test_a_token_that_somebody_else_signed_is_refused(simulator: SimulatedAzure) -> None:
    claims = {"aud": "https://management.azure.com/", "appid": simulator.ready.client_id}
    forged = jwt.encode(claims, "not the simulator's key, but long enough", algorithm="HS256")
    refused = call(simulator, "GET", subscription(simulator), token=forged)
    assert (refused.status, refused.code) == (401, "InvalidAuthenticationToken")


def test_an_expired_token_is_refused(simulator: SimulatedAzure) -> None:
    simulator.control.order_fault({"match": {"operation": "Subscriptions_Get"}, "tokenExpired": True})
    refused = call(simulator, "GET", subscription(simulator))
    assert (refused.status, refused.code) == (401, "ExpiredAuthenticationToken")
    assert call(simulator, "GET", subscription(simulator)).status == 200


def test_a_batch_endpoint_wants_a_token_for_batch(simulator: SimulatedAzure) -> None:
    refused = call(simulator, "GET", simulator.ready.batch["contoso"] + "/pools?api-version=2024-07-01.20.0")
    assert (refused.status, refused.body["code"]) == (401, "AuthenticationFailed")
    assert "batch.core.windows.net" in refused.headers["www-authenticate"]


def test_a_reader_reads_and_writes_nothing(simulator: SimulatedAzure) -> None:
    compute = simulator.compute("reader")
    assert list(compute.galleries.list()) == []
    with pytest.raises(HttpResponseError, match=r"action 'Microsoft.Compute/galleries/write' over scope") as refused:
        put_gallery(compute)
    assert refused.value.error is not None
    assert (refused.value.status_code, refused.value.error.code) == (403, "AuthorizationFailed")


def test_a_contributor_cannot_assign_roles(simulator: SimulatedAzure) -> None:
    refused = assign(simulator, f"/subscriptions/{simulator.subscription}")
    assert (refused.status, refused.code) == (403, "AuthorizationFailed")
    assert "Microsoft.Authorization/roleAssignments/write" in refused.message


def test_the_administrator_of_the_default_scenario_can(simulator: SimulatedAzure) -> None:
    group = f"/subscriptions/{simulator.subscription}/resourceGroups/{GROUP}"
    assert assign(simulator, group, application="administrator").status == 201


def test_a_role_works_at_its_scope_and_below_from_its_assignment_to_its_removal(owned: SimulatedAzure) -> None:
    group = f"/subscriptions/{owned.subscription}/resourceGroups/{GROUP}"
    images = f"{group}/providers/Microsoft.Compute/images?api-version=2024-07-01"
    elsewhere = f"/subscriptions/{owned.subscription}/resourceGroups/batch?api-version=2022-09-01"
    assert call(owned, "GET", images, application="reader").status == 403
    assert call(owned, "GET", "/subscriptions?api-version=2022-12-01", application="reader").body["value"] == []
    assert assign(owned, group).status == 201
    assert call(owned, "GET", images, application="reader").status == 200
    assert call(owned, "GET", elsewhere, application="reader").status == 403
    assert call(owned, "GET", "/subscriptions?api-version=2022-12-01", application="reader").body["value"]
    assert call(owned, "DELETE", assignment_path(group)).status == 200
    assert call(owned, "GET", images, application="reader").status == 403


@pytest.mark.parametrize(
    ("condition", "seen"),
    [
        ("", ["below", "images", ""]),
        ("atScope()", ["images", ""]),
        ("principalId eq '2b2b2b2b-2b2b-4b2b-8b2b-2b2b2b2b2b2b'", ["below", "images"]),
        ("assignedTo('2b2b2b2b-2b2b-4b2b-8b2b-2b2b2b2b2b2b')", ["below", "images"]),
        ("atScope() and assignedTo('2B2B2B2B-2b2b-4b2b-8b2b-2b2b2b2b2b2b')", ["images"]),
    ],
)
def test_assignments_are_listed_at_a_scope_above_and_below_it_unless_a_filter_narrows_them(
    owned: SimulatedAzure, condition: str, seen: list[str]
) -> None:
    base = f"/subscriptions/{owned.subscription}"
    images = f"{base}/resourceGroups/images"
    below = f"{images}/providers/Microsoft.Compute/images/render-node-1"
    for scope in (images, below):
        assert assign(owned, scope, name=str(uuid5(UUID(int=1), scope))).status == 201

    listed = f"{images}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01"
    found = call(owned, "GET", f"{listed}&$filter={quote(condition)}").body["value"]
    assert {assignment["properties"]["scope"] for assignment in found} == {
        {"below": below, "images": images, "": base}[name] for name in seen
    }


def test_a_role_has_the_same_id_in_definitions_and_assignments_of_a_group(owned: SimulatedAzure) -> None:
    group = f"/subscriptions/{owned.subscription}/resourceGroups/{GROUP}"
    made = assign(owned, group).body["properties"]["roleDefinitionId"]

    definitions = f"{group}/providers/Microsoft.Authorization/roleDefinitions?api-version=2022-04-01"
    assert made in [role["id"] for role in call(owned, "GET", definitions).body["value"]]


def test_role_definitions_are_told_apart_by_who_made_them(owned: SimulatedAzure) -> None:
    base = f"/subscriptions/{owned.subscription}/providers/Microsoft.Authorization/roleDefinitions"
    built_in = call(owned, "GET", f"{base}?api-version=2022-04-01&$filter=type%20eq%20'BuiltInRole'")
    custom = call(owned, "GET", f"{base}?api-version=2022-04-01&$filter=type%20eq%20'CustomRole'")
    assert "Reader" in [role["properties"]["roleName"] for role in built_in.body["value"]]
    assert custom.body["value"] == []


def test_the_same_role_is_not_assigned_twice(owned: SimulatedAzure) -> None:
    scope = f"/subscriptions/{owned.subscription}"
    assert assign(owned, scope).status == 201
    refused = assign(owned, scope, name=str(UUID(int=7)))
    assert (refused.status, refused.code) == (409, "RoleAssignmentExists")


def test_a_role_is_assigned_to_principals_of_the_directory_only(owned: SimulatedAzure) -> None:
    refused = assign(owned, f"/subscriptions/{owned.subscription}", principal=str(UUID(int=9)))
    assert (refused.status, refused.code) == (400, "PrincipalNotFound")


def test_roles_are_found_by_name_and_custom_ones_can_be_added(owned: SimulatedAzure) -> None:
    base = f"/subscriptions/{owned.subscription}/providers/Microsoft.Authorization/roleDefinitions"
    found = call(owned, "GET", f"{base}?api-version=2022-04-01&$filter=roleName%20eq%20'Reader'").body["value"]
    assert [role["name"] for role in found] == ["acdd72a7-3385-48ef-bd42-f606fba81ae7"]
    guid = str(UUID(int=5))
    body = {
        "properties": {
            "roleName": "Gallery reader",
            "permissions": [{"actions": ["Microsoft.Compute/galleries/read"], "notActions": []}],
            "assignableScopes": [f"/subscriptions/{owned.subscription}"],
        }
    }
    assert call(owned, "PUT", f"{base}/{guid}?api-version=2022-04-01", body).status == 201
    scope = f"/subscriptions/{owned.subscription}"
    assert assign(owned, scope, role=f"{base}/{guid}").status == 201
    galleries = f"{scope}/providers/Microsoft.Compute/galleries?api-version=2024-03-03"
    images = f"{scope}/providers/Microsoft.Compute/images?api-version=2024-07-01"
    assert call(owned, "GET", galleries, application="reader").status == 200
    assert call(owned, "GET", images, application="reader").status == 403


def test_a_version_needs_the_right_to_read_its_source(
    start_simulator: StartSimulator,
) -> None:
    scope = f"/subscriptions/{load_scenario().subscriptions[0].id}/resourceGroups"
    simulator = start_simulator(
        role_assignments=[{"application": "operator", "role": "Contributor", "scope": f"{scope}/batch"}]
    )
    compute = simulator.compute()
    put_gallery(compute, group="batch")
    put_definition(compute, group="batch")
    with pytest.raises(HttpResponseError, match=r"perform action 'Microsoft.Compute/images/read' on the linked"):
        put_version(simulator, compute, group="batch")


def test_an_application_that_is_unknown_cannot_use_the_sdk(simulator: SimulatedAzure) -> None:
    simulator.control.order_fault(
        {"match": {"service": "identity"}, "times": None, "answer": {"status": 401, "code": "invalid_client"}}
    )
    with pytest.raises(ClientAuthenticationError):
        list(simulator.compute().galleries.list())


def assignment_path(scope: str, name: str | None = None) -> str:
    name = name or str(uuid5(UUID(int=1), scope))
    return f"{scope}/providers/Microsoft.Authorization/roleAssignments/{name}?api-version=2022-04-01"


def assign(
    simulator: SimulatedAzure,
    scope: str,
    *,
    role: str = READER,
    principal: str = READER_OBJECT,
    name: str | None = None,
    application: str = "operator",
) -> Answer:
    properties: dict[str, Any] = {"roleDefinitionId": role, "principalId": principal}
    return call(simulator, "PUT", assignment_path(scope, name), {"properties": properties}, application=application)
