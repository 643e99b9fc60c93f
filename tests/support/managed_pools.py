"""Pools through Resource Manager for tests: small bodies in its shape, and what comes back."""

from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError
from azure.mgmt.batch import BatchManagementClient
from azure.mgmt.batch.models import Pool, PoolProperties

from tests.support.batch import AGENT, VM_SIZE

GROUP = "batch"
ACCOUNT = "contoso"
SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000000"
IDENTITIES = f"{SUBSCRIPTION}/resourceGroups/batch/providers/Microsoft.ManagedIdentity/userAssignedIdentities"
NODES, REGISTRY = f"{IDENTITIES}/render-nodes", f"{IDENTITIES}/render-registry"
MARKETPLACE = {"publisher": "canonical", "offer": "0001-com-ubuntu-server-jammy", "sku": "22_04-lts"}


def body(*, dedicated: int = 0, identities: tuple[str, ...] = (), **properties: Any) -> Any:
    """A small pool of Marketplace nodes in Resource Manager's shape."""
    assigned: dict[str, Any] = {name: {} for name in identities}
    identity = {"identity": {"type": "UserAssigned", "userAssignedIdentities": assigned}} if identities else {}
    machine = {"imageReference": MARKETPLACE, "nodeAgentSkuId": AGENT}
    return {
        **identity,
        "properties": {
            "vmSize": VM_SIZE,
            "deploymentConfiguration": {"virtualMachineConfiguration": machine},
            "scaleSettings": {"fixedScale": {"targetDedicatedNodes": dedicated}},
            **properties,
        },
    }


def create(batch: BatchManagementClient, wanted: Any, name: str = "frames", **conditions: Any) -> Pool:
    """Put a pool."""
    return batch.pool.create(GROUP, ACCOUNT, name, wanted, **conditions)


def properties_of(pool: Pool) -> PoolProperties:
    """The properties, which every pool has."""
    assert pool.properties is not None
    return pool.properties


def refusal(error: pytest.ExceptionInfo[HttpResponseError]) -> tuple[int | None, str | None]:
    """The status and the error code of a refusal."""
    assert error.value.error is not None
    return error.value.status_code, error.value.error.code
