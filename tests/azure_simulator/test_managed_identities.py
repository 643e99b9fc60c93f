"""User-assigned identities in Resource Manager."""

from typing import Any

from tests.support.arm import call
from tests.support.simulator import SimulatedAzure

VERSION = "api-version=2024-11-30"
GROUP = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/batch"
IDENTITIES = f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities"
SUBSCRIPTION_WIDE = IDENTITIES.replace("/resourceGroups/batch", "")


def put(simulator: SimulatedAzure, name: str = "storage", **body: Any) -> Any:
    return call(simulator, "PUT", f"{IDENTITIES}/{name}?{VERSION}", {"location": "West Europe", **body})


def test_an_identity_is_made_with_ids_of_its_own_and_keeps_them(simulator: SimulatedAzure) -> None:
    made, again = put(simulator), put(simulator, tags={"team": "lighting"})

    assert (made.status, again.status) == (201, 200)
    assert made.body["location"] == "westeurope"
    assert made.body["properties"] == again.body["properties"]
    assert set(made.body["properties"]) == {"tenantId", "principalId", "clientId"}
    assert again.body["tags"] == {"team": "lighting"}


def test_identities_of_the_scenario_are_listed_with_the_others(simulator: SimulatedAzure) -> None:
    put(simulator)

    for path in (IDENTITIES, SUBSCRIPTION_WIDE):
        listed = call(simulator, "GET", f"{path}?{VERSION}").body["value"]
        assert [identity["name"] for identity in listed] == ["render-nodes", "render-registry", "storage"]
    found = call(simulator, "GET", f"{IDENTITIES}/render-nodes?{VERSION}").body
    assert found["properties"]["clientId"] == "44444444-4444-4444-8444-444444444444"
    resources = call(simulator, "GET", f"{GROUP}/resources?api-version=2021-04-01").body["value"]
    assert f"{IDENTITIES}/storage" in [resource["id"] for resource in resources]


def test_tags_are_replaced_by_a_patch(simulator: SimulatedAzure) -> None:
    put(simulator, tags={"team": "lighting"})

    changed = call(simulator, "PATCH", f"{IDENTITIES}/storage?{VERSION}", {"tags": {"team": "audio"}})

    assert (changed.status, changed.body["tags"]) == (200, {"team": "audio"})


def test_a_deleted_identity_is_gone_at_once(simulator: SimulatedAzure) -> None:
    put(simulator)
    path = f"{IDENTITIES}/storage?{VERSION}"

    assert [call(simulator, "DELETE", path).status for _ in range(2)] == [200, 204]
    gone = call(simulator, "GET", path)
    assert (gone.status, gone.code) == (404, "ResourceNotFound")


def test_making_identities_needs_rights_and_a_registered_provider(simulator: SimulatedAzure) -> None:
    path = f"{IDENTITIES}/storage?{VERSION}"
    platform = path.replace("000000000000/resourceGroups/batch", "000000000001/resourceGroups/platform")

    forbidden = call(simulator, "PUT", path, {"location": "westeurope"}, application="reader")
    assert (forbidden.status, forbidden.code) == (403, "AuthorizationFailed")
    assert call(simulator, "PUT", platform, {"location": "westeurope"}).status == 403
