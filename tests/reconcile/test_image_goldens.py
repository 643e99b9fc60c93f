"""The exact status and Events that a user sees of a GalleryImage, for each situation worth knowing; `make golden`."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from azure.mgmt.compute import ComputeManagementClient

from azure_batch_operator.reconcile.keys import ImageKey
from tests.support.batch import batch_client, pool_of
from tests.support.clockwork import Clockwork, clockwork
from tests.support.golden import GOLDEN, Golden, golden_name
from tests.support.image_turns import (
    IMAGE,
    MINUTE,
    POOL,
    RESYNC,
    VERSION,
    a_pool,
    add_region,
    an_image,
    disown,
    shown,
    stripped,
)
from tests.support.simulator import SimulatedAzure

IMAGES = GOLDEN / "images"
HOUR = 60 * MINUTE
BOTH = [{"name": "westeurope"}, {"name": "northeurope"}]
OTHER = ImageKey("rendering", "other")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """The golden file of the test."""
    return Golden(IMAGES / golden_name(request.node.name))


@pytest.fixture
async def newcomer(
    published: Clockwork, simulator: SimulatedAzure, compute: ComputeManagementClient
) -> AsyncIterator[Clockwork]:
    """Another cluster's operator; the definition in Azure belongs to nobody, and its version is in a region more."""
    add_region(compute, "northeurope", 3)
    simulator.control.advance(2 * HOUR)
    disown(compute, tags={"cost": "42"})
    simulator.control.advance(MINUTE)
    async with clockwork(simulator, operator_id="cluster-2") as operator:
        yield operator


# --- making


async def test_an_image_at_rest(published: Clockwork, golden: Golden) -> None:
    golden.holds(shown(published))


async def test_a_version_that_is_being_published(turns: Clockwork, golden: Golden) -> None:
    await turns.apply(an_image(targetRegions=BOTH))
    await turns.run(10 * MINUTE)
    golden.holds(shown(turns))


async def test_a_machine_that_breaks_every_rule_of_a_source(
    turns: Clockwork, simulator: SimulatedAzure, golden: Golden
) -> None:
    machine = (
        f"/subscriptions/{simulator.subscription}/resourceGroups/images/providers/Microsoft.Compute/virtualMachines"
    )
    source = {"managedImage": None, "virtualMachine": {"id": f"{machine}/render-broken", "capture": "Snapshots"}}
    await turns.apply(an_image(source=source))
    golden.holds(shown(turns))


async def test_a_right_that_is_missing(simulator: SimulatedAzure, golden: Golden) -> None:
    reader = simulator.scenario.tenants[0].applications[1]
    identity: dict[str, Any] = {"client_id": reader.client_id, "client_secret": reader.secrets[0]}
    async with clockwork(simulator, **identity, rights_grace=0) as turns:
        await turns.apply(an_image())
        golden.holds(shown(turns))


# --- whose it is


async def test_an_adoption_that_is_refused(newcomer: Clockwork, golden: Golden) -> None:
    await newcomer.apply(an_image(tags={"team": "rendering"}, definition={"description": "ours"}))
    golden.holds(shown(newcomer))


async def test_an_adoption_that_is_shown(newcomer: Clockwork, golden: Golden) -> None:
    consent: dict[str, Any] = {
        "adoptionPolicy": "Adopt",
        "definition": {"description": "ours"},
        "tags": {"team": "rendering"},
    }
    await newcomer.apply(an_image(**consent))
    golden.holds(shown(newcomer))


async def test_an_adoption_that_is_done_keeps_the_regions_of_others(newcomer: Clockwork, golden: Golden) -> None:
    consent: dict[str, Any] = {
        "adoptionPolicy": "Adopt",
        "definition": {"description": "ours"},
        "tags": {"team": "rendering"},
    }
    await newcomer.apply(an_image(**consent))
    await newcomer.until(lambda: newcomer.is_ready(IMAGE), step=15)
    golden.holds(shown(newcomer))


async def test_two_images_that_claim_one_definition(turns: Clockwork, golden: Golden) -> None:
    await turns.apply(an_image())
    await turns.apply(an_image("other", definition={"name": "render-node"}))
    waiting = shown(turns, OTHER)
    await turns.until(lambda: turns.is_ready(IMAGE), step=5 * MINUTE)
    await turns.run(RESYNC, step=RESYNC)
    golden.holds({"older": shown(turns), "younger, at first": waiting, "younger, afterwards": shown(turns, OTHER)})


