"""Batch accounts: what Resource Manager knows of them, and their quotas."""

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Literal

from azure_simulator import scenario as seeds
from azure_simulator.answers import ArmError
from azure_simulator.arm_ids import ResourceId, key_of
from azure_simulator.batch_accounts.applications import Applications, seeded
from azure_simulator.batch_accounts.doors import Doors
from azure_simulator.clock import Clock
from azure_simulator.resources.locations import normalised
from azure_simulator.resources.models import Resources
from azure_simulator.resources.operations import AsyncOperation

AuthenticationMode = Literal["AAD", "SharedKey", "TaskAuthenticationToken"]
PoolAllocationMode = Literal["BatchService", "UserSubscription"]
State = Literal["Creating", "Succeeded", "Deleting", "Failed", "Cancelled", "Invalid"]
ALL_MODES: tuple[AuthenticationMode, ...] = ("SharedKey", "AAD", "TaskAuthenticationToken")


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotas:
    """Core, pool and job quotas of an account; `families` maps a VM family to cores, None means not enforced."""

    dedicated_cores: int
    low_priority_cores: int
    families: dict[str, int] | None
    pools: int
    jobs: int


# What a new account gets when nobody asked Microsoft for more ("Batch service quotas and limits").
NEW_ACCOUNT_QUOTAS = Quotas(dedicated_cores=100, low_priority_cores=100, families=None, pools=100, jobs=300)


@dataclass(slots=True, kw_only=True)
class BatchAccount:
    """A Batch account. `location` is normalised (`westeurope`), `endpoint` is an origin with its port."""

    name: str
    resource_id: ResourceId
    location: str
    tenant_id: str
    endpoint: str
    quotas: Quotas
    keys: tuple[str, str]
    allowed_authentication_modes: tuple[AuthenticationMode, ...] = ALL_MODES
    pool_allocation_mode: PoolAllocationMode = "BatchService"
    public_network_access: Literal["Enabled", "Disabled"] = "Enabled"
    tags: dict[str, str] = field(default_factory=dict)
    state: State = "Creating"
    applications: Applications = field(init=False)

    def __post_init__(self) -> None:
        self.applications = Applications(self.id)

    @property
    def id(self) -> str:
        """The ARM id."""
        return self.resource_id.text

    @property
    def subscription_id(self) -> str:
        """The subscription that the account belongs to."""
        return self.resource_id.subscription

    @property
    def dedicated_core_quota(self) -> int:
        """Cores that dedicated nodes of all pools may have together."""
        return self.quotas.dedicated_cores

    @property
    def low_priority_core_quota(self) -> int:
        """Cores that Spot nodes of all pools may have together."""
        return self.quotas.low_priority_cores

    @property
    def family_quotas(self) -> dict[str, int] | None:
        """Cores per VM family for dedicated nodes, or None when only the total counts."""
        return self.quotas.families

    @property
    def pool_quota(self) -> int:
        """How many pools the account may have."""
        return self.quotas.pools


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountEntry:
    """The account as the index of resources holds it."""

    account: BatchAccount
    forget: Callable[[BatchAccount], None]

    @property
    def id(self) -> ResourceId:
        """The full id."""
        return self.account.resource_id

    @property
    def location(self) -> str:
        """The normalised region."""
        return self.account.location

    @property
    def tags(self) -> dict[str, str]:
        """The tags."""
        return self.account.tags

    def purge(self) -> None:
        """Be gone at once."""
        self.forget(self.account)


