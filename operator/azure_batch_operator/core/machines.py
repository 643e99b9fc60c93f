"""Virtual machines, their disks, and snapshots of these, as Azure showed them and as far as a source must be known."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from azure_batch_operator.core.compute_ids import ComputeName
from azure_batch_operator.core.names import OWNER_TAG, same

SecurityType = Literal["Standard", "TrustedLaunch", "ConfidentialVM"]

COMPLETE = 100.0
"""Per cent of a copy that is done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchasePlan:
    """The Marketplace plan under which software is paid for."""

    name: str
    publisher: str
    product: str

    def __str__(self) -> str:
        return f"{self.publisher}/{self.product}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketplaceImage:
    """The Marketplace image that a machine began as."""

    publisher: str
    offer: str
    sku: str

    def __str__(self) -> str:
        return f"{self.publisher}/{self.offer}/{self.sku}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedDisk:
    """A managed disk, or a snapshot of one. None of a property: Azure does not tell."""

    name: ComputeName
    location: str
    """Normalised region."""
    provisioning_state: str
    sku: str
    size_gb: int
    tags: Mapping[str, str] = field(default_factory=dict)
    os_type: str | None = None
    """None for a data disk."""
    hyper_v_generation: str | None = None
    architecture: str | None = None
    security_type: SecurityType = "Standard"
    encrypted_inside: bool = False
    """Whether Azure Disk Encryption encrypted it from within its machine."""
    plan: PurchasePlan | None = None
    origin: MarketplaceImage | None = None
    completion: float = COMPLETE
    """Per cent of the copy that it began as."""

    @property
    def done(self) -> bool:
        """Whether everything is on it."""
        return same(self.provisioning_state, "Succeeded") and self.completion >= COMPLETE

    @property
    def owner_tag(self) -> str | None:
        """The value of the owner tag; tag names ignore letter case."""
        return next((value for name, value in self.tags.items() if same(name, OWNER_TAG)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachedDisk:
    """A disk as its machine names it."""

    lun: int | None = None
    """None for the OS disk."""
    disk: ComputeName | None = None
    """None when it is a VHD in a storage account: an unmanaged disk."""
    caching: str = ""
    """Host caching, empty where the machine does not tell it."""
    ephemeral: bool = False
    """Whether it lives on the host only, and is gone with the machine's allocation."""
    on_temporary_disk: bool = False
    """Whether it takes the place of the machine's temporary disk."""
    encrypted_inside: bool = False

    @property
    def words(self) -> str:
        """The disk, for a person, without an article."""
        return "OS disk" if self.lun is None else f"data disk at LUN {self.lun}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedMachine:
    """A virtual machine, with its instance view."""

    name: ComputeName
    location: str
    """Normalised region."""
    provisioning_state: str
    power: str
    """As Azure's status code has it: `running`, `stopped`, `deallocating`, `deallocated`; empty where not told."""
    generalized: bool
    os_type: str
    hyper_v_generation: str | None
    security_type: SecurityType
    os_disk: AttachedDisk
    data_disks: tuple[AttachedDisk, ...] = ()
    extensions: tuple[str, ...] = ()
    plan: PurchasePlan | None = None
    origin: MarketplaceImage | None = None

    @property
    def disks(self) -> tuple[AttachedDisk, ...]:
        """The OS disk and the data disks."""
        return (self.os_disk, *self.data_disks)
