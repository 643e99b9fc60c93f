"""The paths of Microsoft.Compute."""

from aiohttp import web

from azure_simulator.arm_paths import arm
from azure_simulator.compute import (
    asynchronous,
    catalogue_routes,
    definition_routes,
    gallery_routes,
    image_routes,
    machine_paths,
    soft_delete_routes,
    version_routes,
)

_PROVIDER = "/subscriptions/{subscription}/providers/Microsoft.Compute"
_GROUP = "/subscriptions/{subscription}/resourceGroups/{resource_group}/providers/Microsoft.Compute"
_LOCATION = _PROVIDER + "/locations/{location}"
_GALLERY = _GROUP + "/galleries/{gallery}"
_DEFINITION = _GALLERY + "/images/{definition}"
_VERSION = _DEFINITION + "/versions/{version}"
_IMAGE = _GROUP + "/images/{image}"


def routes() -> list[web.RouteDef]:
    """The routes of Microsoft.Compute, the most asked first."""
    return [
        web.get(arm(_VERSION), version_routes.get_version),
        web.put(arm(_VERSION), version_routes.put_version),
        web.patch(arm(_VERSION), version_routes.patch_version),
        web.delete(arm(_VERSION), version_routes.delete_version),
        web.get(arm(f"{_DEFINITION}/versions"), version_routes.list_versions),
        web.get(arm(_DEFINITION), definition_routes.get_definition),
        web.put(arm(_DEFINITION), definition_routes.put_definition),
        web.patch(arm(_DEFINITION), definition_routes.patch_definition),
        web.delete(arm(_DEFINITION), definition_routes.delete_definition),
        web.get(arm(f"{_GALLERY}/images"), definition_routes.list_definitions),
        web.get(arm(_GALLERY), gallery_routes.get_gallery),
        web.put(arm(_GALLERY), gallery_routes.put_gallery),
        web.patch(arm(_GALLERY), gallery_routes.patch_gallery),
        web.delete(arm(_GALLERY), gallery_routes.delete_gallery),
        web.post(arm(f"{_GALLERY}/share"), gallery_routes.share_gallery),
        web.get(
            arm(f"{_GALLERY}/softDeletedArtifactTypes/{{artifact_type}}/artifacts/{{artifact}}/versions"),
            soft_delete_routes.list_soft_deleted,
        ),
        web.get(arm(f"{_GROUP}/galleries"), gallery_routes.list_galleries_of_group),
        web.get(arm(f"{_PROVIDER}/galleries"), gallery_routes.list_galleries),
        web.get(arm(_IMAGE), image_routes.get_image),
        web.put(arm(_IMAGE), image_routes.put_image),
        web.patch(arm(_IMAGE), image_routes.patch_image),
        web.delete(arm(_IMAGE), image_routes.delete_image),
        web.get(arm(f"{_GROUP}/images"), image_routes.list_images_of_group),
        web.get(arm(f"{_PROVIDER}/images"), image_routes.list_images),
        *machine_paths.routes(),
        web.get(arm(f"{_LOCATION}/capsOperations/{{operation}}"), asynchronous.get_operation),
        web.get(arm(f"{_LOCATION}/usages"), catalogue_routes.list_usages),
        web.get(arm(f"{_LOCATION}/vmSizes"), catalogue_routes.list_sizes),
        web.get(arm(f"{_PROVIDER}/skus"), catalogue_routes.list_skus),
    ]
