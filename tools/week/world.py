"""The world of the week: pools in one Batch account, and what chance does to them every hour."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TypeAlias

import yaml

from tools.stage.manifests import Manifest, merged

ACCOUNT = "contoso"
NAMESPACE = "week"
ROOMY = {"dedicatedCoreQuota": 20_000, "lowPriorityCoreQuota": 5_000}
_TIGHT = {"dedicatedCoreQuota": 1_200, "lowPriorityCoreQuota": 100}
_POOL = Path(__file__).parents[2] / "examples" / "pools" / "spot.yaml"
_MOST_DEDICATED, _MOST_SPOT = 40, 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Resize:
    """Somebody changes the spec."""

    pool: str
    dedicated: int
    spot: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotas:
    """Azure changes the quotas of the account."""

    roomy: bool

    @property
    def cores(self) -> dict[str, int]:
        """The quotas as the control API takes them."""
        return ROOMY if self.roomy else _TIGHT


@dataclass(frozen=True, slots=True, kw_only=True)
class Preemption:
    """Azure takes Spot nodes back."""

    pool: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignEdit:
    """Somebody else changes the pool's start task in Azure."""

    pool: str


Event: TypeAlias = Resize | Quotas | Preemption | ForeignEdit


class Chance:
    """The same week each time for the same seed."""

    def __init__(self, pools: int, *, seed: int = 23) -> None:
        self._random = Random(seed)
        self.names = tuple(f"pool-{number:02}" for number in range(pools))

    def manifest(self, name: str) -> Manifest:
        """A BatchPool with dedicated and Spot nodes."""
        size = {"targetDedicatedNodes": self._random.randint(0, _MOST_DEDICATED), "targetLowPriorityNodes": 2}
        changed: Manifest = merged(
            yaml.safe_load(_POOL.read_text()), {"metadata": {"name": name, "namespace": NAMESPACE}, "spec": size}
        )
        return changed

    def hour(self) -> Iterator[Event]:
        """What happens in an hour: every third pool is resized, and now and then something worse."""
        if self._random.random() < 0.15:
            yield Quotas(roomy=self._random.random() < 0.4)
        for pool in self._random.sample(self.names, len(self.names) // 3):
            yield Resize(
                pool=pool,
                dedicated=self._random.randint(0, _MOST_DEDICATED),
                spot=self._random.randint(0, _MOST_SPOT),
            )
        yield Preemption(pool=self._random.choice(self.names))
        if self._random.random() < 0.5:
            yield ForeignEdit(pool=self._random.choice(self.names))
