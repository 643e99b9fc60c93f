"""How a gallery image that is deleted goes from Azure, and what holds it there."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from azure_batch_operator.core.images import ObservedVersion
from azure_batch_operator.core.names import OWNER_TAG
from azure_batch_operator.core.plan.image_deletion import unread
from azure_batch_operator.core.plan.image_steps import (
    DeleteDefinition,
    DeleteGallery,
    DeleteVersion,
    Finish,
    ImageStep,
    ReadVersion,
    Stop,
)
from azure_batch_operator.core.plan.images import next_step
from tests.support.images import (
    DEFINITION,
    GALLERY,
    NOW,
    OUR_DEFINITION,
    OUR_GALLERY,
    STRANGER,
    WANTED,
    a_use,
    a_version,
    a_view,
    definition,
    reason_of,
)

DELETED = replace(WANTED, deleting=True)
LATER = NOW + timedelta(days=30)


def gone(**seen: Any) -> ImageStep:
    return next_step(a_view(wanted=DELETED, **seen))


def test_retain_leaves_everything_and_asks_nothing() -> None:
    wanted = replace(DELETED, deletion_policy="Retain")
    step = next_step(a_view(a_version(), wanted=wanted, uses=(a_use(2, in_azure=2),)))
    assert step == Finish(kept=("deletionPolicy is Retain: image definition and versions stay in Azure.",))


def test_a_deletion_waits_while_pools_use_the_image_and_names_them() -> None:
    foreign = replace(a_use(0, in_azure=3), namespace=None, name=None)
    step = next_step(a_view(a_version(), wanted=DELETED, uses=(a_use(2), foreign)))
    assert reason_of(step) == "InUse"
    assert "BatchPool rendering/frames" in str(step)
    assert str(foreign.url) in str(step)


def test_a_pool_that_is_deleted_too_holds_the_image_until_it_is_gone_from_azure() -> None:
    leaving = a_use(0, deleting=True)
    there = a_use(0, deleting=True, in_azure=0)
    assert reason_of(next_step(a_view(a_version(), wanted=DELETED, uses=(there,)))) == "InUse"
    assert isinstance(next_step(a_view(a_version(), wanted=DELETED, uses=(leaving,))), DeleteVersion)


def test_a_pool_that_must_be_looked_at_first_is_not_taken_for_gone() -> None:
    just_written_to = replace(a_use(0, deleting=True), unseen=True)
    assert reason_of(next_step(a_view(a_version(), wanted=DELETED, uses=(just_written_to,)))) == "InUse"
    assert not a_view(a_version(), uses=(just_written_to,)).complete


def test_a_deletion_waits_until_it_is_known_who_uses_the_image() -> None:
    step = next_step(a_view(a_version(), wanted=DELETED, unread_accounts=("contoso",)))
    assert reason_of(step) == "UsageUnknown"
    assert "contoso" in str(step)


def test_a_pool_that_is_known_to_have_no_nodes_is_not_named_among_what_must_be_read() -> None:
    nowhere = a_use(2, region=None)
    assert unread(a_view(a_version(), uses=(nowhere,), unread_accounts=("contoso",))) == "contoso"
    waiting = a_view(a_version(), uses=(replace(nowhere, unseen=True),))
    assert unread(waiting) == "pool rendering/frames, the region of pool frames"


def test_versions_go_before_the_definition_and_the_definition_before_the_gallery() -> None:
    version = a_version()
    assert isinstance(next_step(a_view(version, wanted=DELETED, fresh=False)), ReadVersion)
    assert isinstance(next_step(a_view(version, wanted=DELETED)), DeleteVersion)
    assert reason_of(next_step(a_view(a_version(state="Deleting"), wanted=DELETED))) == "DeletingVersion"
    assert gone() == DeleteDefinition(name=DEFINITION)
    assert reason_of(gone(definition=definition(provisioning_state="Deleting"))) == "DeletingDefinition"
    assert gone(definition=None, gallery_definitions=()) == DeleteGallery(name=GALLERY)
    assert gone(definition=None, gallery=None) == Finish()


def test_only_what_is_ours_goes() -> None:
    others = a_version(version="2.0.0", owner=None)
    step = next_step(a_view(others, wanted=DELETED))
    assert isinstance(step, Finish)
    assert "2.0.0" in step.kept[0]
    assert isinstance(gone(definition=definition(tags={})), Finish)


def test_a_refused_claimant_goes_without_waiting_for_pools_of_the_owner() -> None:
    theirs = definition(tags={OWNER_TAG: STRANGER.tag()})
    view = a_view(a_version(owner=STRANGER), wanted=DELETED, definition=theirs, uses=(a_use(2, in_azure=2),))
    assert isinstance(next_step(view), Finish)


@pytest.mark.parametrize(
    "seen",
    [
        {"gallery": replace(OUR_GALLERY, tags={}), "gallery_definitions": ()},
        {"gallery_shared": True, "gallery_definitions": ()},
        {"gallery_definitions": (replace(OUR_DEFINITION, name=replace(DEFINITION, definition="other")),)},
    ],
)
def test_a_gallery_stays_that_we_did_not_make_or_that_others_use(seen: dict[str, Any]) -> None:
    assert gone(definition=None, **seen) == Finish()


def test_a_gallery_waits_for_definitions_that_go_too() -> None:
    other = replace(OUR_DEFINITION, name=replace(DEFINITION, definition="other"), provisioning_state="Deleting")
    assert reason_of(gone(definition=None, gallery_definitions=(other,))) == "DeletingDefinition"
    assert reason_of(gone(definition=None, gallery_definitions=(OUR_DEFINITION,))) == "DeletingDefinition"


def protected(**changes: Any) -> ObservedVersion:
    return replace(a_version(**changes), safety_profile={"blockDeletionBeforeEndOfLife": True}, end_of_life=LATER)


def test_a_version_that_azure_protects_until_its_end_of_life_is_waited_for() -> None:
    step = next_step(a_view(protected(), wanted=DELETED))
    assert isinstance(step, Stop)
    assert step.reason == "DeleteGalleryImageVersionBlockedBeforeEndOfLife"
    assert "2026-12-23" in step.message
    assert "deletionPolicy: Retain" in step.message


def test_versions_that_may_go_do_not_wait_for_those_that_must_stay() -> None:
    step = next_step(a_view(protected(), a_version(version="2.0.0"), wanted=DELETED))
    assert isinstance(step, DeleteVersion)
    assert step.name.version == "2.0.0"


def test_a_version_whose_end_of_life_has_come_goes() -> None:
    ended = replace(protected(), end_of_life=NOW)
    assert isinstance(next_step(a_view(ended, wanted=DELETED)), DeleteVersion)


def test_what_holds_deleted_versions_is_left_to_azure() -> None:
    kept = gone(deleted_inside=frozenset({DEFINITION.id.casefold()}))
    assert isinstance(kept, Finish)
    assert "soft delete" in kept.kept[0]
    empty = gone(definition=None, gallery_definitions=(), deleted_inside=frozenset({GALLERY.id.casefold()}))
    assert isinstance(empty, Finish)
    assert "soft delete" in empty.kept[0]
