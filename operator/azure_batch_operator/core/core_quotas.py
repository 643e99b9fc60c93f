"""How many cores a pool's missing nodes need, and how many the account still has for them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from azure_batch_operator.core.accounts import Account
from azure_batch_operator.core.pools import ObservedPool
from azure_batch_operator.core.sizing import Size, current
from azure_batch_operator.core.vm_sizes import VmSize, size_named


@dataclass(frozen=True, slots=True, kw_only=True)
class Cores:
    """The cores of an account under one of its quotas."""

    name: str
    """What the quota is for: `dedicated`, `Spot`, `standardDv3Family`."""
    missing: int
    """Nodes that are to come."""
    needed: int
    quota: int
    used: int
    """By all pools of the account that were seen."""

    @property
    def free(self) -> int:
        """Cores that are left, as far as the account's pools tell."""
        return max(0, self.quota - self.used)

    def __str__(self) -> str:
        """The sentence for people."""
        return (
            f"{self.missing:,} more nodes need {self.needed:,} {self.name} cores; {self.free:,} of the account's "
            f"{self.quota:,} are free."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Use:
    """Nodes of one pool, and what each of them is."""

    nodes: Size
    size: VmSize

    @property
    def family(self) -> str:
        """The family, in one letter case."""
        return (self.size.family or "").casefold()

    def cores(self, nodes: int) -> int:
        """What so many of its nodes count for."""
        return nodes * (self.size.cores or 0)


def short_of_cores(
    size: Size, found: ObservedPool, account: Account, sizes: Sequence[VmSize], pools: Iterable[ObservedPool]
) -> str:
    """What the nodes that are missing to `size` need, where that is more than is free; empty where that is not known.

    `pools` are all pools of the account. Nodes of an account in user subscription mode come from other quotas.
    """
    made_of = _size_of(found, sizes)
    if account.user_subscription or made_of is None or made_of.cores is None:
        return ""
    missing = _Use(nodes=_missing(size, current(found)), size=made_of)
    in_use = [_Use(nodes=current(pool), size=kind) for pool in pools if (kind := _size_of(pool, sizes))]
    limits = (_dedicated(account, missing, in_use), _family(account, missing, in_use), _spot(account, missing, in_use))
    return " ".join(str(cores) for cores in limits if cores is not None and cores.needed > cores.free)


def _dedicated(account: Account, missing: _Use, in_use: Sequence[_Use]) -> Cores | None:
    used = sum(each.cores(each.nodes.dedicated) for each in in_use)
    return _cores("dedicated", missing, missing.nodes.dedicated, account.dedicated_core_quota, used)


def _family(account: Account, missing: _Use, in_use: Sequence[_Use]) -> Cores | None:
    quotas = {name.casefold(): quota for name, quota in account.family_core_quotas or ()}
    used = sum(each.cores(each.nodes.dedicated) for each in in_use if each.family == missing.family)
    return _cores(f"{missing.size.family}", missing, missing.nodes.dedicated, quotas.get(missing.family), used)


def _spot(account: Account, missing: _Use, in_use: Sequence[_Use]) -> Cores | None:
    used = sum(each.cores(each.nodes.spot) for each in in_use)
    return _cores("Spot", missing, missing.nodes.spot, account.low_priority_core_quota, used)


def _cores(name: str, missing: _Use, nodes: int, quota: int | None, used: int) -> Cores | None:
    if quota is None:
        return None
    return Cores(name=name, missing=nodes, needed=missing.cores(nodes), quota=quota, used=used)


def _missing(size: Size, there: Size) -> Size:
    return Size(dedicated=max(0, size.dedicated - there.dedicated), spot=max(0, size.spot - there.spot))


def _size_of(pool: ObservedPool, sizes: Sequence[VmSize]) -> VmSize | None:
    return size_named(sizes, str(pool.body.get("vmSize", "")))
