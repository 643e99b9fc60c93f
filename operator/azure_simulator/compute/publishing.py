"""Where a version is to be published: the rules for target regions and their replicas.

The messages are those of "Troubleshoot problems with shared images" (learn.microsoft.com).
"""

from collections.abc import Iterable
from datetime import UTC, datetime

from azure_simulator.answers import ArmError
from azure_simulator.arm_bodies import change_not_allowed, given, out_of_range
from azure_simulator.compute.bodies import PublishingProfile, TargetRegion
from azure_simulator.compute.version_encryption import check_encryption_unchanged
from azure_simulator.compute.versions import ImageVersion, RegionalCopy, StorageType
from azure_simulator.resources.locations import display_name, exists, has_zones, normalised

PROFILE = "galleryImageVersion.properties.publishingProfile"
_MOST_REPLICAS_OF_A_REGION = 100


def wanted_copies(
    location: str, profile: PublishingProfile, *, strategy: str | None, most_replicas: int
) -> dict[str, RegionalCopy]:
    """The copies that `profile` asks for, as new ones, by region; without target regions the own one only.

    Raises ArmError for a rule that is broken.
    """
    asked = profile.target_regions or (TargetRegion(name=location),)
    regions = [normalised(region.name) for region in asked]
    _check_regions(regions, asked, location)
    copies = {normalised(region.name): _copy(region, profile, strategy) for region in asked}
    _check_total(copies.values(), most_replicas)
    return copies


def _check_regions(regions: list[str], asked: Iterable[TargetRegion], location: str) -> None:
    for region in asked:
        if not exists(region.name):
            raise ArmError(
                400,
                "LocationNotAvailableForResourceType",
                f"The provided location '{region.name}' is not available for resource type "
                "'Microsoft.Compute/galleries/images/versions'.",
                target=f"{PROFILE}.targetRegions",
            )
    if len(set(regions)) != len(regions):
        raise _invalid("Duplicate regions are not allowed in target publishing regions.")
    if location not in regions:
        raise _invalid(
            f"Gallery image version publishing profile regions '{', '.join(regions)}' must contain the location "
            f"of image version '{location}'."
        )


def _copy(region: TargetRegion, profile: PublishingProfile, strategy: str | None) -> RegionalCopy:
    count = given(region.regional_replica_count, given(profile.replica_count, 1))
    if not 1 <= count <= _MOST_REPLICAS_OF_A_REGION:
        raise out_of_range(f"{PROFILE}.targetRegions.regionalReplicaCount", count, 1, _MOST_REPLICAS_OF_A_REGION)
    return RegionalCopy(
        region=normalised(region.name),
        replicas=count,
        storage_type=_storage_type(region, profile, strategy),
        exclude_from_latest=bool(region.exclude_from_latest),
        encryption=region.encryption,
        additional_sets=region.additional_replica_sets or (),
    )


def _storage_type(region: TargetRegion, profile: PublishingProfile, strategy: str | None) -> StorageType:
    zoned = has_zones(region.name)
    default: StorageType = "Standard_ZRS" if strategy == "PreferStandard_ZRS" and zoned else "Standard_LRS"
    chosen = region.storage_account_type or profile.storage_account_type or default
    if chosen == "Standard_ZRS" and not zoned:
        raise _invalid("ZRS storage account type is not supported in this region.")
    return chosen


def _check_total(copies: Iterable[RegionalCopy], most: int) -> None:
    total = sum(copy.all_replicas for copy in copies)
    if total > most:
        raise ArmError(
            409,
            "OperationNotAllowed",
            f"The gallery image version asks for {total} replicas in all of its regions together, but at most "
            f"{most} are allowed.",
            target=f"{PROFILE}.targetRegions",
        )


def apply_copies(
    version: ImageVersion,
    wanted: dict[str, RegionalCopy],
    profile: PublishingProfile,
    *,
    removal_allowed: bool,
    removal_in_two_steps: bool,
) -> None:
    """Give an existing version the wanted target regions: the list is the whole list.

    Raises ArmError before anything is changed.
    """
    for copy in wanted.values():
        before = version.copies.get(copy.region)
        if before is not None:
            _check_storage_type(before, copy, profile)
            check_encryption_unchanged(before, copy)
    leaving = [copy for region, copy in version.copies.items() if region not in wanted]
    if leaving and not removal_allowed:
        raise _removal_refused(leaving)
    after = {region: _merged(version.copies.get(region), copy) for region, copy in wanted.items()}
    if removal_in_two_steps:
        for copy in leaving:
            copy.leaving = True
            after[copy.region] = copy
    version.copies = after


def _merged(before: RegionalCopy | None, wanted: RegionalCopy) -> RegionalCopy:
    if before is None:
        return wanted
    before.replicas = wanted.replicas
    before.exclude_from_latest = wanted.exclude_from_latest
    before.additional_sets = wanted.additional_sets
    before.leaving = False
    return before


def _check_storage_type(before: RegionalCopy, wanted: RegionalCopy, profile: PublishingProfile) -> None:
    """A region keeps its storage type, and an update has to repeat it unless it is the global one."""
    asked = next(region for region in profile.target_regions or () if normalised(region.name) == wanted.region)
    if asked.storage_account_type is not None:
        if asked.storage_account_type != before.storage_type:
            raise change_not_allowed(f"{PROFILE}.targetRegions.storageAccountType")
    elif (profile.storage_account_type or "Standard_LRS") != before.storage_type:
        raise _invalid(
            "Global storage account type does not match the storage account type in the existing TargetRegion: "
            f"'{display_name(before.region)}'. Please specify '{before.storage_type}' as the storage account "
            "type for this region."
        )


def _removal_refused(leaving: list[RegionalCopy]) -> ArmError:
    names = ", ".join(display_name(copy.region) for copy in leaving)
    return ArmError(
        409,
        "OperationNotAllowed",
        f"Removing the gallery image version from the replicated regions '{names}' is not allowed, since "
        "'safetyProfile.allowDeletionOfReplicatedLocations' is false.",
        target="galleryImageVersion.properties.safetyProfile.allowDeletionOfReplicatedLocations",
    )


def future(moment: datetime | None, now: datetime) -> datetime | None:
    """An end of life, which has to be in the future; a time without zone means UTC."""
    if moment is None:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if aware <= now:
        raise _invalid("EndOfLifeDate must be set to a future date.")
    return aware


def _invalid(message: str) -> ArmError:
    return ArmError(400, "InvalidParameter", message, target=PROFILE)
