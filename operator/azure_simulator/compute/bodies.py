"""What clients send to the compute service: bodies of definitions, versions and managed images.

Members that Azure only answers (`provisioningState`, `publishedDate`, …) are accepted and ignored, since
clients send back what they read.
"""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, JsonValue

from azure_simulator.arm_bodies import Body, Json, one_of

OsType = Annotated[Literal["Windows", "Linux"], BeforeValidator(one_of("Windows", "Linux"))]
OsState = Annotated[Literal["Generalized", "Specialized"], BeforeValidator(one_of("Generalized", "Specialized"))]
Generation = Annotated[Literal["V1", "V2"], BeforeValidator(one_of("V1", "V2"))]
Architecture = Annotated[Literal["x64", "Arm64"], BeforeValidator(one_of("x64", "Arm64"))]
StorageType = Annotated[
    Literal["Standard_LRS", "Standard_ZRS", "Premium_LRS", "PremiumV2_LRS"],
    BeforeValidator(one_of("Standard_LRS", "Standard_ZRS", "Premium_LRS", "PremiumV2_LRS")),
]
Caching = Annotated[Literal["None", "ReadOnly", "ReadWrite"], BeforeValidator(one_of("None", "ReadOnly", "ReadWrite"))]
ReplicationMode = Annotated[Literal["Full", "Shallow"], BeforeValidator(one_of("Full", "Shallow"))]
StorageStrategy = Annotated[
    Literal["PreferStandard_ZRS", "DefaultStandard_LRS"],
    BeforeValidator(one_of("PreferStandard_ZRS", "DefaultStandard_LRS")),
]
ConfidentialEncryption = Annotated[
    Literal[
        "EncryptedVMGuestStateOnlyWithPmk",
        "EncryptedWithPmk",
        "EncryptedWithCmk",
        "NonPersistedTPM",
        "DataDiskEncryptedWithCmk",
    ],
    BeforeValidator(
        one_of(
            "EncryptedVMGuestStateOnlyWithPmk",
            "EncryptedWithPmk",
            "EncryptedWithCmk",
            "NonPersistedTPM",
            "DataDiskEncryptedWithCmk",
        )
    ),
]
ReadOnly = JsonValue


class ResourceBody(Body):
    """What every resource body may repeat of the resource itself."""

    id: ReadOnly = None
    name: ReadOnly = None
    type: ReadOnly = None
    system_data: ReadOnly = None
    tags: dict[str, str] | None = None
    location: str | None = None


class Identifier(Body):
    """The marketplace-like name of an image definition."""

    publisher: str
    offer: str
    sku: str


class Range(Body):
    """A recommended amount."""

    min: int | None = None
    max: int | None = None


class Recommended(Body):
    """The machine that an image is made for."""

    v_cpus: Range | None = Field(default=None, alias="vCPUs")
    memory: Range | None = None


class Feature(Body):
    """A capability of an image, such as SecurityType."""

    name: str
    value: str | None = None
    starts_at_version: str | None = None


class Disallowed(Body):
    """The types of disk that machines from an image may not have."""

    disk_types: tuple[str, ...] | None = None


class PurchasePlan(Body):
    """The Marketplace plan that whoever uses the software pays for."""

    name: str | None = None
    publisher: str | None = None
    product: str | None = None


class DefinitionProperties(Body):
    """What an image definition is; everything is optional here since a PATCH may leave it out."""

    description: str | None = None
    eula: str | None = None
    privacy_statement_uri: str | None = None
    release_note_uri: str | None = None
    os_type: OsType | None = None
    os_state: OsState | None = None
    hyper_v_generation: Generation | None = None
    end_of_life_date: datetime | None = None
    identifier: Identifier | None = None
    recommended: Recommended | None = None
    disallowed: Disallowed | None = None
    purchase_plan: PurchasePlan | None = None
    provisioning_state: ReadOnly = None
    features: tuple[Feature, ...] | None = None
    architecture: Architecture | None = None
    allow_update_image: bool | None = None


class DefinitionBody(ResourceBody):
    """PUT or PATCH of an image definition."""

    properties: DefinitionProperties | None = None


class ReplicaSet(Body):
    """Replicas of another storage type beside a region's own."""

    storage_account_type: StorageType | None = None
    regional_replica_count: int | None = None


class OsDiskSecurity(Body):
    """How the OS disk of a confidential VM is encrypted."""

    confidential_vm_encryption_type: ConfidentialEncryption | None = Field(
        default=None, alias="confidentialVMEncryptionType"
    )
    secure_vm_disk_encryption_set_id: str | None = Field(default=None, alias="secureVMDiskEncryptionSetId")


