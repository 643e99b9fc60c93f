"""Operations on managed disks."""

import uuid

from aiohttp import web

from azure_simulator.answers import operation
from azure_simulator.api_versions import DISKS
from azure_simulator.arm_bodies import read_body
from azure_simulator.arm_ids import ResourceId
from azure_simulator.arm_lists import page
from azure_simulator.compute.addressing import found_on, id_of, in_group, in_subscription
from azure_simulator.compute.disk_bodies import AccessBody, DiskBody, DiskProperties
from azure_simulator.compute.disk_changes import change_tags, change_volume
from azure_simulator.compute.disk_creation import check_name, order_of, origin_of, refuse_edge_zone
from azure_simulator.compute.disk_documents import disk_document
from azure_simulator.compute.disk_writing import (
    accepted,
    begin_changing,
    begin_closing,
    begin_deleting,
    begin_making,
    begin_opening,
    begun,
)
from azure_simulator.compute.disks import ManagedDisk
from azure_simulator.compute.nesting import compute_of
from azure_simulator.resources.admission import admit_creation, existing_group

_KIND = "disks"
_DEFAULT_SKU = "Standard_LRS"


@operation("Disks_Get", versions=DISKS)
async def get_disk(request: web.Request) -> web.Response:
    """One disk."""
    return web.json_response(disk_document(_found(request)))


@operation("Disks_ListByResourceGroup", versions=DISKS)
async def list_disks_of_group(request: web.Request) -> web.Response:
    """The disks of a group."""
    shown = in_group(compute_of(request).disks, request)
    return page(request, shown, key=lambda disk: disk.id.key, render=disk_document)


@operation("Disks_List", versions=DISKS)
async def list_disks(request: web.Request) -> web.Response:
    """The disks of a subscription."""
    shown = in_subscription(compute_of(request).disks, request)
    return page(request, shown, key=lambda disk: disk.id.key, render=disk_document)


@operation("Disks_CreateOrUpdate", versions=DISKS)
async def put_disk(request: web.Request) -> web.Response:
    """Make a disk, empty or as a copy, or change one."""
    body, compute, disk_id = await read_body(request, DiskBody, "disk"), compute_of(request), id_of(request, _KIND)
    location = admit_creation(compute.resources, disk_id, body.location, body.tags)
    refuse_edge_zone(body)
    properties = body.properties or DiskProperties()
    before = compute.find_disk(disk_id.text)
    if before is not None:
        change_volume(request, before, properties, body.sku_name)
        before.tags = dict(body.tags or {})
        return accepted(request, before, begin_changing(request, before), disk_document)
    disk = _new_disk(request, disk_id, location, body)
    compute.disks.add(disk)
    return accepted(request, disk, begin_making(request, disk), disk_document)


@operation("Disks_Update", versions=DISKS)
async def patch_disk(request: web.Request) -> web.Response:
    """Change the tags, the size, the storage type or a setting of a disk."""
    body, disk = await read_body(request, DiskBody, "disk"), _found(request)
    change_volume(request, disk, body.properties or DiskProperties(), body.sku_name)
    change_tags(disk, body.tags)
    return accepted(request, disk, begin_changing(request, disk), disk_document)


@operation("Disks_Delete", versions=DISKS)
async def delete_disk(request: web.Request) -> web.Response:
    """Delete a disk that no machine uses: 202, or 204 when there is none."""
    existing_group(request)
    disk = compute_of(request).find_disk(id_of(request, _KIND).text)
    if disk is None:
        return web.Response(status=204)
    return begun(request, disk, begin_deleting(request, disk))


@operation("Disks_GrantAccess", versions=DISKS)
async def open_disk(request: web.Request) -> web.Response:
    """Give a URL to the bytes of a disk."""
    body, disk = await read_body(request, AccessBody, "grantAccessData"), _found(request)
    return begun(request, disk, begin_opening(request, disk, body))


@operation("Disks_RevokeAccess", versions=DISKS)
async def close_disk(request: web.Request) -> web.Response:
    """Take every URL to the bytes of a disk back."""
    disk = _found(request)
    return begun(request, disk, begin_closing(request, disk))


def _found(request: web.Request) -> ManagedDisk:
    return found_on(compute_of(request).disks, request, _KIND)


def _new_disk(request: web.Request, disk_id: ResourceId, location: str, body: DiskBody) -> ManagedDisk:
    check_name(disk_id)
    compute, properties = compute_of(request), body.properties or DiskProperties()
    origin = origin_of(order_of(request, disk_id, location, properties))
    return ManagedDisk(
        id=disk_id,
        location=location,
        tags=dict(body.tags or {}),
        compute=compute,
        data=origin.data,
        creation=origin.creation,
        sku=body.sku_name or _DEFAULT_SKU,
        created=compute.clock.now(),
        unique_id=str(uuid.UUID(int=compute.random.getrandbits(128), version=4)),
        encryption=origin.encryption,
        network_access_policy=properties.network_access_policy or "AllowAll",
        public_network_access=properties.public_network_access or "Enabled",
        settings=properties.settings(),
        zones=body.zones or (),
    )
