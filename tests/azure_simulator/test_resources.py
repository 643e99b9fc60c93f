"""Resource Manager itself: what clients ask before they do anything, groups, providers, tags."""

import json
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError
from azure.mgmt.compute import ComputeManagementClient

from tests.support.arm import Answer, call
from tests.support.galleries import DEFINITION, GALLERY, GROUP, HOUR, put_gallery
from tests.support.simulator import SimulatedAzure, StartSimulator

VERSION = "api-version=2021-04-01"


def subscription_path(simulator: SimulatedAzure, rest: str = "") -> str:
    return f"/subscriptions/{simulator.subscription}{rest}?{VERSION}"


def put_group(simulator: SimulatedAzure, name: str, **body: Any) -> Answer:
    path = subscription_path(simulator, f"/resourcegroups/{name}")
    return call(simulator, "PUT", path, {"location": "westeurope"} | body)


def test_the_cloud_metadata_has_the_form_of_the_version_that_was_asked(simulator: SimulatedAzure) -> None:
    first = call(simulator, "GET", "/metadata/endpoints?api-version=2015-01-01", application=None).body
    listed = call(simulator, "GET", "/metadata/endpoints?api-version=2019-05-01", application=None).body
    newest = call(simulator, "GET", "/metadata/endpoints?api-version=2022-09-01", application=None).body
    login = simulator.ready.authority + "/"
    assert first["authentication"]["loginEndpoint"] == login
    assert [cloud["authentication"]["loginEndpoint"] for cloud in listed] == [login]
    assert newest["resourceManager"] == simulator.ready.resource_manager + "/"
    assert newest["batch"] == "https://batch.core.windows.net/"
    refused = call(simulator, "GET", "/metadata/endpoints?api-version=1999-01-01", application=None)
    assert (refused.status, refused.code) == (400, "InvalidApiVersionParameter")


def test_a_client_finds_its_tenant_its_subscriptions_and_the_regions(simulator: SimulatedAzure) -> None:
    tenants = call(simulator, "GET", "/tenants?api-version=2022-12-01").body["value"]
    subscriptions = call(simulator, "GET", "/subscriptions?api-version=2022-12-01").body["value"]
    locations = call(simulator, "GET", subscription_path(simulator, "/locations")).body["value"]
    assert [tenant["tenantId"] for tenant in tenants] == [simulator.ready.tenant_id]
    assert {found["displayName"]: found["state"] for found in subscriptions} == {
        "Contoso rendering": "Enabled",
        "Contoso platform": "Enabled",
    }
    assert ("westeurope", "West Europe") in [(found["name"], found["displayName"]) for found in locations]


def test_a_group_is_created_read_changed_and_deleted(simulator: SimulatedAzure) -> None:
    path = subscription_path(simulator, "/resourceGroups/Farm")
    assert put_group(simulator, "Farm", tags={"team": "a"}).status == 201
    assert put_group(simulator, "FARM", tags={"team": "b"}).status == 200
    read = call(simulator, "GET", path).body
    assert (read["name"], read["tags"], read["properties"]) == (
        "Farm",
        {"team": "b"},
        {"provisioningState": "Succeeded"},
    )
    assert call(simulator, "HEAD", path).status == 204
    accepted = call(simulator, "DELETE", path)
    assert accepted.status == 202
    assert call(simulator, "GET", accepted.headers["location"]).status == 202
    simulator.control.advance(HOUR)
    assert call(simulator, "GET", accepted.headers["location"]).status == 200
    assert call(simulator, "HEAD", path).status == 404
    gone = call(simulator, "GET", path)
    assert (gone.status, gone.code) == (404, "ResourceGroupNotFound")


def test_a_group_takes_everything_in_it_along(
    simulator: SimulatedAzure, compute: ComputeManagementClient, version: str
) -> None:
    listed = call(simulator, "GET", subscription_path(simulator, f"/resourceGroups/{GROUP}/resources"))
    names = [found["name"] for found in listed.body["value"]]
    assert f"{GALLERY}/{DEFINITION}/{version}" in names
    call(simulator, "DELETE", subscription_path(simulator, f"/resourceGroups/{GROUP}"))
    simulator.control.advance(HOUR)
    assert list(compute.galleries.list()) == []
    assert list(compute.images.list()) == []


