"""Core quotas: what the nodes of an account use, and how many more nodes fit."""

from collections import Counter
from dataclasses import dataclass

from azure_simulator.batch.states import Kind, ResizeError
from azure_simulator.batch_accounts.models import BatchAccount
from azure_simulator.scenario import VmSize


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How many nodes still fit under every quota, and what is said when none does."""

    nodes: int
    refusal: ResizeError


class CoreLedger:
    """The cores in use per account; quotas are read from the account whenever somebody asks."""

    def __init__(self) -> None:
        self._total: Counter[tuple[str, Kind]] = Counter()
        self._families: Counter[tuple[str, str]] = Counter()

    def book(self, account: BatchAccount, kind: Kind, size: VmSize, nodes: int) -> None:
        """Count `nodes` more (or fewer, when negative) of a size."""
        self._total[account.id, kind] += nodes * size.cores
        if kind is Kind.DEDICATED:
            self._families[account.id, size.family.lower()] += nodes * size.cores

    def used(self, account: BatchAccount, kind: Kind) -> int:
        """Cores in use by the nodes of a kind."""
        return self._total[account.id, kind]

    def room(self, account: BatchAccount, kind: Kind, size: VmSize) -> Room | None:
        """How many more nodes of a size fit now under the tightest quota; None when no quota applies.

        The codes are those of Microsoft's page on pool resize failures. Quotas belong to accounts in Batch
        service mode; those of a user subscription are the subscription's own.
        """
        if account.pool_allocation_mode == "UserSubscription":
            return None
        return min(self._limits(account, kind, size), key=lambda room: room.nodes)

    def _limits(self, account: BatchAccount, kind: Kind, size: VmSize) -> list[Room]:
        used = self._total[account.id, kind]
        if kind is Kind.LOW_PRIORITY:
            return [
                _room(
                    "AccountLowPriorityCoreQuotaReached",
                    "low priority core quota",
                    account.low_priority_core_quota,
                    used,
                    size,
                )
            ]
        rooms = [_room("AccountCoreQuotaReached", "core quota", account.dedicated_core_quota, used, size)]
        families = {name.lower(): quota for name, quota in (account.family_quotas or {}).items()}
        quota = families.get(size.family.lower())
        if quota is not None:
            in_family = self._families[account.id, size.family.lower()]
            name = f"VM series core quota for {size.family}"
            rooms.append(_room("AccountVMSeriesCoreQuotaReached", name, quota, in_family, size))
        return rooms


def _room(code: str, name: str, quota: int, used: int, size: VmSize) -> Room:
    return Room(
        nodes=max(0, (quota - used) // size.cores),
        refusal=ResizeError(
            code=code,
            message=f"The specified account has reached {name}",
            values={
                "CoreQuota": str(quota),
                "CoresInUse": str(used),
                "CoresPerNode": str(size.cores),
                "VMSize": size.name,
            },
        ),
    )
