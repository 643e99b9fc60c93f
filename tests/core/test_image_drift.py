"""Where an image version is not as its spec says."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from azure_batch_operator.core.image_drift import changeable_drift, fixed_differences
from azure_batch_operator.core.image_version import Publishing, TargetRegion
from azure_batch_operator.core.images import ObservedVersion
from azure_batch_operator.core.json import JsonObject
from tests.support.images import HOME, NOW, a_region, a_version

JUNE = NOW + timedelta(days=200)
SETS = "/subscriptions/s/resourceGroups/keys/providers/Microsoft.Compute/diskEncryptionSets"
DATA_DISKS: list[JsonObject] = [
    {"lun": 0, "diskEncryptionSetId": f"{SETS}/west"},
    {"lun": 1, "diskEncryptionSetId": f"{SETS}/b"},
]
ENCRYPTED: JsonObject = {
    "osDiskImage": {"diskEncryptionSetId": f"{SETS}/west"},
    "dataDiskImages": DATA_DISKS,
}


def target(key: str = HOME, **more: Any) -> TargetRegion:
    return TargetRegion(key=key, name=key, replicas=1, **more)


def drift(seen: ObservedVersion, *regions: TargetRegion, **publishing: Any) -> tuple[str, ...]:
    return tuple(changeable_drift(seen, regions=regions, publishing=Publishing(**publishing), now=NOW))


def fixed(seen: ObservedVersion, *regions: TargetRegion) -> tuple[tuple[str, str], ...]:
    return tuple(fixed_differences(seen, regions))


def test_every_field_that_differs_is_named() -> None:
    regions = (target(exclude_from_latest=True), target("northeurope"))
    assert drift(a_version(), *regions, exclude_from_latest=True, end_of_life=JUNE) == (
        "excludeFromLatest",
        "endOfLifeDate",
        f"targetRegions.{HOME}.excludeFromLatest",
    )


def test_what_is_as_wanted_or_not_wanted_in_any_way_is_no_drift() -> None:
    seen = replace(a_version(), end_of_life=JUNE.replace(microsecond=999))
    assert drift(seen, target(exclude_from_latest=False), exclude_from_latest=False, end_of_life=JUNE) == ()
    assert drift(seen, target()) == ()


def test_a_region_that_is_not_there_yet_differs_in_nothing() -> None:
    wanted = target("northeurope", exclude_from_latest=True, storage_account_type="Premium_LRS")
    assert drift(a_version(), wanted) == ()
    assert fixed(a_version(), wanted) == ()


def test_an_end_of_life_that_azure_would_not_take_any_more_is_not_asked_for() -> None:
    assert drift(a_version(), end_of_life=NOW) == ()


def test_storage_and_encryption_of_a_region_that_is_there_cannot_follow_the_spec() -> None:
    wanted = target(storage_account_type="Premium_LRS", encryption=ENCRYPTED)
    assert fixed(a_version(), wanted) == ((HOME, "storageAccountType"), (HOME, "encryption"))


@pytest.mark.parametrize(
    "seen",
    [
        ENCRYPTED,
        {"osDiskImage": {"diskEncryptionSetId": f"{SETS}/WEST"}, "dataDiskImages": DATA_DISKS},
        {**ENCRYPTED, "dataDiskImages": DATA_DISKS[::-1]},
    ],
    ids=["alike", "in other letters", "in another order"],
)
def test_encryption_is_compared_by_meaning(seen: JsonObject) -> None:
    assert fixed(a_version(a_region(encryption=seen)), target(encryption=ENCRYPTED)) == ()


def test_storage_is_compared_without_letter_case_and_with_what_the_whole_version_has() -> None:
    bare = replace(a_region(), raw={"name": HOME, "regionalReplicaCount": 1})
    assert fixed(a_version(bare), target(storage_account_type="standard_lrs")) == ()
    assert fixed(a_version(bare), target(storage_account_type="Standard_ZRS")) == ((HOME, "storageAccountType"),)
