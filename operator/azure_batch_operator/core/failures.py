"""What can go wrong with a call to Azure, in our words."""

from dataclasses import dataclass
from enum import Enum


class FailureKind(Enum):
    """What a failure asks of us. One table in `cloud/failures.py` maps Azure's codes here."""

    THROTTLED = "throttled"  # 429, or a budget of ours is spent: come back at `retry_after`
    UNAVAILABLE = "unavailable"  # 408, 5xx, lost connections: retry with growing pauses
    UNAUTHENTICATED = "unauthenticated"  # 401, or no token could be had
    FORBIDDEN = "forbidden"  # 403: a right is missing
    NOT_FOUND = "not found"  # 404: the object itself, or its parent
    CONFLICT = "conflict"  # 409: busy, being deleted, exists already: observe again
    STALE = "stale"  # 412: somebody wrote since we looked: observe again
    QUOTA = "quota"  # a limit of the account or subscription
    AWAITED = "awaited"  # something in the cluster must be there first: nothing was sent
    UNUSABLE = "unusable"  # something in the cluster must be corrected first: nothing was sent
    REFUSED = "refused"  # 400: the request itself is wrong; only a new spec helps


OWN_BUDGET = "RequestBudget"
"""The code of a request that was not sent, because we send no more for now: nothing failed, it is only too early."""


@dataclass(kw_only=True, eq=False)
class AzureFailure(Exception):  # noqa: N818  # a failure is a value here; the exception is how it travels
    """One failed call: what Azure said, and what kind of trouble that is."""

    kind: FailureKind
    operation: str
    """What we tried, e.g. `Pools_ResizePool`."""
    target: str
    """The Azure object: a Resource Manager id, or `host/pools/id`."""
    code: str
    """Azure's own code, e.g. `PoolBeingResized`; `HTTP 503` style when the answer had none."""
    message: str
    status: int | None = None
    retry_after: float | None = None
    """Seconds, where Azure told them."""
    request_id: str | None = None

    def __str__(self) -> str:
        return f"{self.operation} on {self.target}: {self.code}: {self.message}"
