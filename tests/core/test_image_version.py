"""The bodies that make and change image versions."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from azure_batch_operator.core.image_version import (
    Publishing,
    TargetRegion,
    added_regions,
    create_body,
    patch_body,
    regions_tags,
)
from azure_batch_operator.core.images import ObservedVersion
from azure_batch_operator.core.json import JsonObject
from azure_batch_operator.core.names import REGIONS_TAG, TAGS_TAG
from tests.support.images import HOME, NOW, SOURCE_ID, a_region, a_version

ENCRYPTED: JsonObject = {"osDiskImage": {"diskEncryptionSetId": "/set"}}
UNCHANGED = Publishing()
IN_JUNE = datetime(2027, 6, 30, tzinfo=UTC)


def target(key: str = HOME, replicas: int = 1, storage: str | None = None, **more: Any) -> TargetRegion:
    return TargetRegion(key=key, name=key, replicas=replicas, storage_account_type=storage, **more)


def made(*regions: TargetRegion, publishing: Publishing = UNCHANGED, **tags: str) -> JsonObject:
    source: JsonObject = {"source": {"id": SOURCE_ID}}
    return create_body(
        location=HOME, storage_profile=source, regions=regions, tags=tags, publishing=publishing, origin={}
    )


def patched(
    seen: ObservedVersion,
    *regions: TargetRegion,
    publishing: Publishing = UNCHANGED,
    allow_removal: bool = False,
    **tags: str,
) -> JsonObject:
    return patch_body(seen, regions=regions, tags=tags, publishing=publishing, allow_removal=allow_removal, now=NOW)


def profile_of(body: JsonObject) -> Mapping[str, Any]:
    properties: Any = body["properties"]
    profile: Mapping[str, Any] = properties["publishingProfile"]
    return profile


def test_a_new_version_is_replicated_in_full_and_says_which_regions_it_got_from_us() -> None:
    regions = (target(replicas=5, storage="Standard_ZRS"), target("northeurope"))
    assert made(*regions, team="rendering") == {
        "location": HOME,
        "tags": {"team": "rendering", TAGS_TAG: "team", REGIONS_TAG: "northeurope"},
        "properties": {
            "publishingProfile": {
                "targetRegions": [
                    {"name": HOME, "regionalReplicaCount": 5, "storageAccountType": "Standard_ZRS"},
                    {"name": "northeurope", "regionalReplicaCount": 1},
                ],
                "replicationMode": "Full",
                "excludeFromLatest": False,
            },
            "storageProfile": {"source": {"id": SOURCE_ID}},
            "safetyProfile": {"allowDeletionOfReplicatedLocations": False},
        },
    }


def test_a_change_repeats_everything_as_read_and_changes_only_our_counts() -> None:
    seen = a_version(a_region(), a_region("eastus", 3, encryption=ENCRYPTED), tags={"cost": "42"})
    assert patched(seen, target(replicas=5), target("eastus", 3), team="rendering") == {
        "tags": {**seen.tags, "team": "rendering", TAGS_TAG: "team"},
        "properties": {
            "publishingProfile": {
                "targetRegions": [
                    {"name": HOME, "regionalReplicaCount": 5, "storageAccountType": "Standard_LRS"},
                    {
                        "name": "eastus",
                        "regionalReplicaCount": 3,
                        "storageAccountType": "Standard_LRS",
                        "encryption": ENCRYPTED,
                    },
                ],
                "replicaCount": 1,
                "excludeFromLatest": False,
                "storageAccountType": "Standard_LRS",
                "replicationMode": "Full",
            },
            "storageProfile": {},
            "safetyProfile": {"allowDeletionOfReplicatedLocations": False},
        },
    }


def test_a_region_that_is_added_is_written_into_the_tag_by_the_same_change() -> None:
    body = patched(a_version(), target(), target("northeurope"))
    assert body["tags"] == a_version(added=["northeurope"]).tags


def test_a_region_that_leaves_stays_ours_until_azure_shows_it_no_more() -> None:
    seen = a_version(a_region(), a_region("northeurope"), added=["northeurope"])
    leaving = patched(seen, target(), allow_removal=True)
    assert leaving["tags"] == seen.tags
    gone = patched(a_version(added=["northeurope"]), target())
    assert gone["tags"] == a_version().tags


def test_a_tag_that_the_spec_no_longer_has_leaves_with_the_next_change() -> None:
    seen = a_version(tags={"team": "rendering", "cost": "42", TAGS_TAG: "team"})
    assert patched(seen, target())["tags"] == {**a_version().tags, "cost": "42"}


def test_a_new_region_carries_all_that_its_spec_says() -> None:
    wanted = target("northeurope", storage="Premium_LRS", encryption=ENCRYPTED, exclude_from_latest=True)
    expected = {
        "name": "northeurope",
        "regionalReplicaCount": 1,
        "storageAccountType": "Premium_LRS",
        "encryption": ENCRYPTED,
        "excludeFromLatest": True,
    }
    assert profile_of(made(wanted))["targetRegions"] == [expected]
    assert profile_of(patched(a_version(), target(), wanted))["targetRegions"][1] == expected


def test_what_azure_never_changes_of_a_region_is_repeated_as_read() -> None:
    seen = a_version(a_region(encryption=ENCRYPTED))
    wanted = target(storage="Premium_LRS", encryption={"osDiskImage": {"diskEncryptionSetId": "/other"}})
    (region,) = profile_of(patched(seen, wanted))["targetRegions"]
    assert (region["storageAccountType"], region["encryption"]) == ("Standard_LRS", ENCRYPTED)


def test_a_version_that_is_made_says_how_azure_chooses_its_storage_and_when_it_ends() -> None:
    publishing = Publishing(
        exclude_from_latest=True, end_of_life=IN_JUNE, storage_account_strategy="DefaultStandard_LRS"
    )
    profile = profile_of(made(target(), publishing=publishing))
    assert profile["excludeFromLatest"] is True
    assert profile["endOfLifeDate"] == "2027-06-30T00:00:00+00:00"
    assert profile["storageAccountStrategy"] == "DefaultStandard_LRS"
    assert "storageAccountType" not in profile


def test_a_change_never_names_a_strategy_beside_the_storage_that_azure_has_chosen() -> None:
    seen = a_version()
    chosen = replace(
        seen, publishing_profile={**seen.publishing_profile, "storageAccountStrategy": "PreferStandard_ZRS"}
    )
    wanted = Publishing(storage_account_strategy="PreferStandard_ZRS")
    profile = profile_of(patched(chosen, target(), publishing=wanted))
    assert profile["storageAccountType"] == "Standard_LRS"
    assert "storageAccountStrategy" not in profile


def test_a_change_sets_what_is_wanted_of_the_version_as_a_whole() -> None:
    wanted = Publishing(exclude_from_latest=True, end_of_life=IN_JUNE)
    profile = profile_of(patched(a_version(), target(exclude_from_latest=True), publishing=wanted))
    assert profile["excludeFromLatest"] is True
    assert profile["endOfLifeDate"] == "2027-06-30T00:00:00+00:00"
    assert profile["targetRegions"][0]["excludeFromLatest"] is True


def test_an_end_of_life_that_is_not_wanted_otherwise_is_repeated_until_it_has_passed() -> None:
    seen = replace(a_version(), end_of_life=IN_JUNE)
    assert profile_of(patched(seen, target()))["endOfLifeDate"] == "2027-06-30T00:00:00+00:00"
    ended = replace(seen, end_of_life=NOW - timedelta(days=1))
    assert "endOfLifeDate" not in profile_of(patched(ended, target()))
    wish_of_yesterday = Publishing(end_of_life=NOW - timedelta(days=1))
    assert "endOfLifeDate" not in profile_of(patched(ended, target(), publishing=wish_of_yesterday))


@given(keys=st.sets(st.from_regex(r"[a-z]{4,24}[0-9]?", fullmatch=True), max_size=100))
def test_every_region_is_found_again_in_tags_that_azure_accepts(keys: set[str]) -> None:
    tags = regions_tags(keys)
    assert added_regions(tags) == keys
    assert all(len(value) <= 256 for value in tags.values())
    numbered = [REGIONS_TAG, *(f"{REGIONS_TAG}-{n}" for n in range(2, len(tags) + 1))]
    assert list(tags) == numbered[: len(tags)]
