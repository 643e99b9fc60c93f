"""The list of the soft-deleted versions of an image definition."""

from typing import Any

from aiohttp import web

from azure_simulator.answers import ArmError, operation
from azure_simulator.api_versions import GALLERIES
from azure_simulator.arm_lists import page
from azure_simulator.compute.galleries import ImageDefinition
from azure_simulator.compute.nesting import parent_gallery
from azure_simulator.compute.soft_delete import SoftDeleted

_FIRST_WITH_SOFT_DELETE = "2024-03-03"
_VERSIONS = tuple(version for version in GALLERIES if version >= _FIRST_WITH_SOFT_DELETE)
_FIRST_WITH_ENDS = "2026-03-03"
_TYPE = "Microsoft.Compute/galleries/softDeletedArtifactTypes/artifacts/versions"


@operation("SoftDeletedResource_ListByArtifactName", versions=_VERSIONS)
async def list_soft_deleted(request: web.Request) -> web.Response:
    """What is in the recycle bin of an image definition."""
    kind, name = request.match_info["artifact_type"], request.match_info["artifact"]
    if kind.casefold() != "images":
        raise ArmError(400, "InvalidParameter", f"The artifact type '{kind}' is not valid.", target="artifactType")
    definition = parent_gallery(request).definitions.get(name.casefold())
    kept = [] if definition is None else list(definition.soft_deleted.values())
    return page(
        request,
        kept,
        key=lambda found: found.version.id.key,
        render=lambda found: _document(found, with_ends=request.query["api-version"] >= _FIRST_WITH_ENDS),
    )


def _document(kept: SoftDeleted, *, with_ends: bool) -> dict[str, Any]:
    version = kept.version
    ends = {
        "consumptionEndTime": kept.consumable_until.isoformat(),
        "hardDeletionTargetTime": kept.gone_at.isoformat(),
    }
    return {
        "id": _id(version.definition, version.id.name),
        "name": version.id.name,
        "type": _TYPE,
        "location": version.location,
        "properties": {
            "resourceArmId": version.id.text,
            "softDeletedArtifactType": "Images",
            "softDeletedTime": kept.deleted_at.isoformat(),
            **(ends if with_ends else {}),
        },
    }


def _id(definition: ImageDefinition, name: str) -> str:
    gallery = definition.gallery.id.text
    return f"{gallery}/softDeletedArtifactTypes/Images/artifacts/{definition.id.name}/versions/{name}"
