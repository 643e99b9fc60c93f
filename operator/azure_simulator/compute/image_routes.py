"""Operations on managed images."""

import re

from aiohttp import web

from azure_simulator.answers import ArmError, operation
from azure_simulator.api_versions import IMAGES
from azure_simulator.arm_bodies import change_not_allowed, read_body
from azure_simulator.arm_ids import ResourceId
from azure_simulator.arm_lists import page
from azure_simulator.compute.asynchronous import headers_of, ordered_failure
from azure_simulator.compute.bodies import ImageBody, ImageProperties
from azure_simulator.compute.documents import image_document
from azure_simulator.compute.image_sources import contents_of
from azure_simulator.compute.images import ManagedImage
from azure_simulator.compute.nesting import compute_of
from azure_simulator.resources.admission import admit_creation, existing_group, not_found
from azure_simulator.resources.operations import AsyncOperation
from azure_simulator.resources.tags import check_tags

_NAME = re.compile(r"^[^_\W][\w\-.]{0,79}(?<![\-.])$")


@operation("Images_Get", versions=IMAGES)
async def get_image(request: web.Request) -> web.Response:
    """One managed image."""
    existing_group(request)
    return web.json_response(image_document(_found(request)))


@operation("Images_ListByResourceGroup", versions=IMAGES)
async def list_images_of_group(request: web.Request) -> web.Response:
    """The managed images of a group."""
    existing_group(request)
    group = request.match_info["resource_group"].casefold()
    shown = [image for image in _images(request) if image.id.group.casefold() == group]
    return page(request, shown, key=lambda image: image.id.key, render=image_document)


@operation("Images_List", versions=IMAGES)
async def list_images(request: web.Request) -> web.Response:
    """The managed images of a subscription."""
    return page(request, _images(request), key=lambda image: image.id.key, render=image_document)


@operation("Images_CreateOrUpdate", versions=IMAGES)
async def put_image(request: web.Request) -> web.Response:
    """Make a managed image from a machine, disks, snapshots or VHDs, or replace the tags of one, which alone change."""
    body, compute = await read_body(request, ImageBody, "image"), compute_of(request)
    image_id = _id_of(request)
    location = admit_creation(compute.resources, image_id, body.location, body.tags)
    before = compute.find_image(image_id.text)
    if before is not None:
        _refuse_change(before, body.properties)
        before.tags = dict(body.tags or {})
        return _answer(request, before, _settle(request, before, "Updating"), status=200)
    image = _new_image(request, image_id, location, body.properties or ImageProperties())
    image.tags = dict(body.tags or {})
    compute.add_image(image)
    return _answer(request, image, _settle(request, image, "Creating"), status=201)


@operation("Images_Update", versions=IMAGES)
async def patch_image(request: web.Request) -> web.Response:
    """Replace the tags of a managed image."""
    body, image = await read_body(request, ImageBody, "image"), _found(request)
    _refuse_change(image, body.properties)
    if body.tags is not None:
        check_tags(body.tags)
        image.tags = dict(body.tags)
    return _answer(request, image, _settle(request, image, "Updating"), status=200)


@operation("Images_Delete", versions=IMAGES)
async def delete_image(request: web.Request) -> web.Response:
    """Delete a managed image: 202, or 204 when there is none."""
    existing_group(request)
    compute = compute_of(request)
    image = compute.find_image(_id_of(request).text)
    if image is None:
        return web.Response(status=204)
    image.state = "Deleting"
    begun = compute.resources.operations.begin(
        image.id.text,
        compute.pace.deletion.draw(compute.random),
        lambda: compute.forget_image(image),
        failure=ordered_failure(request),
        fail=lambda: _mark(image, "Failed"),
    )
    return web.Response(status=202, headers=headers_of(request, begun, image.location))


def _id_of(request: web.Request) -> ResourceId:
    path = request.match_info
    return ResourceId(
        subscription=path["subscription"],
        group=path["resource_group"],
        namespace="Microsoft.Compute",
        path=(("images", path["image"]),),
    )


def _found(request: web.Request) -> ManagedImage:
    image = compute_of(request).find_image(_id_of(request).text)
    if image is None:
        raise not_found(_id_of(request))
    return image


def _images(request: web.Request) -> list[ManagedImage]:
    wanted = request.match_info["subscription"].casefold()
    return [image for image in compute_of(request).images if image.subscription_id.casefold() == wanted]


def _new_image(request: web.Request, image_id: ResourceId, location: str, properties: ImageProperties) -> ManagedImage:
    _check_name(image_id.name)
    made = contents_of(request, image_id, location, properties)
    return ManagedImage(
        id=image_id,
        location=location,
        tags={},
        storage=made.storage,
        os_type=made.os_type,
        os_state=made.os_state,
        os_was_generalized=made.os_was_generalized,
        hyper_v_generation=made.hyper_v_generation,
        compute=compute_of(request),
        source_virtual_machine=made.machine_id,
    )


def _check_name(name: str) -> None:
    if not _NAME.match(name):
        raise ArmError(
            400,
            "InvalidParameter",
            f"The entity name 'image.name' is invalid according to its validation rule: {_NAME.pattern}.",
            target="image.name",
        )


def _refuse_change(image: ManagedImage, properties: ImageProperties | None) -> None:
    if properties is None:
        return
    if properties.hyper_v_generation not in {None, image.hyper_v_generation}:
        raise change_not_allowed("hyperVGeneration")
    storage = properties.storage_profile
    if storage is None:
        return
    if storage.zone_resilient is not None and storage.zone_resilient != bool(image.storage.zone_resilient):
        raise change_not_allowed("zoneResilient")
    if storage.os_disk is not None and storage.os_disk.os_state != image.os_state:
        raise change_not_allowed("osDisk.osState")
    if storage.os_disk is not None and storage.os_disk.os_type != image.os_type:
        raise change_not_allowed("osDisk.osType")


def _settle(request: web.Request, image: ManagedImage, state: str) -> AsyncOperation:
    compute = compute_of(request)
    image.state = state
    return compute.resources.operations.begin(
        image.id.text,
        compute.pace.managed_image.draw(compute.random),
        lambda: _mark(image, "Succeeded"),
        failure=ordered_failure(request),
        fail=lambda: _mark(image, "Failed"),
    )


def _mark(image: ManagedImage, state: str) -> None:
    image.state = state


def _answer(request: web.Request, image: ManagedImage, begun: AsyncOperation, *, status: int) -> web.Response:
    headers = headers_of(request, begun, image.location)
    return web.json_response(image_document(image), status=status, headers=headers)
