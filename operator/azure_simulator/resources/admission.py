"""What Resource Manager checks before a provider sees a write."""

from collections.abc import Mapping

from aiohttp import web

from azure_simulator.answers import ArmError
from azure_simulator.arm_ids import ResourceId
from azure_simulator.resources.index import ArmResource
from azure_simulator.resources.locations import LOCATIONS, exists, normalised
from azure_simulator.resources.models import Resources
from azure_simulator.resources.tags import check_tags
from azure_simulator.world import WORLD


def resource_id_of(request: web.Request) -> ResourceId:
    """The resource that the request's path names."""
    parsed = ResourceId.parse(request.path)
    if parsed is None:
        raise ArmError(400, "InvalidResourceId", f"'{request.path}' is not the id of a resource.")
    return parsed


def existing_group(request: web.Request) -> None:
    """Refuse when the path's subscription or resource group does not exist (404)."""
    request.app[WORLD].resources.group(request.match_info["subscription"], request.match_info["resource_group"])


def admit_creation(
    resources: Resources, resource_id: ResourceId, location: str | None, tags: Mapping[str, str] | None
) -> str:
    """Check a PUT: group, provider registration, region, tags and the place of an existing resource.

    Answers the normalised region; raises ArmError as Resource Manager does.
    """
    _check_registration(resources, resource_id)
    group = resources.group(resource_id.subscription, resource_id.group)
    if group.deleting:
        raise ArmError(
            409,
            "ResourceGroupBeingDeleted",
            f"The resource group '{group.name}' is in deprovisioning state and cannot perform this operation.",
        )
    check_tags(tags or {})
    region = _region(resource_id, location)
    existing = resources.index.get(resource_id.text)
    if existing is not None:
        _check_same_place(existing, resource_id, region)
    return region


def not_found(resource_id: ResourceId) -> ArmError:
    """The refusal to find a resource."""
    kind = "/".join(kind for kind, _ in resource_id.path)
    name = "/".join(name for _, name in resource_id.path)
    return ArmError(
        404,
        "ResourceNotFound",
        f"The Resource '{resource_id.namespace}/{kind}/{name}' under resource group '{resource_id.group}' was "
        "not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix",
    )


def parent_not_found(parent: ResourceId) -> ArmError:
    """The refusal of a nested resource whose parent is missing."""
    name = "/".join(name for _, name in parent.path)
    return ArmError(
        404,
        "ParentResourceNotFound",
        f"Can not perform requested operation on nested resource. Parent resource '{name}' not found.",
    )


def _check_registration(resources: Resources, resource_id: ResourceId) -> None:
    subscription = resources.subscription(resource_id.subscription)
    if subscription.registration(resource_id.namespace) not in {"Registered", "Registering"}:
        raise ArmError(
            409,
            "MissingSubscriptionRegistration",
            f"The subscription is not registered to use namespace '{resource_id.namespace}'. See "
            "https://aka.ms/rps-not-found for how to register subscriptions.",
            target=resource_id.namespace,
        )


def _region(resource_id: ResourceId, location: str | None) -> str:
    if not location:
        raise ArmError(400, "LocationRequired", "The location property is required for this definition.")
    if not exists(location):
        raise ArmError(
            400,
            "LocationNotAvailableForResourceType",
            f"The provided location '{location}' is not available for resource type '{resource_id.type}'. List "
            f"of available regions for the resource type is '{','.join(LOCATIONS)}'.",
        )
    return normalised(location)


def _check_same_place(existing: ArmResource, resource_id: ResourceId, region: str) -> None:
    if existing.location != region:
        raise ArmError(
            409,
            "InvalidResourceLocation",
            f"The resource '{resource_id.name}' already exists in location '{existing.location}' in resource "
            f"group '{resource_id.group}'. A resource with the same name cannot be created in location "
            f"'{region}'. Please select a new resource name.",
        )
