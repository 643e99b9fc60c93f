"""What clients send about managed disks, snapshots and disk encryption sets.

Members that Azure only answers are accepted and ignored, since clients send back what they read.
"""

from typing import Annotated, Literal, get_args

from pydantic import BeforeValidator, Field, JsonValue

from azure_simulator.arm_bodies import Body, Json, one_of
from azure_simulator.compute.bodies import Architecture, Generation, OsType, ReadOnly, ResourceBody, SubResource

_CreateOption = Literal[
    "Attach",
    "Copy",
    "CopyFromSanSnapshot",
    "CopyStart",
    "Empty",
    "FromImage",
    "Import",
    "ImportSecure",
    "Restore",
    "Upload",
    "UploadPreparedSecure",
]
_DiskSku = Literal[
    "Standard_LRS",
    "Premium_LRS",
    "StandardSSD_LRS",
    "UltraSSD_LRS",
    "Premium_ZRS",
    "StandardSSD_ZRS",
    "PremiumV2_LRS",
]
_SnapshotSku = Literal["Standard_LRS", "Premium_LRS", "Standard_ZRS"]
_NetworkPolicy = Literal["AllowAll", "AllowPrivate", "DenyAll"]
_Access = Literal["None", "Read", "Write"]
_EncryptionType = Literal[
    "EncryptionAtRestWithCustomerKey",
    "EncryptionAtRestWithPlatformAndCustomerKeys",
    "ConfidentialVmEncryptedWithCustomerKey",
]
CreateOption = Annotated[_CreateOption, BeforeValidator(one_of(*get_args(_CreateOption)))]
DiskSku = Annotated[_DiskSku, BeforeValidator(one_of(*get_args(_DiskSku)))]
SnapshotSku = Annotated[_SnapshotSku, BeforeValidator(one_of(*get_args(_SnapshotSku)))]
NetworkPolicy = Annotated[_NetworkPolicy, BeforeValidator(one_of(*get_args(_NetworkPolicy)))]
Access = Annotated[_Access, BeforeValidator(one_of(*get_args(_Access)))]
EncryptionType = Annotated[_EncryptionType, BeforeValidator(one_of(*get_args(_EncryptionType)))]
_KEPT_AS_GIVEN = frozenset(
    {
        "availabilityPolicy",
        "burstingEnabled",
        "dataAccessAuthMode",
        "diskAccessId",
        "diskIOPSReadOnly",
        "diskIOPSReadWrite",
        "diskMBpsReadOnly",
        "diskMBpsReadWrite",
        "maxShares",
        "optimizedForFrequentAttach",
        "supportsHibernation",
        "tier",
    }
)
"""Settings of how fast and by whom a disk may be used, which decide nothing about its data."""
_KEPT_OF_CREATION = frozenset({"logicalSectorSize", "performancePlus", "provisionedBandwidthCopySpeed"})


class DiskSkuBody(Body):
    """The storage type of a disk."""

    name: DiskSku
    tier: ReadOnly = None


class SnapshotSkuBody(Body):
    """The storage type of a snapshot."""

    name: SnapshotSku
    tier: ReadOnly = None


class CreationData(Body):
    """How a disk or snapshot is to be made."""

    create_option: CreateOption
    storage_account_id: str | None = None
    image_reference: Json | None = None
    gallery_image_reference: Json | None = None
    source_uri: str | None = None
    source_resource_id: str | None = None
    source_unique_id: ReadOnly = None
    upload_size_bytes: int | None = None
    logical_sector_size: int | None = None
    security_data_uri: str | None = None
    security_metadata_uri: str | None = None
    performance_plus: bool | None = None
    elastic_san_resource_id: str | None = None
    provisioned_bandwidth_copy_speed: str | None = None
    instant_access_duration_minutes: int | None = None

    def settings(self) -> Json:
        """The settings that are kept as they are given, in wire form."""
        return {name: value for name, value in self.document().items() if name in _KEPT_OF_CREATION}


class EncryptionBody(Body):
    """How a disk is encrypted at rest."""

    disk_encryption_set_id: str | None = None
    type: str | None = None


class DiskSecurity(Body):
    """What a disk is to be booted with."""

    security_type: str | None = None
    secure_vm_disk_encryption_set_id: str | None = Field(default=None, alias="secureVMDiskEncryptionSetId")
    confidential_vm_version: ReadOnly = Field(default=None, alias="confidentialVMVersion")


class Capabilities(Body):
    """What the operating system on a disk can do."""

    architecture: Architecture | None = None
    accelerated_network: bool | None = None
    disk_controller_types: str | None = None
    supported_security_option: str | None = None


