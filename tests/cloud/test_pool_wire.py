"""Pools in the Batch service's JSON."""

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from azure_batch_operator.cloud.node_wire import node_from
from azure_batch_operator.cloud.pool_wire import (
    CREATE_PROPERTIES,
    auto_scale_run_from,
    bare_etag,
    node_counts_from,
    pool_from,
    resize_body,
    supported_image_from,
)
from azure_batch_operator.core.json import JsonObject
from azure_batch_operator.core.pools import NodeCounts, ResizeError, SupportedImage
from tests.support.azure_specs import AzureSpecs

OLD = "specification/batch/data-plane/Microsoft.Batch/stable/2024-07-01.20.0/examples"
NEW = "specification/batch/*/examples/2025-06-01"
IMAGE = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/galleries/shared/images/node/versions/1.0.0"


def answered(**changes: Any) -> dict[str, Any]:
    """A pool as the Batch service answers it."""
    return {
        "odata.metadata": "https://contoso.westeurope.batch.azure.com/$metadata#pools/@Element",
        "id": "Frames",
        "url": "https://contoso.westeurope.batch.azure.com/pools/Frames",
        "eTag": "0x8D413091E739A56",
        "lastModified": "2026-11-22T18:55:25.2608598Z",
        "creationTime": "2026-11-22T18:55:24.2632496Z",
        "state": "active",
        "stateTransitionTime": "2026-11-22T18:55:24.2632496Z",
        "allocationState": "resizing",
        "allocationStateTransitionTime": "2026-11-22T18:55:24.8154041Z",
        "vmSize": "standard_d2_v3",
        "resizeTimeout": "PT45M",
        "currentDedicatedNodes": 2,
        "targetDedicatedNodes": 3000,
        "currentLowPriorityNodes": 1,
        "targetLowPriorityNodes": 5,
        "enableAutoScale": False,
        "virtualMachineConfiguration": {
            "imageReference": {"virtualMachineImageId": IMAGE},
            "nodeAgentSKUId": "batch.node.ubuntu 22.04",
        },
        "metadata": [{"name": "team", "value": "rendering"}],
        "somethingNew": {"of": "a later API"},
    } | changes


def test_a_pool_is_read_whole() -> None:
    pool = pool_from(answered())
    assert (pool.pool_id, pool.etag, pool.state) == ("Frames", "0x8D413091E739A56", "active")
    assert (pool.current_dedicated, pool.target_dedicated, pool.current_spot, pool.target_spot) == (2, 3000, 1, 5)
    assert pool.nodes == 3005
    assert pool.allocation_state == "resizing"
    assert pool.allocation_changed_at == datetime(2026, 11, 22, 18, 55, 24, 815404, tzinfo=UTC)
    assert pool.resize_timeout == timedelta(minutes=45)
    assert pool.metadata == {"team": "rendering"}
    assert pool.image_id == IMAGE
    assert not pool.steady


def test_identities_are_read_where_the_pool_has_some() -> None:
    shown = {"type": "UserAssigned", "userAssignedIdentities": [{"resourceId": "/identities/a", "clientId": "c"}]}
    assert pool_from(answered(identity=shown)).identities == ("/identities/a",)
    assert pool_from(answered(identity={"type": "None"})).identities == ()
    assert pool_from(answered()).identities == ()


def test_the_comparable_body_has_only_what_a_create_body_may_have_and_that_untouched() -> None:
    answer = answered(startTask={"commandLine": "run", "novel": [1, {"x": None}]}, userAccounts=[])
    body = pool_from(answer).body
    assert set(body) == set(answer) & CREATE_PROPERTIES
    assert body["startTask"] == {"commandLine": "run", "novel": [1, {"x": None}]}
    assert body["vmSize"] == "standard_d2_v3"


def test_the_create_properties_are_those_of_the_api(azure_specs: AzureSpecs) -> None:
    for contract in azure_specs.documents("derived/batch-data-plane-*.json"):
        assert set(contract["definitions"]["BatchPoolCreateOptions"]["properties"]) == CREATE_PROPERTIES


def test_every_official_pool_example_can_be_read(azure_specs: AzureSpecs) -> None:
    for body in azure_specs.answers(f"{OLD}/PoolGet_*.json"):
        pool = pool_from(body)
        assert pool.pool_id == body["id"]
        assert pool.steady
        assert pool.resize_timeout == timedelta(minutes=15)
    for body in azure_specs.answers("specification/batch/data-plane/Batch/stable/2025-06-01/examples/Pools_GetPool*"):
        assert pool_from(body).etag == body["eTag"]


