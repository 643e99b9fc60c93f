"""What the operator reports about a GalleryImage."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from azure_batch_operator.api.model import ListMapBy, Model
from azure_batch_operator.api.objects import Condition, HandledReconcile, ObservedGeneration

MOST_LISTED = 100
"""Lists in a status end here; a count beside them says how many there are."""


class RegionStatus(Model):
    """One target region of the version."""

    name: Annotated[str, Field(description="Name of the region.")]
    nodes: Annotated[int | None, Field(description="Nodes that boot from the image there, or will.")] = None
    required_replicas: Annotated[int | None, Field(description="Replicas that these nodes need.")] = None
    replicas: Annotated[int | None, Field(description="Replicas that Azure was asked for.")] = None
    ready_replicas: Annotated[int | None, Field(description="Replicas that serve nodes now.")] = None
    state: Annotated[
        str | None, Field(description="Azure's state of the replication: Unknown, Replicating, Completed, Failed.")
    ] = None
    progress: Annotated[int | None, Field(description="Percent of the replication done, in steps of 10.")] = None
    surplus_since: Annotated[
        datetime | None, Field(description="Since when the region has more replicas than it needs.")
    ] = None


class ImageUser(Model):
    """A pool that boots from the image."""

    namespace: Annotated[str | None, Field(description="Namespace of the BatchPool.")] = None
    name: Annotated[str | None, Field(description="Name of the BatchPool.")] = None
    url: Annotated[str | None, Field(description="Address of a pool that no BatchPool describes.")] = None
    region: Annotated[str | None, Field(description="Region of the pool's account.")] = None
    nodes: Annotated[int | None, Field(description="Nodes that the pool counts for.")] = None
    version: Annotated[str | None, Field(description="The image version that the pool boots from.")] = None


class PublishedVersion(Model):
    """A version of the definition that the operator made."""

    version: Annotated[str, Field(description="The version, Major.Minor.Patch.")]
    id: Annotated[str | None, Field(description="Resource id of the version.")] = None
    published_date: Annotated[datetime | None, Field(description="When Azure published it.")] = None
    in_use: Annotated[bool | None, Field(description="Whether a pool boots from it.")] = None


class SourceOrigin(Model):
    """The Marketplace image that a version's machine began as."""

    publisher: Annotated[str, Field(description="Publisher of the Marketplace image.")]
    offer: Annotated[str, Field(description="Offer of the Marketplace image.")]
    sku: Annotated[str, Field(description="SKU of the Marketplace image.")]


class ImageSummary(Model):
    """Two numbers each, as the columns of kubectl get show them."""

    regions: Annotated[str | None, Field(description="Regions whose replicas are ready, of all: 1/2.")] = None
    replicas: Annotated[str | None, Field(description="Replicas that are ready, of those required: 4/5.")] = None
    nodes: Annotated[int | None, Field(description="Nodes that boot from the image, in all regions.")] = None


class GalleryImageStatus(Model):
    """What was found and done."""

    observed_generation: ObservedGeneration = None
    conditions: Annotated[
        tuple[Condition, ...],
        Field(
            description="Ready; Reconciling, Stalled and Advisory only while true; SourceReady, Published, "
            "ReplicasReady."
        ),
        ListMapBy("type"),
    ] = ()
    gallery_id: Annotated[str | None, Field(description="Resource id of the gallery.")] = None
    definition_id: Annotated[str | None, Field(description="Resource id of the image definition.")] = None
    version_id: Annotated[str | None, Field(description="Resource id of the current version.")] = None
    version: Annotated[str | None, Field(description="The version that is published.")] = None
    source: Annotated[
        SourceOrigin | None,
        Field(description="The Marketplace image that the version's machine began as, where Azure tells it."),
    ] = None
    node_agent_sku_ids: Annotated[
        tuple[str, ...],
        Field(
            max_length=MOST_LISTED,
            description="Node agents that fit this Marketplace image: for nodeAgentSKUId of pools that boot from it.",
        ),
    ] = ()
    intermediate_snapshots: Annotated[
        tuple[str, ...],
        Field(
            max_length=MOST_LISTED,
            description="Resource ids of the snapshots that are, or were, made of a machine's disks to publish from.",
        ),
    ] = ()
    regions: Annotated[
        tuple[RegionStatus, ...],
        Field(max_length=MOST_LISTED, description="The target regions of the current version."),
        ListMapBy("name"),
    ] = ()
    pools: Annotated[
        tuple[ImageUser, ...],
        Field(max_length=MOST_LISTED, description="Pools that boot from the image, at most 100 of them."),
    ] = ()
    pool_count: Annotated[int | None, Field(description="How many pools boot from the image.")] = None
    versions: Annotated[
        tuple[PublishedVersion, ...],
        Field(max_length=MOST_LISTED, description="Versions that the operator made, at most 100 of them."),
        ListMapBy("version"),
    ] = ()
    version_count: Annotated[int | None, Field(description="How many versions the operator made.")] = None
    summary: Annotated[ImageSummary | None, Field(description="Numbers for the columns of kubectl get.")] = None
    last_handled_reconcile_at: HandledReconcile = None
