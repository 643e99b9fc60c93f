"""Resource Manager's token buckets (learn.microsoft.com, "How Azure Resource Manager throttles requests")."""

from dataclasses import dataclass
from datetime import datetime

from azure_simulator.clock import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A bucket of `size` requests that refills by `per_second`."""

    kind: str
    size: int
    per_second: float


READS = Limit(kind="reads", size=250, per_second=25)
WRITES = Limit(kind="writes", size=200, per_second=10)
DELETES = Limit(kind="deletes", size=200, per_second=10)


def limit_of(method: str) -> Limit:
    """The bucket that a request of this method draws on."""
    match method:
        case "GET" | "HEAD":
            return READS
        case "DELETE":
            return DELETES
        case _:
            return WRITES


@dataclass(slots=True, kw_only=True)
class Bucket:
    """How many requests are left of a limit, as of a simulated moment."""

    limit: Limit
    left: float
    asked: datetime

    def draw(self, now: datetime) -> bool:
        """Take one request out; False when none is left."""
        refilled = (now - self.asked).total_seconds() * self.limit.per_second
        self.left = min(self.left + refilled, float(self.limit.size))
        self.asked = now
        if self.left < 1:
            return False
        self.left -= 1
        return True


class Buckets:
    """A bucket per principal, subscription and kind of request."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._buckets: dict[tuple[str, str, str], Bucket] = {}

    def bucket(self, principal: str, subscription: str, method: str) -> Bucket:
        """The bucket that the request draws on."""
        limit = limit_of(method)
        key = (principal, subscription.casefold(), limit.kind)
        if key not in self._buckets:
            self._buckets[key] = Bucket(limit=limit, left=float(limit.size), asked=self._clock.now())
        return self._buckets[key]
