"""Whole turns that give a GalleryImage's version its regions and replicas, and take them away."""

from typing import Any

import pytest
from azure.mgmt.compute import ComputeManagementClient

from azure_batch_operator.core.names import REGIONS_TAG
from tests.support.azure_session import journal_from_now, refuse_once
from tests.support.clockwork import Clockwork, clockwork
from tests.support.image_turns import (
    IMAGE,
    MINUTE,
    PATCH,
    POOL,
    RESYNC,
    VERSION,
    a_pool,
    an_image,
    body_of,
    replicas,
    replicas_in,
    writes,
)
from tests.support.simulator import SimulatedAzure, StartSimulator


async def test_the_region_of_a_pool_is_a_target_before_the_pool_is_made(
    published: Clockwork, simulator: SimulatedAzure
) -> None:
    journal = journal_from_now(simulator)
    await published.apply(a_pool(account={"name": "contosonorth"}))
    await published.until(lambda: published.is_ready(POOL), step=5 * MINUTE)
    assert writes(journal, "compute", "batch") == [PATCH, "Pools_CreatePool"]
    body = body_of(journal, PATCH)
    assert replicas_in(body) == {"westeurope": 1, "northeurope": 1}
    assert body["tags"][REGIONS_TAG] == "northeurope"
    assert body["properties"]["storageProfile"] == {}
    assert body["properties"]["safetyProfile"]["allowDeletionOfReplicatedLocations"] is False


