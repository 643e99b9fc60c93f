"""Whole turns over the versions of a GalleryImage: made as the spec says, kept so, asked for again, and pruned."""

from typing import Any

import pytest
from azure.mgmt.compute import ComputeManagementClient

from azure_batch_operator.core.names import OWNER_TAG, TAGS_TAG
from tests.support.azure_session import journal_from_now
from tests.support.clockwork import Clockwork
from tests.support.golden import GOLDEN, Golden, golden_name
from tests.support.image_turns import (
    IMAGE,
    MINUTE,
    PATCH,
    POOL,
    RESYNC,
    VERSION,
    a_pool,
    an_image,
    patches,
    publish,
    replicas,
    shown,
    versions_in_azure,
    writes,
)
from tests.support.simulator import SimulatedAzure

HOUR = 60 * MINUTE
BOTH = [{"name": "westeurope"}, {"name": "northeurope"}]
GROUP = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/images"
KEYS = f"{GROUP}/providers/Microsoft.Compute/diskEncryptionSets"
ENCRYPTED = {"osDiskImage": {"diskEncryptionSetId": f"{KEYS}/render-keys"}}
ENCRYPTED_NORTH = {"osDiskImage": {"diskEncryptionSetId": f"{KEYS}/render-keys-north"}}
VERSIONS = GOLDEN / "versions"


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    return Golden(VERSIONS / golden_name(request.node.name))


def profile(compute: ComputeManagementClient, version: str = "1.0.0") -> dict[str, Any]:
    found = compute.gallery_image_versions.get(*VERSION[:3], version).as_dict()["properties"]["publishingProfile"]
    return dict(found)


# --- as the spec says


async def test_every_region_gets_its_storage_encryption_and_exclusion(
    turns: Clockwork, compute: ComputeManagementClient
) -> None:
    regions = [
        {"name": "westeurope", "storageAccountType": "Premium_LRS", "encryption": ENCRYPTED, "excludeFromLatest": True},
        {"name": "North Europe", "encryption": ENCRYPTED_NORTH, "minReplicas": 2},
    ]
    strategy = {"storageAccountStrategy": "DefaultStandard_LRS"}
    await turns.apply(
        an_image(
            targetRegions=regions, replication=strategy, excludeFromLatest=True, endOfLifeDate="2027-06-30T00:00:00Z"
        )
    )
    await turns.until(lambda: turns.is_ready(IMAGE), step=5 * MINUTE)
    found = profile(compute)
    west, north = found["targetRegions"]
    assert (west["storageAccountType"], west["excludeFromLatest"]) == ("Premium_LRS", True)
    assert west["encryption"]["osDiskImage"] == ENCRYPTED["osDiskImage"]
    assert (north["storageAccountType"], north["regionalReplicaCount"]) == ("Standard_LRS", 2)
    assert north["encryption"]["osDiskImage"] == ENCRYPTED_NORTH["osDiskImage"]
    assert (found["excludeFromLatest"], found["endOfLifeDate"][:10]) == (True, "2027-06-30")


async def test_a_followed_region_takes_the_template(turns: Clockwork, compute: ComputeManagementClient) -> None:
    await turns.apply(an_image(replication={"followTemplate": {"storageAccountType": "Premium_LRS"}}))
    await turns.apply(a_pool(account={"name": "contosonorth"}))
    await turns.until(lambda: turns.is_ready(POOL), step=5 * MINUTE)
    west, north = profile(compute)["targetRegions"]
    assert (west["storageAccountType"], north["storageAccountType"]) == ("Standard_ZRS", "Premium_LRS")