class OsDiskEncryption(Body):
    """The key of an OS disk in one region."""

    disk_encryption_set_id: str | None = None
    security_profile: OsDiskSecurity | None = None


class DataDiskEncryption(Body):
    """The key of a data disk in one region."""

    lun: int
    disk_encryption_set_id: str | None = None
    security_profile: Json | None = None


class Encryption(Body):
    """The keys of a version's disks in one region."""

    os_disk_image: OsDiskEncryption | None = None
    data_disk_images: tuple[DataDiskEncryption, ...] | None = None


class TargetRegion(Body):
    """A region that a version is replicated to."""

    name: str
    regional_replica_count: int | None = None
    storage_account_type: StorageType | None = None
    encryption: Encryption | None = None
    exclude_from_latest: bool | None = None
    additional_replica_sets: tuple[ReplicaSet, ...] | None = None


class SubResource(Body):
    """A reference to another resource."""

    id: str | None = None


class ArtifactSource(Body):
    """The source of a version in the api-versions before 2019-07-01."""

    managed_image: SubResource


class PublishingProfile(Body):
    """Where and how a version is published; `source` is of the api-versions before 2019-07-01."""

    source: ArtifactSource | None = None
    target_regions: tuple[TargetRegion, ...] | None = None
    replica_count: int | None = None
    exclude_from_latest: bool | None = None
    published_date: ReadOnly = None
    end_of_life_date: datetime | None = None
    storage_account_type: StorageType | None = None
    replication_mode: ReplicationMode | None = None
    target_extended_locations: tuple[Json, ...] | None = None
    storage_account_strategy: StorageStrategy | None = None


class FullSource(Body):
    """A source with all its disks: a managed image, a VM or another version."""

    id: str | None = None
    virtual_machine_id: str | None = None
    community_gallery_image_id: str | None = None


class DiskSource(Body):
    """The source of one disk."""

    id: str | None = None
    uri: str | None = None
    storage_account_id: str | None = None


class OsDiskImage(Body):
    """The OS disk of a version."""

    size_in_gb: ReadOnly = Field(default=None, alias="sizeInGB")
    host_caching: Caching | None = None
    source: DiskSource | None = None


class DataDiskImage(OsDiskImage):
    """A data disk of a version."""

    lun: int


class StorageProfile(Body):
    """What a version is made from."""

    source: FullSource | None = None
    os_disk_image: OsDiskImage | None = None
    data_disk_images: tuple[DataDiskImage, ...] | None = None


class SafetyProfile(Body):
    """What may be deleted when."""

    allow_deletion_of_replicated_locations: bool | None = None
    block_deletion_before_end_of_life: bool | None = None
    reported_for_policy_violation: ReadOnly = None
    policy_violations: ReadOnly = None


class VersionProperties(Body):
    """What an image version is."""

    publishing_profile: PublishingProfile | None = None
    provisioning_state: ReadOnly = None
    storage_profile: StorageProfile | None = None
    safety_profile: SafetyProfile | None = None
    replication_status: ReadOnly = None
    security_profile: Json | None = None
    restore: bool | None = None
    validations_profile: ReadOnly = None
    image_metadata_profiles: ReadOnly = None


class VersionBody(ResourceBody):
    """PUT or PATCH of an image version."""

    properties: VersionProperties | None = None


class ImageDisk(Body):
    """A disk of a managed image and where it comes from."""

    snapshot: SubResource | None = None
    managed_disk: SubResource | None = None
    blob_uri: str | None = None
    caching: Caching | None = None
    disk_size_gb: int | None = Field(default=None, alias="diskSizeGB")
    storage_account_type: str | None = None
    disk_encryption_set: Json | None = None


class ImageOsDisk(ImageDisk):
    """The OS disk of a managed image."""

    os_type: OsType
    os_state: OsState


class ImageDataDisk(ImageDisk):
    """A data disk of a managed image."""

    lun: int


class ImageStorageProfile(Body):
    """The disks of a managed image."""

    os_disk: ImageOsDisk | None = None
    data_disks: tuple[ImageDataDisk, ...] = ()
    zone_resilient: bool | None = None


class ImageProperties(Body):
    """What a managed image is."""

    source_virtual_machine: SubResource | None = None
    storage_profile: ImageStorageProfile | None = None
    provisioning_state: ReadOnly = None
    hyper_v_generation: Generation | None = None


class ImageBody(ResourceBody):
    """PUT or PATCH of a managed image."""

    properties: ImageProperties | None = None
    extended_location: Json | None = None
