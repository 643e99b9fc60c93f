"""Resource groups and what is in them."""

from collections.abc import Iterable
from typing import Any

from aiohttp import web
from pydantic import JsonValue

from azure_simulator.answers import ArmError, operation, retry_after
from azure_simulator.api_versions import RESOURCES
from azure_simulator.arm_bodies import Body, missing, read_body
from azure_simulator.arm_lists import comparisons, page
from azure_simulator.resources.filters import has_tag, resource_filter
from azure_simulator.resources.index import ArmResource
from azure_simulator.resources.locations import LOCATIONS, exists, normalised
from azure_simulator.resources.models import ResourceGroup, Resources
from azure_simulator.resources.tags import check_tags
from azure_simulator.world import WORLD


class GroupBody(Body):
    """PUT or PATCH of a resource group."""

    id: JsonValue = None
    name: JsonValue = None
    type: JsonValue = None
    location: str | None = None
    managed_by: str | None = None
    tags: dict[str, str] | None = None
    properties: JsonValue = None


@operation("ResourceGroups_List", versions=RESOURCES)
async def list_groups(request: web.Request) -> web.Response:
    """The groups of a subscription, filtered by a tag if asked."""
    wanted = comparisons(request)
    groups = _resources(request).subscription(request.match_info["subscription"]).groups.values()
    shown = [group for group in groups if has_tag(group.tags, wanted)]
    return page(request, shown, key=lambda group: group.name.casefold(), render=_document)


@operation("ResourceGroups_Get", versions=RESOURCES)
async def get_group(request: web.Request) -> web.Response:
    """One group."""
    return web.json_response(_document(_group(request)))


@operation("ResourceGroups_CheckExistence", versions=RESOURCES)
async def check_group(request: web.Request) -> web.Response:
    """204 if the group exists, 404 if not."""
    _group(request)
    return web.Response(status=204)


@operation("ResourceGroups_CreateOrUpdate", versions=RESOURCES)
async def put_group(request: web.Request) -> web.Response:
    """Make a group, or replace the tags of one."""
    body = await read_body(request, GroupBody, "resourceGroup")
    location = _location(body)
    check_tags(body.tags or {})
    resources, name = _resources(request), request.match_info["resource_group"]
    subscription = resources.subscription(request.match_info["subscription"])
    before = subscription.groups.get(name.casefold())
    if before is not None:
        _refuse_move(before, location)
    group = ResourceGroup(
        subscription=subscription.id,
        name=name if before is None else before.name,
        location=location,
        tags=dict(body.tags or {}),
        managed_by=body.managed_by,
    )
    resources.put_group(group)
    return web.json_response(_document(group), status=201 if before is None else 200)


@operation("ResourceGroups_Update", versions=RESOURCES)
async def patch_group(request: web.Request) -> web.Response:
    """Replace the tags of a group."""
    body, group = await read_body(request, GroupBody, "resourceGroup"), _group(request)
    if body.tags is not None:
        check_tags(body.tags)
        group.tags = dict(body.tags)
    return web.json_response(_document(group))


@operation("ResourceGroups_Delete", versions=RESOURCES)
async def delete_group(request: web.Request) -> web.Response:
    """Delete a group with everything in it: 202, and a Location to poll."""
    resources, group = _resources(request), _group(request)
    begun = resources.begin_deleting(group)
    return _accepted(request, begun.name)


@operation("OperationResults_Get", versions=RESOURCES)
async def get_operation_result(request: web.Request) -> web.Response:
    """202 while the operation is under way, 200 when it has ended."""
    name = request.match_info["operation"]
    found = _resources(request).operations.get(name)
    if found is None:
        raise ArmError(404, "OperationNotFound", f"The operation '{name}' was not found.")
    if found.error is not None:
        raise found.error
    return web.Response(status=200) if found.done else _accepted(request, name)


@operation("Resources_ListByResourceGroup", versions=RESOURCES)
async def list_resources_of_group(request: web.Request) -> web.Response:
    """What is in a group, of whatever provider."""
    group = _group(request)
    return _listed(request, _resources(request).index.in_group(group.id))


@operation("Resources_List", versions=RESOURCES)
async def list_resources(request: web.Request) -> web.Response:
    """What is in a subscription, of whatever provider."""
    subscription = _resources(request).subscription(request.match_info["subscription"])
    return _listed(request, _resources(request).index.in_subscription(subscription.id))


def _listed(request: web.Request, found: Iterable[ArmResource]) -> web.Response:
    wanted = resource_filter(request.query.get("$filter", ""))
    shown = [resource for resource in found if wanted(resource)]
    return page(request, shown, key=lambda resource: resource.id.key, render=_summary)


def _summary(resource: ArmResource) -> dict[str, Any]:
    names = "/".join(name for _, name in resource.id.path)
    return {
        "id": resource.id.text,
        "name": names,
        "type": resource.id.type,
        "location": resource.location,
        "tags": resource.tags,
    }


def _document(group: ResourceGroup) -> dict[str, Any]:
    managed = {} if group.managed_by is None else {"managedBy": group.managed_by}
    return {
        "id": group.id,
        "name": group.name,
        "type": "Microsoft.Resources/resourceGroups",
        "location": group.location,
        **managed,
        "tags": group.tags,
        "properties": {"provisioningState": "Deleting" if group.deleting else "Succeeded"},
    }


def _accepted(request: web.Request, operation_name: str) -> web.Response:
    world = request.app[WORLD]
    subscription = request.match_info["subscription"]
    version = request.query["api-version"]
    location = f"{world.origin}/subscriptions/{subscription}/operationresults/{operation_name}"
    headers = {"Location": f"{location}?api-version={version}"}
    return web.Response(status=202, headers=headers | retry_after(world.clock, world.resources.pace.poll_interval))


def _location(body: GroupBody) -> str:
    if body.location is None:
        raise ArmError(400, "LocationRequired", missing("location").message)
    if not exists(body.location):
        raise ArmError(
            400,
            "LocationNotAvailableForResourceGroup",
            f"The provided location '{body.location}' is not available for resource group. List of available "
            f"regions is '{','.join(LOCATIONS)}'.",
        )
    return normalised(body.location)


def _refuse_move(group: ResourceGroup, location: str) -> None:
    if group.deleting:
        raise ArmError(
            409,
            "ResourceGroupBeingDeleted",
            f"The resource group '{group.name}' is in deprovisioning state and cannot perform this operation.",
        )
    if group.location != location:
        raise ArmError(
            409,
            "InvalidResourceGroupLocation",
            f"Invalid resource group location '{location}'. The Resource group already exists in location "
            f"'{group.location}'.",
        )


def _resources(request: web.Request) -> Resources:
    return request.app[WORLD].resources


def _group(request: web.Request) -> ResourceGroup:
    return _resources(request).group(request.match_info["subscription"], request.match_info["resource_group"])