async def test_replicas_come_before_nodes_and_go_after_them(
    published: Clockwork, simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    await published.change(IMAGE, {"replication": {"scaleDownDelay": "0s"}})
    await published.apply(a_pool())
    await published.until(lambda: published.is_ready(POOL), step=5 * MINUTE)
    journal = journal_from_now(simulator)
    await published.change(POOL, {"targetDedicatedNodes": 3000})
    assert writes(journal, "compute", "batch") == [PATCH]
    assert replicas_in(body_of(journal, PATCH)) == {"westeurope": 5}
    await published.until(lambda: published.is_ready(POOL), step=5 * MINUTE)
    assert writes(journal, "compute", "batch") == [PATCH, "Pools_ResizePool"]
    assert "Version 1.0.0: westeurope 1 → 5 for 3,000 nodes." in published.events(IMAGE, "ReplicasChanged")

    journal = journal_from_now(simulator)
    await published.change(POOL, {"targetDedicatedNodes": 500})
    assert writes(journal, "compute", "batch") == ["Pools_ResizePool"]
    await published.until(lambda: replicas(compute) == {"westeurope": 1}, step=5 * MINUTE)
    assert writes(journal, "compute", "batch") == ["Pools_ResizePool", PATCH]


async def test_a_surplus_is_shown_and_goes_as_soon_as_the_delay_is_over(
    published: Clockwork, simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    replication = {"scaleDownDelay": "25m"}
    wide = {"targetRegions": [{"name": "westeurope", "minReplicas": 3}], "replication": replication}
    await published.change(IMAGE, wide)
    await published.until(lambda: published.is_ready(IMAGE))
    journal = journal_from_now(simulator)
    await published.change(IMAGE, {"targetRegions": [{"name": "westeurope"}]})
    (region,) = published.status(IMAGE)["regions"]
    assert (region["requiredReplicas"], region["replicas"]) == (1, 3)
    assert region["surplusSince"]
    await published.run(24 * MINUTE, step=MINUTE)
    assert published.is_ready(IMAGE)
    assert writes(journal) == []
    await published.run(2 * MINUTE)
    assert writes(journal) == [PATCH]
    await published.until(lambda: replicas(compute) == {"westeurope": 1})
    assert "surplusSince" not in published.status(IMAGE)["regions"][0]


async def test_the_delay_of_a_surplus_outlives_a_restart(published: Clockwork, simulator: SimulatedAzure) -> None:
    await published.change(IMAGE, {"targetRegions": [{"name": "westeurope", "minReplicas": 3}]})
    await published.until(lambda: published.is_ready(IMAGE))
    await published.change(IMAGE, {"targetRegions": [{"name": "westeurope"}]})
    since = published.status(IMAGE)["regions"][0]["surplusSince"]
    async with clockwork(simulator) as restarted:
        restarted.time.advance(published.time.time() - restarted.time.time() + 30 * MINUTE)
        await restarted.take_over(published)
        assert restarted.status(IMAGE)["regions"][0]["surplusSince"] == since


async def test_a_region_that_nobody_needs_leaves_and_the_version_is_locked_again(
    published: Clockwork, simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    both = [{"name": "westeurope"}, {"name": "northeurope"}]
    await published.change(IMAGE, {"targetRegions": both, "replication": {"scaleDownDelay": "0s"}})
    await published.until(lambda: published.is_ready(IMAGE), step=5 * MINUTE)
    journal = journal_from_now(simulator)
    await published.change(IMAGE, {"targetRegions": both[:1]})
    await published.until(lambda: published.is_ready(IMAGE), step=5 * MINUTE)
    allowed = [
        entry.body["properties"]["safetyProfile"]["allowDeletionOfReplicatedLocations"]
        for entry in journal.requests("compute")
        if entry.operation == PATCH
    ]
    assert allowed == [True, False]
    assert replicas(compute) == {"westeurope": 1}
    assert REGIONS_TAG not in (compute.gallery_image_versions.get(*VERSION).tags or {})


@pytest.mark.parametrize(
    "switch",
    [
        {"regions_removed_in_two_steps": True},
        {"replication_status_lag": 120.0},
        {"refuse_patch_while_updating": False},
        {"refuse_parent_delete_after_child": False},
    ],
    ids=lambda switch: next(iter(switch)),
)
async def test_an_image_lives_through_whatever_azure_leaves_undocumented(
    start_simulator: StartSimulator, switch: dict[str, Any]
) -> None:
    azure = start_simulator(switches={"compute": switch})
    async with clockwork(azure) as turns:
        many = [{"name": "westeurope", "minReplicas": 3}, {"name": "northeurope"}]
        await turns.apply(an_image(replication={"scaleDownDelay": "0s"}))
        await turns.until(lambda: turns.is_ready(IMAGE))
        await turns.change(IMAGE, {"targetRegions": many})
        await turns.until(lambda: turns.is_ready(IMAGE))
        await turns.change(IMAGE, {"targetRegions": [{"name": "westeurope"}]})
        await turns.until(lambda: turns.is_ready(IMAGE))
        with azure.compute() as compute:
            assert replicas(compute) == {"westeurope": 1}
        await turns.delete(IMAGE)
        await turns.until(lambda: not turns.is_there(IMAGE))


async def test_where_azure_refuses_a_removal_with_its_permission_the_permission_comes_first(
    published: Clockwork, simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    both = [{"name": "westeurope"}, {"name": "northeurope"}]
    await published.change(IMAGE, {"targetRegions": both, "replication": {"scaleDownDelay": "0s"}})
    await published.until(lambda: published.is_ready(IMAGE), step=5 * MINUTE)
    refuse_once(simulator, 400, "InvalidParameter", operation=PATCH)
    journal = journal_from_now(simulator)
    await published.change(IMAGE, {"targetRegions": both[:1]})
    await published.until(lambda: published.is_ready(IMAGE), step=5 * MINUTE)
    bodies = [entry.body for entry in journal.requests("compute") if entry.operation == PATCH]
    assert [len(replicas_in(body)) for body in bodies] == [1, 2, 1, 1]
    assert replicas(compute) == {"westeurope": 1}


@pytest.mark.parametrize("name", ["another", "render-node"])
async def test_an_account_that_does_not_exist_has_no_pools_that_replicas_are_kept_for(
    published: Clockwork, compute: ComputeManagementClient, name: str
) -> None:
    wide = {"targetRegions": [{"name": "westeurope", "minReplicas": 3}], "replication": {"scaleDownDelay": "0s"}}
    await published.change(IMAGE, wide)
    await published.until(lambda: published.is_ready(IMAGE), step=5 * MINUTE)
    await published.apply(a_pool(account={"name": "nosuchaccount"}, galleryImageRef={"name": name}))
    await published.change(IMAGE, {"targetRegions": [{"name": "westeurope"}]})
    await published.until(lambda: replicas(compute) == {"westeurope": 1}, step=5 * MINUTE)
    assert "Advisory" not in published.conditions(IMAGE)


async def test_nothing_shrinks_while_an_account_cannot_be_read(
    published: Clockwork, simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    watched = [{"resourceGroup": "batch", "name": "contosonorth"}]
    wide = {"targetRegions": [{"name": "westeurope", "minReplicas": 3}], "replication": {"scaleDownDelay": "0s"}}
    await published.change(IMAGE, wide)
    await published.until(lambda: published.is_ready(IMAGE), step=5 * MINUTE)
    unreadable = {"match": {"operation": "Pools_ListPools"}, "times": None, "answer": {"status": 500, "code": "Broken"}}
    simulator.control.order_fault(unreadable)
    journal = journal_from_now(simulator)
    await published.change(IMAGE, {"targetRegions": [{"name": "westeurope"}], "watchAccounts": watched})
    for _ in range(5):
        await published.run(RESYNC, step=RESYNC)
    assert writes(journal) == []
    assert published.conditions(IMAGE).get("Advisory") == ("True", "UsageUnknown")
    assert "contosonorth" in published.message(IMAGE, "Advisory")
    simulator.control.clear_faults()
    await published.until(lambda: replicas(compute) == {"westeurope": 1}, step=5 * MINUTE)
