"""Subscriptions, their resource groups and the registration of resource providers."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from random import Random
from typing import Literal

from azure_simulator import scenario as seeds
from azure_simulator.answers import ArmError
from azure_simulator.clock import Clock
from azure_simulator.resources.index import ResourceIndex
from azure_simulator.resources.locations import normalised
from azure_simulator.resources.operations import AsyncOperation, AsyncOperations
from azure_simulator.resources.providers import PROVIDERS

Registration = Literal["NotRegistered", "Registering", "Registered", "Unregistering"]

_ALWAYS_REGISTERED = ("Microsoft.Resources", "Microsoft.Authorization")


@dataclass(slots=True, kw_only=True)
class ResourceGroup:
    """A resource group; `location` is normalised."""

    subscription: str
    name: str
    location: str
    tags: dict[str, str]
    managed_by: str | None = None
    deleting: bool = False

    @property
    def id(self) -> str:
        """The ARM id."""
        return f"/subscriptions/{self.subscription}/resourceGroups/{self.name}"


@dataclass(slots=True, kw_only=True)
class Subscription:
    """A subscription with its groups (by name without letter case) and provider registrations."""

    id: str
    name: str
    tenant_id: str
    batch_accounts_per_region: int
    groups: dict[str, ResourceGroup] = field(default_factory=dict)
    registrations: dict[str, Registration] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)

    def registration(self, namespace: str) -> Registration:
        """Whether the subscription may use the provider `namespace`."""
        return self.registrations.get(namespace.casefold(), "NotRegistered")


class Resources:
    """What Resource Manager keeps itself, and the index of what the services keep."""

    def __init__(self, scenario: seeds.Scenario, *, clock: Clock, random: Random) -> None:
        self.index = ResourceIndex()
        self.operations = AsyncOperations(clock=clock, random=random)
        self.pace = scenario.pace.resources
        self._clock = clock
        self._random = random
        self._subscriptions = {seed.id.casefold(): _subscription(seed) for seed in scenario.subscriptions}

    @property
    def subscriptions(self) -> Iterable[Subscription]:
        """All subscriptions."""
        return self._subscriptions.values()

    def subscription(self, subscription_id: str) -> Subscription:
        """The subscription with this id; raises ArmError 404 `SubscriptionNotFound`."""
        found = self._subscriptions.get(subscription_id.casefold())
        if found is None:
            raise ArmError(404, "SubscriptionNotFound", f"The subscription '{subscription_id}' could not be found.")
        return found

    def group(self, subscription_id: str, name: str) -> ResourceGroup:
        """The resource group; raises ArmError 404 `ResourceGroupNotFound`."""
        found = self.subscription(subscription_id).groups.get(name.casefold())
        if found is None:
            raise ArmError(404, "ResourceGroupNotFound", f"Resource group '{name}' could not be found.")
        return found

    def put_group(self, group: ResourceGroup) -> None:
        """Create or replace a group."""
        self.subscription(group.subscription).groups[group.name.casefold()] = group

    def begin_deleting(self, group: ResourceGroup) -> AsyncOperation:
        """Delete a group and everything in it, after the time that the scenario's pace gives."""
        group.deleting = True
        return self.operations.begin(
            group.id, self.pace.group_deletion.draw(self._random), lambda: self._finish_deleting(group)
        )

    def begin_registering(self, subscription: Subscription, namespace: str) -> None:
        """Register a provider; it is `Registering` for the time that the scenario's pace gives."""
        key = namespace.casefold()
        if subscription.registration(key) in {"Registered", "Registering"}:
            return
        subscription.registrations[key] = "Registering"
        self._clock.after(
            self.pace.provider_registration.draw(self._random),
            lambda: self._settle(subscription, key, "Registering", "Registered"),
        )

    def begin_unregistering(self, subscription: Subscription, namespace: str) -> None:
        """Give a provider's registration up; it is `Unregistering` for a while."""
        key = namespace.casefold()
        subscription.registrations[key] = "Unregistering"
        self._clock.after(
            self.pace.provider_registration.draw(self._random),
            lambda: self._settle(subscription, key, "Unregistering", "NotRegistered"),
        )

    def _finish_deleting(self, group: ResourceGroup) -> None:
        self.index.purge_group(group.id)
        self.subscription(group.subscription).groups.pop(group.name.casefold(), None)

    @staticmethod
    def _settle(subscription: Subscription, key: str, before: Registration, after: Registration) -> None:
        if subscription.registrations.get(key) == before:
            subscription.registrations[key] = after


def _subscription(seed: seeds.Subscription) -> Subscription:
    known = {provider.namespace.casefold() for provider in PROVIDERS}
    unknown = [name for name in seed.registered_providers if name.casefold() not in known]
    if unknown:
        raise ValueError(f"the scenario registers the providers {unknown}, which are not simulated")
    groups = {
        group.name.casefold(): ResourceGroup(
            subscription=seed.id,
            name=group.name,
            location=normalised(group.location),
            tags=dict(group.tags),
        )
        for group in seed.resource_groups
    }
    registered = (*_ALWAYS_REGISTERED, *seed.registered_providers)
    return Subscription(
        id=seed.id,
        name=seed.name,
        tenant_id=seed.tenant_id,
        batch_accounts_per_region=seed.batch_accounts_per_region,
        groups=groups,
        registrations={name.casefold(): "Registered" for name in registered},
    )
