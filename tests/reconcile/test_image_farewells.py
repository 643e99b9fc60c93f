"""Whole turns of GalleryImages that go although something stands against it: what stays is told, and nothing waits."""

from typing import Any

import pytest
from azure.core.exceptions import ResourceNotFoundError
from azure.mgmt.compute import ComputeManagementClient
from azure.mgmt.compute.models import GalleryProperties, SoftDeletePolicy

from tests.support.azure_session import journal_from_now
from tests.support.clockwork import Clockwork, clockwork
from tests.support.image_turns import GALLERY, IMAGE, MINUTE, RESYNC, VERSION, an_image, body_of, writes
from tests.support.simulator import SimulatedAzure

HOUR = 60 * MINUTE


def keep_deleted(compute: ComputeManagementClient) -> None:
    """Somebody turns soft delete on for the gallery, and leaves the rest of it as it is."""
    gallery = compute.galleries.get(*GALLERY)
    gallery.properties = gallery.properties or GalleryProperties()
    gallery.properties.soft_delete_policy = SoftDeletePolicy(is_soft_delete_enabled=True)
    compute.galleries.begin_create_or_update(*GALLERY, gallery, polling=False)


def protect(compute: ComputeManagementClient, until: str) -> None:
    """Somebody forbids to delete the version before an end of life."""
    version: Any = compute.gallery_image_versions.get(*VERSION)
    version.properties.safety_profile.block_deletion_before_end_of_life = True
    version.properties.publishing_profile["endOfLifeDate"] = until
    compute.gallery_image_versions.begin_create_or_update(*VERSION, version, polling=False)


# --- deleted versions that are kept


async def test_a_deletion_ends_when_its_versions_are_soft_deleted(
    published: Clockwork, simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    keep_deleted(compute)
    simulator.control.advance(MINUTE)
    journal = journal_from_now(simulator)
    await published.delete(IMAGE)
    await published.until(lambda: not published.is_there(IMAGE), within=HOUR)
    with pytest.raises(ResourceNotFoundError):
        compute.gallery_image_versions.get(*VERSION)
    assert compute.gallery_images.get(*VERSION[:3])
    assert "soft delete" in published.events(IMAGE, "Kept")[0]
    assert all("bypassSoftDelete" not in entry.query for entry in journal.requests("compute"))


async def test_a_gallery_is_made_without_a_word_on_soft_delete(turns: Clockwork, simulator: SimulatedAzure) -> None:
    journal = journal_from_now(simulator)
    await turns.apply(an_image(gallery={"description": "shared", "sharing": {"permissions": "Groups"}}))
    properties = body_of(journal, "Galleries_CreateOrUpdate")["properties"]
    assert properties == {"description": "shared", "sharingProfile": {"permissions": "Groups"}}


# --- versions that must not go yet


async def test_a_version_that_is_protected_holds_the_deletion_until_its_end_of_life(
    published: Clockwork, simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    protect(compute, until="2027-06-30T00:00:00Z")
    simulator.control.advance(MINUTE)
    journal = journal_from_now(simulator)
    await published.delete(IMAGE)
    reason = "DeleteGalleryImageVersionBlockedBeforeEndOfLife"
    assert published.conditions(IMAGE)["Stalled"] == ("True", reason)
    assert "2027-06-30" in published.message(IMAGE)
    assert writes(journal) == []
    await published.change(IMAGE, {"deletionPolicy": "Retain"})
    assert not published.is_there(IMAGE)


# --- specs that cannot be understood any more


async def test_an_image_that_cannot_be_understood_any_more_goes_as_it_was_understood_last(
    published: Clockwork, compute: ComputeManagementClient
) -> None:
    await published.change(IMAGE, {"targetRegions": "everywhere"})
    assert published.conditions(IMAGE)["Stalled"] == ("True", "InvalidSpec")
    await published.delete(IMAGE)
    await published.until(lambda: not published.is_there(IMAGE))
    assert not list(compute.galleries.list())


async def test_one_that_this_process_never_understood_waits_and_says_what_to_do(
    published: Clockwork, simulator: SimulatedAzure
) -> None:
    await published.change(IMAGE, {"targetRegions": "everywhere"})
    journal = journal_from_now(simulator)
    async with clockwork(simulator) as restarted:
        await restarted.take_over(published)
        await restarted.delete(IMAGE)
        assert restarted.conditions(IMAGE)["Stalled"] == ("True", "InvalidSpec")
        assert "write deletionPolicy: Retain to leave /subscriptions/" in restarted.message(IMAGE)
        await restarted.run(RESYNC, step=RESYNC)
        assert restarted.is_there(IMAGE)
        await restarted.change(IMAGE, {"deletionPolicy": "Retain"})
        assert not restarted.is_there(IMAGE)
        assert restarted.told(IMAGE)[-2:] == ["Kept", "Deleted"]
    assert writes(journal) == []


async def test_one_of_which_nothing_was_ever_seen_in_azure_goes_at_once(
    turns: Clockwork, simulator: SimulatedAzure
) -> None:
    await turns.apply(an_image(gallery={"create": False, "location": None}))
    manifest = an_image(targetRegions="everywhere")
    manifest["metadata"]["finalizers"] = ["azurebatch.io/finalizer"]
    await turns.apply(manifest)
    async with clockwork(simulator) as restarted:
        await restarted.take_over(turns)
        await restarted.delete(IMAGE)
        assert not restarted.is_there(IMAGE)
        assert "was ever seen in Azure" in restarted.events(IMAGE, "Kept")[0]


# --- suspended


async def test_an_image_that_is_suspended_from_the_beginning_says_so(
    turns: Clockwork, simulator: SimulatedAzure
) -> None:
    journal = journal_from_now(simulator)
    await turns.apply(an_image(suspend=True))
    await turns.run(RESYNC, step=RESYNC)
    assert turns.conditions(IMAGE) == {"Ready": ("Unknown", "Suspended")}
    assert turns.status(IMAGE)["observedGeneration"] == 1
    assert writes(journal) == []
    await turns.change(IMAGE, {"suspend": False})
    await turns.until(lambda: turns.is_ready(IMAGE), step=5 * MINUTE)
