"""User-assigned identities in Resource Manager: operations and paths."""

from typing import Any

from aiohttp import web
from pydantic import JsonValue

from azure_simulator.answers import operation
from azure_simulator.api_versions import MANAGED_IDENTITIES
from azure_simulator.arm_bodies import Body, read_body
from azure_simulator.arm_ids import ResourceId
from azure_simulator.arm_lists import page
from azure_simulator.arm_paths import arm
from azure_simulator.managed_identities.models import KIND, ManagedIdentities, UserAssignedIdentity
from azure_simulator.resources.admission import admit_creation, existing_group, not_found
from azure_simulator.resources.tags import check_tags
from azure_simulator.world import WORLD

_TYPE = f"providers/Microsoft.ManagedIdentity/{KIND}"
_OF_SUBSCRIPTION = f"/subscriptions/{{subscription}}/{_TYPE}"
_OF_GROUP = f"/subscriptions/{{subscription}}/resourceGroups/{{resource_group}}/{_TYPE}"
_IDENTITY = _OF_GROUP + "/{name}"


class IdentityBody(Body):
    """PUT or PATCH of an identity; members that Azure only answers are accepted and ignored."""

    id: JsonValue = None
    name: JsonValue = None
    type: JsonValue = None
    system_data: JsonValue = None
    properties: JsonValue = None
    location: str | None = None
    tags: dict[str, str] | None = None


def routes() -> list[web.RouteDef]:
    """The routes of user-assigned identities."""
    return [
        web.get(arm(_IDENTITY), get_identity),
        web.put(arm(_IDENTITY), put_identity),
        web.patch(arm(_IDENTITY), patch_identity),
        web.delete(arm(_IDENTITY), delete_identity),
        web.get(arm(_OF_GROUP), list_identities_of_group),
        web.get(arm(_OF_SUBSCRIPTION), list_identities),
    ]


@operation("UserAssignedIdentities_Get", versions=MANAGED_IDENTITIES)
async def get_identity(request: web.Request) -> web.Response:
    """One identity."""
    existing_group(request)
    return web.json_response(_document(_found(request)))


@operation("UserAssignedIdentities_CreateOrUpdate", versions=MANAGED_IDENTITIES)
async def put_identity(request: web.Request) -> web.Response:
    """Make an identity (201), or replace the tags of one (200)."""
    body, identities = await read_body(request, IdentityBody, "parameters"), _identities(request)
    resource_id = _id_of(request)
    location = admit_creation(request.app[WORLD].resources, resource_id, body.location, body.tags)
    known = identities.find(resource_id.text)
    identity = known or identities.make(resource_id, location)
    identity.tags = dict(body.tags or {})
    return web.json_response(_document(identity), status=201 if known is None else 200)


@operation("UserAssignedIdentities_Update", versions=MANAGED_IDENTITIES)
async def patch_identity(request: web.Request) -> web.Response:
    """Replace the tags of an identity."""
    body, identity = await read_body(request, IdentityBody, "parameters"), _found(request)
    if body.tags is not None:
        check_tags(body.tags)
        identity.tags = dict(body.tags)
    return web.json_response(_document(identity))


@operation("UserAssignedIdentities_Delete", versions=MANAGED_IDENTITIES)
async def delete_identity(request: web.Request) -> web.Response:
    """Delete an identity: 200, or 204 when there is none; pools that have it keep its name."""
    existing_group(request)
    identity = _identities(request).find(_id_of(request).text)
    if identity is None:
        return web.Response(status=204)
    identity.purge()
    return web.Response()


@operation("UserAssignedIdentities_ListByResourceGroup", versions=MANAGED_IDENTITIES)
async def list_identities_of_group(request: web.Request) -> web.Response:
    """The identities of a group."""
    existing_group(request)
    group = request.match_info["resource_group"].casefold()
    shown = [identity for identity in _of_subscription(request) if identity.id.group.casefold() == group]
    return page(request, shown, key=lambda found: found.id.key, render=_document)


@operation("UserAssignedIdentities_ListBySubscription", versions=MANAGED_IDENTITIES)
async def list_identities(request: web.Request) -> web.Response:
    """The identities of a subscription."""
    return page(request, _of_subscription(request), key=lambda found: found.id.key, render=_document)


def _identities(request: web.Request) -> ManagedIdentities:
    return request.app[WORLD].identities


def _of_subscription(request: web.Request) -> list[UserAssignedIdentity]:
    return _identities(request).shelf.of(request.match_info["subscription"])


def _id_of(request: web.Request) -> ResourceId:
    path = request.match_info
    return ResourceId(
        subscription=path["subscription"],
        group=path["resource_group"],
        namespace="Microsoft.ManagedIdentity",
        path=((KIND, path["name"]),),
    )


def _found(request: web.Request) -> UserAssignedIdentity:
    identity = _identities(request).find(_id_of(request).text)
    if identity is None:
        raise not_found(_id_of(request))
    return identity


def _document(identity: UserAssignedIdentity) -> dict[str, Any]:
    return {
        "id": identity.id.text,
        "name": identity.id.name,
        "type": f"Microsoft.ManagedIdentity/{KIND}",
        "location": identity.location,
        "tags": identity.tags,
        "properties": {
            "tenantId": identity.tenant_id,
            "principalId": identity.principal_id,
            "clientId": identity.client_id,
        },
    }
