"""Tags at a scope, apart from the resource that has them, and the tag names of a subscription."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any, Literal

from aiohttp import web
from pydantic import Field, JsonValue

from azure_simulator.answers import ArmError, operation
from azure_simulator.api_versions import RESOURCES
from azure_simulator.arm_bodies import Body, read_body
from azure_simulator.arm_ids import ResourceId, key_of
from azure_simulator.arm_lists import page
from azure_simulator.resources.admission import not_found
from azure_simulator.resources.models import Resources
from azure_simulator.resources.tags import check_tags
from azure_simulator.world import WORLD

_SUBSCRIPTION_SEGMENTS, _GROUP_SEGMENTS = 2, 4


class TagProperties(Body):
    """Tags by name."""

    tags: dict[str, str] = Field(default_factory=dict)


class TagsBody(Body):
    """PUT of the tags at a scope."""

    id: JsonValue = None
    name: JsonValue = None
    type: JsonValue = None
    properties: TagProperties


class TagsPatchBody(Body):
    """PATCH of the tags at a scope: what to do with the tags that it names."""

    operation: Literal["Merge", "Replace", "Delete"]
    properties: TagProperties


@operation("Tags_GetAtScope", versions=RESOURCES)
async def get_tags(request: web.Request) -> web.Response:
    """The tags at a scope."""
    return _answer(request, _tags(request))


@operation("Tags_CreateOrUpdateAtScope", versions=RESOURCES)
async def put_tags(request: web.Request) -> web.Response:
    """Replace the tags at a scope."""
    asked = (await read_body(request, TagsBody, "tags")).properties.tags
    return _replaced(request, _tags(request), asked)


@operation("Tags_UpdateAtScope", versions=RESOURCES)
async def patch_tags(request: web.Request) -> web.Response:
    """Merge tags into those at a scope, replace them, or delete the ones that are named."""
    body = await read_body(request, TagsPatchBody, "tags")
    tags, asked = _tags(request), body.properties.tags
    match body.operation:
        case "Merge":
            return _replaced(request, tags, _without(tags, asked) | asked)
        case "Replace":
            return _replaced(request, tags, asked)
        case "Delete":
            return _replaced(request, tags, _without(tags, asked))


@operation("Tags_DeleteAtScope", versions=RESOURCES)
async def delete_tags(request: web.Request) -> web.Response:
    """Take all tags away from a scope."""
    _tags(request).clear()
    return web.Response(status=200)


@operation("Tags_List", versions=RESOURCES)
async def list_names(request: web.Request) -> web.Response:
    """The names and values of all tags in a subscription, counted."""
    resources: Resources = request.app[WORLD].resources
    subscription = resources.subscription(request.match_info["subscription"])
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for tags in _all_tags(resources, subscription.id):
        for name, value in tags.items():
            found[name][value] += 1
    prefix = f"/subscriptions/{subscription.id}/tagNames"
    return page(request, found.items(), key=lambda item: item[0].casefold(), render=lambda item: _name(prefix, *item))


def _all_tags(resources: Resources, subscription_id: str) -> Iterator[dict[str, str]]:
    yield resources.subscription(subscription_id).tags
    yield from (group.tags for group in resources.subscription(subscription_id).groups.values())
    yield from (resource.tags for resource in resources.index.in_subscription(subscription_id))


def _name(prefix: str, name: str, values: Counter[str]) -> dict[str, Any]:
    return {
        "id": f"{prefix}/{name}",
        "tagName": name,
        "count": {"type": "Total", "value": values.total()},
        "values": [
            {
                "id": f"{prefix}/{name}/tagValues/{value}",
                "tagValue": value,
                "count": {"type": "Total", "value": count},
            }
            for value, count in values.items()
        ],
    }


def _tags(request: web.Request) -> dict[str, str]:
    """The tags at the scope of the path, to be changed in place: of a subscription, a group or a resource."""
    scope, resources = f"/{request.match_info['scope']}", request.app[WORLD].resources
    parts = scope.strip("/").split("/")
    if len(parts) == _SUBSCRIPTION_SEGMENTS:
        return resources.subscription(parts[1]).tags
    if len(parts) == _GROUP_SEGMENTS:
        return resources.group(parts[1], parts[3]).tags
    resource_id = ResourceId.parse(scope)
    if resource_id is None:
        raise ArmError(400, "InvalidResourceId", f"'{scope}' is not the id of a resource.")
    resource = resources.index.get(key_of(scope))
    if resource is None:
        raise not_found(resource_id)
    return resource.tags


def _without(tags: dict[str, str], named: dict[str, str]) -> dict[str, str]:
    gone = {name.casefold() for name in named}
    return {name: value for name, value in tags.items() if name.casefold() not in gone}


def _replaced(request: web.Request, tags: dict[str, str], wanted: dict[str, str]) -> web.Response:
    check_tags(wanted)
    tags.clear()
    tags.update(wanted)
    return _answer(request, tags)


def _answer(request: web.Request, tags: dict[str, str]) -> web.Response:
    document = {
        "id": f"/{request.match_info['scope']}/providers/Microsoft.Resources/tags/default",
        "name": "default",
        "type": "Microsoft.Resources/tags",
        "properties": {"tags": tags},
    }
    return web.json_response(document)
