"""Long-running compute operations on the wire: the headers that announce them, and the URL that tells of them."""

from typing import Literal

from aiohttp import web

from azure_simulator.answers import ArmError, operation, retry_after
from azure_simulator.api_versions import COMPUTE_OPERATIONS
from azure_simulator.arm_ids import ResourceId
from azure_simulator.compute.disk_documents import disk_document, encryption_set_document, snapshot_document
from azure_simulator.compute.documents import (
    definition_document,
    gallery_document,
    image_document,
    version_document,
)
from azure_simulator.compute.machine_documents import machine_document
from azure_simulator.compute.models import Compute
from azure_simulator.faults import FAULT
from azure_simulator.resources.operations import AsyncOperation
from azure_simulator.world import WORLD

Collection = Literal["capsOperations", "DiskOperations", "operations"]
"""Where operations are polled: those of galleries and images, of disks and snapshots, of machines."""


def headers_of(
    request: web.Request, begun: AsyncOperation, location: str, collection: Collection = "capsOperations"
) -> dict[str, str]:
    """The headers of an answer that has begun `begun` in a region."""
    world = request.app[WORLD]
    subscription, version = request.match_info["subscription"], request.query["api-version"]
    path = f"/subscriptions/{subscription}/providers/Microsoft.Compute/locations/{location}/{collection}"
    url = f"{world.origin}{path}/{begun.name}"
    return {
        "Azure-AsyncOperation": f"{url}?api-version={version}",
        "Azure-AsyncNotification": "Enabled",
        "Location": f"{url}?monitor=true&api-version={version}",
        **retry_after(world.clock, world.compute.pace.poll_interval),
    }


def ordered_failure(request: web.Request) -> ArmError | None:
    """The error in which a fault wants the operation that this request begins to end."""
    order = request.get(FAULT)
    if order is None or order.operation_error is None:
        return None
    wanted = order.operation_error
    return ArmError(wanted.status, wanted.code, wanted.message)


@operation("CapsOperations_Get", versions=COMPUTE_OPERATIONS)
async def get_operation(request: web.Request) -> web.Response:
    """How an operation on a gallery or image fares; with `monitor=true` as `Location` polling sees it."""
    return _answer(request, "capsOperations")


@operation("DiskOperations_Get", versions=COMPUTE_OPERATIONS)
async def get_disk_operation(request: web.Request) -> web.Response:
    """How an operation on a disk, snapshot or disk encryption set fares."""
    return _answer(request, "DiskOperations")


@operation("Operations_Get", versions=COMPUTE_OPERATIONS)
async def get_machine_operation(request: web.Request) -> web.Response:
    """How an operation on a virtual machine fares."""
    return _answer(request, "operations")


def _answer(request: web.Request, collection: Collection) -> web.Response:
    world = request.app[WORLD]
    found = world.resources.operations.get(request.match_info["operation"])
    if found is None:
        raise ArmError(404, "NotFound", f"The entity was not found: operation '{request.match_info['operation']}'.")
    headers = {} if found.done else headers_of(request, found, request.match_info["location"], collection)
    if request.query.get("monitor", "").casefold() != "true":
        return web.json_response(found.document(), headers=headers)
    if not found.done:
        return web.Response(status=202, headers=headers)
    if found.error is not None:
        raise found.error
    if found.output is not None:
        return web.json_response(found.output) if found.output else web.Response()
    return _result(world.compute, found.target, request.query["api-version"])


def _result(compute: Compute, target: str, api_version: str) -> web.Response:
    document = _document(compute, target, api_version)
    return web.Response(status=204) if document is None else web.json_response(document)


def _document(compute: Compute, target: str, api_version: str) -> dict[str, object] | None:
    resource_id = ResourceId.parse(target)
    if resource_id is None:
        return None
    if (version := compute.find_version(target)) and len(resource_id.path) == 3:
        return version_document(version, api_version, with_status=False)
    if definition := compute.find_definition(target):
        return definition_document(definition, api_version)
    if gallery := compute.find_gallery(resource_id):
        return gallery_document(gallery, api_version)
    if image := compute.find_image(target):
        return image_document(image)
    return _stored_document(compute, target)


def _stored_document(compute: Compute, target: str) -> dict[str, object] | None:
    if machine := compute.find_machine(target):
        return machine_document(machine)
    if disk := compute.find_disk(target):
        return disk_document(disk)
    if snapshot := compute.find_snapshot(target):
        return snapshot_document(snapshot)
    encryption_set = compute.find_encryption_set(target)
    return None if encryption_set is None else encryption_set_document(encryption_set)
