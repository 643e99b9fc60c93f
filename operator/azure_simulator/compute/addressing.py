"""Resources directly in a resource group: named by the path, found on a shelf, listed."""

from typing import TypeVar

from aiohttp import web

from azure_simulator.arm_ids import ResourceId
from azure_simulator.compute.shelves import Shelf
from azure_simulator.resources.admission import existing_group, not_found
from azure_simulator.resources.index import ArmResource

Kept = TypeVar("Kept", bound=ArmResource)


def id_of(request: web.Request, kind: str) -> ResourceId:
    """The id of the resource of type `kind` (such as `disks`) that the path names."""
    path = request.match_info
    return ResourceId(
        subscription=path["subscription"],
        group=path["resource_group"],
        namespace="Microsoft.Compute",
        path=((kind, path["name"]),),
    )


def found_on(shelf: Shelf[Kept], request: web.Request, kind: str) -> Kept:
    """The resource that the path names; raises ArmError 404."""
    existing_group(request)
    resource = shelf.find(id_of(request, kind).text)
    if resource is None:
        raise not_found(id_of(request, kind))
    return resource


def in_group(shelf: Shelf[Kept], request: web.Request) -> list[Kept]:
    """The resources of the path's resource group; raises ArmError 404 when there is no such group."""
    existing_group(request)
    group = request.match_info["resource_group"].casefold()
    return [found for found in in_subscription(shelf, request) if found.id.group.casefold() == group]


def in_subscription(shelf: Shelf[Kept], request: web.Request) -> list[Kept]:
    """The resources of the path's subscription."""
    return shelf.of(request.match_info["subscription"])
