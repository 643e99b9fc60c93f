"""Where an image version is not as its spec says: what Azure lets change, and what it never changes."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from azure_batch_operator.core.image_version import Publishing, TargetRegion
from azure_batch_operator.core.images import ObservedRegion, ObservedVersion
from azure_batch_operator.core.json import Json
from azure_batch_operator.core.sameness import differing


def changeable_drift(
    version: ObservedVersion, *, regions: Iterable[TargetRegion], publishing: Publishing, now: datetime
) -> Iterator[str]:
    """The fields that are to be put right, like `targetRegions.westeurope.excludeFromLatest`; counts are planned."""
    excluded = version.publishing_profile.get("excludeFromLatest") is True
    if publishing.exclude_from_latest not in (None, excluded):
        yield "excludeFromLatest"
    if _ends_otherwise(version.end_of_life, publishing.end_of_life, now):
        yield "endOfLifeDate"
    for wanted in regions:
        seen = version.region(wanted.key)
        if seen is not None and wanted.exclude_from_latest not in (None, seen.raw.get("excludeFromLatest") is True):
            yield f"targetRegions.{wanted.key}.excludeFromLatest"


def fixed_differences(version: ObservedVersion, regions: Iterable[TargetRegion]) -> Iterator[tuple[str, str]]:
    """Region and field where the spec says something else than Azure has, and Azure never changes it in a region.

    Microsoft's page 'Update image resources' names what can be updated: neither storage type nor encryption.
    """
    for wanted in regions:
        seen = version.region(wanted.key)
        if seen is not None:
            yield from ((wanted.key, field) for field in _fixed(version, seen, wanted))


def _fixed(version: ObservedVersion, seen: ObservedRegion, wanted: TargetRegion) -> Iterator[str]:
    stored = seen.raw.get("storageAccountType") or version.publishing_profile.get("storageAccountType")
    asked: tuple[tuple[str, Json, Json], ...] = (
        ("storageAccountType", wanted.storage_account_type, stored),
        ("encryption", wanted.encryption, seen.raw.get("encryption")),
    )
    for field, mine, theirs in asked:
        if mine is not None and any(differing(mine, theirs, (field,), whole=False)):
            yield field


def _ends_otherwise(seen: datetime | None, wanted: datetime | None, now: datetime) -> bool:
    """Whether Azure has another end of life than a wanted one that it would still take."""
    if wanted is None or wanted <= now:
        return False
    return seen is None or seen.replace(microsecond=0) != wanted.replace(microsecond=0)
