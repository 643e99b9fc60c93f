"""Operations on galleries."""

import re

from aiohttp import web

from azure_simulator.answers import ArmError, operation
from azure_simulator.api_versions import GALLERIES
from azure_simulator.arm_bodies import given, read_body
from azure_simulator.arm_ids import ResourceId
from azure_simulator.arm_lists import page
from azure_simulator.compute.asynchronous import headers_of, ordered_failure
from azure_simulator.compute.documents import gallery_document
from azure_simulator.compute.galleries import Gallery, ProvisioningState, SoftDeletion
from azure_simulator.compute.gallery_bodies import GalleryBody, GalleryProperties, SharingUpdate, SoftDeletePolicy
from azure_simulator.compute.gallery_sharing import (
    changed_sharing,
    first_sharing,
    refuse_deletion_while_public,
    shared,
)
from azure_simulator.compute.generations import refuse_unknown_members
from azure_simulator.compute.limits import check_room_for_gallery
from azure_simulator.compute.models import Compute
from azure_simulator.compute.nesting import (
    compute_of,
    found_gallery,
    gallery_id_of,
    refuse_deletion_before_children,
)
from azure_simulator.resources.admission import admit_creation, existing_group
from azure_simulator.resources.operations import AsyncOperation
from azure_simulator.resources.tags import check_tags

# "The entity name … is invalid according to its validation rule" (GalleryRP and its troubleshooting page).
_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._]{0,79}(?<![._])$")


@operation("Galleries_Get", versions=GALLERIES)
async def get_gallery(request: web.Request) -> web.Response:
    """One gallery; `$select=Permissions` adds how it is shared, `$expand=SharingProfile/Groups` with whom as well."""
    existing_group(request)
    document = gallery_document(
        found_gallery(request),
        request.query["api-version"],
        with_sharing=request.query.get("$select", "").casefold() == "permissions",
        with_groups=request.query.get("$expand", "").casefold() == "sharingprofile/groups",
    )
    return web.json_response(document)


@operation("Galleries_ListByResourceGroup", versions=GALLERIES)
async def list_galleries_of_group(request: web.Request) -> web.Response:
    """The galleries of a group."""
    existing_group(request)
    group = request.match_info["resource_group"].casefold()
    return _page(request, [gallery for gallery in _galleries(request) if gallery.id.group.casefold() == group])


@operation("Galleries_List", versions=GALLERIES)
async def list_galleries(request: web.Request) -> web.Response:
    """The galleries of a subscription."""
    return _page(request, _galleries(request))


@operation("Galleries_CreateOrUpdate", versions=GALLERIES)
async def put_gallery(request: web.Request) -> web.Response:
    """Make a gallery, or change the description, the tags and what else may change of one."""
    body, compute = await _body(request), compute_of(request)
    resource_id = gallery_id_of(request)
    location = admit_creation(compute.resources, resource_id, body.location, body.tags)
    properties = body.properties or GalleryProperties()
    gallery = compute.find_gallery(resource_id)
    if gallery is not None:
        _change(gallery, properties)
        gallery.description, gallery.tags = properties.description, dict(body.tags or {})
        return _answer(request, gallery, _settle(request, gallery, "Updating"), status=200)
    _check_new(compute, resource_id, location)
    gallery = Gallery(
        id=resource_id,
        location=location,
        tags=dict(body.tags or {}),
        compute=compute,
        description=properties.description,
        sharing=first_sharing(properties.sharing_profile),
        soft_delete=_soft_deletion(SoftDeletion(), properties.soft_delete_policy),
    )
    compute.add_gallery(gallery)
    return _answer(request, gallery, _settle(request, gallery, "Creating"), status=201)


@operation("Galleries_Update", versions=GALLERIES)
async def patch_gallery(request: web.Request) -> web.Response:
    """Change the description, the tags and what else may change; always 200."""
    body, gallery = await _body(request), found_gallery(request)
    properties = body.properties or GalleryProperties()
    if body.tags is not None:
        check_tags(body.tags)
    _change(gallery, properties)
    if body.tags is not None:
        gallery.tags = dict(body.tags)
    if properties.description is not None:
        gallery.description = properties.description
    return _answer(request, gallery, _settle(request, gallery, "Updating"), status=200)


