"""Whole turns over versions that Azure fails at or never finishes with."""

import pytest
from azure.mgmt.compute import ComputeManagementClient

from tests.support.azure_session import journal_from_now, refuse_once
from tests.support.clockwork import Clockwork, clockwork
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
from tests.support.simulator import SimulatedAzure, StartSimulator

HOUR = 60 * MINUTE
PUT = "GalleryImageVersions_CreateOrUpdate"
BOTH = [{"name": "westeurope"}, {"name": "northeurope"}]
TROUBLE = GOLDEN / "trouble"


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """The golden file of the test."""
    return Golden(TROUBLE / golden_name(request.node.name))


async def test_a_region_that_failed_is_asked_for_again_then_taken_out_and_put_back(
    published: Clockwork, simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    simulator.control.order_replication_trouble({"region": "northeurope", "fail": "Out of capacity."})
    journal = journal_from_now(simulator)
    await published.change(IMAGE, {"targetRegions": BOTH})
    await published.until(lambda: published.conditions(IMAGE)["Ready"][1] == "ReplicationFailed", step=5 * MINUTE)
    assert "northeurope: Out of capacity." in published.message(IMAGE)
    await published.until(lambda: published.is_ready(IMAGE), step=5 * MINUTE)
    one, two = {"westeurope": 1}, {"westeurope": 1, "northeurope": 1}
    assert patches(journal) == [two, two, one, two]
    assert replicas(compute) == two
    assert published.events(IMAGE, "ReplicasChanged")[1:] == [
        "Version 1.0.0: northeurope removed, putting northeurope back afterwards, since it failed there.",
        "Version 1.0.0: northeurope 0 → 1, restoring safetyProfile.allowDeletionOfReplicatedLocations.",
    ]


async def test_a_failed_region_with_nodes_is_only_asked_for_again(
    published: Clockwork, simulator: SimulatedAzure
) -> None:
    await published.apply(a_pool(account={"name": "contosonorth"}))
    await published.until(lambda: published.is_ready(POOL), step=5 * MINUTE)
    simulator.control.order_replication_trouble({"region": "northeurope", "fail": "Out of capacity."})
    journal = journal_from_now(simulator)
    await published.change(POOL, {"targetDedicatedNodes": 700})
    await published.run(3 * HOUR, step=5 * MINUTE)
    assert len(patches(journal)) > 3
    assert all(patch["northeurope"] == 2 for patch in patches(journal))


@pytest.mark.parametrize("refuses", [True, False], ids=["refused", "accepted"])
async def test_a_replication_without_end_is_told_after_six_hours_and_asked_for_again(
    start_simulator: StartSimulator, refuses: bool
) -> None:
    azure = start_simulator(switches={"compute": {"refuse_patch_while_updating": refuses}})
    async with clockwork(azure) as turns:
        await turns.apply(an_image())
        await turns.until(lambda: turns.is_ready(IMAGE), step=5 * MINUTE)
        azure.control.order_replication_trouble({"region": "northeurope", "standStill": True})
        await turns.change(IMAGE, {"targetRegions": BOTH})
        journal = journal_from_now(azure)
        await turns.run(5.9 * HOUR, step=5 * MINUTE)
        assert turns.conditions(IMAGE)["Ready"] == ("False", "Replicating")
        assert writes(journal) == []
        await turns.run(0.5 * HOUR, step=5 * MINUTE)
        assert writes(journal) == [PATCH]
        if refuses:
            assert turns.conditions(IMAGE)["Ready"] == ("False", "ReplicationStuck")
            assert "northeurope Replicating 50 %" in turns.message(IMAGE)
            azure.control.clear_replication_troubles()
        await turns.until(lambda: turns.is_ready(IMAGE), step=5 * MINUTE)
        with azure.compute() as compute:
            assert replicas(compute) == {"westeurope": 1, "northeurope": 1}


async def test_a_publication_that_cannot_succeed_stalls_until_another_version_is_written(
    turns: Clockwork, simulator: SimulatedAzure, compute: ComputeManagementClient, golden: Golden
) -> None:
    gone = {"region": "westeurope", "fail": "Source /images/one is not found. Please check source exists."}
    simulator.control.order_replication_trouble(gone)
    await turns.apply(an_image())
    await turns.until(lambda: "Stalled" in turns.conditions(IMAGE), step=5 * MINUTE)
    golden.holds(shown(turns))
    journal = journal_from_now(simulator)
    await turns.run(6 * HOUR, step=30 * MINUTE)
    assert writes(journal) == []
    await publish(turns, "1.0.1")
    assert turns.conditions(IMAGE)["Advisory"] == ("True", "FailedVersionKept")
    await turns.change(IMAGE, {"keepVersions": 1})
    await turns.until(lambda: versions_in_azure(compute) == ["1.0.1"], step=MINUTE)


@pytest.mark.parametrize(
    "words",
    [
        "The resource with id '/images/one' has a different plan ['null'] than the parent gallery image plan ['{}'].",
        "Not from /images/one, since the OS State in the parent gallery image (Generalized) is not Specialized.",
        "The source contains TrustedLaunch security data that cannot be used in image with 'Standard' security type.",
        "The gallery image version '1.0.0' is soft-deleted. Restore it, or choose another name.",
    ],
    ids=["plan", "state", "security", "soft-deleted"],
)
async def test_a_version_that_azure_refuses_for_good_stalls_although_the_code_says_conflict(
    turns: Clockwork, simulator: SimulatedAzure, words: str
) -> None:
    refused = {"status": 409, "code": "Conflict", "message": words}
    simulator.control.order_fault({"match": {"operation": PUT}, "times": 3, "answer": refused})
    await turns.apply(an_image())
    await turns.until(lambda: "Stalled" in turns.conditions(IMAGE), step=MINUTE)
    assert turns.conditions(IMAGE)["Stalled"] == ("True", "PublishFailed")
    assert words in turns.message(IMAGE)
    journal = journal_from_now(simulator)
    await turns.run(2 * RESYNC, step=MINUTE)
    assert writes(journal) == 2 * [PUT]
    await turns.until(lambda: turns.is_ready(IMAGE), step=5 * MINUTE)


async def test_of_a_version_that_is_gone_and_refused_the_status_says_that_it_is_not_there(
    published: Clockwork, simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    kept = {"status": 409, "code": "Conflict", "message": "The gallery image version '1.0.0' is soft-deleted."}
    simulator.control.order_fault({"match": {"operation": PUT}, "times": 9, "answer": kept})
    compute.gallery_image_versions.begin_delete(*VERSION, polling=False)
    await published.until(lambda: "Stalled" in published.conditions(IMAGE), step=MINUTE)
    assert published.conditions(IMAGE)["Published"] == ("False", "NotPublished")
    assert published.status(IMAGE)["versions"] == []


async def test_a_signature_in_the_words_of_a_failed_publication_is_shown_to_nobody(
    turns: Clockwork, simulator: SimulatedAzure
) -> None:
    words = "The blob https://contoso.blob.core.windows.net/vhds/one.vhd?sv=2024&sig=hunter2%3D was not read."
    simulator.control.order_replication_trouble({"region": "westeurope", "fail": words})
    await turns.apply(an_image())
    await turns.until(lambda: turns.conditions(IMAGE)["Ready"][1] == "PublishFailed", step=5 * MINUTE)
    assert "one.vhd?sv=2024&sig=***" in turns.message(IMAGE)
    assert "hunter2" not in f"{turns.bodies()} {turns.notes}"


async def test_a_version_that_azure_is_busy_with_is_tried_again_soon(
    turns: Clockwork, simulator: SimulatedAzure
) -> None:
    busy = "The request failed due to conflict with a concurrent request."
    refuse_once(simulator, 409, "Conflict", message=busy, operation=PUT)
    await turns.apply(an_image())
    await turns.run(2 * MINUTE)
    assert turns.conditions(IMAGE)["Ready"] == ("False", "Publishing")


async def test_after_a_restart_a_publication_under_way_is_not_begun_again(
    turns: Clockwork, simulator: SimulatedAzure
) -> None:
    await turns.apply(an_image())
    await turns.run(5 * MINUTE)
    journal = journal_from_now(simulator)
    async with clockwork(simulator) as restarted:
        await restarted.take_over(turns)
        await restarted.until(lambda: restarted.is_ready(IMAGE), step=5 * MINUTE)
    assert writes(journal) == []


def test_every_file_is_held_by_a_test() -> None:
    tests = {golden_name(name) for name in globals() if name.startswith("test_")}
    assert {path.name for path in TROUBLE.iterdir()} <= tests
