"""What clients send about galleries: their properties, how they are shared, and changes of that."""

from typing import Annotated, Literal

from pydantic import BeforeValidator

from azure_simulator.arm_bodies import Body, Json, one_of
from azure_simulator.compute.bodies import ReadOnly, ResourceBody

Permissions = Annotated[
    Literal["Private", "Groups", "Community"], BeforeValidator(one_of("Private", "Groups", "Community"))
]
GroupType = Annotated[Literal["Subscriptions", "AADTenants"], BeforeValidator(one_of("Subscriptions", "AADTenants"))]
SharingOperation = Annotated[
    Literal["Add", "Remove", "Reset", "EnableCommunity"],
    BeforeValidator(one_of("Add", "Remove", "Reset", "EnableCommunity")),
]


class CommunityInfo(Body):
    """What everybody is told of a community gallery."""

    publisher_uri: str | None = None
    publisher_contact: str | None = None
    eula: str | None = None
    public_name_prefix: str | None = None
    community_gallery_enabled: ReadOnly = None
    public_names: ReadOnly = None


class SharingProfile(Body):
    """With whom a gallery is shared; the groups themselves change by an operation of their own."""

    permissions: Permissions | None = None
    groups: ReadOnly = None
    community_gallery_info: CommunityInfo | None = None


class SharingGroup(Body):
    """Subscriptions or tenants that a gallery is shared with."""

    type: GroupType
    ids: tuple[str, ...] = ()


class SharingUpdate(Body):
    """POST that changes with whom a gallery is shared."""

    operation_type: SharingOperation
    groups: tuple[SharingGroup, ...] | None = None


class SoftDeletePolicy(Body):
    """Whether deleted versions are kept, and for how long."""

    is_soft_delete_enabled: bool | None = None
    retention_period_in_days: int | None = None
    grace_period_in_days: int | None = None


class GalleryProperties(Body):
    """What a gallery is."""

    description: str | None = None
    identifier: ReadOnly = None
    provisioning_state: ReadOnly = None
    sharing_profile: SharingProfile | None = None
    soft_delete_policy: SoftDeletePolicy | None = None
    sharing_status: ReadOnly = None


class GalleryBody(ResourceBody):
    """PUT or PATCH of a gallery."""

    properties: GalleryProperties | None = None
    identity: Json | None = None
