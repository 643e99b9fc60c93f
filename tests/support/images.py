"""Gallery images for tests: what is wanted, what Azure shows, and who uses it."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from azure_batch_operator.core.image_version import regions_tags
from azure_batch_operator.core.images import (
    ListedRegion,
    ObservedDefinition,
    ObservedGallery,
    ObservedRegion,
    ObservedVersion,
    PoolUse,
    ReplicationPolicy,
    ReplicationState,
    WantedGallery,
    WantedImage,
)
from azure_batch_operator.core.json import Json, JsonObject
from azure_batch_operator.core.names import OWNER_TAG, DefinitionName, GalleryName, Owner, VersionName
from azure_batch_operator.core.plan.image_steps import ImageStep, Retry, Stop, Wait
from azure_batch_operator.core.plan.image_view import ImageView
from azure_batch_operator.core.sources import ManagedImageSource, SourceReady

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"
OWNER = Owner(operator_id="cluster-1", kind="image", namespace="rendering", name="render-node")
STRANGER = Owner(operator_id="cluster-2", kind="image", namespace="rendering", name="render-node")
GALLERY = GalleryName(subscription_id=SUBSCRIPTION, resource_group="images", gallery="sharedImages")
DEFINITION = DefinitionName(gallery=GALLERY, definition="render-node")
VERSION = VersionName(definition=DEFINITION, version="1.0.0")
SOURCE_ID = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/images/providers/Microsoft.Compute/images/render-node-1"
PROPERTIES: JsonObject = {
    "osType": "Linux",
    "osState": "Generalized",
    "hyperVGeneration": "V1",
    "architecture": "x64",
    "identifier": {"publisher": "Contoso", "offer": "Rendering", "sku": "node"},
    "features": [{"name": "SecurityType", "value": "Standard"}],
}
HOME = "westeurope"


def policy(
    *,
    nodes_per_replica: int = 600,
    headroom: int = 0,
    scale_down_delay: timedelta = timedelta(hours=1),
    follow_pools: bool = True,
) -> ReplicationPolicy:
    return ReplicationPolicy(
        nodes_per_replica=nodes_per_replica,
        headroom=headroom,
        scale_down_delay=scale_down_delay,
        follow_pools=follow_pools,
    )


WANTED = WantedImage(
    owner=OWNER,
    name=VERSION,
    gallery=WantedGallery(location=HOME),
    definition=PROPERTIES,
    source=ManagedImageSource(id=SOURCE_ID),
    regions=(ListedRegion(name=HOME),),
    replication=policy(),
)

SOURCE = SourceReady(location=HOME, storage_profile={"source": {"id": SOURCE_ID}}, told=SOURCE_ID)
OUR_GALLERY = ObservedGallery(
    id=GALLERY.id, location=HOME, provisioning_state="Succeeded", tags={OWNER_TAG: "cluster-1/gallery"}
)
OUR_DEFINITION = ObservedDefinition(
    name=DEFINITION,
    location=HOME,
    provisioning_state="Succeeded",
    tags={OWNER_TAG: OWNER.tag()},
    properties={**PROPERTIES, "provisioningState": "Succeeded"},
)


def definition(**changes: Any) -> ObservedDefinition:
    """Our definition as Azure shows it, with some of it changed."""
    return replace(OUR_DEFINITION, **changes)


def a_region(
    key: str = HOME,
    replicas: int = 1,
    *,
    state: ReplicationState | None = "Completed",
    details: str = "",
    encryption: JsonObject | None = None,
) -> ObservedRegion:
    """A target region as Azure shows it: everything that was left to it is filled in."""
    raw: dict[str, Json] = {"name": key, "regionalReplicaCount": replicas, "storageAccountType": "Standard_LRS"}
    return ObservedRegion(
        key=key,
        replicas=replicas,
        raw=raw | ({"encryption": encryption} if encryption else {}),
        state=state,
        progress=100 if state == "Completed" else 0,
        details=details,
    )


def a_version(
    *regions: ObservedRegion,
    version: str = "1.0.0",
    state: str = "Succeeded",
    added: Iterable[str] = (),
    allows_removal: bool = False,
    owner: Owner | None = OWNER,
    tags: Mapping[str, str] | None = None,
) -> ObservedVersion:
    """A version as one GET with replication status showed it; `added` are the regions that we added."""
    shown = regions or (a_region(),)
    ours = {OWNER_TAG: owner.tag()} if owner else {}
    return ObservedVersion(
        name=VersionName(definition=DEFINITION, version=version),
        location=HOME,
        provisioning_state=state,
        tags={**ours, **regions_tags(added), **(tags or {})},
        regions=shown,
        publishing_profile={
            "targetRegions": [region.raw for region in shown],
            "replicaCount": 1,
            "excludeFromLatest": False,
            "publishedDate": "2026-11-23T11:00:00Z",
            "storageAccountType": "Standard_LRS",
            "replicationMode": "Full",
        },
        safety_profile={"allowDeletionOfReplicatedLocations": allows_removal, "reportedForPolicyViolation": False},
        published_at=NOW - timedelta(hours=1),
        replication_read=True,
    )


def a_use(
    nodes: int,
    *,
    region: str | None = HOME,
    in_azure: int | None = None,
    version: str = "1.0.0",
    name: str = "frames",
    deleting: bool = False,
) -> PoolUse:
    """A BatchPool that wants `nodes` nodes; with `in_azure` it has a pool there already."""
    return PoolUse(
        version_id=VersionName(definition=DEFINITION, version=version).id,
        region=region,
        wanted=nodes,
        in_azure=in_azure or 0,
        namespace="rendering",
        name=name,
        url=None if in_azure is None else f"https://contoso.westeurope.batch.azure.com/pools/{name}",
        deleting=deleting,
    )


def a_view(*versions: ObservedVersion, wanted: WantedImage = WANTED, fresh: bool = True, **seen: Any) -> ImageView:
    """A view of an image whose gallery and definition exist; `fresh`: all of it was read in this turn."""
    known: dict[str, Any] = {"gallery": OUR_GALLERY, "definition": OUR_DEFINITION, "source": SOURCE}
    ids = (DEFINITION.id, *(version.name.id for version in versions))
    read = frozenset(found.casefold() for found in ids) if fresh else frozenset[str]()
    return ImageView(wanted=wanted, now=NOW, versions=versions, fresh=read, **(known | seen))


def reason_of(step: ImageStep) -> str:
    """Why the step changes nothing yet."""
    assert isinstance(step, Wait | Retry | Stop)
    return step.reason
