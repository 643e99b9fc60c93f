"""The gallery in the spec of a GalleryImage: which one, and what a missing one is made with."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from azure_batch_operator.api.accounts import Region, ResourceGroup, SubscriptionId
from azure_batch_operator.api.image_definition import WebAddress
from azure_batch_operator.api.model import Model, Rule, fixed
from azure_batch_operator.api.tags import Tags

SharingPermissions = Literal["Private", "Groups", "Community"]

_STAYS = "the image definition cannot move to another gallery; make another GalleryImage"


class CommunityGalleryInfo(Model):
    """What everybody sees of a gallery that is shared with all of Azure."""

    publisher_uri: Annotated[WebAddress, Field(description="Web address of the publisher.")]
    publisher_contact: Annotated[
        str, Field(min_length=1, max_length=256, description="Mail address of the publisher's support.")
    ]
    eula: Annotated[str, Field(min_length=1, max_length=1024, description="Licence agreement for the images.")]
    public_name_prefix: Annotated[
        str, Field(min_length=1, max_length=64, description="How the gallery's public name begins.")
    ]


class Sharing(Model):
    """Azure's sharing profile of a gallery."""

    permissions: Annotated[
        SharingPermissions,
        Field(
            description="Private: by roles only. Groups: may be shared with subscriptions and tenants. Community: may "
            "be shared with all of Azure. With whom is told to Azure afterwards (az sig share)."
        ),
    ]
    community_gallery_info: Annotated[
        CommunityGalleryInfo | None, Field(description="What everybody sees; goes with Community.")
    ] = None

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            "(self.permissions == 'Community') == has(self.communityGalleryInfo)",
            "permissions: Community and communityGalleryInfo go together: write both, or neither",
            ".communityGalleryInfo",
        ),
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
        Rule("self == oldSelf", f"resourceGroup cannot be changed: {_STAYS}"),
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
        Rule("self == oldSelf", f"name cannot be changed: {_STAYS}"),
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
    sharing: Annotated[
        Sharing | None, Field(description="Azure's sharing profile of a gallery that is made; Private when left out.")
    ] = None

    rules: ClassVar[tuple[Rule, ...]] = (
        fixed("subscriptionId", _STAYS),
        Rule(
            "!has(self.create) || !self.create || has(self.location)",
            "create: true needs location: write the region in which the gallery is to be made",
            ".location",
        ),
    )
