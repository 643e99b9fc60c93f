"""Shelves of resources: everything of one kind by id, known to Resource Manager's index as well."""

from collections.abc import Iterator
from typing import Generic, TypeVar

from azure_simulator.arm_ids import key_of
from azure_simulator.resources.index import ArmResource, ResourceIndex

Kept = TypeVar("Kept", bound=ArmResource)


class Shelf(Generic[Kept]):
    """The resources of one kind, found by id without letter case; iterating yields all of them."""

    def __init__(self, index: ResourceIndex) -> None:
        self._index = index
        self._kept: dict[str, Kept] = {}

    def __iter__(self) -> Iterator[Kept]:
        return iter(tuple(self._kept.values()))

    def find(self, resource_id: str) -> Kept | None:
        """The resource with this ARM id."""
        return self._kept.get(key_of(resource_id))

    def of(self, subscription: str) -> list[Kept]:
        """The resources of a subscription."""
        wanted = subscription.casefold()
        return [found for found in self._kept.values() if found.id.subscription.casefold() == wanted]

    def add(self, resource: Kept) -> None:
        """Take up a new resource."""
        self._kept[resource.id.key] = resource
        self._index.add(resource)

    def forget(self, resource: Kept) -> None:
        """The resource is gone; forgetting it twice does nothing."""
        self._kept.pop(resource.id.key, None)
        self._index.discard(resource)
