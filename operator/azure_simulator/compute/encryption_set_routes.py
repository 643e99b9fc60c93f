"""Operations on disk encryption sets."""

import uuid
from functools import partial
from urllib.parse import urlsplit

from aiohttp import web

from azure_simulator.access import caller_of
from azure_simulator.answers import ArmError, operation
from azure_simulator.api_versions import ENCRYPTION_SETS
from azure_simulator.arm_bodies import missing, read_body
from azure_simulator.arm_ids import ResourceId
from azure_simulator.arm_lists import page
from azure_simulator.compute.addressing import found_on, id_of, in_group, in_subscription
from azure_simulator.compute.asynchronous import headers_of, ordered_failure
from azure_simulator.compute.disk_bodies import ActiveKey, EncryptionSetBody, EncryptionSetProperties
from azure_simulator.compute.disk_documents import encryption_set_document
from azure_simulator.compute.encryption_sets import DEFAULT_TYPE, DiskEncryptionSet
from azure_simulator.compute.models import Compute
from azure_simulator.compute.nesting import compute_of
from azure_simulator.resources.admission import admit_creation, existing_group
from azure_simulator.resources.operations import AsyncOperation

_KIND = "diskEncryptionSets"


@operation("DiskEncryptionSets_Get", versions=ENCRYPTION_SETS)
async def get_set(request: web.Request) -> web.Response:
    """One disk encryption set."""
    return web.json_response(encryption_set_document(found_on(compute_of(request).encryption_sets, request, _KIND)))


@operation("DiskEncryptionSets_ListByResourceGroup", versions=ENCRYPTION_SETS)
async def list_sets_of_group(request: web.Request) -> web.Response:
    """The disk encryption sets of a group."""
    shown = in_group(compute_of(request).encryption_sets, request)
    return page(request, shown, key=lambda found: found.id.key, render=encryption_set_document)


@operation("DiskEncryptionSets_List", versions=ENCRYPTION_SETS)
async def list_sets(request: web.Request) -> web.Response:
    """The disk encryption sets of a subscription."""
    shown = in_subscription(compute_of(request).encryption_sets, request)
    return page(request, shown, key=lambda found: found.id.key, render=encryption_set_document)


@operation("DiskEncryptionSets_CreateOrUpdate", versions=ENCRYPTION_SETS)
async def put_set(request: web.Request) -> web.Response:
    """Make a disk encryption set, or give one another key."""
    body, compute = await read_body(request, EncryptionSetBody, "diskEncryptionSet"), compute_of(request)
    set_id = id_of(request, _KIND)
    location = admit_creation(compute.resources, set_id, body.location, body.tags)
    properties = body.properties or EncryptionSetProperties()
    _refuse_unsimulated(body, properties)
    key = _key(properties)
    encryption_set = compute.find_encryption_set(set_id.text)
    if encryption_set is None:
        encryption_set = _new_set(request, set_id, location, key)
        compute.encryption_sets.add(encryption_set)
    _apply(encryption_set, properties, key)
    encryption_set.tags = dict(body.tags or {})
    return _accepted(request, encryption_set, _settle(request, encryption_set))


@operation("DiskEncryptionSets_Delete", versions=ENCRYPTION_SETS)
async def delete_set(request: web.Request) -> web.Response:
    """Delete a disk encryption set that encrypts nothing: 202, or 204 when there is none."""
    existing_group(request)
    compute = compute_of(request)
    encryption_set = compute.find_encryption_set(id_of(request, _KIND).text)
    if encryption_set is None:
        return web.Response(status=204)
    _refuse_deletion_in_use(compute, encryption_set)
    encryption_set.state = "Deleting"
    begun = compute.resources.operations.begin(
        encryption_set.id.text,
        compute.pace.disk.draw(compute.random),
        encryption_set.purge,
        failure=ordered_failure(request),
        fail=partial(_mark, encryption_set, "Failed"),
    )
    return web.Response(status=202, headers=headers_of(request, begun, encryption_set.location, "DiskOperations"))


def _refuse_unsimulated(body: EncryptionSetBody, properties: EncryptionSetProperties) -> None:
    identity = "SystemAssigned" if body.identity is None else body.identity.type or "SystemAssigned"
    if identity.casefold() != "systemassigned" or properties.federated_client_id is not None:
        raise ArmError(
            501,
            "NotImplemented",
            "The Azure simulator does not simulate the operation DiskEncryptionSets_CreateOrUpdate with another "
            "identity than a system-assigned one.",
        )


def _new_set(request: web.Request, set_id: ResourceId, location: str, key: ActiveKey) -> DiskEncryptionSet:
    compute = compute_of(request)
    return DiskEncryptionSet(
        id=set_id,
        location=location,
        tags={},
        compute=compute,
        principal_id=str(uuid.UUID(int=compute.random.getrandbits(128), version=4)),
        tenant_id=caller_of(request).tenant_id,
        key_url=key.key_url,
    )


def _key(properties: EncryptionSetProperties) -> ActiveKey:
    key = properties.active_key
    if key is None:
        raise missing("diskEncryptionSet.properties.activeKey")
    address = urlsplit(key.key_url)
    if address.scheme != "https" or not address.path.casefold().startswith("/keys/"):
        raise ArmError(
            400,
            "InvalidParameter",
            f"'{key.key_url}' is not the URL of a key in a key vault, such as "
            "https://contoso.vault.azure.net/keys/render/0123.",
            target="activeKey.keyUrl",
        )
    return key


def _apply(encryption_set: DiskEncryptionSet, properties: EncryptionSetProperties, key: ActiveKey) -> None:
    encryption_set.key_url = key.key_url
    encryption_set.key_vault_id = None if key.source_vault is None else key.source_vault.id
    encryption_set.encryption_type = properties.encryption_type or DEFAULT_TYPE
    encryption_set.rotation_to_latest_key_version = bool(properties.rotation_to_latest_key_version_enabled)


def _refuse_deletion_in_use(compute: Compute, encryption_set: DiskEncryptionSet) -> None:
    users = (
        volume.id.name
        for volume in (*compute.disks, *compute.snapshots)
        if volume.encryption.encryption_set_id is not None
        and compute.find_encryption_set(volume.encryption.encryption_set_id) is encryption_set
    )
    user = next(users, None)
    if user is not None:
        raise ArmError(
            409,
            "OperationNotAllowed",
            f"The disk encryption set '{encryption_set.id.name}' is used by '{user}' and cannot be deleted.",
        )


def _settle(request: web.Request, encryption_set: DiskEncryptionSet) -> AsyncOperation:
    compute = encryption_set.compute
    encryption_set.state = "Updating"
    return compute.resources.operations.begin(
        encryption_set.id.text,
        compute.pace.disk.draw(compute.random),
        partial(_mark, encryption_set, "Succeeded"),
        failure=ordered_failure(request),
        fail=partial(_mark, encryption_set, "Failed"),
    )


def _mark(encryption_set: DiskEncryptionSet, state: str) -> None:
    encryption_set.state = state


def _accepted(request: web.Request, encryption_set: DiskEncryptionSet, begun: AsyncOperation) -> web.Response:
    headers = headers_of(request, begun, encryption_set.location, "DiskOperations")
    return web.json_response(encryption_set_document(encryption_set), status=202, headers=headers)
