"""What the tool reads out of the installed SDKs."""

import subprocess
import sys
from typing import Any

import pytest

from tools.contracts.derive import BATCH, COMPUTE
from tools.contracts.documents import Schema
from tools.contracts.sources import ROOT, derived

GALLERY = (
    "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Compute"
    "/galleries/{galleryName}"
)


@pytest.fixture(scope="module")
def batch() -> Schema:
    return derived(BATCH)


@pytest.fixture(scope="module")
def compute() -> Schema:
    return derived(COMPUTE)


def test_a_request_and_its_answers(batch: Schema) -> None:
    assert batch["paths"]["/pools/{poolId}/resize"]["post"] == {
        "operationId": "resize_pool_internal",
        "parameters": [
            {"name": "api-version", "in": "query", "required": True, "enum": ["2025-06-01"]},
            {"name": "timeOut", "in": "query", "required": False},
            {"name": "body", "in": "body", "required": True, "schema": model("BatchPoolResizeOptions")},
        ],
        "responses": {
            "202": {"headers": texts("DataServiceId", "ETag", "Last-Modified", "client-request-id", "request-id")},
            "default": {"schema": model("BatchError")},
        },
    }


def test_a_page(batch: Schema) -> None:
    assert batch["paths"]["/nodecounts"]["get"]["responses"]["200"]["schema"] == {
        "type": "object",
        "properties": {
            "value": {"type": "array", "items": model("BatchPoolNodeCounts")},
            "odata.nextLink": {"type": "string"},
        },
        "required": ["value"],
    }


def test_an_operation_that_goes_on_after_its_answer(compute: Schema) -> None:
    put = compute["paths"][GALLERY]["put"]
    assert put["x-ms-long-running-operation"]
    assert put["responses"]["201"] == {"schema": model("Gallery"), "headers": texts("Location", "Retry-After")}
    assert put["responses"]["202"] == {"headers": texts("Location", "Retry-After")}


def test_a_body_that_need_not_be_sent(batch: Schema) -> None:
    (body,) = [
        parameter
        for parameter in batch["paths"]["/pools/{poolId}/nodes/{nodeId}/reboot"]["post"]["parameters"]
        if parameter["in"] == "body"
    ]
    assert not body["required"]


def test_the_contents_of_a_file(batch: Schema) -> None:
    assert batch["paths"]["/pools/{poolId}/nodes/{nodeId}/files/{filePath}"]["get"]["responses"]["200"]["schema"] == {
        "type": "file"
    }


@pytest.mark.parametrize(
    ("name", "described"),
    [
        ("id", {"type": "string", "readOnly": True}),
        ("creationTime", {"type": "string", "format": "date-time", "readOnly": True}),
        ("resizeTimeout", {"type": "string", "format": "duration", "readOnly": True}),
        ("currentDedicatedNodes", {"type": "integer", "readOnly": True}),
        ("startTask", {"$ref": "#/definitions/BatchStartTask"}),
    ],
)
def test_properties_of_a_model(batch: Schema, name: str, described: dict[str, Any]) -> None:
    assert batch["definitions"]["BatchPool"]["properties"][name] == described


def test_what_a_model_requires(batch: Schema) -> None:
    assert batch["definitions"]["BatchPoolCreateOptions"]["required"] == ["id", "vmSize"]


def test_maps_lists_and_open_enumerations(compute: Schema) -> None:
    version = compute["definitions"]["GalleryImageVersion"]["properties"]
    assert version["tags"] == {"type": "object", "additionalProperties": {"type": "string"}}
    profile = compute["definitions"]["GalleryImageVersionPublishingProfile"]["properties"]
    assert profile["targetRegions"] == {"type": "array", "items": model("TargetRegion")}
    assert profile["replicationMode"]["enum"] == ["Full", "Shallow"]


def test_large_numbers_travel_as_text(batch: Schema) -> None:
    assert batch["definitions"]["BatchPoolResourceStatistics"]["properties"]["diskReadIOps"]["type"] == "string"


def test_the_tool_says_where_the_documents_are() -> None:
    said = subprocess.run(
        [sys.executable, "-m", "tools.contracts"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "azure-batch-" in said.stdout
    assert "azure-mgmt-compute-" in said.stdout


def model(name: str) -> dict[str, str]:
    return {"$ref": f"#/definitions/{name}"}


def texts(*names: str) -> dict[str, Any]:
    return {name: {"type": "string"} for name in names}
