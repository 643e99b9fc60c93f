"""Batch accounts: what Resource Manager knows of them, and their quotas."""

from dataclasses import dataclass, field, replace
from typing import Literal

AuthenticationMode = Literal["AAD", "SharedKey", "TaskAuthenticationToken"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotas:
    """Core, pool and job quotas of an account; `families` maps a VM family to cores, None means not enforced."""

    dedicated_cores: int
    low_priority_cores: int
    families: dict[str, int] | None
    pools: int
    jobs: int


@dataclass(slots=True, kw_only=True)
class BatchAccount:
    """A Batch account. `location` is normalised (`westeurope`), `endpoint` is an origin with its port."""

    name: str
    id: str
    location: str
    tenant_id: str
    subscription_id: str
    endpoint: str
    quotas: Quotas
    allowed_authentication_modes: tuple[AuthenticationMode, ...] = (
        "AAD",
        "SharedKey",
        "TaskAuthenticationToken",
    )
    pool_allocation_mode: Literal["BatchService", "UserSubscription"] = "BatchService"
    tags: dict[str, str] = field(default_factory=dict)

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
