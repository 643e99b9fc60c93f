"""GalleryImage: one image definition of an Azure Compute Gallery, its version, and the replicas of that version."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from azure_batch_operator.api.accounts import AccountReference
from azure_batch_operator.api.dates import Moment
from azure_batch_operator.api.image_definition import Definition
from azure_batch_operator.api.image_gallery import Gallery
from azure_batch_operator.api.image_regions import MOST_REPLICAS, Replication, TargetRegion
from azure_batch_operator.api.image_rules import SPEC_RULES
from azure_batch_operator.api.image_sources import Source
from azure_batch_operator.api.image_status import GalleryImageStatus
from azure_batch_operator.api.image_versions import ImageVersion
from azure_batch_operator.api.model import API_VERSION, ListMapBy, ListSet, Model, Rule
from azure_batch_operator.api.objects import ObjectMeta
from azure_batch_operator.api.secrets import SecretRef
from azure_batch_operator.api.tags import Tags

AdoptionPolicy = Literal["Refuse", "Adopt"]
DeletionPolicy = Literal["Delete", "Retain"]

Namespace = Annotated[
    str,
    Field(max_length=63),
    Rule(
        "self == '*' || self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')",
        'write the name of a namespace, or "*" for all: patterns like team-* have no meaning here',
    ),
]


class GalleryImageSpec(Model):
    """What is wanted: the definition, the version, and where it has how many replicas."""

    gallery: Annotated[Gallery, Field(description="The gallery that the image definition lives in.")]
    definition: Annotated[Definition, Field(description="The image definition, made when it is missing.")]
    version: Annotated[
        ImageVersion,
        Field(
            description="The version to publish, Major.Minor.Patch. Change it together with source: a new version is "
            "made beside the old one, and pools that refer to this object boot from it as soon as they have no nodes; "
            "until then they list the difference in status.pendingChanges."
        ),
    ]
    source: Annotated[
        Source | None,
        Field(
            description="What the version is made from: exactly one kind. Immutable for a version. May be left out "
            "where adoptionPolicy is Adopt and the version exists."
        ),
    ] = None
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
            "self.all(region, has(region.encryption)) || !self.exists(region, has(region.encryption))",
            "some regions have encryption and others have not: write it for all of them, or for none",
        ),
    ] = ()
    replication: Annotated[Replication, Field(description="How many replicas the regions keep.")] = Replication()
    tags: Annotated[Tags, Field(description="Tags of the definition and of its versions.")] = Field(
        default_factory=dict
    )
    exclude_from_latest: Annotated[
        bool | None,
        Field(
            description="Whether machines that ask Azure for the latest version pass this one over. Pools that refer "
            "to this object do not ask."
        ),
    ] = None
    end_of_life_date: Annotated[
        Moment | None,
        Field(
            description="When the version is meant to be no longer used. Azure goes on starting nodes from it; "
            "Advisory tells 30 days before."
        ),
    ] = None
    keep_versions: Annotated[
        int | None,
        Field(
            ge=1,
            le=10_000,
            description="How many versions are kept, the wanted one included: older ones that no pool uses are "
            "deleted, oldest first. When left out, none is deleted.",
        ),
    ] = None
    allowed_namespaces: Annotated[
        tuple[Namespace, ...],
        Field(
            max_length=100,
            description="Other namespaces whose BatchPools may refer to this image; * means all. Its own always may.",
        ),
        ListSet(),
    ] = ()
    watch_accounts: Annotated[
        tuple[AccountReference, ...],
        Field(
            max_length=50,
            description="Further Batch accounts whose pools may boot from the image; those of BatchPools are known.",
        ),
    ] = ()
    credentials_secret_ref: Annotated[
        SecretRef | None,
        Field(description="The Secret, of the same namespace, to sign in with; the operator's own identity without."),
    ] = None
    adoption_policy: Annotated[
        AdoptionPolicy | None,
        Field(
            description="What to do with an image definition or version that exists and belongs to nobody: Refuse "
            "(meant when left out) or Adopt."
        ),
    ] = None
    suspend: Annotated[bool | None, Field(description="true stops all changes in Azure until it is taken away.")] = None
    deletion_policy: Annotated[
        DeletionPolicy | None,
        Field(
            description="What becomes of the version and the definition when this object is deleted: Delete (meant "
            "when left out) or Retain."
        ),
    ] = None

    rules: ClassVar[tuple[Rule, ...]] = SPEC_RULES


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
