"""Operations on image definitions."""

from aiohttp import web

from azure_simulator.answers import operation
from azure_simulator.api_versions import GALLERIES
from azure_simulator.arm_bodies import missing, read_body
from azure_simulator.arm_lists import page
from azure_simulator.compute.asynchronous import headers_of, ordered_failure
from azure_simulator.compute.bodies import DefinitionBody
from azure_simulator.compute.definition_rules import ROOT, change_definition, new_definition
from azure_simulator.compute.documents import definition_document
from azure_simulator.compute.galleries import ImageDefinition, ProvisioningState
from azure_simulator.compute.generations import refuse_unknown_members
from azure_simulator.compute.nesting import (
    compute_of,
    definition_id_of,
    found_definition,
    parent_gallery,
    refuse_deletion_before_children,
)
from azure_simulator.resources.admission import admit_creation
from azure_simulator.resources.operations import AsyncOperation
from azure_simulator.resources.tags import check_tags


@operation("GalleryImages_Get", versions=GALLERIES)
async def get_definition(request: web.Request) -> web.Response:
    """One image definition."""
    return web.json_response(_document(request, found_definition(request)))


@operation("GalleryImages_ListByGallery", versions=GALLERIES)
async def list_definitions(request: web.Request) -> web.Response:
    """The definitions of a gallery."""
    definitions = parent_gallery(request).definitions.values()
    return page(request, definitions, key=lambda found: found.id.key, render=lambda found: _document(request, found))


@operation("GalleryImages_CreateOrUpdate", versions=GALLERIES)
async def put_definition(request: web.Request) -> web.Response:
    """Make an image definition, or change what may change of one."""
    body, compute = await _body(request), compute_of(request)
    gallery, resource_id = parent_gallery(request), definition_id_of(request)
    location = admit_creation(compute.resources, resource_id, body.location, body.tags)
    properties = body.properties
    if properties is None:
        raise missing(ROOT)
    before = gallery.definitions.get(resource_id.name.casefold())
    if before is not None:
        change_definition(before, properties, compute.clock.now())
        before.tags = dict(body.tags or {})
        return _answer(request, before, _settle(request, before, "Updating"), status=200)
    definition = new_definition(resource_id, gallery, properties, api_version=request.query["api-version"])
    definition.location, definition.tags = location, dict(body.tags or {})
    gallery.definitions[resource_id.name.casefold()] = definition
    compute.resources.index.add(definition)
    return _answer(request, definition, _settle(request, definition, "Creating"), status=201)


@operation("GalleryImages_Update", versions=GALLERIES)
async def patch_definition(request: web.Request) -> web.Response:
    """Change what may change of an image definition; always 200."""
    body, definition = await _body(request), found_definition(request)
    if body.tags is not None:
        check_tags(body.tags)
        definition.tags = dict(body.tags)
    if body.properties is not None:
        change_definition(definition, body.properties, compute_of(request).clock.now())
    return _answer(request, definition, _settle(request, definition, "Updating"), status=200)


@operation("GalleryImages_Delete", versions=GALLERIES)
async def delete_definition(request: web.Request) -> web.Response:
    """Delete a definition without versions: 202, or 204 when there is none."""
    compute, gallery = compute_of(request), parent_gallery(request)
    definition = gallery.definitions.get(request.match_info["definition"].casefold())
    if definition is None:
        return web.Response(status=204)
    refuse_deletion_before_children(request, definition)
    definition.state = "Deleting"

    def gone() -> None:
        definition.purge()
        compute.resources.index.discard(definition)
        gallery.child_gone_at = compute.clock.now()

    begun = compute.resources.operations.begin(
        definition.id.text,
        compute.pace.deletion.draw(compute.random),
        gone,
        failure=ordered_failure(request),
        fail=lambda: _mark(definition, "Failed"),
    )
    return web.Response(status=202, headers=headers_of(request, begun, definition.location))


async def _body(request: web.Request) -> DefinitionBody:
    body = await read_body(request, DefinitionBody, "galleryImage")
    refuse_unknown_members(body, request.query["api-version"], "galleryImage")
    return body


def _document(request: web.Request, definition: ImageDefinition) -> dict[str, object]:
    return definition_document(definition, request.query["api-version"])


def _answer(request: web.Request, definition: ImageDefinition, begun: AsyncOperation, *, status: int) -> web.Response:
    headers = headers_of(request, begun, definition.location)
    return web.json_response(_document(request, definition), status=status, headers=headers)


def _settle(request: web.Request, definition: ImageDefinition, state: ProvisioningState) -> AsyncOperation:
    compute = compute_of(request)
    definition.state = state
    return compute.resources.operations.begin(
        definition.id.text,
        compute.pace.definition.draw(compute.random),
        lambda: _mark(definition, "Succeeded"),
        failure=ordered_failure(request),
        fail=lambda: _mark(definition, "Failed"),
    )


def _mark(definition: ImageDefinition, state: ProvisioningState) -> None:
    definition.state = state
