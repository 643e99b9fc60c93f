"""Whole turns about definitions and versions that are not ours: refused, shown, taken over, and fought for."""

from azure.mgmt.compute import ComputeManagementClient

from azure_batch_operator.core.names import OWNER_TAG, REGIONS_TAG
from azure_batch_operator.reconcile.keys import ImageKey
from tests.support.azure_session import journal_from_now
from tests.support.clockwork import Clockwork, clockwork
from tests.support.custom_resources import Manifest
from tests.support.image_turns import (
    IMAGE,
    MINUTE,
    PATCH,
    RESYNC,
    VERSION,
    add_region,
    an_image,
    body_of,
    disown,
    replicas,
    replicas_in,
    stripped,
    writes,
)
from tests.support.simulator import SimulatedAzure

PUT = "GalleryImages_CreateOrUpdate"
OTHER = ImageKey("rendering", "other")


def adopting(name: str = "render-node", **spec: object) -> Manifest:
    """An image that is willing to take over the quickstart's definition, and names no source."""
    manifest = an_image(name, **{"adoptionPolicy": "Adopt", "definition": {"name": "render-node"}, **spec})
    del manifest["spec"]["source"]
    return manifest


async def test_what_is_taken_over_is_shown_first_and_written_afterwards(
    published: Clockwork, simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    disown(compute, tags={"cost": "42"})
    simulator.control.advance(MINUTE)
    journal = journal_from_now(simulator)
    async with clockwork(simulator, operator_id="cluster-2") as other:
        await other.apply(adopting(tags={"team": "rendering"}))
        assert other.conditions(IMAGE)["Ready"] == ("False", "Adopting")
        assert other.conditions(IMAGE)["Reconciling"] == ("True", "Progressing")
        assert writes(journal) == []
        await other.until(lambda: other.is_ready(IMAGE), step=15)
        assert other.told(IMAGE) == ["Adopting", "Adopted", "Adopted", "Published"]
    assert writes(journal) == [PUT, PATCH]
    owner = {OWNER_TAG: "cluster-2/image/rendering/render-node", "batch-operator-tags": "team", "team": "rendering"}
    assert compute.gallery_images.get(*VERSION[:3]).tags == {"cost": "42", **owner}
    assert compute.gallery_image_versions.get(*VERSION).tags == {"cost": "42", **owner}


async def test_what_somebody_gave_away_again_is_shown_again_before_it_is_taken_back(
    published: Clockwork, simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    await published.change(IMAGE, {"adoptionPolicy": "Adopt"})
    for _ in range(2):
        version = compute.gallery_image_versions.get(*VERSION)
        compute.gallery_image_versions.begin_create_or_update(*VERSION, stripped(version, tags={}), polling=False)
        simulator.control.advance(MINUTE)
        await published.run(2 * RESYNC)
        assert published.is_ready(IMAGE)
    assert published.told(IMAGE)[-4:] == ["Adopting", "Adopted", "Adopting", "Adopted"]


async def test_without_consent_nothing_is_taken_over_and_the_way_to_consent_is_told(
    published: Clockwork, simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    disown(compute)
    simulator.control.advance(MINUTE)
    journal = journal_from_now(simulator)
    async with clockwork(simulator, operator_id="cluster-2") as other:
        await other.apply(an_image())
        assert other.conditions(IMAGE)["Stalled"] == ("True", "OwnedByAnother")
        assert "write adoptionPolicy: Adopt, which changes" in other.message(IMAGE)
        await other.run(3 * RESYNC, step=RESYNC)
        assert writes(journal) == []
        await other.change(IMAGE, {"adoptionPolicy": "Adopt"})
        await other.until(lambda: other.is_ready(IMAGE), step=15)


async def test_regions_that_somebody_else_gave_an_adopted_version_stay(
    published: Clockwork, simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    add_region(compute, "northeurope", 3)
    simulator.control.advance(90 * MINUTE)
    disown(compute)
    simulator.control.advance(MINUTE)
    journal = journal_from_now(simulator)
    async with clockwork(simulator, operator_id="cluster-2") as other:
        await other.apply(adopting(replication={"scaleDownDelay": "0s"}))
        await other.until(lambda: other.is_ready(IMAGE), step=15)
        body = body_of(journal, PATCH)
        assert replicas_in(body) == {"westeurope": 1, "northeurope": 3}
        assert REGIONS_TAG not in body["tags"]
        await other.run(3 * RESYNC, step=RESYNC)
    assert replicas(compute) == {"westeurope": 1, "northeurope": 3}


async def test_what_another_resource_owns_is_taken_over_only_once_that_is_gone(
    published: Clockwork, simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    await published.apply(adopting("other"))
    assert published.conditions(OTHER)["Stalled"] == ("True", "OwnedByAnother")
    assert "belongs to GalleryImage rendering/render-node" in published.message(OTHER)
    await published.change(IMAGE, {"deletionPolicy": "Retain"})
    await published.delete(IMAGE)
    assert not published.is_there(IMAGE)
    await published.until(lambda: published.is_ready(OTHER), within=2 * RESYNC)
    assert published.told(OTHER)[:4] == ["OwnedByAnother", "Adopting", "Adopted", "Adopted"]
    owner = "cluster/image/rendering/other"
    assert (compute.gallery_image_versions.get(*VERSION).tags or {})[OWNER_TAG] == owner


async def test_a_resource_in_a_namespace_that_is_not_watched_is_never_taken_for_gone(
    published: Clockwork, simulator: SimulatedAzure
) -> None:
    journal = journal_from_now(simulator)
    async with clockwork(simulator, namespaces=("elsewhere",)) as narrow:
        manifest = adopting("other")
        manifest["metadata"]["namespace"] = "elsewhere"
        await narrow.apply(manifest)
        assert narrow.conditions(ImageKey("elsewhere", "other"))["Stalled"] == ("True", "OwnedByAnother")
    assert writes(journal) == []


async def test_of_two_that_would_take_over_the_older_one_does(
    published: Clockwork, simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    disown(compute)
    simulator.control.advance(MINUTE)
    async with clockwork(simulator, operator_id="cluster-2") as other:
        await other.apply(adopting())
        await other.apply(adopting("other"))
        assert other.conditions(OTHER)["Stalled"] == ("True", "OwnedByAnother")
        await other.until(lambda: other.is_ready(IMAGE), step=15)
        await other.run(RESYNC, step=RESYNC)
        assert "belongs to GalleryImage rendering/render-node" in other.message(OTHER)


async def test_a_cluster_rebuilt_from_git_takes_its_own_back_without_consent_and_never_a_strangers(
    published: Clockwork, simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    journal = journal_from_now(simulator)
    async with clockwork(simulator, operator_id="cluster-3") as stranger:
        await stranger.apply(adopting())
        assert stranger.conditions(IMAGE)["Stalled"] == ("True", "OwnedByAnother")
    assert writes(journal) == []
    async with clockwork(simulator, operator_id="cluster-2", former_operator_ids=("cluster",)) as rebuilt:
        await rebuilt.apply(an_image())
        await rebuilt.until(lambda: rebuilt.is_ready(IMAGE))
        await rebuilt.run(RESYNC)
    assert writes(journal) == [PUT, PATCH]
    for tags in (compute.gallery_images.get(*VERSION[:3]).tags, compute.gallery_image_versions.get(*VERSION).tags):
        assert (tags or {})[OWNER_TAG] == "cluster-2/image/rendering/render-node"


async def test_a_definition_that_was_adopted_goes_with_its_resource(
    published: Clockwork, simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    disown(compute)
    simulator.control.advance(MINUTE)
    async with clockwork(simulator, operator_id="cluster-2") as other:
        await other.apply(adopting())
        await other.until(lambda: other.is_ready(IMAGE), step=15)
        await other.delete(IMAGE)
        await other.until(lambda: not other.is_there(IMAGE))
    assert not list(compute.gallery_images.list_by_gallery(*VERSION[:2]))
