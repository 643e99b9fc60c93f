"""Which step a gallery image needs next."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from azure_batch_operator.core.images import ListedRegion, WantedGallery
from azure_batch_operator.core.json import JsonObject
from azure_batch_operator.core.names import OWNER_TAG, TAGS_TAG
from azure_batch_operator.core.plan.image_steps import (
    CreateGallery,
    CreateVersion,
    DeleteVersion,
    ImageStep,
    Nothing,
    PatchVersion,
    PutDefinition,
    ReadDefinition,
    ReadVersion,
    Retry,
    Stop,
    Wait,
)
from azure_batch_operator.core.plan.images import next_step
from azure_batch_operator.core.sources import Objection, SourceAnswer, SourceAwaited, SourceRefused
from azure_batch_operator.core.tags import new_tags
from tests.support.images import (
    DEFINITION,
    GALLERY,
    HOME,
    NOW,
    OUR_DEFINITION,
    OUR_GALLERY,
    OWNER,
    PROPERTIES,
    STRANGER,
    VERSION,
    WANTED,
    a_region,
    a_use,
    a_version,
    a_view,
    definition,
    reason_of,
)

HOUR = timedelta(hours=1)
TAGGED_DEFINITION = replace(OUR_DEFINITION, tags=new_tags({OWNER_TAG: OWNER.tag(), "team": "rendering"}))
TAGGED = replace(WANTED, tags={"team": "rendering"})
ID = VERSION.id.casefold()
SHARED = WantedGallery(location="northeurope", description="shared", sharing={"permissions": "Groups"}, tags={"a": "b"})

UNFIT = SourceRefused(
    told="an image",
    objections=(
        Objection(reason="SourceNotGeneralized", message="It is Specialized."),
        Objection(reason="SourceMismatch", message="It holds Windows."),
    ),
)


def properties_of(step: ImageStep) -> Mapping[str, Any]:
    assert isinstance(step, PatchVersion | CreateVersion)
    properties: Any = step.body["properties"]
    return dict(properties)


def regions_of(step: ImageStep) -> dict[str, int]:
    listed = properties_of(step)["publishingProfile"]["targetRegions"]
    return {region["name"]: region["regionalReplicaCount"] for region in listed}


# --- making it


def test_a_missing_gallery_is_made_and_belongs_to_no_resource() -> None:
    wanted = replace(WANTED, gallery=SHARED)
    assert next_step(a_view(wanted=wanted, gallery=None, definition=None)) == CreateGallery(
        name=GALLERY,
        location="northeurope",
        description="shared",
        tags={"a": "b", OWNER_TAG: "cluster-1/gallery"},
        sharing={"permissions": "Groups"},
    )


@pytest.mark.parametrize("gallery", [WantedGallery(location=HOME, create=False), WantedGallery(location=None)])
def test_a_gallery_that_must_not_or_cannot_be_made_is_waited_for(gallery: WantedGallery) -> None:
    step = next_step(a_view(wanted=replace(WANTED, gallery=gallery), gallery=None, definition=None))
    assert reason_of(step) == "DependencyNotReady"


def test_a_missing_definition_is_made_where_the_gallery_is() -> None:
    step = next_step(a_view(wanted=TAGGED, definition=None, gallery=replace(OUR_GALLERY, location="eastus")))
    assert step == PutDefinition(
        name=DEFINITION,
        location="eastus",
        properties=PROPERTIES,
        tags={"team": "rendering", OWNER_TAG: OWNER.tag(), TAGS_TAG: "team"},
    )


def test_a_missing_version_is_published_where_its_source_is_and_where_pools_wait() -> None:
    step = next_step(a_view(uses=(a_use(3000), a_use(2, region="northeurope", name="north"))))
    assert isinstance(step, CreateVersion)
    assert step.body["location"] == HOME
    assert regions_of(step) == {HOME: 5, "northeurope": 1}


def test_nothing_is_made_from_a_source_that_does_not_exist_yet() -> None:
    awaited = SourceAwaited(reason="SourceNotFound", message="There is no managed image.")
    step = next_step(a_view(source=awaited, gallery=None, definition=None))
    assert step == Wait(reason="DependencyNotReady", message="There is no managed image.")


def test_a_source_that_does_not_fit_stops_everything_and_every_rule_is_told_at_once() -> None:
    step = next_step(a_view(source=UNFIT, definition=None))
    assert step == Stop(
        reason="SourceNotGeneralized",
        message=UNFIT.message,
    )


def test_without_a_source_nothing_can_be_made() -> None:
    step = next_step(a_view(source=None))
    assert isinstance(step, Stop)
    assert step.reason == "SourceMissing"


def test_a_version_that_is_there_needs_no_source() -> None:
    assert next_step(a_view(a_version(), source=None)) == Nothing()


@pytest.mark.parametrize(
    ("state", "reason"), [("Creating", "Publishing"), ("Updating", "Replicating"), ("Deleting", "VersionDeleting")]
)
def test_an_operation_under_way_is_waited_for(state: str, reason: str) -> None:
    assert reason_of(next_step(a_view(a_version(state=state)))) == reason


def test_a_region_that_replicates_is_waited_for() -> None:
    step = next_step(a_view(a_version(a_region(state="Replicating"))))
    assert step == Wait(reason="Replicating", message="Version 1.0.0 replicates: westeurope Replicating 0 %.")


# --- whose it is


def test_of_two_resources_that_claim_a_definition_the_older_goes_first() -> None:
    step = next_step(a_view(definition=None, rival="rendering/older"))
    assert reason_of(step) == "OwnedByAnother"
    assert "rendering/older" in str(step)


def test_once_the_definition_exists_its_tag_decides_and_not_the_age() -> None:
    assert next_step(a_view(a_version(), rival="rendering/older")) == Nothing()


@pytest.mark.parametrize("tags", [{}, {OWNER_TAG: STRANGER.tag()}, {OWNER_TAG: "something else"}])
def test_a_definition_that_is_not_ours_is_refused_with_its_tag(tags: dict[str, str]) -> None:
    step = next_step(a_view(a_version(), definition=definition(tags=tags)))
    assert isinstance(step, Stop)
    assert step.reason == "OwnedByAnother"
    assert all(value in step.message for value in tags.values())


def test_a_version_that_is_not_ours_is_refused() -> None:
    assert reason_of(next_step(a_view(a_version(owner=STRANGER)))) == "OwnedByAnother"


def test_what_a_former_operator_made_for_the_same_resource_is_ours_and_gets_our_tag() -> None:
    view = a_view(
        a_version(owner=STRANGER),
        definition=definition(tags={OWNER_TAG: STRANGER.tag()}),
        former_operator_ids=frozenset({"cluster-2"}),
    )
    step = next_step(view)
    assert isinstance(step, PutDefinition)
    assert step.tags == {OWNER_TAG: OWNER.tag()}


def test_versions_of_others_beside_ours_are_left_alone() -> None:
    strange = a_version(version="9.9.9", owner=None, state="Failed")
    assert next_step(a_view(a_version(), strange)) == Nothing()


# --- keeping it


def test_a_version_at_rest_needs_nothing() -> None:
    assert next_step(a_view(a_version(a_region(replicas=5)), uses=(a_use(3000, in_azure=3000),))) == Nothing()


def test_more_nodes_change_the_version_right_after_it_was_read() -> None:
    uses = (a_use(3000, in_azure=2),)
    step = next_step(a_view(a_version(), uses=uses, fresh=False))
    assert step == ReadVersion(name=VERSION, because="a change builds on what is there now")
    step = next_step(a_view(a_version(), uses=uses))
    assert regions_of(step) == {HOME: 5}
    assert isinstance(step, PatchVersion)
    assert step.clause == "Version 1.0.0: westeurope 1 → 5 for 3,000 nodes"


def test_one_change_carries_all_wishes() -> None:
    uses = (a_use(3000), a_use(700, region="northeurope", name="north"))
    step = next_step(a_view(a_version(), uses=uses, wanted=TAGGED, definition=TAGGED_DEFINITION))
    assert regions_of(step) == {HOME: 5, "northeurope": 2}
    assert isinstance(step, PatchVersion)
    assert step.restored == ("tags.team", f"tags.{TAGS_TAG}")


def test_a_wish_waits_for_the_change_under_way() -> None:
    step = next_step(a_view(a_version(a_region(state="Replicating"), state="Updating"), uses=(a_use(3000),)))
    assert reason_of(step) == "Replicating"


def test_an_older_version_grows_while_the_wanted_one_is_published() -> None:
    old = a_version(version="0.9.0")
    step = next_step(a_view(a_version(state="Creating"), old, uses=(a_use(3000, version="0.9.0"),)))
    assert isinstance(step, PatchVersion)
    assert step.name.version == "0.9.0"


@pytest.mark.parametrize(
    "source",
    [None, SourceAwaited(reason="SourceNotFinished", message="It failed."), UNFIT],
    ids=["missing", "failed", "unfit"],
)
def test_a_source_that_keeps_a_new_version_from_coming_does_not_hold_back_the_one_that_serves(
    source: SourceAnswer | None,
) -> None:
    old = a_version(version="0.9.0")
    step = next_step(a_view(old, source=source, uses=(a_use(3000, version="0.9.0", in_azure=2),)))
    assert isinstance(step, PatchVersion)
    assert step.name.version == "0.9.0"
    assert regions_of(step) == {HOME: 5}
    at_rest = a_version(a_region(replicas=5), version="0.9.0")
    waiting = next_step(a_view(at_rest, source=source, uses=(a_use(3000, version="0.9.0", in_azure=3000),)))
    assert reason_of(waiting) in {"DependencyNotReady", "SourceMissing", "SourceNotGeneralized"}


def removing(**changes: Any) -> ImageStep:
    seen = a_version(a_region(), a_region("northeurope"), added=["northeurope"], **changes)
    return next_step(a_view(seen, surplus_since={(ID, "northeurope"): NOW - HOUR}))


def test_a_region_leaves_in_one_change_that_allows_it() -> None:
    step = removing()
    assert regions_of(step) == {HOME: 1}
    assert properties_of(step)["safetyProfile"] == {"allowDeletionOfReplicatedLocations": True}


def test_the_permission_to_remove_regions_is_taken_back_once_none_leaves() -> None:
    step = next_step(a_view(a_version(allows_removal=True)))
    assert properties_of(step)["safetyProfile"] == {"allowDeletionOfReplicatedLocations": False}
    assert isinstance(step, PatchVersion)
    assert step.restored == ("safetyProfile.allowDeletionOfReplicatedLocations",)


def test_where_azure_refuses_both_at_once_the_permission_comes_first() -> None:
    seen = a_version(a_region(), a_region("northeurope"), added=["northeurope"])
    view = a_view(seen, surplus_since={(ID, "northeurope"): NOW - HOUR}, two_step_removal=frozenset({ID}))
    first = next_step(view)
    assert regions_of(first) == {HOME: 1, "northeurope": 1}
    assert properties_of(first)["safetyProfile"]["allowDeletionOfReplicatedLocations"] is True
    allowed = replace(seen, safety_profile={"allowDeletionOfReplicatedLocations": True})
    second = next_step(replace(view, versions=(allowed,)))
    assert regions_of(second) == {HOME: 1}
    assert isinstance(second, PatchVersion)
    assert second.restored == ()


def test_nothing_leaves_while_an_account_is_unread() -> None:
    seen = a_version(a_region(), a_region("northeurope"), added=["northeurope"])
    view = a_view(seen, surplus_since={(ID, "northeurope"): NOW - HOUR})
    assert next_step(replace(view, unread_accounts=("contoso",))) == Nothing()
    homeless = replace(a_use(2, region=None), unseen=True)
    assert next_step(replace(view, uses=(homeless,))) == Nothing()


def test_tags_that_somebody_took_away_are_put_back() -> None:
    seen = a_version(tags={"cost": "42"})
    step = next_step(a_view(seen, wanted=TAGGED, definition=TAGGED_DEFINITION))
    assert isinstance(step, PatchVersion)
    assert step.body["tags"] == {OWNER_TAG: OWNER.tag(), "cost": "42", "team": "rendering", TAGS_TAG: "team"}
    assert step.changes == ()


def test_a_definition_is_restored_right_after_it_was_read() -> None:
    assert next_step(a_view(a_version(), wanted=TAGGED, fresh=False)) == ReadDefinition(name=DEFINITION)


def test_a_changed_description_of_the_definition_is_put_back_and_the_rest_repeated() -> None:
    wanted = replace(WANTED, definition={**PROPERTIES, "description": "ours"})
    seen: JsonObject = {**OUR_DEFINITION.properties, "description": "theirs", "eula": "https://contoso.com"}
    step = next_step(a_view(a_version(), wanted=wanted, definition=definition(properties=seen)))
    assert isinstance(step, PutDefinition)
    assert step.restored == ("description",)
    assert step.properties == {**PROPERTIES, "description": "ours", "eula": "https://contoso.com"}


@pytest.mark.parametrize(
    "change",
    [
        {"osType": "Windows"},
        {"hyperVGeneration": "V2"},
        {"architecture": "Arm64"},
        {"identifier": {"publisher": "Contoso", "offer": "Rendering", "sku": "other"}},
        {"features": [{"name": "SecurityType", "value": "TrustedLaunch"}]},
    ],
)
def test_a_definition_that_contradicts_the_spec_in_what_never_changes_is_refused(change: dict[str, Any]) -> None:
    seen: JsonObject = {**OUR_DEFINITION.properties, **change}
    step = next_step(a_view(a_version(), definition=definition(properties=seen)))
    assert isinstance(step, Stop)
    assert step.reason == "DefinitionMismatch"
    assert next(iter(change)) in step.message


def test_what_azure_writes_in_another_way_is_no_difference() -> None:
    seen: JsonObject = {**OUR_DEFINITION.properties, "osType": "linux", "features": [], "isLatest": True}
    assert next_step(a_view(a_version(), definition=definition(properties=seen))) == Nothing()


# --- what failed

FAILED = a_region(state="Failed", details="disk is gone")


def test_a_failed_publication_is_told_in_azures_words_and_begun_anew_after_a_pause() -> None:
    view = a_view(a_version(FAILED, state="Failed"), retry_at={ID: NOW + HOUR}, uses=(a_use(2),))
    assert next_step(view) == Retry(
        reason="PublishFailed", message="Azure failed to publish version 1.0.0: westeurope: disk is gone."
    )
    assert isinstance(next_step(replace(view, retry_at={ID: NOW})), DeleteVersion)


@pytest.mark.parametrize(
    "change",
    [
        {"uses": (a_use(2, in_azure=2),)},
        {"unread_accounts": ("contoso",)},
        {"source": None},
    ],
)
def test_a_failed_version_that_pools_may_hold_on_to_is_never_deleted(change: dict[str, Any]) -> None:
    assert reason_of(next_step(a_view(a_version(FAILED, state="Failed"), **change))) == "PublishFailed"


def test_an_older_version_that_failed_is_never_begun_anew() -> None:
    old = a_version(FAILED, version="0.9.0", state="Failed")
    waiting = (a_use(2, version="0.9.0"),)
    assert reason_of(next_step(a_view(a_version(), old, uses=waiting))) == "PublishFailed"


def test_a_failed_publication_that_nobody_wants_any_more_does_not_trouble_the_image() -> None:
    old = a_version(FAILED, version="0.9.0", state="Failed")
    assert next_step(a_view(a_version(), old)) == Nothing()


def test_a_change_that_failed_is_asked_for_again_and_the_version_stays() -> None:
    seen = a_version(a_region(), a_region("northeurope", state="Failed"), state="Failed", added=["northeurope"])
    uses = (a_use(2, region="northeurope", in_azure=0),)
    assert reason_of(next_step(a_view(seen, uses=uses, retry_at={ID: NOW + HOUR}))) == "ReplicationFailed"
    again = next_step(a_view(seen, uses=uses, retry_at={ID: NOW}))
    assert regions_of(again) == {HOME: 1, "northeurope": 1}
    served = a_view(a_version(FAILED, state="Failed"), served=frozenset({ID}))
    assert isinstance(next_step(served), PatchVersion)


def test_listed_regions_of_the_spec_are_written_as_the_spec_writes_them() -> None:
    wanted = replace(WANTED, regions=(ListedRegion(name="North Europe", storage_account_type="Premium_LRS"),))
    listed = properties_of(next_step(a_view(wanted=wanted)))["publishingProfile"]["targetRegions"]
    assert {"name": "North Europe", "regionalReplicaCount": 1, "storageAccountType": "Premium_LRS"} in listed
