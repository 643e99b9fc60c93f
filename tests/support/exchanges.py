"""Exchanges with Azure that are right, for tests to make one thing wrong."""

import json
from dataclasses import replace
from typing import Any

from azure_simulator.exchanges import Exchange

BATCH_VERSION = "2025-06-01"
GALLERY_VERSION = "2026-03-03"
GALLERY_PATH = "/subscriptions/s/resourceGroups/images/providers/Microsoft.Compute/galleries/renders"
POOL: dict[str, Any] = {
    "id": "frames",
    "url": "https://contoso.westeurope.batch.azure.com/pools/frames",
    "eTag": '"0x8D413091E739A56"',
    "lastModified": "2026-01-02T03:04:05.0000000Z",
    "creationTime": "2026-01-02T03:04:05.0000000Z",
    "state": "active",
    "stateTransitionTime": "2026-01-02T03:04:05.0000000Z",
    "vmSize": "standard_d2_v3",
    "currentDedicatedNodes": 0,
    "currentLowPriorityNodes": 0,
}
NEW_POOL: dict[str, Any] = {"id": "frames", "vmSize": "standard_d2_v3"}
GALLERY: dict[str, Any] = {"location": "westeurope", "properties": {"provisioningState": "Succeeded"}}
_BATCH_HEADERS = {
    "ETag": '"0x1"',
    "Last-Modified": "Fri, 02 Jan 2026 03:04:05 GMT",
    "request-id": "r",
    "DataServiceId": "d",
}


def read_pool(answer: Any = POOL, /, **changes: Any) -> Exchange:
    """Somebody reads a pool."""
    right = Exchange(
        service="batch",
        operation="Pools_GetPool",
        method="GET",
        path="/pools/frames",
        query={"api-version": BATCH_VERSION},
        request_body=b"",
        status=200,
        headers=_BATCH_HEADERS,
        body=json.dumps(answer).encode(),
    )
    return replace(right, **changes)


def create_pool(sent: Any = NEW_POOL, /, **changes: Any) -> Exchange:
    """Somebody makes a pool, and it is accepted."""
    made = read_pool(method="POST", path="/pools", status=201, request_body=json.dumps(sent).encode(), body=b"")
    return replace(made, **changes)


def put_gallery(answer: Any = GALLERY, /, **changes: Any) -> Exchange:
    """Somebody makes a gallery, and it is accepted."""
    right = Exchange(
        service="compute",
        operation="Galleries_CreateOrUpdate",
        method="PUT",
        path=GALLERY_PATH,
        query={"api-version": GALLERY_VERSION},
        request_body=json.dumps({"location": "westeurope"}).encode(),
        status=201,
        headers={"x-ms-request-id": "r", "Azure-AsyncOperation": "https://localhost/operations/1"},
        body=json.dumps(answer).encode(),
    )
    return replace(right, **changes)
