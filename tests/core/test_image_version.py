"""The bodies that make and change image versions."""

from hypothesis import given
from hypothesis import strategies as st

from azure_batch_operator.core.image_version import (
    TargetRegion,
    added_regions,
    create_body,
    missing_tags,
    patch_body,
    regions_tags,
)
from azure_batch_operator.core.names import REGIONS_TAG
from tests.support.images import HOME, SOURCE_ID, a_region, a_version

ENCRYPTED = {"osDiskImage": {"diskEncryptionSetId": "/set"}}


def target(key: str = HOME, replicas: int = 1, storage: str | None = None) -> TargetRegion:
    return TargetRegion(key=key, name=key, replicas=replicas, storage_account_type=storage)


def test_a_new_version_is_replicated_in_full_and_says_which_regions_it_got_from_us() -> None:
    regions = (target(replicas=5, storage="Standard_ZRS"), target("northeurope"))
    body = create_body(
        location=HOME, storage_profile={"source": {"id": SOURCE_ID}}, regions=regions, tags={"team": "rendering"}
    )
    assert body == {
        "location": HOME,
        "tags": {"team": "rendering", REGIONS_TAG: "northeurope"},
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
    body = patch_body(
        seen, regions=(target(replicas=5), target("eastus", 3)), tags={"team": "rendering"}, allow_removal=False
    )
    assert body == {
        "tags": {**seen.tags, "team": "rendering"},
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
    body = patch_body(a_version(), regions=(target(), target("northeurope")), tags={}, allow_removal=False)
    assert body["tags"] == a_version(added=["northeurope"]).tags


def test_a_region_that_leaves_stays_ours_until_azure_shows_it_no_more() -> None:
    seen = a_version(a_region(), a_region("northeurope"), added=["northeurope"])
    leaving = patch_body(seen, regions=(target(),), tags={}, allow_removal=True)
    assert leaving["tags"] == seen.tags
    gone = patch_body(a_version(added=["northeurope"]), regions=(target(),), tags={}, allow_removal=False)
    assert gone["tags"] == a_version().tags


def test_tag_names_ignore_letter_case() -> None:
    seen = a_version(tags={"Team": "modelling"})
    assert missing_tags(seen.tags, {"team": "rendering"}) == ("team",)
    body = patch_body(seen, regions=(target(),), tags={"team": "rendering"}, allow_removal=False)
    assert body["tags"] == {**a_version().tags, "team": "rendering"}


@given(keys=st.sets(st.from_regex(r"[a-z]{4,24}[0-9]?", fullmatch=True), max_size=100))
def test_every_region_is_found_again_in_tags_that_azure_accepts(keys: set[str]) -> None:
    tags = regions_tags(keys)
    assert added_regions(tags) == keys
    assert all(len(value) <= 256 for value in tags.values())
    numbered = [REGIONS_TAG, *(f"{REGIONS_TAG}-{n}" for n in range(2, len(tags) + 1))]
    assert list(tags) == numbered[: len(tags)]
