"""What an image version is made from: as a spec names it, and what looking at it came to."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from azure_batch_operator.core.compute_ids import ComputeName
from azure_batch_operator.core.json import JsonObject
from azure_batch_operator.core.machines import AttachedDisk, MarketplaceImage

Capture = Literal["Snapshots", "Direct"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagedImageSource:
    """A managed image."""

    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineSource:
    """A virtual machine: through snapshots of its disks that we make and remove, or directly."""

    id: str
    capture: Capture
    generalized: bool = False
    """The user's word that the machine was deprovisioned or sysprepped: of a snapshot Azure cannot tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSnapshot:
    """A snapshot (or managed disk) of a data disk."""

    lun: int
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotsSource:
    """Snapshots (or managed disks) that somebody else made, of a generalized machine."""

    os_disk: str
    data_disks: tuple[DataSnapshot, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretKey:
    """One value of a Secret in the namespace of the GalleryImage."""

    name: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Vhd:
    """A VHD blob: `where` is its URI, or the Secret that holds its SAS URI."""

    where: str | SecretKey
    storage_account_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DataVhd:
    """The VHD of a data disk."""

    lun: int
    vhd: Vhd


@dataclass(frozen=True, slots=True, kw_only=True)
class VhdSource:
    """Uploaded VHDs of a generalized machine."""

    os_disk: Vhd
    data_disks: tuple[DataVhd, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionSource:
    """A version of another gallery or definition, to be copied."""

    id: str


WantedSource: TypeAlias = ManagedImageSource | MachineSource | SnapshotsSource | VhdSource | VersionSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """One rule that an object violates."""

    reason: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CapturedDisk:
    """A disk of a machine, and the snapshot of it that we make to publish from."""

    attached: AttachedDisk
    disk: ComputeName
    snapshot: ComputeName


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceReady:
    """A version can be made from it."""

    location: str
    """Normalised region in which the version must be made."""
    storage_profile: JsonObject
    """`storageProfile` of the version's body in wire form."""
    told: str
    """The source for a person, like its resource id; never a URI that holds a secret."""
    origin: MarketplaceImage | None = None
    captures: tuple[CapturedDisk, ...] = ()
    """The snapshots of ours that it consists of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotsNeeded:
    """A version can be made from snapshots of a machine's disks, once these are there and complete."""

    location: str
    """Normalised region of the machine."""
    captures: tuple[CapturedDisk, ...]
    told: str
    """The machine for a person."""
    origin: MarketplaceImage | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceAwaited:
    """It is not there yet, or not finished: it is waited for."""

    reason: str
    """What is missing, for condition SourceReady, like `SourceNotFound`."""
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRefused:
    """It violates rules."""

    told: str
    """The source for a person; what stands against it says `It`."""
    objections: tuple[Objection, ...]
    """Every rule that it violates, at least one."""

    @property
    def message(self) -> str:
        """All of them in sentences."""
        return " ".join((f"No version can be made from {self.told}.", *(each.message for each in self.objections)))


SourceAnswer: TypeAlias = SourceReady | SnapshotsNeeded | SourceAwaited | SourceRefused
