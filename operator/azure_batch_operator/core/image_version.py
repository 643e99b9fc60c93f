"""The bodies that make and change an image version, in wire form, and the tags in which we keep what we added."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from azure_batch_operator.core.images import ObservedVersion, StorageAccountStrategy
from azure_batch_operator.core.json import Json, JsonObject
from azure_batch_operator.core.names import REGIONS_TAG
from azure_batch_operator.core.tags import MOST_CHARACTERS, new_tags, tags_with

_NOT_REPEATED = frozenset({"publishedDate", "targetRegions", "endOfLifeDate", "storageAccountStrategy"})
"""Read-only, written anew, or refused by Azure: a date that is past, and a strategy beside the type it has chosen."""

_READ_ONLY_SAFETY = frozenset({"reportedForPolicyViolation", "policyViolations"})


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetRegion:
    """A region as a body should ask for it."""

    key: str
    name: str
    """As it is written when the region is new; a region that Azure has keeps Azure's own spelling."""
    replicas: int
    storage_account_type: str | None = None
    """Only for a new region, like `encryption`; what Azure has is repeated as read."""
    encryption: JsonObject | None = None
    exclude_from_latest: bool | None = None
    """None: as Azure has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Publishing:
    """What is wanted of a version as a whole; None: as Azure has it."""

    exclude_from_latest: bool | None = None
    end_of_life: datetime | None = None
    storage_account_strategy: StorageAccountStrategy | None = None
    """How Azure chooses storage where none is named; only for a version that is made."""


def create_body(
    *,
    location: str,
    storage_profile: JsonObject,
    regions: Iterable[TargetRegion],
    tags: Mapping[str, str],
    publishing: Publishing,
    origin: Mapping[str, str],
) -> JsonObject:
    """The body of a PUT: always replication mode Full, because Shallow makes no copies.

    `origin` are the tags that only the version can remember: no spec asks for them, and none takes them away.
    """
    listed = tuple(regions)
    return {
        "location": location,
        "tags": {**new_tags(tags), **origin, **regions_tags(region.key for region in listed if region.key != location)},
        "properties": {
            "publishingProfile": {
                "targetRegions": [_new_region(region) for region in listed],
                "replicationMode": "Full",
                "excludeFromLatest": publishing.exclude_from_latest is True,
                **_given(
                    endOfLifeDate=_written(publishing.end_of_life),
                    storageAccountStrategy=publishing.storage_account_strategy,
                ),
            },
            "storageProfile": storage_profile,
            "safetyProfile": {"allowDeletionOfReplicatedLocations": False},
        },
    }


def patch_body(
    version: ObservedVersion,
    *,
    regions: Iterable[TargetRegion],
    tags: Mapping[str, str],
    publishing: Publishing,
    allow_removal: bool,
    now: datetime,
) -> JsonObject:
    """The body of a PATCH: all as read, with what is wanted of it, and an empty `storageProfile`, which Azure requires.

    `regions` is the whole list; what is left out is removed, and needs `allow_removal` (Azure's
    `allowDeletionOfReplicatedLocations`).
    """
    wanted = tuple(regions)
    return {
        "tags": patched_tags(version, added=_added(version, wanted), tags=tags),
        "properties": {
            "publishingProfile": {
                **_without(version.publishing_profile, _NOT_REPEATED),
                **_given(excludeFromLatest=publishing.exclude_from_latest),
                **_given(endOfLifeDate=_written(_lasting_end(version, publishing, now))),
                "targetRegions": [_region(version, region) for region in wanted],
            },
            "storageProfile": {},
            "safetyProfile": {
                **_without(version.safety_profile, _READ_ONLY_SAFETY),
                "allowDeletionOfReplicatedLocations": allow_removal,
            },
        },
    }


def patched_tags(version: ObservedVersion, *, added: Iterable[str], tags: Mapping[str, str]) -> dict[str, str]:
    """The tags of a version as read, with ours and with the list of regions that we added."""
    kept = {name: value for name, value in version.tags.items() if not _is_regions_tag(name)}
    return {**tags_with(kept, tags), **regions_tags(added)}


def added_regions(tags: Mapping[str, str]) -> frozenset[str]:
    """Keys of the regions that we added to a version, as its tags tell: only these may leave again."""
    listed = (value for name, value in tags.items() if _is_regions_tag(name))
    return frozenset(key for value in listed for key in value.split(",") if key)


def regions_tags(keys: Iterable[str]) -> dict[str, str]:
    """The tags that list these regions, in as many values as Azure's limit on their length asks for."""
    values: list[str] = []
    for key in sorted(set(keys)):
        if values and len(values[-1]) + 1 + len(key) <= MOST_CHARACTERS:
            values[-1] += f",{key}"
        else:
            values.append(key)
    return {REGIONS_TAG + (f"-{n}" if n > 1 else ""): value for n, value in enumerate(values, start=1)}


def allows_removal(version: ObservedVersion) -> bool:
    """Whether the version's safety profile lets regions be removed now."""
    return version.safety_profile.get("allowDeletionOfReplicatedLocations") is True


def _lasting_end(version: ObservedVersion, publishing: Publishing, now: datetime) -> datetime | None:
    """The end of life to write: the wanted one, else the one that is there; Azure takes none that is past."""
    candidates = (publishing.end_of_life, version.end_of_life)
    return next((moment for moment in candidates if moment is not None and moment > now), None)


def _added(version: ObservedVersion, regions: Iterable[TargetRegion]) -> frozenset[str]:
    """Regions of ours that are there, also those that leave now: until they are gone they stay ours; and new ones."""
    ours = {key for key in added_regions(version.tags) if version.region(key) is not None}
    return frozenset(ours | {region.key for region in regions if version.region(region.key) is None})


def _region(version: ObservedVersion, wanted: TargetRegion) -> JsonObject:
    seen = version.region(wanted.key)
    if seen is None:
        return _new_region(wanted)
    changed = _given(excludeFromLatest=wanted.exclude_from_latest)
    return {**seen.raw, "regionalReplicaCount": wanted.replicas, **changed}


def _new_region(wanted: TargetRegion) -> JsonObject:
    return {
        "name": wanted.name,
        "regionalReplicaCount": wanted.replicas,
        **_given(
            storageAccountType=wanted.storage_account_type,
            encryption=wanted.encryption,
            excludeFromLatest=wanted.exclude_from_latest,
        ),
    }


def _given(**members: Json) -> dict[str, Json]:
    return {name: value for name, value in members.items() if value is not None}


def _written(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _is_regions_tag(name: str) -> bool:
    rest = name.casefold().removeprefix(REGIONS_TAG)
    return name.casefold().startswith(REGIONS_TAG) and (rest == "" or rest.removeprefix("-").isdigit())


def _without(body: JsonObject, names: Collection[str]) -> dict[str, Json]:
    return {name: value for name, value in body.items() if name not in names}
