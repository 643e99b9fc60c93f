"""User-assigned identities: what Resource Manager knows of them."""

import uuid
from dataclasses import dataclass
from random import Random

from azure_simulator import scenario as seeds
from azure_simulator.arm_ids import ResourceId
from azure_simulator.compute.shelves import Shelf
from azure_simulator.identity.directory import Directory
from azure_simulator.identity.scenario import FederatedCredential
from azure_simulator.managed_identities.scenario import UserAssignedIdentity as Seed
from azure_simulator.resources.locations import normalised
from azure_simulator.resources.models import Resources

KIND = "userAssignedIdentities"


@dataclass(slots=True, kw_only=True)
class UserAssignedIdentity:
    """An identity with the ids of its service principal; `purge` lets it be gone at once."""

    id: ResourceId
    location: str
    tags: dict[str, str]
    tenant_id: str
    client_id: str
    principal_id: str
    identities: "ManagedIdentities"

    def purge(self) -> None:
        """Be gone."""
        self.identities.forget(self)


class ManagedIdentities:
    """All user-assigned identities; each has a service principal in the directory of its tenant."""

    def __init__(self, scenario: seeds.Scenario, *, random: Random, resources: Resources, directory: Directory) -> None:
        self._random = random
        self._resources = resources
        self._directory = directory
        self.shelf: Shelf[UserAssignedIdentity] = Shelf(resources.index)
        for seed in scenario.identities:
            self._seed(seed)

    def find(self, resource_id: str) -> UserAssignedIdentity | None:
        """The identity with this ARM id."""
        return self.shelf.find(resource_id)

    def named(self, name: str) -> UserAssignedIdentity:
        """The identity that the scenario calls `name`; raises ValueError where there is none."""
        found = next((identity for identity in self.shelf if identity.id.name == name), None)
        if found is None:
            raise ValueError(f"the scenario gives the machine the identity {name!r}; add it under identities")
        return found

    def forget(self, identity: UserAssignedIdentity) -> None:
        """The identity is gone, and nobody is signed in as it any more."""
        self.shelf.forget(identity)
        self._directory.dismiss(identity.tenant_id, identity.client_id)

    def make(self, resource_id: ResourceId, location: str) -> UserAssignedIdentity:
        """A new identity without tags."""
        return self._added(resource_id, location, client_id=self._guid(), principal_id=self._guid())

    def _seed(self, seed: Seed) -> None:
        resource_id = ResourceId(
            subscription=seed.subscription_id,
            group=seed.resource_group,
            namespace="Microsoft.ManagedIdentity",
            path=((KIND, seed.name),),
        )
        # Drawn only where missing, so that ids in a scenario leave the rest of the world as it is.
        identity = self._added(
            resource_id,
            normalised(seed.location),
            client_id=seed.client_id or self._guid(),
            principal_id=seed.principal_id or self._guid(),
            trusted=seed.federated_credentials,
        )
        identity.tags = dict(seed.tags)

    def _added(
        self,
        resource_id: ResourceId,
        location: str,
        *,
        client_id: str,
        principal_id: str,
        trusted: tuple[FederatedCredential, ...] = (),
    ) -> UserAssignedIdentity:
        identity = UserAssignedIdentity(
            id=resource_id,
            location=location,
            tags={},
            tenant_id=self._resources.subscription(resource_id.subscription).tenant_id,
            client_id=client_id,
            principal_id=principal_id,
            identities=self,
        )
        self.shelf.add(identity)
        self._directory.enrol(
            identity.tenant_id,
            seeds.Application(
                name=resource_id.name,
                client_id=client_id,
                object_id=principal_id,
                federated_credentials=trusted,
            ),
        )
        return identity

    def _guid(self) -> str:
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))
