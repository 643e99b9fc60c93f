"""Where a version has replicas, and how many, in the spec of a GalleryImage."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from azure_batch_operator.api.accounts import Region
from azure_batch_operator.api.durations import GoDuration
from azure_batch_operator.api.image_encryption import Encryption
from azure_batch_operator.api.model import Model, Rule

StorageAccountType = Literal["Standard_LRS", "Standard_ZRS", "Premium_LRS", "PremiumV2_LRS"]
StorageAccountStrategy = Literal["PreferStandard_ZRS", "DefaultStandard_LRS"]

MOST_REPLICAS = 100
"""Azure keeps at most 100 replicas of an image version, over all regions."""

Replicas = Annotated[int, Field(ge=1, le=MOST_REPLICAS)]

_MIN_OVER_MAX = Rule(
    "!has(self.minReplicas) || !has(self.maxReplicas) || self.minReplicas <= self.maxReplicas",
    "minReplicas is larger than maxReplicas: lower minReplicas or raise maxReplicas",
    ".minReplicas",
)


class TargetRegion(Model):
    """A region that keeps replicas of the version, whether or not pools there use it."""

    name: Annotated[Region, Field(description="Name of the region, like westeurope.")]
    storage_account_type: Annotated[
        StorageAccountType | None,
        Field(description="Storage of the replicas; Azure's choice when left out. Fixed for a version."),
    ] = None
    encryption: Annotated[
        Encryption | None,
        Field(
            description="Keys of your own for the replicas; Azure's own when left out. In all listed regions or in "
            "none. Fixed for a version."
        ),
    ] = None
    exclude_from_latest: Annotated[
        bool | None,
        Field(description="Whether machines here that ask Azure for the latest version pass this one over."),
    ] = None
    min_replicas: Annotated[
        Replicas | None,
        Field(description="Fewest replicas in this region; replication.minReplicas when left out."),
    ] = None
    max_replicas: Annotated[
        Replicas | None,
        Field(description="Most replicas in this region; replication.maxReplicas when left out."),
    ] = None

    rules: ClassVar[tuple[Rule, ...]] = (_MIN_OVER_MAX,)


class FollowTemplate(Model):
    """What a region gets that is a target only because pools are there."""

    storage_account_type: Annotated[
        StorageAccountType | None, Field(description="Storage of the replicas; Azure's choice when left out.")
    ] = None
    encryption: Annotated[
        Encryption | None,
        Field(description="Keys for the replicas; without it no region is added where listed ones are encrypted."),
    ] = None


class Replication(Model):
    """How many replicas each region keeps, from the nodes that boot from the image there."""

    nodes_per_replica: Annotated[
        int | None,
        Field(
            ge=1,
            le=100_000,
            description="How many nodes one replica serves. When left out: the operator's setting, 600.",
        ),
    ] = None
    headroom_replicas: Annotated[
        int | None,
        Field(ge=0, le=MOST_REPLICAS, description="Replicas in each used region beyond what its nodes need."),
    ] = None
    min_replicas: Annotated[
        Replicas | None,
        Field(description="Fewest replicas in a region that sets no number of its own; 1 when left out."),
    ] = None
    max_replicas: Annotated[
        Replicas | None,
        Field(description="Most replicas in a region that sets no number of its own; 100 when left out."),
    ] = None
    scale_down_delay: Annotated[
        GoDuration | None,
        Field(description="How long fewer replicas must suffice before any is removed, like 1h (meant when left out)."),
    ] = None
    follow_pools: Annotated[
        bool | None,
        Field(
            description="Whether the region of every pool that boots from the image becomes a target region; true is "
            "meant when left out."
        ),
    ] = None
    follow_template: Annotated[
        FollowTemplate | None,
        Field(description="What a region gets that is a target only because pools are there."),
    ] = None
    storage_account_strategy: Annotated[
        StorageAccountStrategy | None,
        Field(
            description="How Azure chooses the storage of replicas where none is named, for versions made from then "
            "on: PreferStandard_ZRS (Azure's default) or DefaultStandard_LRS."
        ),
    ] = None

    rules: ClassVar[tuple[Rule, ...]] = (
        _MIN_OVER_MAX,
        Rule(
            "!has(self.followTemplate) || !has(self.followPools) || self.followPools",
            "followTemplate is for regions that follow pools: remove it, or followPools: false",
            ".followTemplate",
        ),
    )
