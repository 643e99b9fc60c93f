"""What the owner of an image is told although all works."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from azure_batch_operator.core.images import FollowTemplate, ListedRegion, ObservedVersion
from azure_batch_operator.core.plan.image_advice import ends_of_life, needed_versions, versions_advice
from tests.support.images import (
    HOME,
    NOW,
    OUR_DEFINITION,
    WANTED,
    a_region,
    a_use,
    a_version,
    a_view,
    policy,
)

DAY = timedelta(days=1)
NORTH = "northeurope"
UNFOLLOWED = replace(WANTED, replication=policy(follow_pools=False))


def told(*versions: ObservedVersion, **seen: Any) -> dict[str, str]:
    return {advice.reason: advice.message for advice in versions_advice(a_view(*versions, **seen))}


def ending(days: int, *, version: str = "1.0.0") -> ObservedVersion:
    return replace(a_version(version=version), end_of_life=NOW + days * DAY)


def in_north() -> ObservedVersion:
    return a_version(a_region(), a_region(NORTH), added=[NORTH])


def test_a_version_that_is_as_it_should_be_needs_no_advice() -> None:
    assert told(a_version(), uses=(a_use(2, in_azure=2),)) == {}


def test_a_region_that_stays_because_of_its_pools_is_told_with_their_names() -> None:
    uses = (a_use(2, region=NORTH, in_azure=2, name="one"), a_use(0, region=NORTH, name="two"))
    message = told(in_north(), uses=uses, wanted=UNFOLLOWED)["RegionInUse"]
    assert "stays in northeurope" in message
    assert "BatchPool rendering/one, BatchPool rendering/two" in message


@pytest.mark.parametrize(
    "seen",
    [
        {"wanted": WANTED},
        {"wanted": replace(UNFOLLOWED, regions=(ListedRegion(name="North Europe"),))},
        {"wanted": UNFOLLOWED, "version": a_version(a_region(), a_region(NORTH))},
        {"wanted": UNFOLLOWED, "uses": ()},
    ],
    ids=["followed", "listed", "somebody else's", "unused"],
)
def test_a_region_that_is_asked_for_or_that_would_not_leave_because_of_pools_is_not(seen: dict[str, Any]) -> None:
    known: dict[str, Any] = {"version": in_north(), "uses": (a_use(2, region=NORTH, in_azure=2),)} | seen
    assert "RegionInUse" not in told(known.pop("version"), **known)


def test_a_spec_that_azure_cannot_follow_in_a_region_is_told_with_the_field() -> None:
    wanted = replace(WANTED, regions=(ListedRegion(name=HOME, storage_account_type="Premium_LRS"),))
    message = told(a_version(), wanted=wanted)["RegionStaysAsItIs"]
    assert "another storageAccountType in westeurope" in message
    assert message.endswith("publish a new version.")


def test_a_template_that_came_after_the_region_is_told_likewise() -> None:
    template = FollowTemplate(storage_account_type="Premium_LRS")
    wanted = replace(WANTED, replication=replace(policy(), follow_template=template))
    uses = (a_use(2, region=NORTH, in_azure=2),)
    assert (
        "another storageAccountType in northeurope" in told(in_north(), wanted=wanted, uses=uses)["RegionStaysAsItIs"]
    )


@pytest.mark.parametrize(("days", "tells"), [(31, False), (30, True), (0, True), (-3, True)])
def test_an_end_of_life_is_told_thirty_days_before(days: int, tells: bool) -> None:
    assert ("EndOfLife" in told(ending(days))) is tells


def test_an_end_that_has_passed_is_told_as_such() -> None:
    assert "version 1.0.0 has passed, on 2026-11-20" in told(ending(-3))["EndOfLife"]
    assert "version 1.0.0 comes, on 2026-11-26" in told(ending(3))["EndOfLife"]


def test_the_end_of_a_version_that_nobody_needs_is_nobodys_concern() -> None:
    old = ending(3, version="0.9.0")
    assert told(a_version(), old) == {}
    assert "version 0.9.0" in told(a_version(), old, uses=(a_use(2, version="0.9.0", in_azure=2),))["EndOfLife"]


def test_the_end_of_the_definition_is_told_too() -> None:
    definition = replace(OUR_DEFINITION, end_of_life=NOW + 3 * DAY)
    assert "image definition render-node comes" in told(a_version(), definition=definition)["EndOfLife"]


def test_a_version_ends_by_its_own_date_or_that_of_its_definition_whichever_comes_first() -> None:
    definition = replace(OUR_DEFINITION, end_of_life=NOW + 3 * DAY)
    assert ends_of_life(a_view(ending(5), definition=definition)) == {"1.0.0": NOW + 3 * DAY}
    assert ends_of_life(a_view(ending(5), ending(2, version="0.9.0"))) == {"1.0.0": NOW + 5 * DAY}
    assert ends_of_life(a_view(a_version())) == {}


def test_needed_are_the_wanted_version_and_those_in_use() -> None:
    strange = a_version(version="0.8.0", owner=None)
    view = a_view(
        a_version(version="0.9.0"), a_version(version="0.7.0"), strange, a_version(), uses=(a_use(1, version="0.9.0"),)
    )
    assert [version.name.version for version in needed_versions(view)] == ["0.9.0", "1.0.0"]


def test_advice_on_the_replicas_of_an_older_version_names_it() -> None:
    old = a_version(version="0.9.0")
    uses = (a_use(90_000, version="0.9.0"),)
    assert told(a_version(), old, uses=uses)["ReplicaLimit"].startswith("Version 0.9.0: The regions need 150 replicas")


def test_a_failed_publication_that_nobody_wants_any_more_is_told() -> None:
    old = a_version(a_region(state="Failed", details="disk is gone"), version="0.9.0", state="Failed")
    assert "Version 0.9.0 was never published (westeurope: disk is gone)" in told(a_version(), old)["FailedVersionKept"]


def test_what_stays_only_because_an_account_was_not_read_names_the_account() -> None:
    seen = a_version(a_region(replicas=5))
    since = {(seen.name.id.casefold(), HOME): NOW - DAY}
    assert "contoso must be read" in told(seen, surplus_since=since, unread_accounts=("contoso",))["UsageUnknown"]
