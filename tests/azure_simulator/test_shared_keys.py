"""Shared keys of Batch accounts: what the data plane SDK signs is accepted, for what Azure accepts it."""

from typing import Any

import pytest
from azure.batch import BatchClient
from azure.batch.models import BatchPoolCreateOptions
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.exceptions import HttpResponseError

from tests.support.arm import call
from tests.support.simulator import SimulatedAzure

MARKETPLACE = {"publisher": "canonical", "offer": "0001-com-ubuntu-server-jammy", "sku": "22_04-lts"}


def client(simulator: SimulatedAzure, *, key: str | None = None) -> BatchClient:
    held = simulator.batch_management().batch_account.get_keys("batch", "contoso").primary
    credential = AzureNamedKeyCredential("contoso", key or str(held))
    endpoint = simulator.ready.batch["contoso"]
    return BatchClient(endpoint, credential, connection_verify=simulator.verify, retry_total=0)


def pool(image: dict[str, Any], name: str = "keyed") -> BatchPoolCreateOptions:
    machine = {"imageReference": image, "nodeAgentSKUId": "batch.node.ubuntu 22.04"}
    return BatchPoolCreateOptions({"id": name, "vmSize": "standard_d2s_v3", "virtualMachineConfiguration": machine})


def test_the_holder_of_a_key_makes_reads_and_changes_pools(simulator: SimulatedAzure) -> None:
    batch = client(simulator)
    batch.create_pool(pool(MARKETPLACE))
    assert [found.id for found in batch.list_pools(filter="id eq 'keyed'", max_results=10)] == ["keyed"]
    etag = batch.get_pool("keyed").etag
    assert batch.get_pool("keyed", select=["id"], service_timeout=20).id == "keyed"
    batch.replace_pool_properties("keyed", replacement())
    assert batch.get_pool("keyed").etag != etag


def replacement() -> Any:
    return {"applicationPackageReferences": [], "metadata": [{"name": "a", "value": "b"}]}


def test_a_wrong_key_is_refused(simulator: SimulatedAzure) -> None:
    wrong = "d3Jvbmc="
    with pytest.raises(HttpResponseError) as refused:
        list(client(simulator, key=wrong).list_pools())
    assert refused.value.error is not None
    assert (refused.value.status_code, refused.value.error.code) == (403, "AuthenticationFailed")


def test_a_gallery_image_needs_a_token(simulator: SimulatedAzure) -> None:
    gallery = f"/subscriptions/{simulator.subscription}/resourceGroups/images/providers/Microsoft.Compute/galleries/g"
    image = {"virtualMachineImageId": f"{gallery}/images/i/versions/1.0.0"}
    with pytest.raises(HttpResponseError) as refused:
        client(simulator).create_pool(pool(image))
    assert refused.value.error is not None
    assert refused.value.error.code == "AuthenticationFailed"
    [detail] = refused.value.error.details
    assert "SharedKey is not allowed when external resources of type Compute are linked" in str(detail.message)


def test_an_account_may_allow_tokens_only(simulator: SimulatedAzure) -> None:
    batch = client(simulator)
    group = f"/subscriptions/{simulator.subscription}/resourceGroups/batch"
    path = f"{group}/providers/Microsoft.Batch/batchAccounts/contoso?api-version=2024-07-01"
    call(simulator, "PATCH", path, {"properties": {"allowedAuthenticationModes": ["AAD"]}})
    with pytest.raises(HttpResponseError) as refused:
        list(batch.list_pools())
    assert refused.value.error is not None
    [detail] = refused.value.error.details
    assert "SharedKey is not allowed for this account" in str(detail.message)


def test_a_signature_is_good_for_the_request_that_was_signed_only(simulator: SimulatedAzure) -> None:
    batch = client(simulator)
    list(batch.list_pools())
    [signed] = simulator.control.requests(operation="Pools_ListPools")
    assert signed.caller == "SharedKey"
    url = f"{simulator.ready.batch['contoso']}/pools?api-version=2025-06-01"
    forged = {"Authorization": "SharedKey contoso:AAAA", "ocp-date": "Mon, 05 Jan 2026 08:00:00 GMT"}
    refused = call(simulator, "GET", url, application=None, headers=forged)
    assert (refused.status, refused.body["code"]) == (403, "AuthenticationFailed")
    assert "15 minutes" in refused.body["values"][0]["value"]
