"""Operations on image versions."""

from typing import assert_never

from aiohttp import web

from azure_simulator.answers import ArmError, operation
from azure_simulator.api_versions import GALLERIES
from azure_simulator.arm_bodies import missing, read_body
from azure_simulator.arm_ids import ResourceId
from azure_simulator.arm_lists import page
from azure_simulator.compute.asynchronous import headers_of, ordered_failure
from azure_simulator.compute.blobs import token_of
from azure_simulator.compute.bodies import VersionBody, VersionProperties
from azure_simulator.compute.documents import version_document
from azure_simulator.compute.generations import refuse_unknown_members
from azure_simulator.compute.linked_scopes import require_linked
from azure_simulator.compute.nesting import compute_of, found_version, parent_definition, version_id_of
from azure_simulator.compute.soft_delete import discard, refuse_taken_name, restored, soft_delete
from azure_simulator.compute.source_names import (
    BlobName,
    DiskSources,
    NamedSource,
    VolumeName,
    WholeSource,
    named_source,
)
from azure_simulator.compute.version_rules import (
    ROOT,
    change_version,
    new_version,
    refuse_deletion_before_end_of_life,
    why_replication_fails,
)
from azure_simulator.compute.versions import ImageVersion
from azure_simulator.resources.admission import admit_creation
from azure_simulator.resources.operations import AsyncOperation
from azure_simulator.resources.tags import check_tags


@operation("GalleryImageVersions_Get", versions=GALLERIES)
async def get_version(request: web.Request) -> web.Response:
    """One version; `$expand=ReplicationStatus` adds how its replication fares."""
    version = found_version(request)
    expand = request.query.get("$expand", "").casefold()
    if expand not in {"", "replicationstatus", "uefisettings"}:
        raise ArmError(
            400, "InvalidParameter", f"The value '{expand}' of parameter '$expand' is not allowed.", target="$expand"
        )
    return web.json_response(
        version_document(version, request.query["api-version"], with_status=expand == "replicationstatus")
    )


@operation("GalleryImageVersions_ListByGalleryImage", versions=GALLERIES)
async def list_versions(request: web.Request) -> web.Response:
    """The versions of a definition; never with their replication status, as in Azure."""
    versions = parent_definition(request).versions.values()
    return page(
        request,
        versions,
        key=lambda found: found.id.key,
        render=lambda found: version_document(found, request.query["api-version"], with_status=False),
    )


@operation("GalleryImageVersions_CreateOrUpdate", versions=GALLERIES)
async def put_version(request: web.Request) -> web.Response:
    """Make a version from a source and begin to replicate it, or change what may change of one."""
    body, compute = await _body(request), compute_of(request)
    definition, version_id = parent_definition(request), version_id_of(request)
    location = admit_creation(compute.resources, version_id, body.location, body.tags)
    if version_id.name in definition.soft_deleted and _asks_for_restoration(body.properties):
        return _restore(request)
    if body.properties is None:
        raise missing(ROOT)
    version = definition.versions.get(version_id.name)
    if version is not None:
        change_version(compute, version, body.properties, whole_list=True)
        version.tags = dict(body.tags or {})
        return _answer(request, version, compute.replicator.update(version, _failure(request, version)), status=200)
    refuse_taken_name(definition, version_id.name)
    source = named_source(body.properties)
    _check_rights_on(request, source, version_id)
    version = new_version(
        version_id, definition, location, source, body.properties, api_version=request.query["api-version"]
    )
    version.tags = dict(body.tags or {})
    definition.versions[version_id.name] = version
    compute.resources.index.add(version)
    return _answer(request, version, compute.replicator.create(version, _failure(request, version)), status=201)


@operation("GalleryImageVersions_Update", versions=GALLERIES)
async def patch_version(request: web.Request) -> web.Response:
    """Change target regions, replicas, exclusion, end of life, safety or tags, or restore; always 200."""
    body = await _body(request)
    properties = body.properties
    if properties is not None and properties.storage_profile is None:
        raise missing(f"{ROOT}.storageProfile")
    if properties is not None and properties.restore:
        return _restore(request)
    compute, version = compute_of(request), found_version(request)
    check_tags(body.tags or {})
    change_version(compute, version, properties or VersionProperties(), whole_list=False)
    if body.tags is not None:
        version.tags = dict(body.tags)
    return _answer(request, version, compute.replicator.update(version, _failure(request, version)), status=200)


