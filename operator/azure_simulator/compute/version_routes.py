"""Operations on image versions."""

import re
from dataclasses import replace
from datetime import datetime

from aiohttp import web

from azure_simulator.access import caller_of
from azure_simulator.answers import ArmError, operation
from azure_simulator.api_versions import GALLERIES
from azure_simulator.arm_bodies import change_not_allowed, given, missing, read_body
from azure_simulator.arm_ids import ResourceId
from azure_simulator.arm_lists import page
from azure_simulator.compute.asynchronous import headers_of, ordered_failure
from azure_simulator.compute.bodies import PublishingProfile, SafetyProfile, VersionBody, VersionProperties
from azure_simulator.compute.documents import version_document
from azure_simulator.compute.galleries import ImageDefinition
from azure_simulator.compute.nesting import compute_of, found_version, parent_definition, version_id_of
from azure_simulator.compute.publishing import PROFILE, apply_copies, future, wanted_copies
from azure_simulator.compute.sources import check_unchanged, contents_of, source_id_of, too_large
from azure_simulator.compute.versions import ImageVersion, Publishing, Safety
from azure_simulator.resources.admission import admit_creation
from azure_simulator.resources.operations import AsyncOperation
from azure_simulator.resources.tags import check_tags
from azure_simulator.world import WORLD

_NAME = re.compile(r"(\d{1,10})\.(\d{1,10})\.(\d{1,10})")
_LARGEST_NUMBER = 2**31 - 1
_ROOT = "galleryImageVersion.properties"
_FIRST_WITH_STRATEGY = "2025-03-03"
_MOST_VERSIONS = 10_000


@operation("GalleryImageVersions_Get", versions=GALLERIES)
async def get_version(request: web.Request) -> web.Response:
    """One version; `$expand=ReplicationStatus` adds how its replication fares."""
    version = found_version(request)
    expand = request.query.get("$expand", "").casefold()
    if expand not in {"", "replicationstatus", "uefisettings"}:
        raise ArmError(
            400, "InvalidParameter", f"The value '{expand}' of parameter '$expand' is not allowed.", target="$expand"
        )
    return web.json_response(version_document(version, with_status=expand == "replicationstatus"))


@operation("GalleryImageVersions_ListByGalleryImage", versions=GALLERIES)
async def list_versions(request: web.Request) -> web.Response:
    """The versions of a definition; never with their replication status, as in Azure."""
    versions = parent_definition(request).versions.values()
    return page(
        request,
        versions,
        key=lambda found: found.id.key,
        render=lambda found: version_document(found, with_status=False),
    )


@operation("GalleryImageVersions_CreateOrUpdate", versions=GALLERIES)
async def put_version(request: web.Request) -> web.Response:
    """Make a version from a source and begin to replicate it, or change what may change of one."""
    body, compute = await read_body(request, VersionBody, "galleryImageVersion"), compute_of(request)
    definition, version_id = parent_definition(request), version_id_of(request)
    location = admit_creation(compute.resources, version_id, body.location, body.tags)
    if body.properties is None:
        raise missing(_ROOT)
    before = definition.versions.get(version_id.name)
    if before is not None:
        whole = body.properties.model_copy(
            update={"publishing_profile": body.properties.publishing_profile or PublishingProfile()}
        )
        begun = _update(request, before, whole, body.tags or {})
        return _answer(request, before, begun, status=200)
    version = _new_version(request, definition, location, body.properties)
    version.tags = dict(body.tags or {})
    definition.versions[version_id.name] = version
    compute.resources.index.add(version)
    failure = ordered_failure(request) or _too_large(version)
    return _answer(request, version, compute.replicator.create(version, failure), status=201)


