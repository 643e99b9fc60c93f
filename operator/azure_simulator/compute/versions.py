"""Image versions: their copies in regions, and what can be booted from them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from azure_simulator.answers import ArmError
from azure_simulator.arm_bodies import Json
from azure_simulator.arm_ids import ResourceId
from azure_simulator.compute.bodies import DiskSource, Encryption, FullSource, ReplicaSet
from azure_simulator.compute.galleries import ImageDefinition, ProvisioningState
from azure_simulator.compute.replication_troubles import ReplicationOrder
from azure_simulator.resources.locations import normalised
from azure_simulator.resources.operations import AsyncOperation

CopyState = Literal["Unknown", "Replicating", "Completed", "Failed"]
StorageType = Literal["Standard_LRS", "Standard_ZRS", "Premium_LRS", "PremiumV2_LRS"]
Caching = Literal["None", "ReadOnly", "ReadWrite"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyStatus:
    """What `replicationStatus` tells of one region; `progress` is in percent."""

    region: str
    state: CopyState
    progress: int
    details: str = ""


@dataclass(slots=True, kw_only=True)
class RegionalCopy:
    """A version in one region: `replicas` are wanted, `ready` of them can be read, likewise of additional sets.

    `trouble` is what every further replication to this region meets, until it is taken out.
    """

    region: str
    replicas: int
    storage_type: StorageType
    exclude_from_latest: bool = False
    encryption: Encryption | None = None
    additional_sets: tuple[ReplicaSet, ...] = ()
    ready: int = 0
    ready_sets: tuple[ReplicaSet, ...] = ()
    state: CopyState = "Replicating"
    progress: int = 0
    failure: ArmError | None = None
    trouble: ReplicationOrder | None = None
    leaving: bool = False

    @property
    def status(self) -> CopyStatus:
        """What `replicationStatus` tells now."""
        details = "" if self.failure is None else self.failure.message
        return CopyStatus(region=self.region, state=self.state, progress=self.progress, details=details)

    @property
    def all_replicas(self) -> int:
        """Replicas wanted, those of other storage types included."""
        return self.replicas + sum(extra.regional_replica_count or 1 for extra in self.additional_sets)

    @property
    def settled(self) -> bool:
        """Whether the region has exactly the replicas that are wanted."""
        exact = self.ready == self.replicas and self.ready_sets == self.additional_sets
        return self.state == "Completed" and exact

    @property
    def grows(self) -> bool:
        """Whether there are replicas to be made, not only to be given up."""
        return not self.leaving and (self.replicas > self.ready or self.ready_sets != self.additional_sets)

    def begin(self) -> None:
        """Replicate from now on."""
        self.state, self.progress, self.failure = "Replicating", 0, None

    def fail(self, failure: ArmError) -> None:
        """End the replication badly; what could be read before still can."""
        self.state, self.failure = "Failed", failure

    def complete(self) -> None:
        """End the replication well."""
        self.state, self.progress = "Completed", 100
        self.ready, self.ready_sets = self.replicas, self.additional_sets


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    """A disk of a version; `lun` is None for the OS disk, `source` what it alone was made from, without secrets."""

    size_gb: int
    caching: Caching
    lun: int | None = None
    source: DiskSource | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What a version was made from, which never changes; no `source`: each disk has its own.

    `boots_nodes` is what Azure cannot tell: whether the operating system was generalized, and is what the
    definition says that it is.
    """

    os_disk: Disk
    data_disks: tuple[Disk, ...] = ()
    source: FullSource | None = None
    boots_nodes: bool = True

    @property
    def disks(self) -> tuple[Disk, ...]:
        """The OS disk and the data disks."""
        return (self.os_disk, *self.data_disks)

    @property
    def size_gb(self) -> int:
        """All disks together."""
        return sum(disk.size_gb for disk in self.disks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Publishing:
    """The part of a publishing profile that is not about single regions."""

    replica_count: int
    storage_type: StorageType
    replication_mode: Literal["Full", "Shallow"] = "Full"
    exclude_from_latest: bool = False
    end_of_life_date: datetime | None = None
    storage_strategy: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Safety:
    """What may be deleted when."""

    allow_deletion_of_replicated_locations: bool = True
    block_deletion_before_end_of_life: bool = False


@dataclass(slots=True, kw_only=True)
class ImageVersion:
    """An image version; `copies` are found by normalised region, in the order of the target regions.

    `missing_source` tells why the source cannot be read (None: it can), until it has been read.
    """

    id: ResourceId
    definition: ImageDefinition
    location: str
    tags: dict[str, str]
    contents: Contents
    publishing: Publishing
    published: datetime
    safety: Safety = Safety()
    security_profile: Json | None = None
    copies: dict[str, RegionalCopy] = field(default_factory=dict)
    state: ProvisioningState = "Creating"
    missing_source: Callable[[], ArmError | None] | None = None
    operation: AsyncOperation | None = None
    shown_status: tuple[CopyStatus, ...] | None = None

    @property
    def subscription_id(self) -> str:
        """The subscription that owns the gallery."""
        return self.id.subscription

    @property
    def generalized(self) -> bool:
        """Whether nodes can be made from it."""
        return self.definition.os_state == "Generalized" and self.contents.boots_nodes

    @property
    def number(self) -> tuple[int, ...]:
        """Major, minor, patch: for finding the newest."""
        return tuple(int(part) for part in self.id.name.split("."))

    @property
    def status(self) -> tuple[CopyStatus, ...]:
        """What `replicationStatus` tells, which may lag behind by the scenario's switch."""
        if self.shown_status is not None:
            return self.shown_status
        return tuple(copy.status for copy in self.copies.values())

    def ready_replicas(self, region: str) -> int:
        """How many replicas can be read in `region`; 0 where there is none."""
        copy = self.copies.get(normalised(region))
        return 0 if copy is None else copy.ready

    def counts_as_latest(self, region: str | None) -> bool:
        """Whether an id without a version may mean this one, in `region` if given."""
        if self.state == "Deleting" or self.publishing.exclude_from_latest:
            return False
        if region is None:
            return any(copy.ready for copy in self.copies.values())
        copy = self.copies.get(normalised(region))
        return copy is not None and copy.ready > 0 and not copy.exclude_from_latest

    def purge(self) -> None:
        """Be gone."""
        self.definition.versions.pop(self.id.name, None)
