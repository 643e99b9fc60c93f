"""Pools through azure-batch's client, against the simulator."""

from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from azure_batch_operator.cloud.data_plane import pool_path
from azure_batch_operator.cloud.pools import Pools
from azure_batch_operator.cloud.session import AzureSession
from azure_batch_operator.core.accounts import Account, AccountRef
from azure_batch_operator.core.failures import AzureFailure, FailureKind
from azure_batch_operator.core.pools import ObservedPool
from tests.support.azure_session import Journal, journal_from_now
from tests.support.simulator import SimulatedAzure

HOUR = 3600.0


def body(pool_id: str = "frames", **changes: Any) -> dict[str, Any]:
    """The create body of an empty pool."""
    return {
        "id": pool_id,
        "vmSize": "STANDARD_D2_V3",
        "targetDedicatedNodes": 0,
        "targetLowPriorityNodes": 0,
        "virtualMachineConfiguration": {
            "imageReference": {
                "publisher": "canonical",
                "offer": "0001-com-ubuntu-server-jammy",
                "sku": "22_04-lts",
                "version": "latest",
            },
            "nodeAgentSKUId": "batch.node.ubuntu 22.04",
        },
        "metadata": [{"name": "team", "value": "rendering"}],
    } | changes


@pytest.fixture
def account(simulator: SimulatedAzure) -> Account:
    """The Batch account contoso."""
    ref = AccountRef(subscription_id=simulator.subscription, resource_group="batch", name="contoso")
    return Account(ref=ref, endpoint=simulator.ready.batch["contoso"], region="westeurope")


@pytest.fixture
def pools(session: AzureSession) -> Pools:
    return Pools(session)


@pytest.fixture
async def frames(pools: Pools, account: Account, simulator: SimulatedAzure) -> ObservedPool:
    """An empty, steady pool."""
    await pools.create(account, body())
    simulator.control.advance(HOUR)
    return await seen(pools, account)


@pytest.fixture
async def journal(frames: ObservedPool, simulator: SimulatedAzure) -> Journal:
    """What is asked once the pool frames is there."""
    assert frames.steady
    return journal_from_now(simulator)


async def seen(pools: Pools, account: Account, pool_id: str = "frames") -> ObservedPool:
    """The pool as it is now."""
    pool = await pools.get(account, pool_id)
    assert pool is not None
    return pool


async def test_a_pool_that_was_made_is_observed_as_it_was_asked_for(pools: Pools, account: Account) -> None:
    asked = body(taskSlotsPerNode=4, startTask={"commandLine": "printenv", "waitForSuccess": True})
    await pools.create(account, asked)
    pool = await seen(pools, account)
    assert pool.pool_id == "frames"
    assert pool.metadata == {"team": "rendering"}
    assert pool.body["taskSlotsPerNode"] == 4
    assert pool.body["virtualMachineConfiguration"] == asked["virtualMachineConfiguration"]
    assert "state" not in pool.body


async def test_a_pool_that_is_not_there_is_none(pools: Pools, account: Account) -> None:
    assert await pools.get(account, "nowhere") is None


async def test_a_second_pool_of_an_id_is_a_conflict(pools: Pools, account: Account, frames: ObservedPool) -> None:
    with pytest.raises(AzureFailure) as refused:
        await pools.create(account, body(frames.pool_id))
    assert (refused.value.kind, refused.value.code, refused.value.status) == (
        FailureKind.CONFLICT,
        "PoolExists",
        409,
    )
    assert refused.value.target == f"{account.key}/pools"


async def test_a_list_shows_all_pools_of_all_pages(pools: Pools, account: Account, simulator: SimulatedAzure) -> None:
    for number in range(12):
        await pools.create(account, body(f"pool-{number:02}"))
    journal = journal_from_now(simulator)
    assert [pool.pool_id for pool in await pools.list(account)] == [f"pool-{number:02}" for number in range(12)]
    assert journal.only().operation == "Pools_ListPools"


async def test_node_counts_follow_the_pages_of_ten(pools: Pools, account: Account, simulator: SimulatedAzure) -> None:
    for number in range(12):
        await pools.create(account, body(f"pool-{number:02}"))
    journal = journal_from_now(simulator)
    counts = await pools.node_counts(account)
    assert [found.pool_id for found in counts] == [f"pool-{number:02}" for number in range(12)]
    assert [entry.operation for entry in journal.requests()] == ["Accounts_ListPoolNodeCounts"] * 2


async def test_node_counts_of_one_pool_are_one_request(
    pools: Pools, account: Account, frames: ObservedPool, journal: Journal
) -> None:
    (counts,) = await pools.node_counts(account, frames.pool_id)
    assert counts.pool_id == "frames"
    assert counts.by_state["idle"] == 0
    assert journal.only().query["$filter"] == "poolId eq 'frames'"


async def test_supported_images_are_listed(pools: Pools, account: Account) -> None:
    images = await pools.supported_images(account)
    jammy = next(image for image in images if image.sku == "22_04-lts")
    assert (jammy.node_agent_sku_id, jammy.os_type.lower(), jammy.verified) == (
        "batch.node.ubuntu 22.04",
        "linux",
        True,
    )


