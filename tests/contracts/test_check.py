import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from azure_simulator.exchanges import Exchange
from tests.support.exchanges import GALLERY, GALLERY_PATH, POOL, create_pool, put_gallery, read_pool
from tools.contracts.check import Checker
from tools.contracts.sources import contract


def mismatches(exchange: Exchange) -> list[str]:
    return [f"{found.part}: {found.expected}" for found in Checker(contract()).mismatches(exchange)]


def without(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in document.items() if key != name}


def headers_without(exchange: Exchange, name: str) -> Exchange:
    return replace(exchange, headers=without(exchange.headers, name))


@pytest.mark.parametrize("exchange", [read_pool(), create_pool(), put_gallery()])
def test_a_right_exchange_has_no_mismatch(exchange: Exchange) -> None:
    assert mismatches(exchange) == []


@pytest.mark.parametrize(
    ("answer", "mismatch"),
    [
        (POOL | {"colour": "red"}, "body of 200 at $: Additional properties are not allowed ('colour' was unexpected)"),
        (without(POOL, "vmSize"), "body of 200 at $: 'vmSize' is a required property"),
        (POOL | {"taskSlotsPerNode": "4"}, "body of 200 at $.taskSlotsPerNode: '4' is not of type 'integer'"),
        (POOL | {"taskSlotsPerNode": True}, "body of 200 at $.taskSlotsPerNode: True is not of type 'integer'"),
        (POOL | {"displayName": None}, "body of 200 at $.displayName: None is not of type 'string'"),
        (POOL | {"creationTime": "yesterday"}, "body of 200 at $.creationTime: 'yesterday' is not a 'date-time'"),
        (POOL | {"resizeTimeout": "15m"}, "body of 200 at $.resizeTimeout: '15m' is not a 'duration'"),
        (
            POOL | {"metadata": [{"name": "team"}]},
            "body of 200 at $.metadata[0]: 'value' is a required property",
        ),
    ],
)
def test_a_wrong_answer_is_caught(answer: Mapping[str, Any], mismatch: str) -> None:
    assert mismatches(read_pool(answer)) == [mismatch]


def test_each_item_of_a_page_is_looked_at() -> None:
    page = {"value": [POOL, POOL | {"id": 7}]}
    assert mismatches(read_pool(page, path="/pools")) == ["body of 200 at $.value[1].id: 7 is not of type 'string'"]


def test_a_secret_in_an_answer_is_caught_and_need_not_be_there() -> None:
    told, kept = ({"userAccounts": [{"name": "render", **password}]} for password in ({"password": "p"}, {}))
    assert mismatches(read_pool(POOL | kept)) == []
    (found,) = mismatches(read_pool(POOL | told))
    assert "'password' was unexpected" in found


def test_values_that_an_enumeration_does_not_list_are_let_through() -> None:
    assert mismatches(read_pool(POOL | {"state": "hibernating"})) == []


def test_batch_may_annotate_a_body_with_metadata() -> None:
    assert mismatches(read_pool(POOL | {"odata.metadata": "https://contoso/$metadata#pools/@Element"})) == []


def test_a_selection_may_leave_out_what_is_required() -> None:
    query = {"api-version": "2025-06-01", "$select": "id"}
    assert mismatches(read_pool({"id": "frames"}, query=query)) == []
    assert mismatches(read_pool({"value": [{"id": "frames"}]}, path="/pools", query=query)) == []
    assert mismatches(read_pool({"id": "frames"})) != []


@pytest.mark.parametrize(
    ("sent", "mismatch"),
    [
        ({"id": "f", "vmSize": "s", "nodes": 3}, "request body at $: Additional properties are not allowed"),
        ({"id": "f"}, "request body at $: 'vmSize' is a required property"),
        ({"id": "f", "vmSize": None}, "request body at $: 'vmSize' is a required property"),
        ({"id": "f", "vmSize": "s", "targetDedicatedNodes": "3"}, "request body at $.targetDedicatedNodes: '3'"),
    ],
)
def test_a_wrong_request_that_was_accepted_is_caught(sent: Mapping[str, Any], mismatch: str) -> None:
    (found,) = mismatches(create_pool(sent))
    assert found.startswith(mismatch)


def test_null_in_a_request_is_as_good_as_absent() -> None:
    assert mismatches(create_pool({"id": "f", "vmSize": "s", "startTask": None, "metadata": None})) == []


