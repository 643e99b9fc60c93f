"""Keys of the work queue: the two custom resources, and the Azure scopes that are observed in bulk."""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True, order=True)
class ImageKey:
    """A GalleryImage."""

    namespace: str
    name: str


@dataclass(frozen=True, slots=True, order=True)
class PoolKey:
    """A BatchPool."""

    namespace: str
    name: str


@dataclass(frozen=True, slots=True, order=True)
class AccountKey:
    """A Batch account, by `AccountRef.key`: one turn is one complete `list_pools`."""

    ref: str


@dataclass(frozen=True, slots=True, order=True)
class DefinitionKey:
    """An image definition, by its Resource Manager id in lower case: one turn is one list of its versions."""

    id: str


@dataclass(frozen=True, slots=True, order=True)
class GalleryKey:
    """A gallery, by its Resource Manager id in lower case: one turn is one list of its definitions."""

    id: str


ResourceKey: TypeAlias = ImageKey | PoolKey
Key: TypeAlias = ImageKey | PoolKey | AccountKey | DefinitionKey | GalleryKey
