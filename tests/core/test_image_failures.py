"""What follows when Azure fails at an image version, or never finishes with it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from azure_batch_operator.core.images import ListedRegion, ObservedVersion
from azure_batch_operator.core.names import OWNER_TAG
from azure_batch_operator.core.plan.image_steps import DeleteVersion, ImageStep, Nothing, PatchVersion, Retry, Stop
from azure_batch_operator.core.plan.image_view import ImageView, Stuck
from azure_batch_operator.core.plan.images import next_step
from tests.support.images import HOME, NOW, VERSION, WANTED, a_region, a_use, a_version, a_view, reason_of

ID = VERSION.id.casefold()
HOUR = timedelta(hours=1)
NORTH = "northeurope"
TOO_LARGE = a_region(state="Failed", details="The source resource size 4095 exceeds the max size 2048 supported.")
BOTH = replace(WANTED, regions=(ListedRegion(name=HOME), ListedRegion(name=NORTH)))


def failed_in_north(*, added: tuple[str, ...] = (NORTH,), state: str = "Failed") -> ObservedVersion:
    return a_version(a_region(), a_region(NORTH, state="Failed", details="disk is gone"), added=added, state=state)


def seen_after(tries: int, version: ObservedVersion | None = None, **more: Any) -> ImageView:
    known: dict[str, Any] = {"wanted": BOTH, "tries": {ID: tries}, "retry_at": {ID: NOW}}
    return a_view(version or failed_in_north(), **(known | more))


def body_of(step: ImageStep) -> Any:
    assert isinstance(step, PatchVersion)
    return step.body


def regions_of(step: ImageStep) -> list[str]:
    return [region["name"] for region in body_of(step)["properties"]["publishingProfile"]["targetRegions"]]


@pytest.mark.parametrize("state", ["Failed", "Succeeded"])
def test_a_region_that_failed_is_first_asked_for_again(state: str) -> None:
    step = next_step(seen_after(0, failed_in_north(state=state)))
    assert regions_of(step) == [HOME, NORTH]
    assert isinstance(step, PatchVersion)
    assert (step.retries, step.taken_out) == (True, ())


def test_a_region_that_failed_again_is_taken_out_by_a_change_that_allows_it() -> None:
    step = next_step(seen_after(1))
    assert regions_of(step) == [HOME]
    assert isinstance(step, PatchVersion)
    assert step.taken_out == (NORTH,)
    assert body_of(step)["properties"]["safetyProfile"]["allowDeletionOfReplicatedLocations"] is True
    assert step.clause == (
        "Version 1.0.0: northeurope removed, putting northeurope back afterwards, since it failed there"
    )


def test_a_region_that_was_taken_out_is_put_back_and_the_version_locked_again() -> None:
    out = a_version(added=[NORTH], allows_removal=True)
    step = next_step(a_view(out, wanted=BOTH, tries={ID: 2}))
    assert regions_of(step) == [HOME, NORTH]
    assert body_of(step)["properties"]["safetyProfile"]["allowDeletionOfReplicatedLocations"] is False


def test_between_two_tries_there_is_a_pause() -> None:
    step = next_step(seen_after(1, retry_at={ID: NOW + HOUR}))
    assert step == Retry(
        reason="ReplicationFailed", message="Azure failed to replicate version 1.0.0: northeurope: disk is gone."
    )


@pytest.mark.parametrize(
    "seen",
    [
        {"ready_in": frozenset({(ID, NORTH)})},
        {"uses": (a_use(2, region=NORTH, in_azure=2),)},
        {"unread_accounts": ("contoso",)},
        {"version": failed_in_north(added=())},
    ],
    ids=["replicas were ready", "nodes run there", "users are unknown", "somebody else added it"],
)
def test_a_failed_region_that_may_have_something_to_lose_is_only_asked_for_again(seen: dict[str, Any]) -> None:
    assert regions_of(next_step(seen_after(3, **seen))) == [HOME, NORTH]


def test_the_home_region_never_leaves() -> None:
    failed = a_version(a_region(state="Failed"), a_region(NORTH), added=[HOME, NORTH], state="Failed")
    assert regions_of(next_step(seen_after(3, failed))) == [HOME, NORTH]


def test_a_pool_that_waits_for_its_first_node_does_not_keep_a_failed_region() -> None:
    waiting = (a_use(2, region=NORTH, in_azure=0),)
    assert regions_of(next_step(seen_after(1, uses=waiting))) == [HOME]


def test_where_azure_removes_only_in_two_steps_the_permission_is_not_taken_back_in_between() -> None:
    first = next_step(seen_after(1, two_step_removal=frozenset({ID})))
    assert regions_of(first) == [HOME, NORTH]
    assert body_of(first)["properties"]["safetyProfile"]["allowDeletionOfReplicatedLocations"] is True
    unlocked = replace(failed_in_north(state="Succeeded"), safety_profile={"allowDeletionOfReplicatedLocations": True})
    waiting = seen_after(2, unlocked, two_step_removal=frozenset({ID}), retry_at={ID: NOW + HOUR})
    assert reason_of(next_step(waiting)) == "ReplicationFailed"
    assert regions_of(next_step(replace(waiting, retry_at={ID: NOW}))) == [HOME]


def test_a_publication_that_can_never_succeed_stalls_and_stays() -> None:
    step = next_step(a_view(a_version(TOO_LARGE, state="Failed"), retry_at={ID: NOW}))
    assert isinstance(step, Stop)
    assert step.reason == "PublishFailed"
    assert "exceeds the max size 2048" in step.message
    assert "Write a new version" in step.message


def test_a_new_version_is_published_beside_one_that_could_not_be() -> None:
    old = a_version(TOO_LARGE, version="0.9.0", state="Failed")
    assert type(next_step(a_view(old))).__name__ == "CreateVersion"


@pytest.mark.parametrize(
    ("state", "region", "words"),
    [("Updating", "Replicating", "is changing"), ("Succeeded", "Replicating", "replicates")],
)
def test_a_version_that_never_gets_done_is_told_and_asked_for_once_more(state: str, region: Any, words: str) -> None:
    version = a_version(a_region(state=region), state=state)
    stuck = Stuck(since=NOW - 7 * HOUR, ask_again=False)
    step = next_step(a_view(version, stuck={ID: stuck}))
    assert isinstance(step, Retry)
    assert step.reason == "ReplicationStuck"
    assert f"Version 1.0.0 {words} for 7 h without an end: westeurope Replicating 0 %" in step.message
    again = next_step(a_view(version, stuck={ID: replace(stuck, ask_again=True)}))
    assert regions_of(again) == [HOME]
    assert isinstance(again, PatchVersion)
    assert again.while_busy == step


def test_a_publication_that_never_gets_done_is_told_but_not_changed() -> None:
    version = a_version(a_region(state="Replicating"), state="Creating")
    step = next_step(a_view(version, stuck={ID: Stuck(since=NOW - 7 * HOUR, ask_again=True)}))
    assert reason_of(step) == "ReplicationStuck"


def test_a_source_that_is_sound_is_published_anew_after_a_failure_that_may_pass() -> None:
    failed = a_region(state="Failed", details="An internal error occurred.")
    step = next_step(a_view(a_version(failed, state="Failed"), retry_at={ID: NOW}))
    assert isinstance(step, DeleteVersion)
    assert step.retries


def test_a_version_at_rest_with_foreign_failures_needs_nothing() -> None:
    foreign = a_version(a_region(), a_region("eastus", state="Failed"), tags={OWNER_TAG: WANTED.owner.tag()})
    assert next_step(a_view(foreign)) == Nothing()
