"""What an image version may be and become: the checks of the gallery service.

The messages are those of "Troubleshoot problems with shared images" (learn.microsoft.com).
"""

import re
from dataclasses import replace
from datetime import datetime
from functools import partial

from azure_simulator.answers import ArmError
from azure_simulator.arm_bodies import change_not_allowed, given
from azure_simulator.arm_ids import ResourceId
from azure_simulator.compute.bodies import PublishingProfile, SafetyProfile, VersionProperties
from azure_simulator.compute.galleries import ImageDefinition
from azure_simulator.compute.limits import check_room_for_version
from azure_simulator.compute.models import Compute
from azure_simulator.compute.publishing import PROFILE, apply_copies, future, wanted_copies
from azure_simulator.compute.source_names import NamedSource
from azure_simulator.compute.source_rules import too_large
from azure_simulator.compute.sources import check_unchanged, contents_of, missing_source
from azure_simulator.compute.version_encryption import check_encryption, customer_keys
from azure_simulator.compute.versions import ImageVersion, Publishing, RegionalCopy, Safety

ROOT = "galleryImageVersion.properties"

_NAME = re.compile(r"(\d{1,10})\.(\d{1,10})\.(\d{1,10})")
_LARGEST_NUMBER = 2**31 - 1
# From this version on, storage is zone-redundant where it can be (learn.microsoft.com, "Azure Compute Gallery").
_FIRST_WITH_STRATEGY = "2025-03-03"


def new_version(
    version_id: ResourceId,
    definition: ImageDefinition,
    location: str,
    source: NamedSource,
    properties: VersionProperties,
    *,
    api_version: str,
) -> ImageVersion:
    """A version as `properties` describe it, with the defaults of the api-version; raises ArmError."""
    compute = definition.gallery.compute
    _check_name(version_id.name)
    check_room_for_version(definition.gallery)
    profile = properties.publishing_profile or PublishingProfile()
    strategy = _strategy(profile, api_version)
    copies = wanted_copies(location, profile, strategy=strategy, most_replicas=compute.switches.replicas_per_version)
    encrypted = any(customer_keys(copy.encryption) for copy in copies.values())
    contents = contents_of(compute, source, definition, location, encrypted=encrypted)
    check_encryption(definition, contents, copies.values())
    return ImageVersion(
        id=version_id,
        definition=definition,
        location=location,
        tags={},
        contents=contents,
        publishing=_first_publishing(profile, copies[location], strategy, compute.clock.now()),
        published=compute.clock.now(),
        safety=_safety(Safety(), properties.safety_profile),
        security_profile=properties.security_profile,
        copies=copies,
        missing_source=partial(missing_source, compute, source),
    )


def change_version(compute: Compute, version: ImageVersion, properties: VersionProperties, *, whole_list: bool) -> None:
    """Change what may change; raises ArmError for the rest, changing nothing.

    With `whole_list` (a PUT), target regions that are left out mean the version's own region only.
    """
    _refuse_while_busy(compute, version)
    check_unchanged(properties.storage_profile, version)
    safety = _safety(version.safety, properties.safety_profile)
    profile = properties.publishing_profile or PublishingProfile()
    publishing = _changed_publishing(version.publishing, profile, compute.clock.now())
    if profile.target_regions is not None or whole_list:
        _change_copies(compute, version, profile, safety)
    version.publishing, version.safety = publishing, safety


def refuse_deletion_before_end_of_life(version: ImageVersion, now: datetime) -> None:
    """Refuse to delete a version whose safety profile protects it until its end of life."""
    end = version.publishing.end_of_life_date
    if version.safety.block_deletion_before_end_of_life and end is not None and end > now:
        raise ArmError(
            409,
            "DeleteGalleryImageVersionBlockedBeforeEndOfLife",
            "Deletion of Gallery image version is not allowed because the image is enabled for "
            f"blockDeletionBeforeEndOfLife and its endOfLifeDate {end.isoformat()} has not reached yet.",
        )


def why_replication_fails(version: ImageVersion) -> ArmError | None:
    """Why the version's disks cannot be replicated, or None; shallow replication takes larger ones."""
    return None if version.publishing.replication_mode == "Shallow" else too_large(version.contents)


