"""Pools that Resource Manager makes and changes, against the simulator: seen through the Batch service afterwards."""

from typing import Any

import pytest

from azure_batch_operator.cloud.pool_identities import PoolIdentities
from azure_batch_operator.cloud.pools import Pools
from azure_batch_operator.cloud.session import AzureSession
from azure_batch_operator.core.accounts import Account, AccountRef
from azure_batch_operator.core.failures import AzureFailure, FailureKind
from azure_batch_operator.core.pool_arm import arm_pool
from azure_batch_operator.core.pools import ObservedPool
from tests.support.azure_session import journal_from_now, refuse_once
from tests.support.simulator import SimulatedAzure

HOUR = 3600.0
BODY: dict[str, Any] = {
    "vmSize": "STANDARD_D2_V3",
    "targetDedicatedNodes": 0,
    "targetLowPriorityNodes": 0,
    "resizeTimeout": "PT20M",
    "enableInterNodeCommunication": True,
    "virtualMachineConfiguration": {
        "imageReference": {
            "publisher": "canonical",
            "offer": "0001-com-ubuntu-server-jammy",
            "sku": "22_04-lts",
            "version": "latest",
        },
        "nodeAgentSKUId": "batch.node.ubuntu 22.04",
        "dataDisks": [{"lun": 0, "diskSizeGB": 32, "caching": "readonly"}],
    },
    "startTask": {
        "commandLine": "true",
        "userIdentity": {"autoUser": {"scope": "pool", "elevationLevel": "admin"}},
        "waitForSuccess": True,
    },
    "taskSchedulingPolicy": {"nodeFillType": "pack"},
    "metadata": [{"name": "team", "value": "rendering"}],
}


def identity(azure: SimulatedAzure, name: str = "render-nodes") -> str:
    """The id of a user-assigned identity of the simulated Azure."""
    return (
        f"/subscriptions/{azure.subscription}/resourceGroups/batch"
        f"/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{name}"
    )


@pytest.fixture
def account(simulator: SimulatedAzure) -> Account:
    """The Batch account contoso."""
    ref = AccountRef(subscription_id=simulator.subscription, resource_group="batch", name="contoso")
    return Account(ref=ref, endpoint=simulator.ready.batch["contoso"], region="westeurope")


@pytest.fixture
def identities(session: AzureSession) -> PoolIdentities:
    return PoolIdentities(session)


@pytest.fixture
async def frames(identities: PoolIdentities, account: Account, simulator: SimulatedAzure) -> Account:
    """The account with an empty, steady pool that has an identity."""
    await identities.create(account, "frames", arm_pool(BODY, (identity(simulator),)))
    simulator.control.advance(HOUR)
    return account


async def seen(session: AzureSession, account: Account) -> ObservedPool:
    """The pool as the Batch service shows it."""
    found = await Pools(session).get(account, "frames")
    assert found is not None
    return found


async def test_a_pool_made_by_resource_manager_is_the_pool_of_the_body(
    session: AzureSession, simulator: SimulatedAzure, frames: Account
) -> None:
    found = await seen(session, frames)
    assert found.identities == (identity(simulator),)
    assert found.metadata == {"team": "rendering"}
    assert found.body["enableInterNodeCommunication"] is True
    assert found.steady
    machine, task = found.body["virtualMachineConfiguration"], found.body["startTask"]
    assert isinstance(machine, dict)
    assert isinstance(task, dict)
    assert machine["nodeAgentSKUId"] == "batch.node.ubuntu 22.04"
    assert task["commandLine"] == "true"


async def test_making_a_pool_never_touches_one_that_is_there(
    session: AzureSession, simulator: SimulatedAzure, identities: PoolIdentities, frames: Account
) -> None:
    before = await seen(session, frames)
    with pytest.raises(AzureFailure) as refused:
        await identities.create(frames, "FRAMES", arm_pool(BODY | {"vmSize": "STANDARD_D4_V3"}, ()))
    assert refused.value.kind in {FailureKind.STALE, FailureKind.CONFLICT}
    assert await seen(session, frames) == before


async def test_making_a_pool_is_one_request(
    simulator: SimulatedAzure, identities: PoolIdentities, account: Account
) -> None:
    journal = journal_from_now(simulator)
    await identities.create(account, "frames", arm_pool(BODY, (identity(simulator),)))
    assert journal.only().operation == "Pool_Create"


async def test_a_change_replaces_the_identity_and_the_properties_with_it(
    session: AzureSession, simulator: SimulatedAzure, identities: PoolIdentities, frames: Account
) -> None:
    other = identity(simulator, "render-registry")
    await identities.change(frames, "frames", arm_pool({"taskSlotsPerNode": 4}, (other,)))
    found = await seen(session, frames)
    assert found.identities == (other,)
    assert found.body["taskSlotsPerNode"] == 4
    assert found.metadata == {"team": "rendering"}


async def test_the_last_identity_can_be_taken_away(
    session: AzureSession, identities: PoolIdentities, frames: Account
) -> None:
    await identities.change(frames, "frames", arm_pool({}, ()))
    assert (await seen(session, frames)).identities == ()


async def test_a_change_goes_with_resource_managers_own_etag(
    simulator: SimulatedAzure, identities: PoolIdentities, frames: Account
) -> None:
    journal = journal_from_now(simulator)
    await identities.change(frames, "frames", arm_pool({}, ()))
    read, changed = journal.requests()
    assert (read.operation, changed.operation) == ("Pool_Get", "Pool_Update")
    assert changed.if_match is not None


async def test_a_pool_that_is_changed_meanwhile_is_looked_at_again(
    simulator: SimulatedAzure, identities: PoolIdentities, frames: Account
) -> None:
    refuse_once(simulator, 412, "ConditionNotMet", operation="Pool_Update")
    with pytest.raises(AzureFailure) as refused:
        await identities.change(frames, "frames", arm_pool({}, ()))
    assert refused.value.kind is FailureKind.STALE


async def test_a_pool_that_is_gone_cannot_be_changed(identities: PoolIdentities, account: Account) -> None:
    with pytest.raises(AzureFailure) as refused:
        await identities.change(account, "nobody", arm_pool({}, ()))
    assert refused.value.kind is FailureKind.NOT_FOUND
