"""What preflight checks of a pool need: from beliefs, else read at most hourly; what cannot be read is unknown."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from azure_batch_operator.cloud.azure import Azure
from azure_batch_operator.core.accounts import Account
from azure_batch_operator.core.failures import AzureFailure
from azure_batch_operator.core.images import ObservedDefinition, ObservedVersion
from azure_batch_operator.core.names import DefinitionName, VersionName
from azure_batch_operator.core.pools import ObservedPool, SupportedImage, WantedPool
from azure_batch_operator.core.preflight_facts import (
    PackageRef,
    PackageState,
    PoolFacts,
    foreign_subscription,
    package_refs,
)
from azure_batch_operator.core.sizing import wanted_size
from azure_batch_operator.core.vm_sizes import VmSize
from azure_batch_operator.reconcile.beliefs import Beliefs
from azure_batch_operator.reconcile.lately import Lately
from azure_batch_operator.reconcile.unmanaged_images import UnmanagedImages

T = TypeVar("T")

HOUR = 3600.0
"""Seconds for which node agents, VM sizes, packages and registrations are believed."""

NAMED_BY_ENDPOINT = "what Resource Manager tells of the account (the spec names it by its endpoint alone)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The pool that is asked about."""

    wanted: WantedPool
    found: ObservedPool | None
    account: Account
    image: VersionName | DefinitionName | None
    managed: bool
    """Whether a GalleryImage manages the image."""


@dataclass(slots=True, kw_only=True)
class PoolFactsReader:
    """Gathers facts for one pool at a time; what it reads serves all pools."""

    azure: Azure
    beliefs: Beliefs
    unmanaged: UnmanagedImages
    _supported: Lately[tuple[SupportedImage, ...]] = field(init=False)
    _sizes: Lately[tuple[VmSize, ...]] = field(init=False)
    _registered: Lately[bool] = field(init=False)
    _packages: Lately[PackageState] = field(init=False)

    def __post_init__(self) -> None:
        now = self.beliefs.monotonic
        self._supported = Lately(monotonic=now, max_age=HOUR, seen=self.beliefs.supported)
        self._sizes = Lately(monotonic=now, max_age=HOUR)
        self._registered = Lately(monotonic=now, max_age=HOUR, keep=lambda registered: registered)
        self._packages = Lately(monotonic=now, max_age=HOUR, keep=lambda state: state is PackageState.THERE)

    async def read(self, subject: Subject) -> PoolFacts:
        """Everything about the pool that is known before Azure is asked for it."""
        wanted, account, reading = subject.wanted, subject.account, _Reading()
        if account.ref.name is None:
            reading.unread.append(NAMED_BY_ENDPOINT)
        return PoolFacts(
            body=wanted.body,
            region=account.region,
            image=subject.image,
            managed=subject.managed,
            account=account,
            size=wanted_size(wanted, subject.found),
            identities=_identities(subject),
            version=await self._version(subject, reading),
            definition=await self._definition(subject, reading),
            supported=await reading.of("the account's node agents", lambda: self._node_agents(account)),
            sizes=await reading.of("the VM sizes of the region", lambda: self._vm_sizes(account)),
            registered=await self._registration(subject, reading),
            packages=await self._package_states(subject, reading),
            pools=self._pools(account),
            exists=subject.found is not None,
            unread=tuple(reading.unread),
        )

    async def vm_sizes(self, account: Account) -> tuple[VmSize, ...]:
        """The VM sizes of the account's region, read at most hourly; none where they cannot be read."""
        return await _Reading().of("the VM sizes of the region", lambda: self._vm_sizes(account)) or ()

    async def _version(self, subject: Subject, reading: "_Reading") -> ObservedVersion | None:
        image = subject.image
        if subject.managed or not isinstance(image, VersionName):
            return None
        return await reading.of("the image version", lambda: self.unmanaged.version(image))

    async def _definition(self, subject: Subject, reading: "_Reading") -> ObservedDefinition | None:
        if subject.image is None:
            return None
        image = subject.image
        name = image.definition if isinstance(image, VersionName) else image
        believed = self.beliefs.definitions.believed(name.id)
        if subject.managed or believed is not None:
            return believed.value if believed else None
        return await reading.of("the image definition", lambda: self.unmanaged.definition(name))

    async def _node_agents(self, account: Account) -> tuple[SupportedImage, ...] | None:
        return await self._supported.get(account.key, lambda: self.azure.pools.supported_images(account))

    async def _vm_sizes(self, account: Account) -> tuple[VmSize, ...] | None:
        subscription, region = account.ref.subscription_id, account.region
        if account.ref.name is None or subscription is None or region is None:
            return None
        return await self._sizes.get(f"{subscription}/{region}", lambda: self.azure.vm_sizes.list(subscription, region))

    async def _registration(self, subject: Subject, reading: "_Reading") -> bool | None:
        other = foreign_subscription(subject.image, subject.account.ref.subscription_id)
        if other is None:
            return None
        what = f"the registration of Microsoft.Batch in subscription {other}"
        return await reading.of(
            what, lambda: self._registered.get(other, lambda: self.azure.providers.has_batch(other))
        )

    async def _package_states(self, subject: Subject, reading: "_Reading") -> Mapping[PackageRef, PackageState]:
        if subject.account.ref.name is None:
            return {}
        named = package_refs(subject.wanted.body)
        states = {each: await reading.of(each.application_id, partial(self._package, each)) for each in named}
        return {each: state for each, state in states.items() if state is not None}

    async def _package(self, package: PackageRef) -> PackageState | None:
        key = f"{package.application_id}/{package.version}"
        return await self._packages.get(key, lambda: self.azure.applications.state(package))

    def _pools(self, account: Account) -> int | None:
        """As the account's last complete list showed."""
        listed = self.beliefs.pool_lists.get(account.ref.key)
        return len(listed.keys) if listed else None


def _identities(subject: Subject) -> tuple[str, ...]:
    if subject.wanted.identities is not None or subject.found is None:
        return subject.wanted.identities or ()
    return subject.found.identities


@dataclass(slots=True)
class _Reading:
    """Reads that may be refused: then the answer is unknown, and that is taken note of."""

    unread: list[str] = field(default_factory=list)

    async def of(self, what: str, read: Callable[[], Awaitable[T | None]]) -> T | None:
        """What was read; None where that failed."""
        try:
            return await read()
        except AzureFailure as failure:
            self.unread.append(f"{what} ({failure.code})")
            return None