def _first_publishing(profile: PublishingProfile, own: RegionalCopy, strategy: str | None, now: datetime) -> Publishing:
    return Publishing(
        replica_count=given(profile.replica_count, 1),
        storage_type=given(profile.storage_account_type, own.storage_type),
        replication_mode=given(profile.replication_mode, "Full"),
        exclude_from_latest=bool(profile.exclude_from_latest),
        end_of_life_date=future(profile.end_of_life_date, now),
        storage_strategy=strategy,
    )


def _changed_publishing(held: Publishing, profile: PublishingProfile, now: datetime) -> Publishing:
    if profile.replication_mode not in {None, held.replication_mode}:
        raise change_not_allowed(f"{PROFILE}.replicationMode")
    if profile.storage_account_strategy not in {None, held.storage_strategy}:
        raise change_not_allowed(f"{PROFILE}.storageAccountStrategy")
    # An end of life that was set before may be repeated after it has passed.
    repeated = profile.end_of_life_date in {None, held.end_of_life_date}
    return replace(
        held,
        replica_count=given(profile.replica_count, held.replica_count),
        exclude_from_latest=given(profile.exclude_from_latest, held.exclude_from_latest),
        end_of_life_date=held.end_of_life_date if repeated else future(profile.end_of_life_date, now),
    )


def _change_copies(compute: Compute, version: ImageVersion, profile: PublishingProfile, safety: Safety) -> None:
    wanted = wanted_copies(
        version.location,
        profile,
        strategy=version.publishing.storage_strategy,
        most_replicas=compute.switches.replicas_per_version,
    )
    check_encryption(version.definition, version.contents, wanted.values())
    apply_copies(
        version,
        wanted,
        profile,
        removal_allowed=safety.allow_deletion_of_replicated_locations,
        removal_in_two_steps=compute.switches.regions_removed_in_two_steps,
    )


def _strategy(profile: PublishingProfile, api_version: str) -> str | None:
    if profile.storage_account_strategy is not None and profile.storage_account_type is not None:
        raise ArmError(
            400,
            "InvalidParameter",
            "storageAccountStrategy and storageAccountType cannot be given together.",
            target=f"{PROFILE}.storageAccountStrategy",
        )
    modern = api_version >= _FIRST_WITH_STRATEGY and profile.storage_account_type is None
    return profile.storage_account_strategy or ("PreferStandard_ZRS" if modern else None)


def _safety(before: Safety, asked: SafetyProfile | None) -> Safety:
    if asked is None:
        return before
    return Safety(
        allow_deletion_of_replicated_locations=given(
            asked.allow_deletion_of_replicated_locations, before.allow_deletion_of_replicated_locations
        ),
        block_deletion_before_end_of_life=given(
            asked.block_deletion_before_end_of_life, before.block_deletion_before_end_of_life
        ),
    )


def _refuse_while_busy(compute: Compute, version: ImageVersion) -> None:
    if version.state == "Deleting":
        raise ArmError(
            409,
            "OperationNotAllowed",
            f"Operation 'Update Gallery Image Version' is not allowed on {version.id.name} since it is marked for "
            "deletion. You can only retry the Delete operation (or wait for an ongoing one to complete).",
        )
    if version.state in {"Creating", "Updating"} and compute.switches.refuse_patch_while_updating:
        raise ArmError(
            409,
            "Conflict",
            f"The request failed due to conflict with a concurrent request: the gallery image version "
            f"'{version.id.name}' is in provisioning state '{version.state}'. Retry when it has ended.",
        )


def _check_name(name: str) -> None:
    numbers = _NAME.fullmatch(name)
    if numbers is None or any(int(part) > _LARGEST_NUMBER for part in numbers.groups()):
        raise ArmError(
            400,
            "InvalidParameter",
            "The gallery image version name is invalid. The version name should follow "
            "Major(int32).Minor(int32).Patch(int32) format, where int is between 0 and 2,147,483,647 "
            "(inclusive). e.g. 1.0.0, 2018.12.1 etc.",
            target="galleryImageVersion.name",
        )
