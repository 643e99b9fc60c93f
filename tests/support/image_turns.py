"""Turns of GalleryImages in tests: the quickstart's image and pool, and what Azure was asked for and has."""

from collections.abc import Mapping
from typing import Any

from azure.mgmt.compute import ComputeManagementClient
from azure.mgmt.compute.models import GalleryImageVersion

from azure_batch_operator.reconcile.keys import ImageKey, PoolKey
from tests.support.azure_session import Journal
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


def stripped(version: GalleryImageVersion, *, tags: dict[str, str]) -> GalleryImageVersion:
    """The version as read, with other tags, for a client to put back."""
    version.tags = tags
    return version
