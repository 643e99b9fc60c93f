"""GalleryImage: one image definition of an Azure Compute Gallery, its version, and the replicas of that version."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from azure_batch_operator.api.accounts import AccountReference, Region, ResourceGroup, SubscriptionId
from azure_batch_operator.api.durations import GoDuration
from azure_batch_operator.api.image_status import GalleryImageStatus
from azure_batch_operator.api.model import API_VERSION, ListMapBy, Model, Rule, fixed
from azure_batch_operator.api.objects import ObjectMeta
from azure_batch_operator.api.tags import Tags

OsType = Literal["Linux", "Windows"]
OsState = Literal["Generalized", "Specialized"]
HyperVGeneration = Literal["V1", "V2"]
Architecture = Literal["x64", "Arm64"]
StorageAccountType = Literal["Standard_LRS", "Standard_ZRS", "Premium_LRS", "PremiumV2_LRS"]
DeletionPolicy = Literal["Delete", "Retain"]

MOST_REPLICAS = 100
"""Azure keeps at most 100 replicas of an image version, over all regions."""

ImageVersion = Annotated[
    str,
    Field(max_length=32),
    Rule(
        "self.matches('^(0|[1-9][0-9]{0,9})[.](0|[1-9][0-9]{0,9})[.](0|[1-9][0-9]{0,9})$')"
        " && self.split('.').all(part, int(part) <= 2147483647)",
        "write a version as three numbers, Major.Minor.Patch, each up to 2147483647, like 1.0.0",
    ),
]
Replicas = Annotated[int, Field(ge=1, le=MOST_REPLICAS)]

_GALLERY_STAYS = "the image definition cannot move to another gallery; make another GalleryImage"
_DEFINITION_STAYS = "Azure never changes it on an image definition; make another GalleryImage"
_MIN_OVER_MAX = Rule(
    "!has(self.minReplicas) || !has(self.maxReplicas) || self.minReplicas <= self.maxReplicas",
    "minReplicas is larger than maxReplicas: lower minReplicas or raise maxReplicas",
    ".minReplicas",
)


class Gallery(Model):
    """The gallery that the image definition lives in. It belongs to no GalleryImage: several may use it."""

    subscription_id: Annotated[
        SubscriptionId | None,
        Field(description="Subscription of the gallery; the operator's own setting when left out. Immutable."),
    ] = None
    resource_group: Annotated[
        ResourceGroup,
        Field(description="Resource group of the gallery, which must exist. Immutable."),
        Rule("self == oldSelf", f"resourceGroup cannot be changed: {_GALLERY_STAYS}"),
    ]
    name: Annotated[
        str,
        Field(
            max_length=80,
            description="Name of the gallery: letters, digits, underscores and dots, no dashes. Immutable.",
        ),
        Rule(
            "self.matches('^[a-zA-Z0-9]([a-zA-Z0-9_.]*[a-zA-Z0-9])?$')",
            "write the gallery's name with letters, digits, underscores and dots, beginning and ending with a letter "
            "or digit: Azure allows no dashes in it",
        ),
        Rule("self == oldSelf", f"name cannot be changed: {_GALLERY_STAYS}"),
    ]
    location: Annotated[
        Region | None,
        Field(description="Region in which a missing gallery is made. An existing one keeps its own."),
    ] = None
    create: Annotated[
        bool | None,
        Field(
            description="Whether to make the gallery when it is missing (meant when left out); false waits for "
            "somebody else to make it. A gallery that the operator made goes with its last image definition."
        ),
    ] = None
    description: Annotated[str | None, Field(max_length=1024, description="Description of a gallery that is made.")] = (
        None
    )
    tags: Annotated[Tags | None, Field(description="Tags of a gallery that is made.")] = None

    rules: ClassVar[tuple[Rule, ...]] = (
        fixed("subscriptionId", _GALLERY_STAYS),
        Rule(
            "!has(self.create) || !self.create || has(self.location)",
            "create: true needs location: write the region in which the gallery is to be made",
            ".location",
        ),
    )


class Identifier(Model):
    """Publisher, offer and SKU of the image: three names of your choice, together unique in the gallery."""

    publisher: Annotated[str, Field(min_length=1, max_length=128, description="Who publishes the image.")]
    offer: Annotated[str, Field(min_length=1, max_length=64, description="The group of images it belongs to.")]
    sku: Annotated[str, Field(min_length=1, max_length=64, description="The image within its offer.")]

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            "[self.publisher, self.offer, self.sku].all(part, "
            "part.matches('^[a-zA-Z0-9_]([-a-zA-Z0-9_.]*[a-zA-Z0-9_])?$'))",
            "write publisher, offer and sku with letters, digits, - _ and dots, beginning and ending with a letter, "
            "digit or underscore",
        ),
    )


class Feature(Model):
    """One feature of the image definition."""

    name: Annotated[
        str,
        Field(
            min_length=1,
            max_length=64,
            description="Name of the feature, like SecurityType, IsAcceleratedNetworkSupported, DiskControllerTypes.",
        ),
    ]
    value: Annotated[str, Field(max_length=128, description="Value of the feature, like Standard for SecurityType.")]


class Definition(Model):
    """The image definition. What Azure never changes on one is immutable here."""

    name: Annotated[
        str | None,
        Field(max_length=80, description="Name of the image definition; metadata.name when left out. Immutable."),
        Rule(
            "self.matches('^[a-zA-Z0-9]([-a-zA-Z0-9_.]*[a-zA-Z0-9])?$')",
            "write the definition's name with letters, digits, - _ and dots, beginning and ending with a letter or "
            "digit",
        ),
    ] = None
    os_type: Annotated[
        OsType,
        Field(description="Operating system of the image: Linux or Windows. Immutable."),
        Rule("self == oldSelf", f"osType cannot be changed: {_DEFINITION_STAYS}"),
    ]
    os_state: Annotated[
        OsState | None,
        Field(
            description="Whether the image is generalized. Batch starts nodes from generalized images only, so "
            "Generalized is the only value accepted, and meant when left out."
        ),
        Rule(
            "self == 'Generalized'",
            "write osState: Generalized (or leave it out): Batch starts nodes from generalized images only",
        ),
    ] = None
    hyper_v_generation: Annotated[
        HyperVGeneration,
        Field(
            alias="hyperVGeneration",
            description="Generation of the virtual machines that boot from the image: V1 or V2; the same as that of "
            "the source. VM sizes support one or both. Immutable.",
        ),
        Rule("self == oldSelf", f"hyperVGeneration cannot be changed: {_DEFINITION_STAYS}"),
    ]
    architecture: Annotated[
        Architecture | None,
        Field(description="Processor architecture: x64 (meant when left out) or Arm64. Immutable."),
    ] = None
    identifier: Annotated[
        Identifier,
        Field(description="Publisher, offer and SKU: names of your choice, together unique in the gallery. Immutable."),
        Rule("self == oldSelf", f"identifier cannot be changed: {_DEFINITION_STAYS}"),
    ]
    features: Annotated[
        tuple[Feature, ...] | None,
        Field(
            max_length=16,
            description="Features of the image. SecurityType Standard is meant when SecurityType is not among them. "
            "Immutable.",
        ),
        ListMapBy("name"),
    ] = None
    description: Annotated[str | None, Field(max_length=1024, description="Description of the image definition.")] = (
        None
    )

    rules: ClassVar[tuple[Rule, ...]] = (
        fixed("name", "make another GalleryImage for another image definition"),
        fixed("architecture", _DEFINITION_STAYS),
        fixed("features", _DEFINITION_STAYS),
        Rule(
            "self.hyperVGeneration == 'V2' || !has(self.features) || !self.features.exists(feature, "
            "feature.name == 'SecurityType' && feature.value != 'Standard')",
            "Trusted Launch and Confidential images are of generation 2: write hyperVGeneration: V2, or SecurityType "
            "Standard",
            ".features",
        ),
    )


class ManagedImage(Model):
    """A managed image of Azure, made from a generalized virtual machine."""

    id: Annotated[
        str,
        Field(
            max_length=512,
            description="Resource id: /subscriptions/…/resourceGroups/…/providers/Microsoft.Compute/images/….",
        ),
        Rule(
            "self.matches('(?i)^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft[.]Compute/images/[^/]+$')",
            "write the id of a managed image: /subscriptions/…/resourceGroups/…/providers/Microsoft.Compute/images/…",
        ),
    ]


class Source(Model):
    """What the version is made from."""

    managed_image: Annotated[
        ManagedImage, Field(description="A managed image in the region in which the version is made.")
    ]


class TargetRegion(Model):
    """A region that keeps replicas of the version, whether or not pools there use it."""

    name: Annotated[Region, Field(description="Name of the region, like westeurope.")]
    storage_account_type: Annotated[
        StorageAccountType | None,
        Field(description="Storage of the replicas; Azure's choice when left out. Fixed once replicas exist."),
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

    rules: ClassVar[tuple[Rule, ...]] = (_MIN_OVER_MAX,)


class GalleryImageSpec(Model):
    """What is wanted: the definition, the version, and where it has how many replicas."""

    gallery: Annotated[Gallery, Field(description="The gallery that the image definition lives in.")]
    definition: Annotated[Definition, Field(description="The image definition, made when it is missing.")]
    version: Annotated[
        ImageVersion,
        Field(
            description="The version to publish, Major.Minor.Patch. Change it together with source: a new version is "
            "made, and new pools boot from it; an existing pool keeps the version it runs and lists the difference in "
            "status.pendingChanges."
        ),
    ]
    source: Annotated[Source, Field(description="What the version is made from. Immutable for a version.")]
    target_regions: Annotated[
        tuple[TargetRegion, ...],
        Field(
            max_length=MOST_REPLICAS,
            description="Regions that always keep replicas. The region of the source is always one.",
        ),
        ListMapBy("name"),
        Rule(
            "self.all(one, self.exists_one(other, "
            "one.name.lowerAscii().replace(' ', '') == other.name.lowerAscii().replace(' ', '')))",
            "a region is listed twice: West Europe and westeurope are the same region, write it once",
        ),
        Rule(
            f"self.map(region, has(region.minReplicas) ? region.minReplicas : 1).sum() <= {MOST_REPLICAS}",
            f"Azure keeps at most {MOST_REPLICAS} replicas of a version over all regions: lower minReplicas, or list "
            "fewer regions",
        ),
    ] = ()
    replication: Annotated[Replication, Field(description="How many replicas the regions keep.")] = Replication()
    tags: Annotated[Tags, Field(description="Tags of the definition and of its versions.")] = Field(
        default_factory=dict
    )
    watch_accounts: Annotated[
        tuple[AccountReference, ...],
        Field(
            max_length=50,
            description="Further Batch accounts whose pools may boot from the image; those of BatchPools are known.",
        ),
    ] = ()
    suspend: Annotated[bool | None, Field(description="true stops all changes in Azure until it is taken away.")] = None
    deletion_policy: Annotated[
        DeletionPolicy | None,
        Field(
            description="What becomes of the version and the definition when this object is deleted: Delete (meant "
            "when left out) or Retain."
        ),
    ] = None

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            "self.version != oldSelf.version || self.source == oldSelf.source",
            "source cannot be changed for a version that is published: write a new version together with it",
            ".source",
        ),
        Rule(
            "!has(self.definition.features) || !self.definition.features.exists(feature, "
            "feature.name == 'SecurityType' && feature.value.lowerAscii() in ['trustedlaunch', 'confidentialvm'])",
            "a managed image cannot carry Trusted Launch or Confidential: write SecurityType Standard",
            ".definition.features",
        ),
    )


class GalleryImage(Model):
    """One image definition of an Azure Compute Gallery, its version, and the replicas of that version."""

    api_version: str = API_VERSION
    kind: Literal["GalleryImage"] = "GalleryImage"
    metadata: ObjectMeta
    spec: Annotated[
        GalleryImageSpec,
        Field(description="What is wanted: the definition, the version, and where it has how many replicas."),
    ]
    status: Annotated[
        GalleryImageStatus,
        Field(description="What was found and done; written by the operator."),
    ] = GalleryImageStatus()

    @property
    def definition_name(self) -> str:
        """Name of the image definition in Azure."""
        return self.spec.definition.name or self.metadata.name
