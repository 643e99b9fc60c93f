"""Whole turns that keep a GalleryImage as it is wanted, whatever others change."""

from collections import Counter

from azure.mgmt.compute import ComputeManagementClient

from azure_batch_operator.core.names import OWNER_TAG, TAGS_TAG
from tests.support.azure_session import journal_from_now
from tests.support.clockwork import Clockwork
from tests.support.image_turns import (
    IMAGE,
    MINUTE,
    PATCH,
    RESYNC,
    VERSION,
    body_of,
    managed_image,
    reads,
    replicas,
    stripped,
    writes,
)
from tests.support.simulator import SimulatedAzure


async def test_at_rest_one_list_per_definition_and_gallery_is_all_that_is_asked(
    published: Clockwork, simulator: SimulatedAzure
) -> None:
    await published.run(RESYNC)
    before, journal = published.writes, journal_from_now(simulator)
    await published.run(5 * RESYNC)
    lists = Counter({"GalleryImageVersions_ListByGalleryImage": 5, "GalleryImages_ListByGallery": 5})
    hourly = Counter({"Galleries_Get": 1})
    assert Counter(reads(journal)) <= lists + hourly
    assert Counter(reads(journal)) >= lists
    assert writes(journal) == []
    assert published.writes == before


async def test_what_somebody_changed_is_put_back_and_told(
    published: Clockwork, simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    await published.change(IMAGE, {"tags": {"team": "rendering"}, "definition": {"description": "ours"}})
    await published.until(lambda: published.is_ready(IMAGE), step=5 * MINUTE)
    version = compute.gallery_image_versions.get(*VERSION)
    compute.gallery_image_versions.begin_create_or_update(
        *VERSION,
        stripped(version, tags={"cost": "42", OWNER_TAG: "cluster/image/rendering/render-node"}),
        polling=False,
    )
    simulator.control.advance(MINUTE)
    journal = journal_from_now(simulator)
    await published.until(lambda: writes(journal) != [])
    assert body_of(journal, PATCH)["tags"] == {
        "cost": "42",
        "team": "rendering",
        TAGS_TAG: "team",
        OWNER_TAG: "cluster/image/rendering/render-node",
    }
    assert published.events(IMAGE, "DriftRepaired")[-1] == f"Version 1.0.0: restoring tags.team, tags.{TAGS_TAG}."


async def test_a_version_whose_owner_tag_was_taken_away_is_not_ours_any_more(
    published: Clockwork, simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    version = compute.gallery_image_versions.get(*VERSION)
    compute.gallery_image_versions.begin_create_or_update(*VERSION, stripped(version, tags={}), polling=False)
    simulator.control.advance(MINUTE)
    journal = journal_from_now(simulator)
    await published.run(RESYNC, step=RESYNC)
    assert published.conditions(IMAGE).get("Stalled") == ("True", "OwnedByAnother")
    assert writes(journal) == []


async def test_an_image_that_somebody_deleted_is_made_again(
    published: Clockwork, simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    compute.gallery_image_versions.begin_delete(*VERSION, polling=False)
    simulator.control.advance(5 * MINUTE)
    await published.run(RESYNC, step=RESYNC)
    assert not published.is_ready(IMAGE)
    await published.until(lambda: published.is_ready(IMAGE), step=5 * MINUTE)
    assert replicas(compute) == {"westeurope": 1}


async def test_a_new_version_is_published_and_the_old_one_keeps_one_replica_at_home(
    published: Clockwork, simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    both = [{"name": "westeurope", "minReplicas": 2}, {"name": "northeurope"}]
    await published.change(IMAGE, {"targetRegions": both, "replication": {"scaleDownDelay": "0s"}})
    await published.until(lambda: published.is_ready(IMAGE), step=5 * MINUTE)
    await published.change(IMAGE, {"version": "2.0.0", "source": managed_image("render-node-2")})
    assert published.status(IMAGE)["version"] == "1.0.0"
    await published.until(lambda: published.is_ready(IMAGE), step=5 * MINUTE)
    assert published.status(IMAGE)["version"] == "2.0.0"
    assert replicas(compute) == {"westeurope": 1}
    assert [version["version"] for version in published.status(IMAGE)["versions"]] == ["1.0.0", "2.0.0"]


async def test_a_read_that_fails_changes_nothing_in_azure(published: Clockwork, simulator: SimulatedAzure) -> None:
    for operation in ("GalleryImageVersions_ListByGalleryImage", "GalleryImages_ListByGallery"):
        broken = {"match": {"operation": operation}, "times": 3, "answer": {"status": 503, "code": "ServerBusy"}}
        simulator.control.order_fault(broken)
    journal = journal_from_now(simulator)
    for _ in range(5):
        await published.run(RESYNC, step=RESYNC)
    assert writes(journal) == []
    assert published.is_ready(IMAGE)
