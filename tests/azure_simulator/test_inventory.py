"""Resources of all types: found by filters, checked for existence, tagged apart from what they are."""

from urllib.parse import quote

import pytest

from tests.support.arm import Answer, call
from tests.support.simulator import SimulatedAzure

VERSION = "api-version=2021-04-01"
IMAGE = "resourceGroups/images/providers/Microsoft.Compute/images/render-node-1"


def at(simulator: SimulatedAzure, rest: str, query: str = VERSION) -> str:
    return f"/subscriptions/{simulator.subscription}/{rest}?{query}"


def tags_at(simulator: SimulatedAzure, scope: str) -> str:
    return at(simulator, f"{scope}/providers/Microsoft.Resources/tags/default")


def found_by(simulator: SimulatedAzure, condition: str) -> Answer:
    return call(simulator, "GET", at(simulator, "resources", f"{VERSION}&$filter={quote(condition)}"))


@pytest.mark.parametrize(
    ("condition", "names"),
    [
        ("resourceGroup eq 'BATCH'", ["contoso", "contosonorth", "render-nodes", "render-registry"]),
        ("location eq 'northeurope'", ["contosonorth", "render-keys-north"]),
        ("name eq 'render-node-2'", ["render-node-2"]),
        ("substringof('NODE', name)", ["render-nodes", "render-node-1", "render-node-2"]),
        ("resourceGroup eq 'images' and substringof('windows', name)", ["render-windows"]),
        ("resourceType eq 'microsoft.batch/batchaccounts' and location eq 'westeurope'", ["contoso"]),
    ],
)
def test_resources_are_filtered_as_the_azure_cli_asks(
    simulator: SimulatedAzure, condition: str, names: list[str]
) -> None:
    assert [found["name"] for found in found_by(simulator, condition).body["value"]] == names


@pytest.mark.parametrize("condition", ["colour eq 'red'", "substringof('x', location)", "name ne 'x'"])
def test_a_filter_that_azure_does_not_know_is_refused(simulator: SimulatedAzure, condition: str) -> None:
    refused = found_by(simulator, condition)

    assert (refused.status, refused.code) == (400, "InvalidFilterInQueryString")


def test_a_resource_is_checked_for_existence_without_being_read(simulator: SimulatedAzure) -> None:
    assert call(simulator, "HEAD", at(simulator, IMAGE)).status == 204
    assert call(simulator, "HEAD", at(simulator, f"{IMAGE}-not")).status == 404


def test_clients_of_resources_of_any_type_may_write_an_empty_parent(simulator: SimulatedAzure) -> None:
    path = at(simulator, IMAGE.replace("Compute/images", "Compute//images"), "api-version=2024-07-01")

    assert call(simulator, "GET", path).body["name"] == "render-node-1"
    assert call(simulator, "PATCH", path, {"tags": {"team": "a"}}).status in {200, 202}
    assert call(simulator, "DELETE", path).status in {200, 202}
    simulator.control.advance(600)
    assert call(simulator, "GET", path).status == 404


@pytest.mark.parametrize("scope", ["resourceGroups/images", IMAGE])
def test_tags_are_merged_replaced_and_deleted_apart_from_what_has_them(simulator: SimulatedAzure, scope: str) -> None:
    path = tags_at(simulator, scope)
    put = call(simulator, "PUT", path, {"properties": {"tags": {"team": "a", "stage": "test"}}})
    assert (put.status, put.body["name"], put.body["properties"]) == (
        200,
        "default",
        {"tags": {"team": "a", "stage": "test"}},
    )
    for operation, tags, expected in [
        ("Merge", {"TEAM": "b", "cost": "1"}, {"stage": "test", "TEAM": "b", "cost": "1"}),
        ("Delete", {"cost": "1"}, {"stage": "test", "TEAM": "b"}),
        ("Replace", {"team": "c"}, {"team": "c"}),
    ]:
        patch = call(simulator, "PATCH", path, {"operation": operation, "properties": {"tags": tags}})
        assert (patch.status, patch.body["properties"]["tags"]) == (200, expected)

    assert call(simulator, "GET", at(simulator, scope)).body["tags"] == {"team": "c"}
    assert call(simulator, "DELETE", path).status == 200
    assert call(simulator, "GET", path).body["properties"] == {"tags": {}}


def test_tags_at_a_scope_obey_the_rules_and_need_the_scope_to_exist(simulator: SimulatedAzure) -> None:
    reserved = {"properties": {"tags": {"microsoft-team": "x"}}}
    assert call(simulator, "PUT", tags_at(simulator, IMAGE), reserved).code == "ReservedTagName"
    missing = call(simulator, "GET", tags_at(simulator, f"{IMAGE}-not"))
    assert (missing.status, missing.code) == (404, "ResourceNotFound")


def test_tag_names_of_a_subscription_are_counted_with_their_values(simulator: SimulatedAzure) -> None:
    for scope, team in [("resourceGroups/images", "a"), (IMAGE, "a"), ("resourceGroups/batch", "b")]:
        call(simulator, "PUT", tags_at(simulator, scope), {"properties": {"tags": {"team": team}}})

    (name,) = call(simulator, "GET", at(simulator, "tagNames")).body["value"]
    assert (name["tagName"], name["count"]["value"]) == ("team", 3)
    assert {value["tagValue"]: value["count"]["value"] for value in name["values"]} == {"a": 2, "b": 1}
