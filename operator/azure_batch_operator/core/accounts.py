"""Batch accounts: how a spec names one, and what is known of it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRef:
    """A Batch account as a spec names it: by its Resource Manager name, or by its endpoint alone."""

    subscription_id: str | None = None
    resource_group: str | None = None
    name: str | None = None
    endpoint: str | None = None
    location: str | None = None

    @property
    def key(self) -> str:
        """Equal for equal accounts: the Resource Manager id in lower case, or the endpoint's host."""
        if self.name is not None:
            return self.arm_id.casefold()
        return account_key(self.endpoint or "")

    @property
    def arm_id(self) -> str:
        """The account's Resource Manager id; only where the spec gives the name."""
        return (
            f"/subscriptions/{self.subscription_id}/resourceGroups/{self.resource_group}"
            f"/providers/Microsoft.Batch/batchAccounts/{self.name}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A Batch account that was found."""

    ref: AccountRef
    endpoint: str
    """`https://host[:port]`, where the data plane listens."""
    region: str | None
    """Normalised region, None where neither Azure nor the spec tells."""
    dedicated_core_quota: int | None = None
    low_priority_core_quota: int | None = None
    family_core_quotas: tuple[tuple[str, int], ...] | None = None
    """Dedicated cores by VM family, as Azure names families; None where families have no quota of their own."""
    pool_quota: int | None = None
    """How many pools the account may have."""
    user_subscription: bool = False
    """Whether nodes come from the quotas of the user's subscription, and not of the account."""
    authentication_modes: tuple[str, ...] | None = None
    """The ways to sign in that it takes, as Azure names them (`AAD`); None: not told."""

    @property
    def key(self) -> str:
        """The account's key in every cache: lower-case host and port of its endpoint."""
        return account_key(self.endpoint)


def account_key(endpoint: str) -> str:
    """Host and port of an endpoint in lower case, with or without scheme."""
    return endpoint.removeprefix("https://").rstrip("/").lower()