async def test_what_somebody_changed_of_regions_and_version_is_put_right_by_one_change_and_told_field_by_field(
    published: Clockwork, simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    wanted = [{"name": "westeurope", "excludeFromLatest": False}]
    await published.change(IMAGE, {"targetRegions": wanted, "tags": {"team": "rendering"}})
    await published.until(lambda: published.is_ready(IMAGE), step=5 * MINUTE)
    theirs: Any = {
        "tags": {"cost": "42", OWNER_TAG: "cluster/image/rendering/render-node", TAGS_TAG: "team"},
        "properties": {
            "publishingProfile": {
                "excludeFromLatest": True,
                "targetRegions": [{**profile(compute)["targetRegions"][0], "excludeFromLatest": True}],
            },
            "storageProfile": {},
        },
    }
    compute.gallery_image_versions.begin_update(*VERSION, theirs, polling=False)
    simulator.control.advance(MINUTE)
    journal = journal_from_now(simulator)
    await published.until(lambda: writes(journal) != [])
    await published.until(lambda: published.is_ready(IMAGE))
    assert writes(journal) == [PATCH]
    assert published.events(IMAGE, "DriftRepaired")[-1] == (
        "Version 1.0.0: restoring excludeFromLatest, targetRegions.westeurope.excludeFromLatest, tags.team."
    )
    assert (profile(compute)["excludeFromLatest"], profile(compute)["targetRegions"][0]["excludeFromLatest"]) == (
        False,
        False,
    )


async def test_a_tag_that_leaves_the_spec_leaves_azure_and_those_of_others_stay(
    published: Clockwork, compute: ComputeManagementClient
) -> None:
    await published.change(IMAGE, {"tags": {"team": "rendering", "stage": "test"}})
    await published.until(lambda: published.is_ready(IMAGE))
    await published.change(IMAGE, {"tags": {"stage": None}})
    await published.until(lambda: published.is_ready(IMAGE))
    tags = compute.gallery_image_versions.get(*VERSION).tags or {}
    assert (tags.get("team"), "stage" in tags) == ("rendering", False)


async def test_a_storage_type_that_azure_never_changes_is_told(published: Clockwork, golden: Golden) -> None:
    await published.change(IMAGE, {"targetRegions": [{"name": "westeurope", "storageAccountType": "Premium_LRS"}]})
    await published.until(lambda: published.is_ready(IMAGE))
    golden.holds(shown(published))


async def test_a_region_in_use_stays_whatever_the_spec_says(
    published: Clockwork, compute: ComputeManagementClient
) -> None:
    await published.change(IMAGE, {"targetRegions": BOTH})
    await published.apply(a_pool(account={"name": "contosonorth"}))
    await published.until(lambda: published.is_ready(POOL), step=5 * MINUTE)
    unlisted = {"targetRegions": BOTH[:1], "replication": {"followPools": False, "scaleDownDelay": "0s"}}
    await published.change(IMAGE, unlisted)
    await published.run(3 * RESYNC, step=RESYNC)
    assert replicas(compute) == {"westeurope": 1, "northeurope": 1}
    assert published.conditions(IMAGE)["Advisory"] == ("True", "RegionInUse")
    assert "BatchPool rendering/frames" in published.message(IMAGE, "Advisory")
    await published.delete(POOL)
    await published.until(lambda: replicas(compute) == {"westeurope": 1}, step=5 * MINUTE)


async def test_an_end_of_life_is_told_in_time(published: Clockwork, golden: Golden) -> None:
    await published.change(IMAGE, {"endOfLifeDate": "2026-12-10T00:00:00Z"})
    await published.until(lambda: published.is_ready(IMAGE))
    golden.holds(shown(published))
    (told,) = published.wired.metrics.image_ends.collect()
    assert [(sample.labels["version"], 15 < sample.value < 17) for sample in told.samples] == [("1.0.0", True)]
    await published.delete(IMAGE)
    await published.until(lambda: not published.is_there(IMAGE))
    (told,) = published.wired.metrics.image_ends.collect()
    assert told.samples == []


async def test_a_version_that_would_be_made_too_late_is_refused_in_words(
    turns: Clockwork, simulator: SimulatedAzure
) -> None:
    await turns.apply(an_image(endOfLifeDate="2026-01-01T00:00:00Z"))
    await turns.run(10 * MINUTE)
    assert turns.conditions(IMAGE)["Stalled"] == ("True", "EndOfLifePassed")


# --- several versions


async def test_three_pools_follow_one_is_pinned_old_versions_go_and_a_rollback_finds_its_way(
    published: Clockwork, compute: ComputeManagementClient
) -> None:
    await published.change(IMAGE, {"keepVersions": 2, "replication": {"scaleDownDelay": "0s"}})
    for name in ("one", "two", "three"):
        await published.apply(a_pool_named(name, galleryImageRef={"name": "render-node"}))
    await published.apply(a_pool_named("pinned", galleryImageRef={"name": "render-node", "version": "1.0.0"}))
    await publish(published, "2.0.0")
    await publish(published, "3.0.0")
    await published.run(2 * RESYNC, step=RESYNC)
    assert versions_in_azure(compute) == ["1.0.0", "3.0.0"]
    in_use = {version["version"]: version["inUse"] for version in published.status(IMAGE)["versions"]}
    assert in_use == {"1.0.0": True, "3.0.0": True}
    assert published.status(IMAGE)["poolCount"] == 4
    assert published.events(IMAGE, "Deleting") == [
        "Deleting version 2.0.0: spec.keepVersions is 2, and no pool uses it."
    ]
    await published.change(IMAGE, {"version": "1.0.0", "source": an_image()["spec"]["source"]})
    await published.until(lambda: published.is_ready(IMAGE), step=5 * MINUTE)
    assert published.status(IMAGE)["version"] == "1.0.0"
    assert versions_in_azure(compute) == ["1.0.0", "3.0.0"]


async def test_no_version_goes_while_an_account_cannot_be_read(
    published: Clockwork, simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    await publish(published, "2.0.0")
    unreadable = {"match": {"operation": "Pools_ListPools"}, "times": None, "answer": {"status": 500, "code": "Broken"}}
    simulator.control.order_fault(unreadable)
    watched = [{"resourceGroup": "batch", "name": "contosonorth"}]
    await published.change(IMAGE, {"keepVersions": 1, "watchAccounts": watched})
    await published.run(5 * RESYNC, step=RESYNC)
    assert versions_in_azure(compute) == ["1.0.0", "2.0.0"]
    assert published.conditions(IMAGE)["Advisory"] == ("True", "UsageUnknown")
    simulator.control.clear_faults()
    await published.until(lambda: versions_in_azure(compute) == ["2.0.0"], step=MINUTE)
    assert published.is_ready(IMAGE)


async def test_a_hundred_pools_that_wait_are_served_by_one_change(
    published: Clockwork, simulator: SimulatedAzure
) -> None:
    journal = journal_from_now(simulator)
    await published.apply_all(a_pool_named(f"pool-{n}", targetDedicatedNodes=50) for n in range(100))
    await published.until(lambda: published.status(IMAGE)["summary"]["replicas"] == "9/9", step=5 * MINUTE)
    assert patches(journal) == [{"westeurope": 9}]


def a_pool_named(name: str, **spec: Any) -> Any:
    pool = a_pool(poolId=name, targetDedicatedNodes=spec.pop("targetDedicatedNodes", 2), **spec)
    return {**pool, "metadata": {**pool["metadata"], "name": name}}


def test_every_file_is_held_by_a_test() -> None:
    tests = {golden_name(name) for name in globals() if name.startswith("test_")}
    assert {path.name for path in VERSIONS.iterdir()} <= tests
