"""What pools are made on: time, chance, pace, quotas, and the images that nodes boot."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from random import Random
from typing import Protocol

from azure_simulator.batch.bodies.machines import VirtualMachineConfiguration
from azure_simulator.batch.quotas import CoreLedger
from azure_simulator.batch.scenario import BatchPace, BatchSwitches
from azure_simulator.batch.states import ResizeError
from azure_simulator.batch_accounts.models import BatchAccount
from azure_simulator.clock import Clock
from azure_simulator.scenario import VmSize


class Fate(Enum):
    """What becomes of nodes that boot an image."""

    HEALTHY = auto()
    UNUSABLE = auto()
    NEVER_READY = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Boot:
    """What nodes of a resize boot: the exact image, how many ready replicas it has now, and their fate."""

    image: str
    ready_replicas: Callable[[], int]
    fate: Fate = Fate.HEALTHY


class Images(Protocol):
    """Finds what the nodes of a pool boot."""

    def boot(self, machine: VirtualMachineConfiguration, account: BatchAccount, size: VmSize) -> Boot | ResizeError:
        """What new nodes boot now, or why none can be made."""
        ...


class CreationSites:
    """How many creations are under way from each image in each region: they slow each other down."""

    def __init__(self) -> None:
        self._under_way: Counter[tuple[str, str]] = Counter()

    def change(self, image: str, region: str, creations: int) -> None:
        """Count more (or fewer, when negative) creations."""
        self._under_way[image.lower(), region] += creations

    def under_way(self, image: str, region: str) -> int:
        """Creations under way now."""
        return self._under_way[image.lower(), region]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fabric:
    """Everything that resizes and nodes need from around them."""

    clock: Clock
    random: Random
    pace: BatchPace
    switches: BatchSwitches
    images: Images
    ledger: CoreLedger
    sites: CreationSites
