"""Whole turns of GalleryImages about whose a thing in Azure is, and how it goes."""

from azure.mgmt.compute import ComputeManagementClient
from azure.mgmt.compute.models import Gallery

from azure_batch_operator.core.names import OWNER_TAG
from azure_batch_operator.reconcile.keys import ImageKey
from tests.support.azure_session import journal_from_now
from tests.support.clockwork import Clockwork, clockwork
from tests.support.image_turns import GALLERY, IMAGE, MINUTE, POOL, RESYNC, VERSION, a_pool, an_image, writes
from tests.support.simulator import SimulatedAzure

# --- whose it is


async def test_a_definition_of_somebody_else_is_left_alone(published: Clockwork, simulator: SimulatedAzure) -> None:
    journal = journal_from_now(simulator)
    async with clockwork(simulator, operator_id="cluster-2") as other:
        await other.apply(an_image())
        assert other.conditions(IMAGE).get("Stalled") == ("True", "OwnedByAnother")
        assert "cluster/image/rendering/render-node" in other.message(IMAGE)
        await other.delete(IMAGE)
        assert not other.is_there(IMAGE)
    assert writes(journal) == []


async def test_a_cluster_rebuilt_from_git_goes_on_with_what_it_made(
    published: Clockwork, simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    async with clockwork(simulator, operator_id="cluster-2", former_operator_ids=("cluster",)) as rebuilt:
        await rebuilt.apply(an_image())
        await rebuilt.until(lambda: rebuilt.is_ready(IMAGE))
    owner = "cluster-2/image/rendering/render-node"
    assert (compute.gallery_image_versions.get(*VERSION).tags or {})[OWNER_TAG] == owner


async def test_of_two_resources_with_one_definition_the_older_gets_it(turns: Clockwork) -> None:
    younger = ImageKey("rendering", "again")
    await turns.apply(an_image())
    await turns.apply(an_image("again", definition={"name": "render-node"}))
    assert turns.conditions(younger).get("Stalled") == ("True", "OwnedByAnother")
    await turns.until(lambda: turns.is_ready(IMAGE), step=5 * MINUTE)
    assert turns.conditions(younger).get("Stalled") == ("True", "OwnedByAnother")
    await turns.delete(younger)
    assert not turns.is_there(younger)
    assert turns.is_ready(IMAGE)


async def test_when_the_older_of_two_resources_goes_the_younger_one_makes_the_definition_at_once(
    turns: Clockwork, compute: ComputeManagementClient
) -> None:
    younger = ImageKey("rendering", "again")
    await turns.apply(an_image())
    await turns.until(lambda: turns.is_ready(IMAGE), step=5 * MINUTE)
    await turns.apply(an_image("again", definition={"name": "render-node"}))
    await turns.delete(IMAGE)
    await turns.until(lambda: not turns.is_there(IMAGE), step=15)
    assert turns.conditions(younger)["Reconciling"] == ("True", "Progressing")
    await turns.until(lambda: turns.is_ready(younger), step=5 * MINUTE)
    assert (compute.gallery_images.get(*VERSION[:3]).tags or {})[OWNER_TAG] == "cluster/image/rendering/again"


async def test_a_gallery_is_used_as_it_is_and_its_owner_told_of_the_difference(
    turns: Clockwork, simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    compute.galleries.begin_create_or_update(*GALLERY, Gallery(location="northeurope"), polling=False)
    simulator.control.advance(MINUTE)
    await turns.apply(an_image())
    await turns.until(lambda: turns.is_ready(IMAGE), step=5 * MINUTE)
    assert turns.conditions(IMAGE).get("Advisory") == ("True", "GalleryMismatch")
    await turns.delete(IMAGE)
    await turns.until(lambda: not turns.is_there(IMAGE))
    assert not compute.galleries.get(*GALLERY).tags


# --- taking away


async def test_a_deletion_takes_everything_away_from_the_inside_out(
    published: Clockwork, simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    journal = journal_from_now(simulator)
    await published.delete(IMAGE)
    await published.until(lambda: not published.is_there(IMAGE), step=15)
    assert list(dict.fromkeys(writes(journal))) == [
        "GalleryImageVersions_Delete",
        "GalleryImages_Delete",
        "Galleries_Delete",
    ]
    assert not list(compute.galleries.list())
    assert published.told(IMAGE)[-4:] == ["Deleting", "Deleting", "Deleting", "Deleted"]


async def test_a_deletion_waits_for_the_pools_that_use_the_image(
    published: Clockwork, simulator: SimulatedAzure
) -> None:
    await published.apply(a_pool())
    await published.until(lambda: published.is_ready(POOL), step=5 * MINUTE)
    journal = journal_from_now(simulator)
    await published.delete(IMAGE)
    await published.run(RESYNC, step=RESYNC)
    assert published.conditions(IMAGE).get("Ready") == ("False", "InUse")
    assert "BatchPool rendering/frames" in published.message(IMAGE)
    assert writes(journal) == []
    await published.delete(POOL)
    await published.until(lambda: not published.is_there(IMAGE))
    assert not published.is_there(POOL)


async def test_a_pool_in_an_account_that_does_not_exist_holds_no_other_image(published: Clockwork) -> None:
    await published.apply(a_pool(account={"name": "nosuchaccount"}, galleryImageRef={"name": "another"}))
    await published.run(MINUTE)
    assert published.conditions(POOL).get("Ready") == ("False", "DependencyNotReady")
    await published.delete(IMAGE)
    await published.until(lambda: not published.is_there(IMAGE))
    assert "UsageUnknown" not in published.told(IMAGE)


async def test_a_deletion_that_retains_goes_at_once_even_when_suspended(
    published: Clockwork, simulator: SimulatedAzure
) -> None:
    journal = journal_from_now(simulator)
    await published.change(IMAGE, {"suspend": True})
    await published.delete(IMAGE)
    assert published.is_there(IMAGE)
    assert published.told(IMAGE)[-1] == "Suspended"
    await published.change(IMAGE, {"deletionPolicy": "Retain"})
    assert not published.is_there(IMAGE)
    assert writes(journal) == []


async def test_two_images_of_one_gallery_leave_it_to_the_last(
    published: Clockwork, simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    second = ImageKey("rendering", "second")
    identifier = {"publisher": "Contoso", "offer": "Rendering", "sku": "second"}
    await published.apply(an_image("second", definition={"identifier": identifier}))
    await published.until(lambda: published.is_ready(second), step=5 * MINUTE)
    await published.delete(IMAGE)
    await published.until(lambda: not published.is_there(IMAGE))
    assert compute.galleries.get(*GALLERY)
    await published.delete(second)
    await published.until(lambda: not published.is_there(second))
    assert not list(compute.galleries.list())
