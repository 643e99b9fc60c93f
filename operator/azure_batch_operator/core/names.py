"""Names of Azure objects, and who owns them: deterministic, compared without letter case."""

import re
from dataclasses import dataclass
from typing import Literal

OWNER_TAG = "batch-operator-owner"
"""The tag (Resource Manager) or pool metadata item that says whose an Azure object is."""

REGIONS_TAG = "batch-operator-regions"
"""The version tag that lists the regions we added; continued in `-2`, `-3` … when over 256 characters."""

TAGS_TAG = "batch-operator-tags"
"""The tag that lists the names of the tags that a spec asked for; continued in `-2` … when over 256 characters."""

ORIGIN_TAG = "batch-operator-origin"
"""The version tag that tells the Marketplace image that the version's machine began as: publisher/offer/sku."""

VERSION_TAG = "batch-operator-image-version"
"""The tag of a snapshot of ours that tells for which image version it was made."""

OwnedKind = Literal["image", "pool"]

_VERSION_ID = re.compile(
    r"^/subscriptions/(?P<subscription>[^/]+)/resourceGroups/(?P<group>[^/]+)"
    r"/providers/Microsoft\.Compute/galleries/(?P<gallery>[^/]+)/images/(?P<definition>[^/]+)"
    r"(?:/versions/(?P<version>[^/]+))?$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """The custom resource that owns an Azure object, as written in its tag."""

    operator_id: str
    kind: OwnedKind
    namespace: str
    name: str

    def tag(self) -> str:
        """The tag's value, `<operatorId>/<image|pool>/<namespace>/<name>`."""
        return f"{self.operator_id}/{self.kind}/{self.namespace}/{self.name}"


def owner_from_tag(value: str | None) -> Owner | None:
    """Who a tag names, or None when there is no tag or it is not of our form."""
    match (value or "").split("/"):
        case [operator_id, "image" | "pool" as kind, namespace, name]:
            return Owner(operator_id=operator_id, kind=kind, namespace=namespace, name=name)
        case _:
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class GalleryName:
    """Where a gallery lives."""

    subscription_id: str
    resource_group: str
    gallery: str

    @property
    def id(self) -> str:
        """The gallery's Resource Manager id."""
        return (
            f"/subscriptions/{self.subscription_id}/resourceGroups/{self.resource_group}"
            f"/providers/Microsoft.Compute/galleries/{self.gallery}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DefinitionName:
    """Where an image definition lives."""

    gallery: GalleryName
    definition: str

    @property
    def id(self) -> str:
        """The image definition's Resource Manager id."""
        return f"{self.gallery.id}/images/{self.definition}"


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionName:
    """Where an image version lives."""

    definition: DefinitionName
    version: str

    @property
    def id(self) -> str:
        """The image version's Resource Manager id."""
        return f"{self.definition.id}/versions/{self.version}"

    @property
    def number(self) -> tuple[int, ...]:
        """Major, minor and patch, for comparing which of two versions is the newer."""
        return tuple(int(part) for part in self.version.split("."))


def gallery_image_from_id(image_id: str | None) -> VersionName | DefinitionName | None:
    """The image version (or, for an id without version, the definition) that an image id names; else None."""
    found = _VERSION_ID.match(image_id or "")
    if found is None:
        return None
    gallery = GalleryName(
        subscription_id=found["subscription"], resource_group=found["group"], gallery=found["gallery"]
    )
    definition = DefinitionName(gallery=gallery, definition=found["definition"])
    return VersionName(definition=definition, version=found["version"]) if found["version"] else definition


def same(one: str, other: str) -> bool:
    """Whether two Azure ids or names mean the same object: letter case never counts."""
    return one.casefold() == other.casefold()


def region(name: str) -> str:
    """A region's name for comparing: Azure answers `West Europe` to `westeurope`."""
    return name.replace(" ", "").lower()
