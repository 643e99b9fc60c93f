"""Definitions and versions that are not ours: refused, or shown and then taken over."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from azure_batch_operator.core.image_version import added_regions
from azure_batch_operator.core.images import ObservedVersion
from azure_batch_operator.core.names import OWNER_TAG
from azure_batch_operator.core.plan.image_steps import (
    ImageStep,
    Nothing,
    PatchVersion,
    PutDefinition,
    ShowAdoption,
    Stop,
    verdict_of_step,
)
from azure_batch_operator.core.plan.images import next_step
from tests.support.images import (
    DEFINITION,
    NOW,
    OUR_DEFINITION,
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
)

ADOPT = replace(WANTED, adoption_policy="Adopt", source=None)
UNTAGGED = definition(tags={"cost": "42"})
OURS_TAG = "cluster-1/image/rendering/other"
ALL = frozenset({DEFINITION.id.casefold(), VERSION.id.casefold()})


def refused(view: Any) -> str:
    step = next_step(view)
    assert isinstance(step, Stop)
    assert step.reason == "OwnedByAnother"
    return step.message


# --- refused


def test_the_refusal_of_what_nobody_owns_says_how_to_consent_and_what_that_changes() -> None:
    wanted = replace(WANTED, definition={**PROPERTIES, "description": "ours"}, tags={"team": "rendering"})
    seen = a_version(a_region(replicas=2), owner=None)
    message = refused(a_view(seen, wanted=wanted, definition=UNTAGGED, uses=(a_use(3000),)))
    assert message == (
        "Image definition render-node exists already and carries no tag batch-operator-owner: it was not made by this "
        "operator. To take it over, write adoptionPolicy: Adopt, which changes image definition render-node "
        "(description, tags.team, tags.batch-operator-owner, tags.batch-operator-tags); version 1.0.0 (tags.team, "
        "tags.batch-operator-owner, tags.batch-operator-tags, westeurope 2 → 5 for 3,000 nodes). "
        "Or choose another name, or remove it."
    )


def test_a_version_of_nobody_in_a_definition_of_ours_is_refused_alike() -> None:
    message = refused(a_view(a_version(owner=None)))
    assert message.startswith("Version 1.0.0 exists already and carries no tag")
    assert "write adoptionPolicy: Adopt, which changes tags.batch-operator-owner of it" in message


def test_what_belongs_to_an_existing_resource_is_refused_even_with_consent() -> None:
    for wanted in (WANTED, ADOPT):
        message = refused(a_view(a_version(), wanted=wanted, definition=definition(tags={OWNER_TAG: OURS_TAG})))
        assert f"belongs to GalleryImage rendering/other: its tag batch-operator-owner is {OURS_TAG}" in message
        assert "deletionPolicy: Retain" in message


@pytest.mark.parametrize("tag", [STRANGER.tag(), "cluster-2/image/rendering/other", "something else"])
def test_what_an_unknown_operator_tagged_is_never_taken(tag: str) -> None:
    seen = definition(tags={OWNER_TAG: tag})
    message = refused(a_view(a_version(), wanted=ADOPT, definition=seen, orphans=frozenset({tag})))
    assert f"its tag batch-operator-owner is {tag}" in message
    assert "never taken over" in message


def test_what_was_made_for_a_resource_that_is_gone_is_refused_without_consent() -> None:
    seen = definition(tags={OWNER_TAG: OURS_TAG})
    message = refused(a_view(a_version(), definition=seen, orphans=frozenset({OURS_TAG})))
    assert "was made for GalleryImage rendering/other, which is gone" in message
    assert "write adoptionPolicy: Adopt" in message


def test_of_several_that_consent_the_oldest_takes_it() -> None:
    message = refused(a_view(a_version(owner=None), wanted=ADOPT, definition=UNTAGGED, rival="rendering/older"))
    assert "GalleryImage rendering/older is older" in message


# --- shown


def adopting(*versions: ObservedVersion, **seen: Any) -> ImageStep:
    known: dict[str, Any] = {"wanted": ADOPT, "definition": UNTAGGED, **seen}
    return next_step(a_view(*(versions or (a_version(owner=None),)), **known))


def test_what_is_taken_over_is_shown_before_anything_is_written() -> None:
    step = adopting()
    assert step == ShowAdoption(
        ids=ALL,
        changes=(
            "image definition render-node (tags.batch-operator-owner)",
            "version 1.0.0 (tags.batch-operator-owner)",
        ),
    )
    verdict = verdict_of_step(step)
    assert verdict.reason == "Adopting"
    assert verdict.message == (
        "Adopting image definition render-node (tags.batch-operator-owner); version 1.0.0 (tags.batch-operator-owner)."
    )


def test_what_azure_never_changes_keeps_it_from_being_taken_over() -> None:
    properties = {**OUR_DEFINITION.properties, "osType": "Windows"}
    step = adopting(definition=replace(UNTAGGED, properties=properties))
    assert isinstance(step, Stop)
    assert step.reason == "DefinitionMismatch"


def test_nothing_is_taken_over_for_a_version_that_cannot_be_made() -> None:
    step = next_step(a_view(wanted=ADOPT, definition=UNTAGGED, source=None))
    assert isinstance(step, Stop)
    assert step.reason == "SourceMissing"


# --- done


def test_once_shown_the_definition_is_taken_over_with_one_write() -> None:
    step = adopting(shown=ALL)
    assert isinstance(step, PutDefinition)
    assert step.tags == {"cost": "42", OWNER_TAG: OWNER.tag()}
    assert step.clause == "Adopting image definition render-node: setting tags.batch-operator-owner"


@pytest.mark.parametrize("state", ["Succeeded", "Failed"])
def test_then_the_wanted_version_becomes_ours_and_its_regions_stay_those_of_others(state: str) -> None:
    seen = a_version(a_region(), a_region("northeurope", 3), owner=None, state=state)
    step = adopting(seen, definition=OUR_DEFINITION, shown=ALL)
    assert isinstance(step, PatchVersion)
    assert step.adopts
    tags: Any = step.body["tags"]
    assert tags[OWNER_TAG] == OWNER.tag()
    assert added_regions(tags) == frozenset()
    assert step.changes == ()
    assert step.clause == "Version 1.0.0: adopting it with tags.batch-operator-owner"


def test_an_orphan_is_taken_over_with_consent() -> None:
    tags = {OWNER_TAG: OURS_TAG}
    seen = definition(tags=tags)
    step = adopting(a_version(), definition=seen, orphans=frozenset({OURS_TAG}), shown=ALL)
    assert isinstance(step, PutDefinition)
    assert step.tags == {OWNER_TAG: OWNER.tag()}


def test_a_version_that_azure_works_at_is_taken_over_afterwards() -> None:
    step = adopting(a_version(owner=None, state="Updating"), definition=OUR_DEFINITION, shown=ALL)
    assert verdict_of_step(step).reason == "Replicating"


def test_of_other_versions_only_those_that_batchpools_boot_from_are_taken_over() -> None:
    used = a_version(version="0.9.0", owner=None)
    unused = a_version(version="0.8.0", owner=None)
    foreign = replace(a_use(0, version="0.8.0", in_azure=3), namespace=None, name=None)
    step = adopting(a_version(), used, unused, definition=OUR_DEFINITION, uses=(a_use(2, version="0.9.0"), foreign))
    assert step == ShowAdoption(
        ids=frozenset({used.name.id.casefold()}), changes=("version 0.9.0 (tags.batch-operator-owner)",)
    )
    assert adopting(a_version(), unused, definition=OUR_DEFINITION, uses=(foreign,)) == Nothing()


def test_a_region_of_others_never_leaves_an_adopted_version() -> None:
    adopted = a_version(a_region(), a_region("northeurope", 3))
    long_unused = {(VERSION.id.casefold(), "northeurope"): NOW - timedelta(days=1)}
    assert adopting(adopted, definition=OUR_DEFINITION, surplus_since=long_unused) == Nothing()