@operation("GalleryImageVersions_Delete", versions=GALLERIES)
async def delete_version(request: web.Request) -> web.Response:
    """Delete a version: 202, or 204 when there is none; softly if the gallery says so and the request does not."""
    compute, definition = compute_of(request), parent_definition(request)
    name, bypasses = request.match_info["version"], request.query.get("bypassSoftDelete", "").casefold() == "true"
    version = definition.versions.get(name)
    if version is None:
        if bypasses:
            discard(definition, name)
        return web.Response(status=204)
    refuse_deletion_before_end_of_life(version, compute.clock.now())
    if version.state == "Deleting" and version.operation is not None and not version.operation.done:
        return web.Response(status=202, headers=headers_of(request, version.operation, version.location))
    compute.replicator.abandon(version)
    version.state = "Deleting"
    version.operation = compute.resources.operations.begin(
        version.id.text,
        compute.pace.deletion.draw(compute.random),
        lambda: _go(version, for_good=bypasses or not definition.gallery.soft_delete.enabled),
        failure=ordered_failure(request),
        fail=lambda: _mark_failed(version),
    )
    return web.Response(status=202, headers=headers_of(request, version.operation, version.location))


def _go(version: ImageVersion, *, for_good: bool) -> None:
    definition = version.definition
    compute = definition.gallery.compute
    if not for_good:
        soft_delete(version)
        return
    version.purge()
    compute.resources.index.discard(version)
    definition.child_gone_at = compute.clock.now()


def _asks_for_restoration(properties: VersionProperties | None) -> bool:
    """A PUT that says so, or that names no source at all: so `az sig image-version undelete` asks."""
    if properties is None or properties.restore:
        return True
    profile = properties.storage_profile
    return profile is None or (profile.source is None and profile.os_disk_image is None)


def _restore(request: web.Request) -> web.Response:
    version = restored(parent_definition(request), request.match_info["version"])
    if version is None:
        found = found_version(request)
        raise ArmError(409, "Conflict", f"The gallery image version '{found.id.name}' is not soft-deleted.")
    return _answer(request, version, compute_of(request).replicator.update(version, None), status=200)


async def _body(request: web.Request) -> VersionBody:
    body = await read_body(request, VersionBody, "galleryImageVersion")
    refuse_unknown_members(body, request.query["api-version"], "galleryImageVersion")
    return body


def _check_rights_on(request: web.Request, source: NamedSource, version_id: ResourceId) -> None:
    """The caller needs rights on the source as well: a linked scope in Resource Manager's words.

    To read images, to write machines and disks, to list the keys of storage accounts ("Azure Compute Gallery",
    learn.microsoft.com).
    """
    match source:
        case WholeSource():
            require_linked(request, version_id, source.id, "write" if source.kind == "machine" else "read")
        case DiskSources():
            for disk in source.disks:
                _check_rights_on_disk(request, disk.source, version_id)
        case _:
            assert_never(source)


def _check_rights_on_disk(request: web.Request, source: VolumeName | BlobName, version_id: ResourceId) -> None:
    match source:
        case VolumeName():
            require_linked(request, version_id, source.id, "write")
        case BlobName():
            if source.account_id is not None and not token_of(source.uri):
                require_linked(request, version_id, source.account_id, "listKeys/action")
        case _:
            assert_never(source)


def _failure(request: web.Request, version: ImageVersion) -> ArmError | None:
    return ordered_failure(request) or why_replication_fails(version)


def _mark_failed(version: ImageVersion) -> None:
    version.state = "Failed"


def _answer(request: web.Request, version: ImageVersion, begun: AsyncOperation, *, status: int) -> web.Response:
    headers = headers_of(request, begun, version.location)
    document = version_document(version, request.query["api-version"], with_status=False)
    return web.json_response(document, status=status, headers=headers)
