"""BatchPool objects as the planner reads them."""

from datetime import timedelta
from typing import Any

import pytest

from azure_batch_operator.core.accounts import AccountRef
from azure_batch_operator.core.names import Owner
from azure_batch_operator.core.pools import ImageChoice, WantedPool
from azure_batch_operator.reconcile.desired import BadSpec
from azure_batch_operator.reconcile.wanted.pools import PoolParser
from tests.support.custom_resources import QUICKSTART, Manifest, merged, read_manifest

SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"
PARSER = PoolParser(operator_id="cluster", subscription_id=SUBSCRIPTION)


def quickstart(**spec: Any) -> Manifest:
    """The quickstart's pool with changes of its spec."""
    changed: Manifest = merged(read_manifest(QUICKSTART / "batchpool.yaml"), {"spec": spec})
    return changed


def parsed(**spec: Any) -> WantedPool:
    """What that pool asks for."""
    wanted = PARSER(quickstart(**spec))
    assert isinstance(wanted, WantedPool)
    return wanted


def test_no_identities_are_told_from_identities_left_out() -> None:
    named = {"userAssignedIdentities": ["/identities/a", "/identities/b"]}
    assert parsed(identity=named).identities == ("/identities/a", "/identities/b")
    assert parsed(identity={"userAssignedIdentities": []}).identities == ()
    assert parsed().identities is None


def test_the_quickstart_asks_for_the_articles_pool() -> None:
    assert parsed() == WantedPool(
        owner=Owner(operator_id="cluster", kind="pool", namespace="rendering", name="frames"),
        account=AccountRef(subscription_id=SUBSCRIPTION, resource_group="batch", name="contoso"),
        pool_id="frames",
        body={
            "vmSize": "STANDARD_D2_V3",
            "virtualMachineConfiguration": {"nodeAgentSKUId": "batch.node.ubuntu 22.04"},
            "startTask": {
                "commandLine": "printenv AZ_BATCH_NODE_STARTUP_DIR",
                "userIdentity": {"autoUser": {"scope": "pool", "elevationLevel": "admin"}},
                "waitForSuccess": True,
            },
        },
        image=ImageChoice(namespace="rendering", name="render-node"),
        dedicated=2,
    )


def test_sizes_and_their_timeout_are_no_part_of_the_body() -> None:
    wanted = parsed(targetDedicatedNodes=5, targetLowPriorityNodes=7, resizeTimeout="PT1H")
    assert (wanted.dedicated, wanted.spot, wanted.resize_timeout) == (5, 7, timedelta(hours=1))
    assert not wanted.body.keys() & {"targetDedicatedNodes", "targetLowPriorityNodes", "resizeTimeout"}


def test_targets_that_are_left_out_are_left_alone() -> None:
    wanted = parsed(targetDedicatedNodes=None)
    assert (wanted.dedicated, wanted.spot) == (None, None)


def test_scaling_says_how_nodes_come_and_go() -> None:
    wanted = parsed(
        scaling={
            "drainTimeout": "90m",
            "nodeDeallocationOption": "requeue",
            "replicaGate": {"mode": "Ignore", "timeout": "10m"},
        }
    )
    assert wanted.drain_timeout == timedelta(minutes=90)
    assert wanted.node_deallocation_option == "requeue"
    assert (wanted.gate_mode, wanted.gate_timeout) == ("Ignore", timedelta(minutes=10))


def test_a_gate_that_is_left_out_waits_two_hours() -> None:
    assert (parsed().gate_mode, parsed().gate_timeout) == ("Wait", timedelta(hours=2))


def test_an_image_version_may_be_pinned() -> None:
    assert parsed(galleryImageRef={"name": "render-node", "version": "1.0.0"}).image == ImageChoice(
        namespace="rendering", name="render-node", version="1.0.0"
    )


def test_an_endpoint_names_an_account_without_a_subscription() -> None:
    by_endpoint = {"resourceGroup": None, "name": None, "endpoint": "contoso.westeurope.batch.azure.com"}
    assert parsed(account=by_endpoint).account == AccountRef(endpoint="contoso.westeurope.batch.azure.com")


def test_suspension_retention_and_deletion_are_read() -> None:
    body = merged(
        quickstart(suspend=True, deletionPolicy="Retain"), {"metadata": {"deletionTimestamp": "2026-11-23T12:00:00Z"}}
    )
    wanted = PARSER(body)
    assert isinstance(wanted, WantedPool)
    assert (wanted.suspended, wanted.deletion_policy, wanted.deleting) == (True, "Retain", True)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (quickstart(vmSize=None), "spec.vmSize"),
        (quickstart(targetDedicatedNodes=-1), "spec.targetDedicatedNodes"),
        (merged(quickstart(), {"metadata": {"name": "fra.mes"}}), "spec.poolId"),
    ],
)
def test_what_cannot_be_understood_names_its_field(body: Manifest, field: str) -> None:
    bad = PARSER(body)
    assert isinstance(bad, BadSpec)
    assert bad.field == field


def test_an_account_without_any_subscription_is_refused_with_what_to_write() -> None:
    bad = PoolParser(operator_id="cluster", subscription_id=None)(quickstart())
    assert isinstance(bad, BadSpec)
    assert bad.field == "spec.account.subscriptionId"
    assert "write" in bad.message


def test_an_image_of_another_namespace_may_be_named() -> None:
    assert parsed(galleryImageRef={"namespace": "shared"}).image == ImageChoice(namespace="shared", name="render-node")


def test_a_formula_says_how_many_nodes_it_may_bring() -> None:
    fixed = parsed(targetDedicatedNodes=5, targetLowPriorityNodes=7)
    assert (fixed.max_nodes, fixed.planned_nodes) == (None, 12)
    formula = {"enableAutoScale": True, "autoScaleFormula": "$TargetDedicatedNodes=1;", "targetDedicatedNodes": None}
    assert parsed(**formula, scaling={"maxNodes": 5000}).planned_nodes == 5000
    assert parsed(**formula).planned_nodes == 0