def test_a_group_that_is_being_deleted_takes_nothing_new(
    simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    call(simulator, "DELETE", subscription_path(simulator, f"/resourceGroups/{GROUP}"))
    with pytest.raises(HttpResponseError, match="deprovisioning state") as refused:
        put_gallery(compute)
    assert refused.value.error is not None
    assert refused.value.error.code == "ResourceGroupBeingDeleted"


def test_a_group_does_not_move(simulator: SimulatedAzure) -> None:
    refused = put_group(simulator, GROUP, location="eastus")
    assert (refused.status, refused.code) == (409, "InvalidResourceGroupLocation")


def test_resources_are_listed_by_type_and_tag(simulator: SimulatedAzure) -> None:
    kinds = "$filter=resourceType%20eq%20'Microsoft.Batch/batchAccounts'"
    path = f"{subscription_path(simulator, '/resources')}&{kinds}"
    assert [found["name"] for found in call(simulator, "GET", path).body["value"]] == ["contoso", "contosonorth"]
    bad = call(simulator, "GET", f"{subscription_path(simulator, '/resources')}&$filter=nonsense")
    assert (bad.status, bad.code) == (400, "InvalidFilterInQueryString")


@pytest.mark.parametrize(
    ("tags", "code"),
    [
        ({"azure-team": "x"}, "ReservedTagName"),
        ({"Microsoft_team": "x"}, "ReservedTagName"),
        ({"windows": "x"}, "ReservedTagName"),
        ({"a/b": "x"}, "InvalidTagNameCharacters"),
        ({"a?": "x"}, "InvalidTagNameCharacters"),
        ({"n" * 513: "x"}, "InvalidTagNameLength"),
        ({"name": "v" * 257}, "InvalidTagValueLength"),
        ({f"tag{number}": "x" for number in range(51)}, "TooManyTags"),
        ({"name": "x", "NAME": "y"}, "DuplicateTagNames"),
    ],
)
def test_tags_obey_the_rules(simulator: SimulatedAzure, tags: dict[str, str], code: str) -> None:
    refused = put_group(simulator, "farm", tags=tags)
    assert (refused.status, refused.code) == (400, code)


def test_tags_up_to_the_limits_are_taken(simulator: SimulatedAzure) -> None:
    tags = {f"{number:02}{'n' * 510}": "v" * 256 for number in range(50)}
    assert put_group(simulator, "farm", tags=tags).status == 201


def test_a_provider_has_to_be_registered_before_it_is_used(start_simulator: StartSimulator) -> None:
    simulator = start_simulator()
    unregister = subscription_path(simulator, "/providers/Microsoft.Compute/unregister")
    call(simulator, "POST", unregister)
    simulator.control.advance(60)
    compute = simulator.compute()
    with pytest.raises(HttpResponseError, match="not registered to use namespace"):
        put_gallery(compute)
    registering = call(simulator, "POST", subscription_path(simulator, "/providers/microsoft.compute/register"))
    assert registering.body["registrationState"] == "Registering"
    simulator.control.advance(60)
    provider = call(simulator, "GET", subscription_path(simulator, "/providers/Microsoft.Compute")).body
    assert provider["registrationState"] == "Registered"
    put_gallery(compute)


def test_a_provider_document_lists_types_with_their_versions(simulator: SimulatedAzure) -> None:
    provider = call(simulator, "GET", subscription_path(simulator, "/providers/Microsoft.Batch")).body
    kinds = {kind["resourceType"]: kind["apiVersions"] for kind in provider["resourceTypes"]}
    assert kinds["batchAccounts"][0] == "2025-06-01"


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/providers/Microsoft.Compute/galleries?api-version=2018-01-01", 400, "NoRegisteredProviderFound"),
        ("/providers/Microsoft.Compute/galleries", 400, "MissingApiVersionParameter"),
        ("/resourcegroups?api-version=1999-01-01", 400, "InvalidApiVersionParameter"),
        ("/providers/Microsoft.Compute/availabilitySets?api-version=2024-07-01", 501, "NotImplemented"),
        ("/providers/Microsoft.Network/virtualNetworks?api-version=2024-05-01", 501, "NotImplemented"),
        ("/providers/Microsoft.Compute/gizmos?api-version=2024-03-02", 404, "InvalidResourceType"),
        ("/providers/Contoso.Gizmos/gizmos?api-version=2024-03-02", 404, "InvalidResourceNamespace"),
    ],
)
def test_what_is_not_known_is_refused_as_azure_refuses_it(
    simulator: SimulatedAzure, path: str, status: int, code: str
) -> None:
    refused = call(simulator, "GET", f"/subscriptions/{simulator.subscription}{path}")
    assert (refused.status, refused.code) == (status, code)


