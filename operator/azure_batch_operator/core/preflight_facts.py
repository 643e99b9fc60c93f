"""What preflight checks look at, and what one of them can say."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

from azure_batch_operator.core.accounts import Account
from azure_batch_operator.core.conditions import Progressing, Retrying, Stalled
from azure_batch_operator.core.images import ObservedDefinition, ObservedVersion
from azure_batch_operator.core.json import Json, JsonObject
from azure_batch_operator.core.names import DefinitionName, VersionName, same
from azure_batch_operator.core.pools import SupportedImage
from azure_batch_operator.core.sizing import Size
from azure_batch_operator.core.vm_sizes import VmSize, size_named

NO_NODES = Size(dedicated=0, spot=0)

Blocker: TypeAlias = Stalled | Retrying | Progressing
"""A violated check: until when the pool is not made, and what to do."""


class Known(Enum):
    """What a check says that does not block."""

    PASSED = "passed"
    UNKNOWN = "unknown"


Finding: TypeAlias = Known | Blocker


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageRef:
    """An application package that a pool names; without a version, the application's default one is meant."""

    application_id: str
    version: str | None


class PackageState(Enum):
    """What became of looking for an application package."""

    THERE = "there"
    NO_APPLICATION = "no such application"
    NO_VERSION = "no such version"
    NO_DEFAULT = "no default version"


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolFacts:
    """What is known when a pool is about to be made; None means unknown, which never blocks."""

    body: JsonObject
    """The create body as far as the spec gives it."""
    region: str | None
    """Normalised region of the account."""
    image: VersionName | DefinitionName | None
    """The gallery image, by reference or literal; None for a Marketplace or other image."""
    managed: bool
    """Whether a GalleryImage manages that image, so that its region may still come."""
    account: Account | None = None
    size: Size = NO_NODES
    """The nodes that the spec asks for."""
    identities: tuple[str, ...] = ()
    """The identities that the pool is to have, or keeps."""
    version: ObservedVersion | None = None
    definition: ObservedDefinition | None = None
    supported: tuple[SupportedImage, ...] | None = None
    """What the account lists; never complete for gallery images, only for node agents."""
    sizes: tuple[VmSize, ...] | None = None
    """Every VM size that Batch offers in the region."""
    registered: bool | None = None
    """Whether Microsoft.Batch is registered in the image's subscription, where that is not the account's."""
    packages: Mapping[PackageRef, PackageState] = field(default_factory=dict)
    """What is known of the application packages that the body names."""
    pools: int | None = None
    """Pools that the account has beside this one."""
    exists: bool = False
    """Whether the pool is there, and only to be changed."""
    unread: tuple[str, ...] = ()
    """What could not be read, and Azure's code for why: the checks that need it are unknown."""

    @property
    def subscription(self) -> str | None:
        """The account's subscription, where it is known."""
        return self.account.ref.subscription_id if self.account else None

    @property
    def machine(self) -> JsonObject:
        """What the body says of machines."""
        return part(self.body, "virtualMachineConfiguration")

    @property
    def vm_size(self) -> VmSize | None:
        """The VM size of the pool, where it is known."""
        return size_named(self.sizes or (), text(self.body, "vmSize") or "")


def foreign_subscription(image: VersionName | DefinitionName | None, own: str | None) -> str | None:
    """The image's subscription, where it is another one than the account's own."""
    if image is None or own is None:
        return None
    definition = image.definition if isinstance(image, VersionName) else image
    theirs = definition.gallery.subscription_id
    return None if same(theirs, own) else theirs


def package_refs(body: JsonObject) -> tuple[PackageRef, ...]:
    """The application packages that a body names."""
    named = body.get("applicationPackageReferences")
    entries = named if isinstance(named, list | tuple) else ()
    found = ((text(each, "applicationId"), text(each, "version")) for each in entries if isinstance(each, Mapping))
    return tuple(PackageRef(application_id=id_, version=version) for id_, version in found if id_)


def identity_references(body: Json) -> Iterator[str]:
    """Every identity that the body refers to, by its Resource Manager id."""
    if isinstance(body, Mapping):
        reference = body.get("identityReference")
        named = text(reference, "resourceId") if isinstance(reference, Mapping) else None
        yield from [named] if named else ()
        for each in body.values():
            yield from identity_references(each)
    elif isinstance(body, Sequence) and not isinstance(body, str):
        for each in body:
            yield from identity_references(each)


def property_of(definition: ObservedDefinition | None, name: str) -> str | None:
    """A property of an image definition, where it is known."""
    return text(definition.properties, name) if definition else None


def security_feature(definition: ObservedDefinition) -> str | None:
    """The value of an image definition's feature SecurityType, where it has one."""
    features = definition.properties.get("features")
    entries = features if isinstance(features, Sequence) and not isinstance(features, str) else ()
    named = (each for each in entries if isinstance(each, Mapping) and same(text(each, "name") or "", "SecurityType"))
    return next((found for each in named if (found := text(each, "value"))), None)


def part(values: JsonObject, name: str) -> JsonObject:
    """An object in an object; an empty one where there is none."""
    value = values.get(name)
    return value if isinstance(value, Mapping) else {}


def text(values: Mapping[str, Json], name: str) -> str | None:
    """A text in an object."""
    value = values.get(name)
    return value if isinstance(value, str) else None
