"""The image definition in the spec of a GalleryImage: Azure's GalleryImageProperties."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from azure_batch_operator.api.dates import Moment
from azure_batch_operator.api.image_versions import ImageVersion
from azure_batch_operator.api.model import ListMapBy, Model, Rule, fixed

OsType = Literal["Linux", "Windows"]
OsState = Literal["Generalized", "Specialized"]
HyperVGeneration = Literal["V1", "V2"]
Architecture = Literal["x64", "Arm64"]

STAYS = "Azure never changes it on an image definition; make another GalleryImage"

WebAddress = Annotated[
    str,
    Field(max_length=1024),
    Rule("self.matches('^https?://[^ ]+$')", "write a web address that begins with https:// (or http://)"),
]
AtLeastOne = Annotated[int, Field(ge=1)]


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
        Rule(
            "self.lowerAscii() != 'securitytype' || self == 'SecurityType'",
            "write the feature's name with Azure's capitals: SecurityType",
        ),
    ]
    value: Annotated[str, Field(max_length=128, description="Value of the feature, like Standard for SecurityType.")]
    starts_at_version: Annotated[
        ImageVersion | None, Field(description="The first image version that has the feature.")
    ] = None


class PurchasePlan(Model):
    """The Marketplace plan that the image's base was bought under."""

    name: Annotated[str, Field(min_length=1, max_length=128, description="Id of the plan.")]
    publisher: Annotated[str, Field(min_length=1, max_length=128, description="Id of the publisher.")]
    product: Annotated[str, Field(min_length=1, max_length=128, description="Id of the product.")]


class ResourceRange(Model):
    """From how many to how many."""

    min: Annotated[AtLeastOne | None, Field(description="The smallest number.")] = None
    max: Annotated[AtLeastOne | None, Field(description="The largest number.")] = None

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            "!has(self.min) || !has(self.max) || self.min <= self.max",
            "min is larger than max: lower min or raise max",
            ".min",
        ),
    )


class Recommended(Model):
    """The machines that the image is meant for; nothing enforces it."""

    v_cpus: Annotated[ResourceRange | None, Field(alias="vCPUs", description="How many virtual processors.")] = None
    memory: Annotated[ResourceRange | None, Field(description="How much memory, in GB.")] = None


class Disallowed(Model):
    """What virtual machines made from the image may not have."""

    disk_types: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=64)], ...],
        Field(max_length=16, description="Types of disks, like Standard_LRS."),
    ]


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
        Rule("self == oldSelf", f"osType cannot be changed: {STAYS}"),
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
        Rule("self == oldSelf", f"hyperVGeneration cannot be changed: {STAYS}"),
    ]
    architecture: Annotated[
        Architecture | None,
        Field(description="Processor architecture: x64 (meant when left out) or Arm64. Immutable."),
    ] = None
    identifier: Annotated[
        Identifier,
        Field(description="Publisher, offer and SKU: names of your choice, together unique in the gallery. Immutable."),
        Rule("self == oldSelf", f"identifier cannot be changed: {STAYS}"),
    ]
    features: Annotated[
        tuple[Feature, ...] | None,
        Field(
            max_length=16,
            description="Features of the image. SecurityType Standard is meant when SecurityType is not among them. "
            "Immutable, unless allowUpdateImage is true.",
        ),
        ListMapBy("name"),
    ] = None
    allow_update_image: Annotated[
        bool | None,
        Field(description="Whether features may be changed on an image definition that exists, where Azure can."),
    ] = None
    purchase_plan: Annotated[
        PurchasePlan | None,
        Field(
            description="The Marketplace plan of the image that the source was made from: the same, or none where that "
            "has none. Immutable."
        ),
    ] = None
    recommended: Annotated[
        Recommended | None, Field(description="The machines that the image is meant for; nothing enforces it.")
    ] = None
    disallowed: Annotated[
        Disallowed | None, Field(description="What machines made from the image may not have. Immutable.")
    ] = None
    description: Annotated[str | None, Field(max_length=1024, description="Description of the image definition.")] = (
        None
    )
    eula: Annotated[
        str | None, Field(max_length=1024, description="The licence agreement, or its web address. Immutable.")
    ] = None
    privacy_statement_uri: Annotated[
        WebAddress | None, Field(description="Web address of the privacy statement. Immutable.")
    ] = None
    release_note_uri: Annotated[WebAddress | None, Field(description="Web address of the release notes.")] = None
    end_of_life_date: Annotated[
        Moment | None,
        Field(description="When the image is meant to be no longer used. Azure goes on starting nodes from it."),
    ] = None

    rules: ClassVar[tuple[Rule, ...]] = (
        fixed("name", "make another GalleryImage for another image definition"),
        fixed("architecture", STAYS),
        Rule(
            "(has(self.allowUpdateImage) && self.allowUpdateImage) || "
            "(has(self.features) == has(oldSelf.features) && "
            "(!has(self.features) || self.features == oldSelf.features))",
            "features cannot be changed: Azure changes them only with allowUpdateImage: true; write that, or make "
            "another GalleryImage",
            ".features",
        ),
        fixed("purchasePlan", STAYS),
        fixed("disallowed", STAYS),
        fixed("eula", STAYS),
        fixed("privacyStatementUri", STAYS),
        Rule(
            "self.hyperVGeneration == 'V2' || !has(self.features) || !self.features.exists(feature, "
            "feature.name == 'SecurityType' && feature.value != 'Standard')",
            "Trusted Launch and Confidential images are of generation 2: write hyperVGeneration: V2, or SecurityType "
            "Standard",
            ".features",
        ),
    )
    """What may change is what Microsoft's page 'List, update, and delete gallery resources' lists."""