def test_an_operation_that_is_not_simulated_says_its_name(simulator: SimulatedAzure) -> None:
    path = f"/resourceGroups/{GROUP}/providers/Microsoft.Compute"
    url = f"/subscriptions/{simulator.subscription}{path}/availabilitySets/set1?api-version=2024-07-01"
    assert "AvailabilitySets_CreateOrUpdate" in call(simulator, "PUT", url, {}).message
    url = f"/subscriptions/{simulator.subscription}{path}/virtualMachines/vm1/redeploy?api-version=2024-07-01"
    assert "VirtualMachines_Redeploy" in call(simulator, "POST", url, {}).message
    journal = simulator.control.requests(service="resources")
    assert [entry.operation for entry in journal] == ["AvailabilitySets_CreateOrUpdate", "VirtualMachines_Redeploy"]


def test_an_unknown_subscription_is_not_found(simulator: SimulatedAzure) -> None:
    refused = call(simulator, "GET", "/subscriptions/ffffffff-0000-4000-8000-000000000000?api-version=2022-12-01")
    assert (refused.status, refused.code) == (404, "SubscriptionNotFound")


def test_paths_match_in_any_letter_case(simulator: SimulatedAzure) -> None:
    path = "/RESOURCEGROUPS/Images/PROVIDERS/microsoft.compute/IMAGES/Render-Node-1"
    url = f"/SUBSCRIPTIONS/{simulator.subscription.upper()}{path}?api-version=2024-07-01"
    assert call(simulator, "GET", url).body["name"] == "render-node-1"


def test_answers_carry_the_headers_of_resource_manager(simulator: SimulatedAzure) -> None:
    headers = {"x-ms-correlation-request-id": "abc", "x-ms-client-request-id": "mine"}
    path = subscription_path(simulator)
    first = call(simulator, "GET", path, headers=headers | {"x-ms-return-client-request-id": "true"})
    second = call(simulator, "GET", path, headers=headers)
    assert first.headers["x-ms-correlation-request-id"] == "abc"
    assert first.headers["x-ms-client-request-id"] == "mine"
    assert "x-ms-client-request-id" not in second.headers
    assert first.headers["x-ms-request-id"] != second.headers["x-ms-request-id"]
    left = [int(answer.headers["x-ms-ratelimit-remaining-subscription-reads"]) for answer in (first, second)]
    assert left == [249, 248]


def test_requests_beyond_the_token_bucket_are_throttled_when_the_scenario_says_so(
    start_simulator: StartSimulator,
) -> None:
    compute = start_simulator(switches={"throttle_resource_manager": True}).compute()
    for _ in range(250):
        compute.images.get(GROUP, "render-node-1")
    with pytest.raises(HttpResponseError, match="exceeded the limit") as refused:
        compute.images.get(GROUP, "render-node-1")
    assert refused.value.status_code == 429


def test_a_body_that_is_no_json_is_refused(simulator: SimulatedAzure) -> None:
    refused = call(simulator, "PUT", subscription_path(simulator, "/resourceGroups/x"), json.dumps("text"))
    assert (refused.status, refused.code) == (400, "InvalidRequestContent")


def test_a_body_that_is_too_large_is_refused_and_noted(simulator: SimulatedAzure) -> None:
    refused = call(
        simulator, "PUT", subscription_path(simulator, "/resourceGroups/x"), {"tags": {"a": "x" * 5_000_000}}
    )
    assert (refused.status, refused.code) == (413, "RequestBodyTooLarge")
    [entry] = simulator.control.requests(operation="ResourceGroups_CreateOrUpdate")
    assert (entry.status, entry.body) == (413, None)
