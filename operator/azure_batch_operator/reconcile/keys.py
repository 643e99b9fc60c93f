"""Keys of the work queue: the two custom resources, and the Azure scopes that are observed in bulk."""

from dataclasses import dataclass
from typing import ClassVar, TypeAlias


@dataclass(frozen=True, slots=True, order=True)
class ImageKey:
    """A GalleryImage."""

    kind: ClassVar[str] = "galleryimage"
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"GalleryImage {self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True, order=True)
class PoolKey:
    """A BatchPool."""

    kind: ClassVar[str] = "batchpool"
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"BatchPool {self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True, order=True)
class AccountKey:
    """A Batch account, by `AccountRef.key`: one turn is one complete `list_pools`."""

    kind: ClassVar[str] = "account"
    ref: str

    def __str__(self) -> str:
        return f"account {self.ref}"


@dataclass(frozen=True, slots=True, order=True)
class DefinitionKey:
    """An image definition, by its Resource Manager id in lower case: one turn is one list of its versions."""

    kind: ClassVar[str] = "definition"
    id: str

    def __str__(self) -> str:
        return f"definition {self.id}"


@dataclass(frozen=True, slots=True, order=True)
class GalleryKey:
    """A gallery, by its Resource Manager id in lower case: one turn is one list of its definitions."""

    kind: ClassVar[str] = "gallery"
    id: str

    def __str__(self) -> str:
        return f"gallery {self.id}"


ResourceKey: TypeAlias = ImageKey | PoolKey
Key: TypeAlias = ImageKey | PoolKey | AccountKey | DefinitionKey | GalleryKey
KINDS = (ImageKey.kind, PoolKey.kind, AccountKey.kind, DefinitionKey.kind, GalleryKey.kind)
"""Every kind of key, as metrics call it."""
