"""What managed disks and snapshots have alike: data that travels with every copy, and how it is kept."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from azure_simulator.arm_bodies import Json
from azure_simulator.arm_ids import ResourceId

if TYPE_CHECKING:
    from azure_simulator.compute.models import Compute

OsType = Literal["Windows", "Linux"]
Generation = Literal["V1", "V2"]
Architecture = Literal["x64", "Arm64"]
SecurityType = Literal["Standard", "TrustedLaunch", "ConfidentialVM"]

BYTES_OF_A_GIGABYTE = 1024**3


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The Marketplace plan that whoever uses the software pays for."""

    name: str
    publisher: str
    product: str
    promotion_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketplaceImage:
    """The Marketplace image that a disk or a machine began as; `version` is the exact one."""

    publisher: str
    offer: str
    sku: str
    version: str

    def id_in(self, subscription: str, location: str) -> str:
        """The ARM id under which a disk names it."""
        return (
            f"/Subscriptions/{subscription}/Providers/Microsoft.Compute/Locations/{location}"
            f"/Publishers/{self.publisher}/ArtifactTypes/VMImage/Offers/{self.offer}/Skus/{self.sku}"
            f"/Versions/{self.version}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Encryption:
    """How a disk is encrypted at rest: by Azure's key, or by that of a disk encryption set (its ARM id)."""

    type: str = "EncryptionAtRestWithPlatformKey"
    encryption_set_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeData:
    """What is on a disk, which a copy has as well.

    Without `os_type` it is a data disk, which has neither generation nor architecture. `security` is the disk's
    security type on the wire, None for Standard; a confidential one may have a disk encryption set of its own (its
    ARM id). `encryption_settings` are those of Azure Disk Encryption. `capabilities` are the supported ones on the
    wire beside the architecture.
    `os_was_generalized` is the truth that Azure does not know: nodes from an operating system that was not
    generalized never get ready.
    """

    size_gb: int
    os_type: OsType | None = None
    os_was_generalized: bool = False
    hyper_v_generation: Generation | None = None
    architecture: Architecture | None = None
    security: str | None = None
    encryption_settings: Json | None = None
    plan: Plan | None = None
    security_encryption_set_id: str | None = None
    capabilities: Json = field(default_factory=dict)

    @property
    def ade_encrypted(self) -> bool:
        """Whether Azure Disk Encryption encrypted it inside of the machine."""
        return bool(self.encryption_settings and self.encryption_settings.get("enabled"))

    @property
    def security_type(self) -> SecurityType:
        """The security type of machines that boot from it."""
        if self.security is None:
            return "Standard"
        return "TrustedLaunch" if self.security == "TrustedLaunch" else "ConfidentialVM"


@dataclass(frozen=True, slots=True, kw_only=True)
class Creation:
    """How a disk or snapshot came to be (`creationData`): the option, and what it was made from.

    `settings` are kept as they were given, in wire form.
    """

    option: str
    source_id: str | None = None
    source_uri: str | None = None
    storage_account_id: str | None = None
    source_unique_id: str | None = None
    image: MarketplaceImage | None = None
    upload_size_bytes: int | None = None
    settings: Json = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Volume:
    """A managed disk or a snapshot; `state` is its provisioning state.

    `completion_percent` is that of the copy it began as; `settings` are kept as they were given, in wire form.
    """

    id: ResourceId
    location: str
    tags: dict[str, str]
    compute: "Compute"
    data: VolumeData
    creation: Creation
    sku: str
    created: datetime
    unique_id: str
    encryption: Encryption = Encryption()
    state: str = "Creating"
    completion_percent: float = 100.0
    network_access_policy: str = "AllowAll"
    public_network_access: str = "Enabled"
    settings: Json = field(default_factory=dict)
    zones: tuple[str, ...] = ()
    access_until: datetime | None = None

    @property
    def size_gb(self) -> int:
        """The size in GB, full ones of 1024³ bytes."""
        return self.data.size_gb

    @property
    def os_type(self) -> OsType | None:
        """The operating system on it; None for a data disk."""
        return self.data.os_type

    @property
    def os_was_generalized(self) -> bool:
        """Whether nodes made from it can get ready, which Azure itself cannot tell."""
        return self.data.os_was_generalized

    @property
    def hyper_v_generation(self) -> Generation | None:
        """The generation of machines that it boots; None for a data disk."""
        return self.data.hyper_v_generation

    @property
    def architecture(self) -> Architecture | None:
        """The processor that its operating system runs on; None for a data disk."""
        return self.data.architecture

    @property
    def security_type(self) -> SecurityType:
        """The security type of machines that boot from it."""
        return self.data.security_type

    @property
    def ade_encrypted(self) -> bool:
        """Whether Azure Disk Encryption encrypted it inside of the machine."""
        return self.data.ade_encrypted

    @property
    def plan(self) -> Plan | None:
        """The Marketplace plan that comes with it."""
        return self.data.plan

    @property
    def source_id(self) -> str | None:
        """The ARM id of the disk or snapshot that it was made from."""
        return self.creation.source_id

    @property
    def image_reference(self) -> MarketplaceImage | None:
        """The Marketplace image that it was made from; a copy does not tell."""
        return self.creation.image

    @property
    def being_read(self) -> bool:
        """Whether somebody has a URL to its bytes now."""
        return self.access_until is not None and self.compute.clock.now() < self.access_until
