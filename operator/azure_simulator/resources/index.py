"""Every tracked resource by id and by group, whatever service it belongs to."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Protocol

from azure_simulator.arm_ids import ResourceId, key_of


class ArmResource(Protocol):
    """What Resource Manager itself knows of a resource of any service."""

    @property
    def id(self) -> ResourceId:
        """The full id."""
        ...

    @property
    def location(self) -> str:
        """The normalised region."""
        ...

    @property
    def tags(self) -> dict[str, str]:
        """The tags."""
        ...

    def purge(self) -> None:
        """Be gone at once with everything inside, as when the resource group goes."""
        ...


class ResourceIndex:
    """The resources of all services; lists come in the order of creation."""

    def __init__(self) -> None:
        self._by_key: dict[str, ArmResource] = {}
        self._by_group: defaultdict[str, dict[str, ArmResource]] = defaultdict(dict)

    def add(self, resource: ArmResource) -> None:
        """Take up a resource that exists from now on."""
        key = resource.id.key
        self._by_key[key] = resource
        self._by_group[key_of(resource.id.group_id)][key] = resource

    def discard(self, resource: ArmResource) -> None:
        """Forget a resource that is gone; forgetting it twice does nothing."""
        key = resource.id.key
        self._by_key.pop(key, None)
        self._by_group[key_of(resource.id.group_id)].pop(key, None)

    def get(self, resource_id: str) -> ArmResource | None:
        """The resource with this id."""
        return self._by_key.get(key_of(resource_id))

    def in_group(self, group_id: str) -> tuple[ArmResource, ...]:
        """The resources of one group."""
        return tuple(self._by_group[key_of(group_id)].values())

    def in_subscription(self, subscription_id: str) -> Iterable[ArmResource]:
        """The resources of one subscription."""
        wanted = subscription_id.casefold()
        return (found for found in self._by_key.values() if found.id.subscription.casefold() == wanted)

    def purge_group(self, group_id: str) -> None:
        """Remove everything in a group, children before their parents."""
        for resource in sorted(self.in_group(group_id), key=lambda found: -len(found.id.path)):
            resource.purge()
            self.discard(resource)