@operation("GallerySharingProfile_Update", versions=GALLERIES)
async def share_gallery(request: web.Request) -> web.Response:
    """Change with whom a gallery is shared; answers what was asked."""
    update, gallery = await read_body(request, SharingUpdate, "sharingUpdate"), found_gallery(request)
    gallery.sharing = shared(gallery.sharing, update, gallery_id=gallery.id.text)
    return web.json_response(update.document())


@operation("Galleries_Delete", versions=GALLERIES)
async def delete_gallery(request: web.Request) -> web.Response:
    """Delete an empty gallery: 202, or 204 when there is none."""
    existing_group(request)
    compute = compute_of(request)
    gallery = compute.find_gallery(gallery_id_of(request))
    if gallery is None:
        return web.Response(status=204)
    refuse_deletion_before_children(request, gallery)
    refuse_deletion_while_public(gallery.sharing)
    gallery.state = "Deleting"
    begun = compute.resources.operations.begin(
        gallery.id.text,
        compute.pace.deletion.draw(compute.random),
        lambda: compute.forget_gallery(gallery),
        failure=ordered_failure(request),
        fail=lambda: _mark(gallery, "Failed"),
    )
    return web.Response(status=202, headers=headers_of(request, begun, gallery.location))


async def _body(request: web.Request) -> GalleryBody:
    body = await read_body(request, GalleryBody, "gallery")
    refuse_unknown_members(body, request.query["api-version"], "gallery")
    return body


def _page(request: web.Request, galleries: list[Gallery]) -> web.Response:
    version = request.query["api-version"]
    return page(
        request, galleries, key=lambda found: found.id.key, render=lambda found: gallery_document(found, version)
    )


def _galleries(request: web.Request) -> list[Gallery]:
    subscription = request.match_info["subscription"].casefold()
    return [gallery for gallery in compute_of(request).galleries if gallery.id.subscription.casefold() == subscription]


def _answer(request: web.Request, gallery: Gallery, begun: AsyncOperation, *, status: int) -> web.Response:
    headers = headers_of(request, begun, gallery.location)
    document = gallery_document(gallery, request.query["api-version"])
    return web.json_response(document, status=status, headers=headers)


def _settle(request: web.Request, gallery: Gallery, state: ProvisioningState) -> AsyncOperation:
    compute = compute_of(request)
    gallery.state = state
    return compute.resources.operations.begin(
        gallery.id.text,
        compute.pace.gallery.draw(compute.random),
        lambda: _mark(gallery, "Succeeded"),
        failure=ordered_failure(request),
        fail=lambda: _mark(gallery, "Failed"),
    )


def _mark(gallery: Gallery, state: ProvisioningState) -> None:
    gallery.state = state


def _change(gallery: Gallery, properties: GalleryProperties) -> None:
    may_change = gallery.compute.switches.sharing_permissions_may_change
    gallery.sharing = changed_sharing(gallery.sharing, properties.sharing_profile, may_change=may_change)
    gallery.soft_delete = _soft_deletion(gallery.soft_delete, properties.soft_delete_policy)


def _soft_deletion(held: SoftDeletion, policy: SoftDeletePolicy | None) -> SoftDeletion:
    if policy is None:
        return held
    return SoftDeletion(
        enabled=given(policy.is_soft_delete_enabled, held.enabled),
        retention_days=given(policy.retention_period_in_days, held.retention_days),
        grace_days=given(policy.grace_period_in_days, held.grace_days),
    )


def _check_new(compute: Compute, resource_id: ResourceId, location: str) -> None:
    _check_name(resource_id.name)
    taken = {
        gallery.id.name.casefold()
        for gallery in compute.galleries
        if gallery.id.subscription.casefold() == resource_id.subscription.casefold()
    }
    if resource_id.name.casefold() in taken:
        raise ArmError(
            409,
            "GalleryAlreadyExists",
            f"The gallery name '{resource_id.name}' is in use already; gallery names are unique in a subscription.",
        )
    check_room_for_gallery(compute, resource_id.subscription, location)


def _check_name(name: str) -> None:
    if not _NAME.match(name):
        raise ArmError(
            400,
            "InvalidParameter",
            f"The entity name 'gallery.name' is invalid according to its validation rule: {_NAME.pattern}. "
            "Gallery names contain letters, digits, underscores and periods, no dashes, and begin and end with a "
            "letter or digit.",
            target="gallery.name",
        )