@operation("GalleryImageVersions_Update", versions=GALLERIES)
async def patch_version(request: web.Request) -> web.Response:
    """Change target regions, replicas, exclusion, end of life, safety or tags; always 200."""
    body, version = await read_body(request, VersionBody, "galleryImageVersion"), found_version(request)
    if body.properties is not None and body.properties.storage_profile is None:
        raise missing(f"{_ROOT}.storageProfile")
    if body.tags is not None:
        check_tags(body.tags)
    begun = _update(request, version, body.properties or VersionProperties(), body.tags)
    return _answer(request, version, begun, status=200)


@operation("GalleryImageVersions_Delete", versions=GALLERIES)
async def delete_version(request: web.Request) -> web.Response:
    """Delete a version: 202, or 204 when there is none."""
    compute, definition = compute_of(request), parent_definition(request)
    version = definition.versions.get(request.match_info["version"])
    if version is None:
        return web.Response(status=204)
    _refuse_before_end_of_life(request, version)
    if version.state == "Deleting" and version.operation is not None and not version.operation.done:
        return web.Response(status=202, headers=headers_of(request, version.operation, version.location))
    compute.replicator.abandon(version)
    version.state = "Deleting"

    def gone() -> None:
        version.purge()
        compute.resources.index.discard(version)
        definition.child_gone_at = compute.clock.now()

    version.operation = compute.resources.operations.begin(
        version.id.text,
        compute.pace.deletion.draw(compute.random),
        gone,
        failure=ordered_failure(request),
        fail=lambda: _mark_failed(version),
    )
    return web.Response(status=202, headers=headers_of(request, version.operation, version.location))


def _new_version(
    request: web.Request, definition: ImageDefinition, location: str, properties: VersionProperties
) -> ImageVersion:
    compute, version_id = compute_of(request), version_id_of(request)
    _check_name(version_id.name)
    _check_room(definition)
    source_id = source_id_of(properties.storage_profile)
    _check_source_is_readable(request, source_id, version_id)
    contents = contents_of(compute, source_id, definition, location)
    profile = properties.publishing_profile or PublishingProfile()
    strategy = _strategy(request, profile)
    copies = wanted_copies(location, profile, strategy=strategy, most_replicas=compute.switches.replicas_per_version)
    return ImageVersion(
        id=version_id,
        definition=definition,
        location=location,
        tags={},
        contents=contents,
        publishing=Publishing(
            replica_count=profile.replica_count or 1,
            storage_type=profile.storage_account_type or copies[location].storage_type,
            replication_mode=profile.replication_mode or "Full",
            exclude_from_latest=bool(profile.exclude_from_latest),
            end_of_life_date=future(profile.end_of_life_date, compute.clock.now()),
            storage_strategy=strategy,
        ),
        published=compute.clock.now(),
        safety=_safety(Safety(), properties.safety_profile),
        security_profile=properties.security_profile,
        copies=copies,
    )


def _update(
    request: web.Request, version: ImageVersion, properties: VersionProperties, tags: dict[str, str] | None
) -> AsyncOperation:
    compute = compute_of(request)
    _refuse_while_busy(request, version)
    check_unchanged(properties.storage_profile, version)
    safety = _safety(version.safety, properties.safety_profile)
    profile = properties.publishing_profile
    if profile is not None:
        publishing = _publishing(request, version, profile)
        if profile.target_regions is not None or request.method == "PUT":
            wanted = wanted_copies(
                version.location,
                profile,
                strategy=version.publishing.storage_strategy,
                most_replicas=compute.switches.replicas_per_version,
            )
            apply_copies(
                version,
                wanted,
                profile,
                removal_allowed=safety.allow_deletion_of_replicated_locations,
                removal_in_two_steps=compute.switches.regions_removed_in_two_steps,
            )
        version.publishing = publishing
    version.safety = safety
    if tags is not None:
        version.tags = dict(tags)
    return compute.replicator.update(version, ordered_failure(request) or _too_large(version))


