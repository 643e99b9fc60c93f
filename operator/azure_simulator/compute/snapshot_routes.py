"""Operations on snapshots."""

import uuid

from aiohttp import web

from azure_simulator.answers import operation
from azure_simulator.api_versions import DISKS
from azure_simulator.arm_bodies import read_body
from azure_simulator.arm_ids import ResourceId
from azure_simulator.arm_lists import page
from azure_simulator.compute.addressing import found_on, id_of, in_group, in_subscription
from azure_simulator.compute.disk_bodies import AccessBody, SnapshotBody, SnapshotProperties
from azure_simulator.compute.disk_changes import change_tags, change_volume
from azure_simulator.compute.disk_creation import check_name, order_of, origin_of, refuse_edge_zone
from azure_simulator.compute.disk_documents import snapshot_document
from azure_simulator.compute.disk_writing import (
    accepted,
    begin_changing,
    begin_closing,
    begin_deleting,
    begin_making,
    begin_opening,
    begun,
)
from azure_simulator.compute.nesting import compute_of
from azure_simulator.compute.snapshots import Snapshot
from azure_simulator.compute.volumes import Volume
from azure_simulator.resources.admission import admit_creation, existing_group

_KIND = "snapshots"
_DEFAULT_SKU = "Standard_LRS"


@operation("Snapshots_Get", versions=DISKS)
async def get_snapshot(request: web.Request) -> web.Response:
    """One snapshot."""
    return web.json_response(snapshot_document(_found(request)))


@operation("Snapshots_ListByResourceGroup", versions=DISKS)
async def list_snapshots_of_group(request: web.Request) -> web.Response:
    """The snapshots of a group."""
    shown = in_group(compute_of(request).snapshots, request)
    return page(request, shown, key=lambda snapshot: snapshot.id.key, render=snapshot_document)


@operation("Snapshots_List", versions=DISKS)
async def list_snapshots(request: web.Request) -> web.Response:
    """The snapshots of a subscription."""
    shown = in_subscription(compute_of(request).snapshots, request)
    return page(request, shown, key=lambda snapshot: snapshot.id.key, render=snapshot_document)


@operation("Snapshots_CreateOrUpdate", versions=DISKS)
async def put_snapshot(request: web.Request) -> web.Response:
    """Make a snapshot of a disk, a snapshot or a VHD, or change one."""
    body, compute = await read_body(request, SnapshotBody, "snapshot"), compute_of(request)
    snapshot_id = id_of(request, _KIND)
    location = admit_creation(compute.resources, snapshot_id, body.location, body.tags)
    refuse_edge_zone(body)
    before = compute.find_snapshot(snapshot_id.text)
    if before is not None:
        change_volume(request, before, body.properties or SnapshotProperties(), body.sku_name)
        before.tags = dict(body.tags or {})
        return accepted(request, before, begin_changing(request, before), snapshot_document)
    snapshot = _new_snapshot(request, snapshot_id, location, body)
    compute.snapshots.add(snapshot)
    return accepted(request, snapshot, begin_making(request, snapshot), snapshot_document)


@operation("Snapshots_Update", versions=DISKS)
async def patch_snapshot(request: web.Request) -> web.Response:
    """Change the tags, the size, the storage type or a setting of a snapshot."""
    body, snapshot = await read_body(request, SnapshotBody, "snapshot"), _found(request)
    change_volume(request, snapshot, body.properties or SnapshotProperties(), body.sku_name)
    change_tags(snapshot, body.tags)
    return accepted(request, snapshot, begin_changing(request, snapshot), snapshot_document)


@operation("Snapshots_Delete", versions=DISKS)
async def delete_snapshot(request: web.Request) -> web.Response:
    """Delete a snapshot: 202, or 204 when there is none."""
    existing_group(request)
    snapshot = compute_of(request).find_snapshot(id_of(request, _KIND).text)
    if snapshot is None:
        return web.Response(status=204)
    return begun(request, snapshot, begin_deleting(request, snapshot))


@operation("Snapshots_GrantAccess", versions=DISKS)
async def open_snapshot(request: web.Request) -> web.Response:
    """Give a URL to the bytes of a snapshot."""
    body, snapshot = await read_body(request, AccessBody, "grantAccessData"), _found(request)
    return begun(request, snapshot, begin_opening(request, snapshot, body))


@operation("Snapshots_RevokeAccess", versions=DISKS)
async def close_snapshot(request: web.Request) -> web.Response:
    """Take every URL to the bytes of a snapshot back."""
    snapshot = _found(request)
    return begun(request, snapshot, begin_closing(request, snapshot))


def _found(request: web.Request) -> Snapshot:
    return found_on(compute_of(request).snapshots, request, _KIND)


def _new_snapshot(request: web.Request, snapshot_id: ResourceId, location: str, body: SnapshotBody) -> Snapshot:
    check_name(snapshot_id)
    compute, properties = compute_of(request), body.properties or SnapshotProperties()
    origin = origin_of(order_of(request, snapshot_id, location, properties))
    return Snapshot(
        id=snapshot_id,
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
        incremental=bool(properties.incremental),
        family_id=_family(origin.copied) if properties.incremental else None,
    )


def _family(copied: Volume | None) -> str | None:
    """Incremental snapshots of one disk are a family, wherever they are copied to."""
    match copied:
        case None:
            return None
        case Snapshot(family_id=str(family)):
            return family
        case _:
            return copied.unique_id
