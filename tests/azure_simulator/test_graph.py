"""The little of Microsoft Graph that role assignments need."""

import pytest

from tests.support.arm import Answer, call
from tests.support.simulator import SimulatedAzure

READER = "22222222-2222-4222-8222-222222222222"
READER_OBJECT = "2b2b2b2b-2b2b-4b2b-8b2b-2b2b2b2b2b2b"


def graph(simulator: SimulatedAzure, method: str, path: str, body: object = None) -> Answer:
    token = simulator.credential().get_token("https://graph.microsoft.com/.default").token
    return call(simulator, method, f"/v1.0/{path}", body, token=token)


@pytest.mark.parametrize(
    "query",
    [
        f"appId%20eq%20'{READER}'",
        f"servicePrincipalNames/any(c:c%20eq%20'{READER}')",
        "displayName%20eq%20'reader'",
    ],
)
def test_an_application_is_found_by_any_of_its_names(simulator: SimulatedAzure, query: str) -> None:
    found = graph(simulator, "GET", f"servicePrincipals?$filter={query}").body["value"]
    assert [(principal["id"], principal["appId"]) for principal in found] == [(READER_OBJECT, READER)]


def test_service_principals_are_found_by_their_object_ids(simulator: SimulatedAzure) -> None:
    found = graph(simulator, "POST", "directoryObjects/getByIds", {"ids": [READER_OBJECT, "nobody"]}).body["value"]
    assert [principal["displayName"] for principal in found] == ["reader"]
    assert graph(simulator, "GET", f"servicePrincipals/{READER_OBJECT}").body["appId"] == READER
    missing = graph(simulator, "GET", "servicePrincipals/nobody")
    assert (missing.status, missing.code) == (404, "Request_ResourceNotFound")


def test_a_token_for_another_service_is_no_key_to_the_directory(simulator: SimulatedAzure) -> None:
    token = simulator.credential().get_token("https://batch.core.windows.net//.default").token
    refused = call(simulator, "GET", "/v1.0/servicePrincipals", token=token)
    assert (refused.status, refused.code) == (401, "InvalidAuthenticationToken")


def test_the_rest_of_graph_says_that_it_is_not_there(simulator: SimulatedAzure) -> None:
    refused = graph(simulator, "GET", "users")
    assert (refused.status, refused.code) == (501, "NotImplemented")
