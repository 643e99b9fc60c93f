"""Turns of GalleryImages in tests: the quickstart's image and pool, and what Azure was asked for and has."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from azure.mgmt.compute import ComputeManagementClient
from azure.mgmt.compute.models import GalleryImageVersion, TargetRegion

from azure_batch_operator.reconcile.keys import ImageKey, PoolKey
from tests.support.azure_session import Journal
from tests.support.clockwork import Clockwork
from tests.support.custom_resources import QUICKSTART, Manifest, merged, read_manifest

IMAGE = ImageKey("rendering", "render-node")
POOL = PoolKey("rendering", "frames")
GALLERY = ("images", "sharedImages")
VERSION = ("images", "sharedImages", "render-node", "1.0.0")
MINUTE = 60.0
RESYNC = 600.0
PATCH = "GalleryImageVersions_Update"


def an_image(name: str = "render-node", **spec: Any) -> Manifest:
    """The quickstart's image, under another name or with some of its spec changed."""
    manifest = read_manifest(QUICKSTART / "galleryimage.yaml")
    changed: Manifest = merged(manifest, {"metadata": {"name": name}, "spec": spec})
    return changed


def a_pool(**spec: Any) -> Manifest:
    """The quickstart's pool, which boots from that image, with some of its spec changed."""
    changed: Manifest = merged(read_manifest(QUICKSTART / "batchpool.yaml"), {"spec": spec})
    return changed


def managed_image(name: str) -> dict[str, Any]:
    """A source beside the quickstart's."""
    source = an_image()["spec"]["source"]["managedImage"]["id"]
    return {"managedImage": {"id": source.replace("render-node-1", name)}}


def writes(journal: Journal, *services: str) -> list[str]:
    """The operations that changed something, in order: of images, or of the named services."""
    seen = journal.requests(*(services or ("compute",)))
    return [entry.operation for entry in seen if entry.method not in ("GET", "HEAD")]


def reads(journal: Journal) -> list[str]:
    """The operations that changed nothing, by name."""
    return sorted(entry.operation for entry in journal.requests() if entry.method in ("GET", "HEAD"))


def body_of(journal: Journal, operation: str) -> Mapping[str, Any]:
    """What the first request of the operation sent."""
    found: Mapping[str, Any] = next(e.body for e in journal.requests("compute") if e.operation == operation)
    return found


def replicas_in(body: Mapping[str, Any]) -> dict[str, int]:
    """Replicas by region that a request asks for."""
    listed = body["properties"]["publishingProfile"]["targetRegions"]
    return {region["name"].replace(" ", "").lower(): region["regionalReplicaCount"] for region in listed}


def replicas(compute: ComputeManagementClient) -> dict[str, int]:
    """Replicas by region that the version has in Azure."""
    version = compute.gallery_image_versions.get(*VERSION)
    return {
        region["name"].replace(" ", "").lower(): region["regionalReplicaCount"]
        for region in version.as_dict()["properties"]["publishingProfile"]["targetRegions"]
    }


def shown(turns: Clockwork, image: ImageKey = IMAGE, *, since: int = 0) -> dict[str, Any]:
    """What `kubectl` shows of an image: its status, and its Events from the given one on."""
    told = [note for whose, note in turns.notes if whose == image]
    events = [f"{note.type} {note.reason}: {note.message}" for note in told[since:]]
    return {"status": turns.status(image), "events": events}


def stripped(version: GalleryImageVersion, *, tags: dict[str, str]) -> GalleryImageVersion:
    """The version as read, with other tags, for a client to put back."""
    version.tags = tags
    return version


def disown(compute: ComputeManagementClient, *, tags: Mapping[str, str] = MappingProxyType({})) -> None:
    """Somebody gives the definition and its version other tags than ours."""
    definition = compute.gallery_images.get(*VERSION[:3])
    definition.tags = dict(tags)
    compute.gallery_images.begin_create_or_update(*VERSION[:3], definition, polling=False)
    version = compute.gallery_image_versions.get(*VERSION)
    compute.gallery_image_versions.begin_create_or_update(*VERSION, stripped(version, tags=dict(tags)), polling=False)


def add_region(compute: ComputeManagementClient, region: str, count: int) -> None:
    """Somebody adds a target region to the version."""
    version = compute.gallery_image_versions.get(*VERSION)
    assert version.properties is not None
    profile = version.properties.publishing_profile
    assert profile is not None
    target = TargetRegion(name=region, regional_replica_count=count)
    profile.target_regions = [*(profile.target_regions or ()), target]
    compute.gallery_image_versions.begin_create_or_update(*VERSION, version, polling=False)


def patches(journal: Journal) -> list[dict[str, int]]:
    """Replicas by region that each PATCH asked for, in order."""
    return [replicas_in(entry.body) for entry in journal.requests("compute") if entry.operation == PATCH]


def versions_in_azure(compute: ComputeManagementClient) -> list[str]:
    """The versions of the definition, by name."""
    listed = compute.gallery_image_versions.list_by_gallery_image(*VERSION[:3])
    return sorted(str(version.name) for version in listed)


async def publish(turns: Clockwork, version: str) -> None:
    """Write another version and source into the spec, and wait until it is published."""
    await turns.change(IMAGE, {"version": version, "source": managed_image("render-node-2")})
    await turns.until(lambda: turns.is_ready(IMAGE) and turns.status(IMAGE)["version"] == version, step=5 * MINUTE)