class PlanBody(Body):
    """A Marketplace plan."""

    name: str
    publisher: str
    product: str
    promotion_code: str | None = None


class VolumeProperties(Body):
    """What disks and snapshots have alike; everything is optional here since a PATCH may leave it out."""

    creation_data: CreationData | None = None
    os_type: OsType | None = None
    hyper_v_generation: Generation | None = None
    purchase_plan: PlanBody | None = None
    supported_capabilities: Capabilities | None = None
    disk_size_gb: int | None = Field(default=None, alias="diskSizeGB", ge=1, le=65536)
    encryption_settings_collection: Json | None = None
    encryption: EncryptionBody | None = None
    security_profile: DiskSecurity | None = None
    network_access_policy: NetworkPolicy | None = None
    public_network_access: str | None = None
    disk_access_id: str | None = None
    supports_hibernation: bool | None = None
    data_access_auth_mode: str | None = None
    time_created: ReadOnly = None
    disk_size_bytes: ReadOnly = None
    disk_state: ReadOnly = None
    unique_id: ReadOnly = None
    provisioning_state: ReadOnly = None
    completion_percent: ReadOnly = None

    def settings(self) -> Json:
        """The settings that are kept as they are given, in wire form."""
        return {name: value for name, value in self.document().items() if name in _KEPT_AS_GIVEN}


class DiskProperties(VolumeProperties):
    """What a disk is."""

    disk_iops_read_write: int | None = Field(default=None, alias="diskIOPSReadWrite")
    disk_mbps_read_write: int | None = Field(default=None, alias="diskMBpsReadWrite")
    disk_iops_read_only: int | None = Field(default=None, alias="diskIOPSReadOnly")
    disk_mbps_read_only: int | None = Field(default=None, alias="diskMBpsReadOnly")
    max_shares: int | None = None
    tier: str | None = None
    bursting_enabled: bool | None = None
    optimized_for_frequent_attach: bool | None = None
    availability_policy: Json | None = None
    share_info: ReadOnly = None
    bursting_enabled_time: ReadOnly = None
    property_updates_in_progress: ReadOnly = None
    last_ownership_update_time: ReadOnly = Field(default=None, alias="LastOwnershipUpdateTime")


class SnapshotProperties(VolumeProperties):
    """What a snapshot is."""

    incremental: bool | None = None
    incremental_snapshot_family_id: ReadOnly = None
    copy_completion_error: ReadOnly = None
    snapshot_access_state: ReadOnly = None
    immutability_policy: ReadOnly = None


class DiskBody(ResourceBody):
    """PUT or PATCH of a disk."""

    properties: DiskProperties | None = None
    sku: DiskSkuBody | None = None
    zones: tuple[str, ...] | None = None
    extended_location: Json | None = None
    managed_by: ReadOnly = None
    managed_by_extended: ReadOnly = None

    @property
    def sku_name(self) -> DiskSku | None:
        """The storage type, if one is given."""
        return None if self.sku is None else self.sku.name


class SnapshotBody(ResourceBody):
    """PUT or PATCH of a snapshot."""

    properties: SnapshotProperties | None = None
    sku: SnapshotSkuBody | None = None
    extended_location: Json | None = None
    managed_by: ReadOnly = None

    @property
    def sku_name(self) -> SnapshotSku | None:
        """The storage type, if one is given."""
        return None if self.sku is None else self.sku.name


class AccessBody(Body):
    """A request for a URL to the bytes of a disk or snapshot."""

    access: Access
    duration_in_seconds: int
    get_secure_vm_guest_state_sas: bool | None = Field(default=None, alias="getSecureVMGuestStateSAS")
    file_format: str | None = None


class ActiveKey(Body):
    """A key of a key vault."""

    key_url: str
    source_vault: SubResource | None = None


class EncryptionSetProperties(Body):
    """What a disk encryption set is."""

    encryption_type: EncryptionType | None = None
    active_key: ActiveKey | None = None
    rotation_to_latest_key_version_enabled: bool | None = None
    federated_client_id: str | None = None
    previous_keys: ReadOnly = None
    provisioning_state: ReadOnly = None
    last_key_rotation_timestamp: ReadOnly = None
    auto_key_rotation_error: ReadOnly = None


class EncryptionSetIdentity(Body):
    """Who reads the key."""

    type: str | None = None
    principal_id: ReadOnly = None
    tenant_id: ReadOnly = None
    user_assigned_identities: dict[str, JsonValue] | None = None


class EncryptionSetBody(ResourceBody):
    """PUT of a disk encryption set."""

    properties: EncryptionSetProperties | None = None
    identity: EncryptionSetIdentity | None = None
