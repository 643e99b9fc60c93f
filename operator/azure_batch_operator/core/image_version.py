"""The bodies that make and change an image version, in wire form, and the tags in which we keep what we added."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from azure_batch_operator.core.images import ObservedVersion
from azure_batch_operator.core.json import Json, JsonObject
from azure_batch_operator.core.names import REGIONS_TAG

MOST_TAG_CHARACTERS = 256
"""Longest value of a tag (Microsoft's page 'Use tags to organize your Azure resources')."""

_READ_ONLY_PROFILE = frozenset({"publishedDate", "targetRegions"})
_READ_ONLY_SAFETY = frozenset({"reportedForPolicyViolation", "policyViolations"})


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetRegion:
    """A region as a body should ask for it."""

    key: str
    name: str
    """As it is written when the region is new; a region that Azure has keeps Azure's own spelling."""
    replicas: int
    storage_account_type: str | None = None
    """Only for a new region; what Azure has is repeated as read."""


def create_body(
    *, location: str, storage_profile: JsonObject, regions: Iterable[TargetRegion], tags: Mapping[str, str]
) -> JsonObject:
    """The body of a PUT: always replication mode Full, because Shallow makes no copies."""
    listed = tuple(regions)
    return {
        "location": location,
        "tags": {**tags, **regions_tags(region.key for region in listed if region.key != location)},
        "properties": {
            "publishingProfile": {
                "targetRegions": [_new_region(region) for region in listed],
                "replicationMode": "Full",
                "excludeFromLatest": False,
            },
            "storageProfile": storage_profile,
            "safetyProfile": {"allowDeletionOfReplicatedLocations": False},
        },
    }


def patch_body(
    version: ObservedVersion, *, regions: Iterable[TargetRegion], tags: Mapping[str, str], allow_removal: bool
) -> JsonObject:
    """The body of a PATCH: all as read, with our counts and tags, and an empty `storageProfile`, which Azure requires.

    `regions` is the whole list; what is left out is removed, and needs `allow_removal` (Azure's
    `allowDeletionOfReplicatedLocations`).
    """
    wanted = tuple(regions)
    return {
        "tags": patched_tags(version, added=_added(version, wanted), tags=tags),
        "properties": {
            "publishingProfile": {
                **_without(version.publishing_profile, _READ_ONLY_PROFILE),
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
    return {**_without_names(kept, tags), **tags, **regions_tags(added)}


def missing_tags(observed: Mapping[str, str], wanted: Mapping[str, str]) -> tuple[str, ...]:
    """Names of the tags that Azure does not have, or not with our value; tag names ignore letter case."""
    have = {name.casefold(): value for name, value in observed.items()}
    return tuple(name for name, value in wanted.items() if have.get(name.casefold()) != value)


def added_regions(tags: Mapping[str, str]) -> frozenset[str]:
    """Keys of the regions that we added to a version, as its tags tell: only these may leave again."""
    listed = (value for name, value in tags.items() if _is_regions_tag(name))
    return frozenset(key for value in listed for key in value.split(",") if key)


def regions_tags(keys: Iterable[str]) -> dict[str, str]:
    """The tags that list these regions, in as many values as Azure's limit on their length asks for."""
    values: list[str] = []
    for key in sorted(set(keys)):
        if values and len(values[-1]) + 1 + len(key) <= MOST_TAG_CHARACTERS:
            values[-1] += f",{key}"
        else:
            values.append(key)
    return {REGIONS_TAG + (f"-{n}" if n > 1 else ""): value for n, value in enumerate(values, start=1)}


def allows_removal(version: ObservedVersion) -> bool:
    """Whether the version's safety profile lets regions be removed now."""
    return version.safety_profile.get("allowDeletionOfReplicatedLocations") is True


def _added(version: ObservedVersion, regions: Iterable[TargetRegion]) -> frozenset[str]:
    """Regions of ours that are there, also those that leave now: until they are gone they stay ours; and new ones."""
    ours = {key for key in added_regions(version.tags) if version.region(key) is not None}
    return frozenset(ours | {region.key for region in regions if version.region(region.key) is None})


def _region(version: ObservedVersion, wanted: TargetRegion) -> JsonObject:
    seen = version.region(wanted.key)
    return {**seen.raw, "regionalReplicaCount": wanted.replicas} if seen else _new_region(wanted)


def _new_region(wanted: TargetRegion) -> JsonObject:
    body: dict[str, Json] = {"name": wanted.name, "regionalReplicaCount": wanted.replicas}
    return body | ({"storageAccountType": wanted.storage_account_type} if wanted.storage_account_type else {})


def _is_regions_tag(name: str) -> bool:
    rest = name.casefold().removeprefix(REGIONS_TAG)
    return name.casefold().startswith(REGIONS_TAG) and (rest == "" or rest.removeprefix("-").isdigit())


def _without(body: JsonObject, names: Collection[str]) -> dict[str, Json]:
    return {name: value for name, value in body.items() if name not in names}


def _without_names(tags: Mapping[str, str], ours: Mapping[str, str]) -> dict[str, str]:
    folded = {name.casefold() for name in ours}
    return {name: value for name, value in tags.items() if name.casefold() not in folded}
