"""Galleries hold definitions, definitions hold versions: finding them, and deleting in the right order."""

from aiohttp import web

from azure_simulator.answers import ArmError
from azure_simulator.arm_ids import ResourceId
from azure_simulator.compute.galleries import Gallery, ImageDefinition
from azure_simulator.compute.models import Compute
from azure_simulator.compute.versions import ImageVersion
from azure_simulator.resources.admission import not_found, parent_not_found
from azure_simulator.world import WORLD


def compute_of(request: web.Request) -> Compute:
    """The compute service."""
    return request.app[WORLD].compute


def gallery_id_of(request: web.Request) -> ResourceId:
    """The id of the gallery in the path."""
    path = request.match_info
    return ResourceId(
        subscription=path["subscription"],
        group=path["resource_group"],
        namespace="Microsoft.Compute",
        path=(("galleries", path["gallery"]),),
    )


def definition_id_of(request: web.Request) -> ResourceId:
    """The id of the image definition in the path."""
    return gallery_id_of(request).child("images", request.match_info["definition"])


def version_id_of(request: web.Request) -> ResourceId:
    """The id of the image version in the path."""
    return definition_id_of(request).child("versions", request.match_info["version"])


def found_gallery(request: web.Request) -> Gallery:
    """The gallery that the path names; raises ArmError 404."""
    gallery = compute_of(request).find_gallery(gallery_id_of(request))
    if gallery is None:
        raise not_found(gallery_id_of(request))
    return gallery


def parent_gallery(request: web.Request) -> Gallery:
    """The gallery of the path's definition or list of definitions; raises ArmError 404."""
    gallery = compute_of(request).find_gallery(gallery_id_of(request))
    if gallery is None:
        raise parent_not_found(gallery_id_of(request))
    return gallery


def found_definition(request: web.Request) -> ImageDefinition:
    """The image definition that the path names; raises ArmError 404."""
    definition = parent_gallery(request).definitions.get(request.match_info["definition"].casefold())
    if definition is None:
        raise not_found(definition_id_of(request))
    return definition


def parent_definition(request: web.Request) -> ImageDefinition:
    """The definition of the path's version or list of versions; raises ArmError 404."""
    definition = parent_gallery(request).definitions.get(request.match_info["definition"].casefold())
    if definition is None:
        raise parent_not_found(definition_id_of(request))
    return definition


def found_version(request: web.Request) -> ImageVersion:
    """The image version that the path names; raises ArmError 404."""
    version = parent_definition(request).versions.get(request.match_info["version"])
    if version is None:
        raise not_found(version_id_of(request))
    return version


def refuse_deletion_before_children(request: web.Request, parent: Gallery | ImageDefinition) -> None:
    """Refuse to delete a parent that has children, be they soft-deleted, or had one until a moment ago.

    After the last child is gone for a GET, deleting the parent is refused for about 20 seconds more
    (Azure/azure-rest-api-specs issues 19686 and 11559); the scenario can switch that off.
    """
    compute = compute_of(request)
    children = parent.definitions if isinstance(parent, Gallery) else parent.versions or parent.soft_deleted
    lagging = (
        compute.switches.refuse_parent_delete_after_child
        and parent.child_gone_at is not None
        and (compute.clock.now() - parent.child_gone_at).total_seconds() < compute.pace.child_lag
    )
    if children or lagging:
        raise ArmError(
            409,
            "CannotDeleteResource",
            "Can not delete resource before nested resources are deleted.",
            target=parent.id.name,
        )