class BatchAccounts:
    """All Batch accounts, and the doors at which they are reached."""

    def __init__(
        self,
        scenario: seeds.Scenario,
        *,
        clock: Clock,
        random: Random,
        resources: Resources,
        doors: Doors,
    ) -> None:
        self.vm_sizes = scenario.vm_sizes
        self._pace = scenario.pace.resources
        self._clock = clock
        self._random = random
        self._resources = resources
        self._doors = doors
        self._accounts: dict[str, BatchAccount] = {}
        self._entries: dict[str, AccountEntry] = {}
        for seed in scenario.batch_accounts:
            self._seed(seed)

    def __iter__(self) -> Iterator[BatchAccount]:
        """Every account."""
        return iter(tuple(self._accounts.values()))

    def get(self, account_id: str) -> BatchAccount | None:
        """The account with this ARM id."""
        return self._accounts.get(key_of(account_id))

    def named(self, name: str, location: str) -> BatchAccount | None:
        """The account with this name, which is unique in a region."""
        matching = (
            account
            for account in self._accounts.values()
            if account.name == name.casefold() and account.location == normalised(location)
        )
        return next(matching, None)

    def in_location(self, subscription_id: str, location: str) -> tuple[BatchAccount, ...]:
        """The accounts of a subscription in a region, which its account quota counts."""
        return tuple(
            account
            for account in self._accounts.values()
            if account.subscription_id.casefold() == subscription_id.casefold()
            and account.location == normalised(location)
        )

    def new_keys(self) -> tuple[str, str]:
        """Two fresh account keys."""
        first, second = (base64.b64encode(self._random.randbytes(64)).decode() for _ in range(2))
        return first, second

    def begin_creating(self, account: BatchAccount, failure: ArmError | None) -> AsyncOperation:
        """Add an account, which is usable after the time that the scenario's pace gives."""
        self._add(account)
        seconds = self._pace.batch_account_creation.draw(self._random)
        return self._resources.operations.begin(
            account.id,
            seconds,
            lambda: _mark(account, "Succeeded"),
            failure=failure,
            fail=lambda: _mark(account, "Failed"),
        )

    def begin_deleting(self, account: BatchAccount, failure: ArmError | None) -> AsyncOperation:
        """Take an account away, after the time that the scenario's pace gives."""
        account.state = "Deleting"
        seconds = self._pace.batch_account_deletion.draw(self._random)
        return self._resources.operations.begin(
            account.id,
            seconds,
            lambda: self._forget(account),
            failure=failure,
            fail=lambda: _mark(account, "Succeeded"),
        )

    def _seed(self, seed: seeds.BatchAccount) -> None:
        quotas = Quotas(
            dedicated_cores=seed.dedicated_core_quota,
            low_priority_cores=seed.low_priority_core_quota,
            families=seed.family_quotas,
            pools=seed.pool_quota,
            jobs=seed.job_quota,
        )
        resource_id = ResourceId(
            subscription=seed.subscription_id,
            group=seed.resource_group,
            namespace="Microsoft.Batch",
            path=(("batchAccounts", seed.name),),
        )
        account = BatchAccount(
            name=seed.name,
            resource_id=resource_id,
            location=normalised(seed.location),
            tenant_id=self._resources.subscription(seed.subscription_id).tenant_id,
            endpoint=self.open_door(seed.name, seed.location),
            quotas=quotas,
            keys=self.new_keys(),
            tags=dict(seed.tags),
            state="Succeeded",
        )
        account.applications = seeded(account.id, seed.applications, self._clock.now())
        self._add(account)

    def open_door(self, name: str, location: str) -> str:
        """The origin at which an account of this name will be reached."""
        return self._doors.open(f"{name}.{normalised(location)}")

    def _add(self, account: BatchAccount) -> None:
        self._accounts[account.resource_id.key] = account
        entry = AccountEntry(account=account, forget=self._forget)
        self._entries[account.resource_id.key] = entry
        self._resources.index.add(entry)

    def _forget(self, account: BatchAccount) -> None:
        self._accounts.pop(account.resource_id.key, None)
        entry = self._entries.pop(account.resource_id.key, None)
        if entry is not None:
            self._resources.index.discard(entry)
            self._doors.close(f"{account.name}.{account.location}")


def _mark(account: BatchAccount, state: State) -> None:
    account.state = state
