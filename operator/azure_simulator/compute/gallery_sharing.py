"""With whom a gallery is shared: chosen when it is made, changed by an operation of its own.

("Share a gallery" and "Share images using a community gallery", learn.microsoft.com.)
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Literal, assert_never

from azure_simulator.answers import ArmError
from azure_simulator.arm_bodies import change_not_allowed, given, missing
from azure_simulator.compute.gallery_bodies import CommunityInfo, SharingGroup, SharingProfile, SharingUpdate

PROFILE = "gallery.properties.sharingProfile"
GroupType = Literal["Subscriptions", "AADTenants"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    """How a gallery is shared; `public_names` are those under which everybody finds a community gallery."""

    permissions: Literal["Private", "Groups", "Community"] = "Private"
    groups: dict[GroupType, tuple[str, ...]] = field(default_factory=dict)
    community: CommunityInfo | None = None
    public_names: tuple[str, ...] = ()

    def document(self, *, with_groups: bool) -> dict[str, Any]:
        """The sharing profile as it is answered."""
        groups = [{"type": kind, "ids": list(ids)} for kind, ids in self.groups.items() if ids]
        return {
            "permissions": self.permissions,
            **({"groups": groups} if with_groups and groups else {}),
            **({} if self.community is None else {"communityGalleryInfo": self._community(self.community)}),
        }

    def _community(self, info: CommunityInfo) -> dict[str, Any]:
        told = info.document() | {"communityGalleryEnabled": bool(self.public_names)}
        return told | ({"publicNames": list(self.public_names)} if self.public_names else {})


def first_sharing(profile: SharingProfile | None) -> Sharing:
    """How a new gallery is shared; raises ArmError when something is missing."""
    if profile is None:
        return Sharing()
    return Sharing(permissions=given(profile.permissions, "Private"), community=_community_of(profile))


def changed_sharing(held: Sharing, profile: SharingProfile | None, *, may_change: bool) -> Sharing:
    """How a gallery is shared after a PUT or PATCH; raises ArmError for what cannot be changed this way."""
    if profile is None:
        return held
    permissions = given(profile.permissions, held.permissions)
    if permissions != held.permissions and not may_change:
        raise change_not_allowed(f"{PROFILE}.permissions")
    whole = SharingProfile(
        permissions=permissions, community_gallery_info=profile.community_gallery_info or held.community
    )
    return replace(held, permissions=permissions, community=_community_of(whole))


def shared(held: Sharing, update: SharingUpdate, *, gallery_id: str) -> Sharing:
    """How a gallery is shared after the operation; raises ArmError when its permissions do not allow that."""
    match update.operation_type:
        case "Add":
            return replace(_with_groups(held), groups=_added(held.groups, update.groups or ()))
        case "Remove":
            return replace(_with_groups(held), groups=_removed(held.groups, update.groups or ()))
        case "EnableCommunity":
            return replace(held, public_names=(_public_name(held, gallery_id),))
        case "Reset":
            return replace(held, groups={}, public_names=())
        case _:
            assert_never(update.operation_type)


def refuse_deletion_while_public(sharing: Sharing) -> None:
    """Raise ArmError for a gallery that everybody sees: sharing has to be reset first."""
    if sharing.public_names:
        raise ArmError(
            409,
            "OperationNotAllowed",
            "A gallery that is shared with the community cannot be deleted. Reset its sharing first.",
            target=PROFILE,
        )


def _community_of(profile: SharingProfile) -> CommunityInfo | None:
    info = profile.community_gallery_info
    if profile.permissions != "Community":
        if info is not None:
            raise ArmError(
                400,
                "InvalidParameter",
                "communityGalleryInfo is for galleries with the permissions 'Community' only.",
                target=f"{PROFILE}.communityGalleryInfo",
            )
        return None
    info = given(info, CommunityInfo())
    required = {
        "publisherUri": info.publisher_uri,
        "publisherContact": info.publisher_contact,
        "eula": info.eula,
        "publicNamePrefix": info.public_name_prefix,
    }
    for name, value in required.items():
        if not value:
            raise missing(f"{PROFILE}.communityGalleryInfo.{name}")
    return info.model_copy(update={"community_gallery_enabled": None, "public_names": None})


def _with_groups(held: Sharing) -> Sharing:
    if held.permissions != "Groups":
        raise ArmError(
            409,
            "OperationNotAllowed",
            f"A gallery with the permissions '{held.permissions}' cannot be shared with subscriptions or tenants; that "
            "needs the permissions 'Groups'.",
            target=PROFILE,
        )
    return held


def _added(held: dict[GroupType, tuple[str, ...]], groups: Iterable[SharingGroup]) -> dict[GroupType, tuple[str, ...]]:
    after = dict(held)
    for group in groups:
        after[group.type] = tuple(dict.fromkeys((*after.get(group.type, ()), *group.ids)))
    return after


def _removed(
    held: dict[GroupType, tuple[str, ...]], groups: Iterable[SharingGroup]
) -> dict[GroupType, tuple[str, ...]]:
    after = dict(held)
    for group in groups:
        after[group.type] = tuple(found for found in after.get(group.type, ()) if found not in group.ids)
    return after


def _public_name(held: Sharing, gallery_id: str) -> str:
    if held.community is None:
        raise ArmError(
            409,
            "OperationNotAllowed",
            f"A gallery with the permissions '{held.permissions}' cannot be shared with the community.",
            target=PROFILE,
        )
    return f"{held.community.public_name_prefix}-{uuid.uuid5(uuid.NAMESPACE_URL, gallery_id.casefold())}"