# --- keeping it


async def test_drift_that_was_repaired(
    published: Clockwork, simulator: SimulatedAzure, compute: ComputeManagementClient, golden: Golden
) -> None:
    recommended = {"vCPUs": {"min": 2, "max": 16}}
    definition = {"description": "ours", "recommended": recommended, "releaseNoteUri": "https://contoso.com/notes"}
    await published.change(IMAGE, {"tags": {"team": "rendering"}, "definition": definition})
    await published.until(lambda: published.is_ready(IMAGE))
    told = len(published.told(IMAGE))
    found = compute.gallery_images.get(*VERSION[:3])
    assert found.properties is not None
    assert found.properties.recommended is not None
    assert found.properties.recommended.v_cp_us is not None
    found.properties.description, found.properties.recommended.v_cp_us.max = "theirs", 64
    compute.gallery_images.begin_create_or_update(*VERSION[:3], found, polling=False)
    version = compute.gallery_image_versions.get(*VERSION)
    tags = {**(version.tags or {}), "team": "modelling", "cost": "42"}
    compute.gallery_image_versions.begin_create_or_update(*VERSION, stripped(version, tags=tags), polling=False)
    simulator.control.advance(MINUTE)
    await published.until(lambda: published.told(IMAGE)[told:] == ["DriftRepaired", "DriftRepaired"])
    await published.until(lambda: published.is_ready(IMAGE))
    golden.holds(shown(published, since=told))


async def test_a_pool_of_somebody_else(published: Clockwork, simulator: SimulatedAzure, golden: Golden) -> None:
    image_id = str(published.status(IMAGE)["versionId"])
    batch_client(simulator).create_pool(pool_of(image_id, "foreign", nodes=2))
    await published.change(IMAGE, {"watchAccounts": [{"resourceGroup": "batch", "name": "contoso"}]})
    await published.until(lambda: published.status(IMAGE)["poolCount"] == 1)
    golden.holds(shown(published))


async def test_a_region_that_is_in_use_stays(published: Clockwork, golden: Golden) -> None:
    await published.change(IMAGE, {"targetRegions": BOTH, "replication": {"scaleDownDelay": "0s"}})
    await published.apply(a_pool(account={"name": "contosonorth"}))
    await published.until(lambda: published.is_ready(POOL), step=5 * MINUTE)
    told = len(published.told(IMAGE))
    await published.change(IMAGE, {"targetRegions": BOTH[:1], "replication": {"followPools": False}})
    await published.run(RESYNC)
    golden.holds(shown(published, since=told))


async def test_a_replication_that_failed(published: Clockwork, simulator: SimulatedAzure, golden: Golden) -> None:
    simulator.control.order_replication_trouble({"region": "northeurope", "times": None, "fail": "the copy is corrupt"})
    await published.change(IMAGE, {"targetRegions": BOTH})
    await published.until(lambda: "ReplicationFailed" in published.told(IMAGE))
    golden.holds(shown(published))


async def test_a_replication_that_stands_still_for_six_hours(
    published: Clockwork, simulator: SimulatedAzure, golden: Golden
) -> None:
    simulator.control.order_replication_trouble({"region": "northeurope", "times": None, "standStill": True})
    await published.change(IMAGE, {"targetRegions": BOTH})
    await published.until(lambda: "ReplicationStuck" in published.told(IMAGE), step=5 * MINUTE, within=8 * HOUR)
    golden.holds(shown(published))


# --- the end


async def test_a_deletion_that_waits_for_a_pool(published: Clockwork, golden: Golden) -> None:
    await published.apply(a_pool())
    await published.until(lambda: published.is_ready(POOL), step=5 * MINUTE)
    told = len(published.told(IMAGE))
    await published.delete(IMAGE)
    golden.holds(shown(published, since=told))


def test_every_file_is_held_by_a_test() -> None:
    tests = {golden_name(name) for name in globals() if name.startswith("test_")}
    assert {path.name for path in IMAGES.iterdir()} <= tests