def test_every_official_create_body_is_comparable(azure_specs: AzureSpecs) -> None:
    for example in azure_specs.documents(f"{NEW}/Pools_CreatePool_*.json"):
        sent = next(value for name, value in example["parameters"].items() if name in {"pool", "body"})
        assert set(sent) <= CREATE_PROPERTIES


def test_resize_errors_are_read_in_azures_words() -> None:
    error = {
        "code": "AccountCoreQuotaReached",
        "message": "The core quota has been reached.",
        "values": [{"name": "Requested", "value": "6000"}],
    }
    pool = pool_from(answered(allocationState="steady", resizeErrors=[error]))
    assert pool.resize_errors == (
        ResizeError(
            code="AccountCoreQuotaReached", message="The core quota has been reached.", values={"Requested": "6000"}
        ),
    )


def test_no_signature_is_shown_that_azure_quotes_in_the_words_of_an_error() -> None:
    signed = "Cannot read https://contoso.blob.core.windows.net/c/f?sv=2024&sig=c2VjcmV0"
    error: dict[str, Any] = {"code": "Failed", "message": signed, "values": [{"name": "Url", "value": signed}]}
    pool = pool_from(answered(allocationState="steady", resizeErrors=[error]))
    run = auto_scale_run_from({"timestamp": "2026-11-23T08:00:00Z", "error": error})
    node = node_from({"id": "tvm-1", "state": "unusable", "isDedicated": True, "errors": [error]})
    shown = repr((pool.resize_errors, run, node))
    assert "blob.core.windows.net/c/f" in shown
    assert "c2VjcmV0" not in shown


def test_an_allocation_state_that_nobody_knows_yet_is_not_steady() -> None:
    assert not pool_from(answered(allocationState="hibernating")).steady


def test_states_are_compared_without_letter_case() -> None:
    assert pool_from(answered(state="Active", allocationState="Steady")).steady


def test_an_etag_is_kept_bare() -> None:
    assert [bare_etag(text) for text in ('0x8D"', '"0x8D"', 'W/"0x8D"', "0x8D")] == ["0x8D"] * 4


def test_a_resize_always_sends_both_targets() -> None:
    body = resize_body(dedicated=3000, spot=0, timeout=timedelta(minutes=45), node_deallocation_option="taskcompletion")
    assert body == {
        "targetDedicatedNodes": 3000,
        "targetLowPriorityNodes": 0,
        "resizeTimeout": "PT45M",
        "nodeDeallocationOption": "taskcompletion",
    }


def test_node_counts_add_dedicated_and_spot_but_not_the_totals(azure_specs: AzureSpecs) -> None:
    for answer in azure_specs.answers(f"{OLD}/AccountListPoolNodeCounts.json"):
        first = node_counts_from(answer["value"][0])
        assert (first.pool_id, first.by_state["running"], first.by_state["starting"]) == ("pool1", 2, 1)
        assert "total" not in first.by_state
    both: JsonObject = {
        "poolId": "p",
        "dedicated": {"idle": 2, "total": 2},
        "lowPriority": {"idle": 1, "preempted": 4, "total": 5},
    }
    assert node_counts_from(both) == NodeCounts(pool_id="p", by_state={"idle": 3, "preempted": 4}, preempted=4)


def test_supported_images_are_read(azure_specs: AzureSpecs) -> None:
    for answer in azure_specs.answers(f"{OLD}/AccountListSupportedImages.json"):
        images = [supported_image_from(item) for item in answer["value"]]
        assert [image.verified for image in images] == [True, False, True, True, True]
        assert images[0] == SupportedImage(
            node_agent_sku_id="batch.node.centos 7",
            os_type="linux",
            publisher="OpenLogic",
            offer="CentOS",
            sku="7.2",
            verified=True,
        )


def test_a_list_of_a_thousand_pools_is_read_in_a_fraction_of_a_second() -> None:
    text = json.dumps({"value": [answered(id=f"pool-{number}") for number in range(1000)]})
    started = time.process_time()
    pools = [pool_from(body) for body in json.loads(text)["value"]]
    assert time.process_time() - started < 0.5
    assert len({pool.pool_id for pool in pools}) == 1000
