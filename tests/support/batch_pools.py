"""Pools as specs want them and as Azure shows them, plain values for tests of decisions."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from azure_batch_operator.core.accounts import Account, AccountRef
from azure_batch_operator.core.names import OWNER_TAG, Owner
from azure_batch_operator.core.pools import ImageChoice, ObservedPool, WantedPool

SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"
IMAGE_ID = (
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/images/providers/Microsoft.Compute"
    "/galleries/sharedImages/images/render-node/versions/1.0.0"
)
OWNER = Owner(operator_id="cluster", kind="pool", namespace="rendering", name="frames")
REF = AccountRef(subscription_id=SUBSCRIPTION, resource_group="batch", name="contoso")
ACCOUNT = Account(
    ref=REF,
    endpoint="https://contoso.westeurope.batch.azure.com",
    region="westeurope",
    dedicated_core_quota=6400,
    low_priority_core_quota=1000,
)
MACHINE = {"nodeAgentSKUId": "batch.node.ubuntu 22.04"}
START_TASK: dict[str, Any] = {
    "commandLine": "printenv AZ_BATCH_NODE_STARTUP_DIR",
    "userIdentity": {"autoUser": {"scope": "pool", "elevationLevel": "admin"}},
    "waitForSuccess": True,
}


def wanted_pool(body: Mapping[str, Any] | None = None, **changes: Any) -> WantedPool:
    """The article's pool of two nodes from a GalleryImage; `body` replaces properties, None as a value removes one."""
    properties = {"vmSize": "STANDARD_D2_V3", "virtualMachineConfiguration": MACHINE, "startTask": START_TASK}
    merged = {name: value for name, value in (properties | dict(body or {})).items() if value is not None}
    plain = WantedPool(
        owner=OWNER,
        account=REF,
        pool_id="frames",
        body=merged,
        image=ImageChoice(namespace="rendering", name="render-node"),
        dedicated=2,
        spot=0,
    )
    return replace(plain, **changes)


def observed_pool(body: Mapping[str, Any] | None = None, **changes: Any) -> ObservedPool:
    """That pool as Azure shows it: steady with its two nodes, in other letter case, with defaults filled in."""
    properties: dict[str, Any] = {
        "vmSize": "standard_d2_v3",
        "virtualMachineConfiguration": {
            "imageReference": {"virtualMachineImageId": IMAGE_ID},
            "nodeAgentSKUId": "batch.node.ubuntu 22.04",
            "nodePlacementConfiguration": {"policy": "Regional"},
        },
        "startTask": {
            **START_TASK,
            "userIdentity": {"autoUser": {"scope": "Pool", "elevationLevel": "Admin"}},
            "maxTaskRetryCount": 0,
        },
        "taskSlotsPerNode": 1,
        "taskSchedulingPolicy": {"nodeFillType": "Spread"},
        "enableInterNodeCommunication": False,
    }
    merged = {name: value for name, value in (properties | dict(body or {})).items() if value is not None}
    plain = ObservedPool(
        pool_id="frames",
        url="https://contoso.westeurope.batch.azure.com/pools/frames",
        etag="0x8D1",
        state="active",
        allocation_state="steady",
        allocation_changed_at=None,
        body=merged,
        metadata={OWNER_TAG: OWNER.tag()},
        auto_scaled=False,
        target_dedicated=2,
        current_dedicated=2,
        target_spot=0,
        current_spot=0,
        resize_timeout=timedelta(minutes=15),
        image_id=IMAGE_ID,
    )
    return replace(plain, **changes)