async def test_a_patch_changes_what_it_names_and_nothing_else(
    pools: Pools, account: Account, frames: ObservedPool, journal: Journal
) -> None:
    await pools.patch(account, "frames", {"metadata": [{"name": "team", "value": "lighting"}]}, etag=frames.etag)
    assert journal.only().body == {"metadata": [{"name": "team", "value": "lighting"}]}
    pool = await seen(pools, account)
    assert pool.metadata == {"team": "lighting"}
    assert pool.body["vmSize"] == frames.body["vmSize"]
    assert pool.etag != frames.etag


async def test_replacing_properties_takes_an_absent_start_task_away(
    pools: Pools, account: Account, frames: ObservedPool
) -> None:
    await pools.patch(account, "frames", {"startTask": {"commandLine": "printenv"}}, etag=frames.etag)
    assert "startTask" in (await seen(pools, account)).body
    await pools.replace_properties(account, "frames", {"metadata": [], "applicationPackageReferences": []})
    pool = await seen(pools, account)
    assert pool.body.get("startTask") is None
    assert pool.metadata == {}


async def test_a_resize_is_one_request_and_nobody_waits_for_its_end(
    pools: Pools, account: Account, frames: ObservedPool, journal: Journal
) -> None:
    await pools.resize(
        account,
        "frames",
        dedicated=3,
        spot=1,
        timeout=timedelta(minutes=45),
        node_deallocation_option="taskcompletion",
        etag=frames.etag,
    )
    entry = journal.only()
    assert (entry.operation, entry.path, entry.api_version) == (
        "Pools_ResizePool",
        "/pools/frames/resize",
        "2025-06-01",
    )
    assert entry.body == {
        "targetDedicatedNodes": 3,
        "targetLowPriorityNodes": 1,
        "resizeTimeout": "PT45M",
        "nodeDeallocationOption": "taskcompletion",
    }
    pool = await seen(pools, account)
    assert (pool.allocation_state, pool.target_dedicated, pool.target_spot) == ("resizing", 3, 1)
    assert pool.resize_timeout == timedelta(minutes=45)


async def test_a_stopped_resize_says_so_in_its_errors(
    pools: Pools, account: Account, frames: ObservedPool, simulator: SimulatedAzure
) -> None:
    await grow(pools, account, frames)
    growing = await seen(pools, account)
    await pools.stop_resize(account, "frames", etag=growing.etag)
    simulator.control.advance(HOUR)
    pool = await seen(pools, account)
    assert pool.steady
    assert [error.code for error in pool.resize_errors] == ["ResizeStopped"]


async def test_a_resize_while_one_runs_is_a_conflict(pools: Pools, account: Account, frames: ObservedPool) -> None:
    await grow(pools, account, frames)
    with pytest.raises(AzureFailure) as refused:
        await grow(pools, account, await seen(pools, account))
    assert (refused.value.kind, refused.value.code) == (FailureKind.CONFLICT, "PoolBeingResized")


WRITES_WITH_ETAG = ["patch", "resize", "stop_resize", "delete"]


@pytest.mark.parametrize("write", WRITES_WITH_ETAG)
async def test_a_write_on_an_old_observation_is_stale(
    pools: Pools, account: Account, frames: ObservedPool, write: str
) -> None:
    await pools.patch(account, "frames", {"metadata": []}, etag=frames.etag)
    with pytest.raises(AzureFailure) as refused:
        await written(pools, account, frames, write)
    assert (refused.value.kind, refused.value.code) == (FailureKind.STALE, "ConditionNotMet")


@pytest.mark.parametrize("write", WRITES_WITH_ETAG)
async def test_the_etag_goes_over_the_wire_as_batch_wrote_it_without_quotes(
    pools: Pools, account: Account, frames: ObservedPool, journal: Journal, write: str
) -> None:
    with suppress(AzureFailure):
        await written(pools, account, frames, write)
    assert frames.etag.startswith("0x")
    assert journal.only().if_match == frames.etag


async def test_a_deletion_is_one_request_and_ends_with_no_pool(
    pools: Pools, account: Account, frames: ObservedPool, journal: Journal, simulator: SimulatedAzure
) -> None:
    await pools.delete(account, "frames", etag=frames.etag)
    assert journal.only().operation == "Pools_DeletePool"
    assert (await seen(pools, account)).state == "deleting"
    simulator.control.advance(HOUR)
    assert await pools.get(account, "frames") is None


async def test_deleting_what_is_gone_is_done(pools: Pools, account: Account) -> None:
    await pools.delete(account, "nowhere", etag="0x8D")


def test_a_pool_id_is_never_more_than_a_name_in_a_path() -> None:
    assert pool_path("frames/resize?{x}") == "/pools/frames%2Fresize%3F%7Bx%7D"


async def written(pools: Pools, account: Account, pool: ObservedPool, write: str) -> None:
    """One write that takes an ETag, with the one of `pool`."""
    match write:
        case "patch":
            await pools.patch(account, pool.pool_id, {"metadata": []}, etag=pool.etag)
        case "resize":
            await grow(pools, account, pool)
        case "stop_resize":
            await pools.stop_resize(account, pool.pool_id, etag=pool.etag)
        case _:
            await pools.delete(account, pool.pool_id, etag=pool.etag)


async def grow(pools: Pools, account: Account, pool: ObservedPool) -> None:
    """Ask for two nodes."""
    await pools.resize(
        account,
        pool.pool_id,
        dedicated=2,
        spot=0,
        timeout=timedelta(minutes=15),
        node_deallocation_option=None,
        etag=pool.etag,
    )