def _publishing(request: web.Request, version: ImageVersion, profile: PublishingProfile) -> Publishing:
    held = version.publishing
    if profile.replication_mode not in {None, held.replication_mode}:
        raise change_not_allowed(f"{PROFILE}.replicationMode")
    return replace(
        held,
        replica_count=given(profile.replica_count, held.replica_count),
        exclude_from_latest=given(profile.exclude_from_latest, held.exclude_from_latest),
        end_of_life_date=_end_of_life(request, version, profile),
    )


def _end_of_life(request: web.Request, version: ImageVersion, profile: PublishingProfile) -> datetime | None:
    """An end of life that was set before may be repeated after it has passed."""
    asked, held = profile.end_of_life_date, version.publishing.end_of_life_date
    return held if asked in {None, held} else future(asked, compute_of(request).clock.now())


def _strategy(request: web.Request, profile: PublishingProfile) -> str | None:
    if profile.storage_account_strategy is not None:
        if profile.storage_account_type is not None:
            raise ArmError(
                400,
                "InvalidParameter",
                "storageAccountStrategy and storageAccountType cannot be given together.",
                target=f"{PROFILE}.storageAccountStrategy",
            )
        return profile.storage_account_strategy
    modern = request.query["api-version"] >= _FIRST_WITH_STRATEGY
    return "PreferStandard_ZRS" if modern and profile.storage_account_type is None else None


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


def _refuse_while_busy(request: web.Request, version: ImageVersion) -> None:
    if version.state == "Deleting":
        raise ArmError(
            409,
            "OperationNotAllowed",
            f"The resource '{version.id.name}' is marked for deletion; only its deletion may be retried.",
        )
    if version.state in {"Creating", "Updating"} and compute_of(request).switches.refuse_patch_while_updating:
        raise ArmError(
            409,
            "Conflict",
            f"The request failed due to conflict with a concurrent request: the gallery image version "
            f"'{version.id.name}' is in provisioning state '{version.state}'. Retry when it has ended.",
        )


def _refuse_before_end_of_life(request: web.Request, version: ImageVersion) -> None:
    end = version.publishing.end_of_life_date
    blocked = version.safety.block_deletion_before_end_of_life
    if blocked and end is not None and end > compute_of(request).clock.now():
        raise ArmError(
            409,
            "DeleteGalleryImageVersionBlockedBeforeEndOfLife",
            f"The gallery image version '{version.id.name}' cannot be deleted before its end of life "
            f"{end.isoformat()}, since 'safetyProfile.blockDeletionBeforeEndOfLife' is true.",
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


def _check_room(definition: ImageDefinition) -> None:
    if len(definition.versions) >= _MOST_VERSIONS:
        raise ArmError(
            409,
            "QuotaExceeded",
            "Operation could not be completed as it results in exceeding the quota of "
            f"{_MOST_VERSIONS} image versions.",
        )


def _check_source_is_readable(request: web.Request, source_id: ResourceId, version_id: ResourceId) -> None:
    """The caller needs to read the source as well: a linked scope in Resource Manager's words."""
    caller, action = caller_of(request), f"{source_id.type}/read"
    if request.app[WORLD].rights.allows(caller, action, source_id.text):
        return
    raise ArmError(
        403,
        "LinkedAuthorizationFailed",
        f"The client '{caller.app_id}' with object id '{caller.object_id}' has permission to perform action "
        f"'{version_id.type}/write' on scope '{version_id.text}'; however, it does not have permission to perform "
        f"action '{action}' on the linked scope(s) '{source_id.text}' or the linked scope(s) are invalid.",
    )


def _too_large(version: ImageVersion) -> ArmError | None:
    return None if version.publishing.replication_mode == "Shallow" else too_large(version.contents)


def _mark_failed(version: ImageVersion) -> None:
    version.state = "Failed"


def _answer(request: web.Request, version: ImageVersion, begun: AsyncOperation, *, status: int) -> web.Response:
    headers = headers_of(request, begun, version.location)
    return web.json_response(version_document(version, with_status=False), status=status, headers=headers)