def test_what_is_read_only_need_not_be_sent_but_may_be() -> None:
    body = {"location": "westeurope", "id": GALLERY_PATH, "properties": {"provisioningState": "Succeeded"}}
    assert mismatches(put_gallery(request_body=json.dumps(body).encode())) == []


def test_a_wrong_request_may_be_refused() -> None:
    refusal = {"code": "InvalidRequestBody", "message": {"lang": "en-US", "value": "No."}}
    wrong = create_pool({"id": "f", "nodes": 3}, status=400, body=json.dumps(refusal).encode())
    assert mismatches(wrong) == []


def test_a_refusal_in_the_envelope_of_another_service_is_caught() -> None:
    envelope = json.dumps({"error": {"code": "NotFound", "message": "No."}}).encode()
    assert mismatches(put_gallery(status=404, body=envelope)) == []
    (found,) = mismatches(read_pool(status=404, body=envelope))
    assert found == "error body at $: Additional properties are not allowed ('error' was unexpected)"


def test_a_status_that_the_operation_does_not_have_is_caught() -> None:
    assert mismatches(create_pool(status=202)) == ["status: one of [201], not 202"]


def test_a_body_that_is_missing_or_should_be_is_caught() -> None:
    assert mismatches(read_pool(body=b"")) == ["body of 200: is missing"]
    assert mismatches(create_pool(request_body=b"")) == ["request body: is missing"]
    assert mismatches(replace(create_pool(), body=b"{}")) == ["body of 201: there must be none"]


def test_query_parameters_are_those_of_the_operation() -> None:
    more = {"api-version": "2025-06-01", "maxresults": "5"}
    (found,) = mismatches(read_pool(query=more))
    assert found == "query: there is no parameter maxresults; it was accepted"
    assert mismatches(read_pool({"value": []}, path="/pools", query=more)) == []


@pytest.mark.parametrize("header", ["ETag", "Last-Modified", "request-id"])
def test_headers_that_the_client_reads_must_be_there(header: str) -> None:
    assert mismatches(headers_without(read_pool(), header)) == [f"headers of 200: {header.casefold()} is missing"]


def test_resource_manager_answers_with_its_request_id() -> None:
    assert mismatches(headers_without(put_gallery(), "x-ms-request-id")) == [
        "headers of 201: x-ms-request-id is missing"
    ]


@pytest.mark.parametrize(
    ("header", "value", "mismatch"),
    [
        ("Last-Modified", "2026-01-02T03:04:05Z", "Last-Modified is no HTTP date: 2026-01-02T03:04:05Z"),
        ("Retry-After", "1.5", "Retry-After is no number of seconds: 1.5"),
        ("Location", "/operations/1", "location is no address: /operations/1"),
    ],
)
def test_headers_are_such_that_clients_can_read_them(header: str, value: str, mismatch: str) -> None:
    headers = {**put_gallery().headers, header: value}
    assert mismatches(put_gallery(headers=headers)) == [f"headers of 201: {mismatch}"]


def test_an_operation_that_goes_on_says_where_to_poll() -> None:
    deleted = put_gallery(method="DELETE", status=202, request_body=b"", body=b"")
    assert mismatches(deleted) == []
    (found,) = mismatches(headers_without(deleted, "Azure-AsyncOperation"))
    assert found == "headers of 202: neither Azure-AsyncOperation nor Location says where to poll"


def test_head_has_no_body() -> None:
    assert mismatches(read_pool(method="HEAD", body=b"")) == []
    assert mismatches(read_pool(method="HEAD", body=b"", status=404)) == []


def test_the_batch_service_must_not_answer_what_nobody_described() -> None:
    (found,) = mismatches(read_pool(path="/pools/frames/colour"))
    assert found.startswith("path: no operation of the Batch service has this method and path")


def test_paths_are_found_in_any_letter_case() -> None:
    (found,) = mismatches(
        put_gallery(GALLERY | {"colour": "red"}, path=GALLERY_PATH.replace("resourceGroups", "resourcegroups"))
    )
    assert "'colour' was unexpected" in found


def test_other_services_unknown_api_versions_and_lost_answers_are_let_through() -> None:
    assert mismatches(put_gallery({"colour": "red"}, path="/subscriptions/s/resourceGroups/images")) == []
    assert mismatches(read_pool({"colour": "red"}, query={"api-version": "2022-10-01.16.0"})) == []
    assert mismatches(read_pool(status=None, body=b"")) == []
