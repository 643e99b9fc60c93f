"""Bodies that say what a node's virtual machine is: image, disks, containers, security, extensions."""

from typing import Annotated, Any

from pydantic import Field

from azure_simulator.batch.bodies.body import (
    AgentMode,
    Body,
    Caching,
    ContainerType,
    DiskPlacement,
    DiskSecurity,
    DiskTarget,
    Flag,
    OptionalSecret,
    PlacementPolicy,
    SecurityType,
    StorageAccountType,
    Text,
    Whole,
)
from azure_simulator.batch.versions import (
    V2020_03,
    V2020_09,
    V2021_06,
    V2022_01,
    V2023_05,
    V2023_11,
    V2024_07,
    V2025_06,
    Known,
)


class ImageReference(Body):
    """Which image nodes boot: a Marketplace image, or exactly one id of a gallery image."""

    publisher: Text | None = None
    offer: Text | None = None
    sku: Text | None = None
    version: Text | None = None
    virtual_machine_image_id: Text | None = None
    exact_version: Annotated[Text | None, Known(since=V2020_09)] = None
    shared_gallery_image_id: Annotated[Text | None, Known(since=V2024_07)] = None
    community_gallery_image_id: Annotated[Text | None, Known(since=V2024_07)] = None

    @property
    def named_elsewhere(self) -> str | None:
        """The id of an image in a gallery that others share."""
        return self.shared_gallery_image_id or self.community_gallery_image_id


class NodeIdentityReference(Body):
    """A user-assigned identity of the pool, by its ARM id."""

    resource_id: Text | None = None


class ContainerRegistry(Body):
    """A registry of container images; `password` is a secret."""

    username: Text | None = None
    password: OptionalSecret = None
    registry_server: Text | None = None
    identity_reference: Annotated[NodeIdentityReference | None, Known(since=V2021_06)] = None


class ContainerConfiguration(Body):
    """How nodes run containers."""

    type: ContainerType
    container_image_names: tuple[Text, ...] | None = None
    container_registries: tuple[ContainerRegistry, ...] | None = None


class WindowsConfiguration(Body):
    """Settings of Windows nodes."""

    enable_automatic_updates: Flag | None = None


class DiskEncryptionSet(Body):
    """A disk encryption set by its ARM id."""

    id: Text | None = None


class DiskSecurityProfile(Body):
    """How the disk of a confidential VM is encrypted."""

    security_encryption_type: DiskSecurity | None = None


class ManagedDisk(Body):
    """Storage and encryption of a managed disk."""

    disk_encryption_set: Annotated[DiskEncryptionSet | None, Known(since=V2025_06)] = None
    storage_account_type: StorageAccountType | None = None
    security_profile: Annotated[DiskSecurityProfile | None, Known(since=V2024_07)] = None


class DataDisk(Body):
    """A data disk that every node gets, at a logical unit number."""

    lun: Whole
    caching: Caching | None = None
    disk_size_gb: Annotated[Whole, Field(alias="diskSizeGB")]
    storage_account_type: Annotated[StorageAccountType | None, Known(until=V2024_07)] = None
    managed_disk: Annotated[ManagedDisk | None, Known(since=V2025_06)] = None


class DiffDiskSettings(Body):
    """Where an ephemeral OS disk is kept."""

    placement: DiskPlacement | None = None


class OsDisk(Body):
    """The OS disk of a node."""

    ephemeral_os_disk_settings: Annotated[DiffDiskSettings | None, Field(alias="ephemeralOSDiskSettings")] = None
    caching: Annotated[Caching | None, Known(since=V2023_11)] = None
    disk_size_gb: Annotated[Whole | None, Field(alias="diskSizeGB"), Known(since=V2023_11)] = None
    managed_disk: Annotated[ManagedDisk | None, Known(since=V2023_11)] = None
    write_accelerator_enabled: Annotated[Flag | None, Known(since=V2023_11)] = None


class CustomerManagedKey(Body):
    """The key vault key that encrypts disks."""

    identity_reference: NodeIdentityReference | None = None
    key_url: Text | None = None
    rotation_to_latest_key_version_enabled: Flag | None = None


class DiskEncryption(Body):
    """Which disks of a node are encrypted, and with which key."""

    customer_managed_key: Annotated[CustomerManagedKey | None, Known(since=V2025_06)] = None
    targets: tuple[DiskTarget, ...] | None = None


class NodePlacement(Body):
    """Whether nodes are spread over availability zones."""

    policy: PlacementPolicy | None = None


class Extension(Body):
    """A virtual machine extension; `protectedSettings` are secrets."""

    name: Text
    publisher: Text
    type: Text
    type_handler_version: Text | None = None
    auto_upgrade_minor_version: Flag | None = None
    enable_automatic_upgrade: Annotated[Flag | None, Known(since=V2023_05)] = None
    settings: dict[str, Any] | Text | None = None
    protected_settings: Annotated[dict[str, Any] | Text | None, Field(exclude=True, repr=False)] = None
    provision_after_extensions: tuple[Text, ...] | None = None


class UefiSettings(Body):
    """Secure boot and the virtual trusted platform module."""

    secure_boot_enabled: Flag | None = None
    v_tpm_enabled: Flag | None = None


class HostEndpointSettings(Body):
    """How the proxy agent treats one host endpoint."""

    in_vm_access_control_profile_reference_id: Annotated[
        Text | None, Field(alias="inVMAccessControlProfileReferenceId")
    ] = None
    mode: AgentMode | None = None


class ProxyAgentSettings(Body):
    """The metadata security protocol of a node."""

    enabled: Flag | None = None
    imds: HostEndpointSettings | None = None
    wire_server: HostEndpointSettings | None = None


class SecurityProfile(Body):
    """Trusted launch, confidential computing and encryption at the host."""

    encryption_at_host: Flag | None = None
    proxy_agent_settings: Annotated[ProxyAgentSettings | None, Known(since=V2025_06)] = None
    security_type: SecurityType | None = None
    uefi_settings: UefiSettings | None = None


class ServiceArtifact(Body):
    """A service artifact of a gallery by its ARM id."""

    id: Text


class VirtualMachineConfiguration(Body):
    """What boots on the nodes of a pool."""

    image_reference: ImageReference
    node_agent_sku_id: Annotated[Text, Field(alias="nodeAgentSKUId")]
    windows_configuration: WindowsConfiguration | None = None
    data_disks: tuple[DataDisk, ...] | None = None
    license_type: Text | None = None
    container_configuration: ContainerConfiguration | None = None
    disk_encryption_configuration: Annotated[DiskEncryption | None, Known(since=V2020_03)] = None
    node_placement_configuration: Annotated[NodePlacement | None, Known(since=V2021_06)] = None
    extensions: Annotated[tuple[Extension, ...] | None, Known(since=V2021_06)] = None
    os_disk: Annotated[OsDisk | None, Known(since=V2022_01)] = None
    security_profile: Annotated[SecurityProfile | None, Known(since=V2023_11)] = None
    service_artifact_reference: Annotated[ServiceArtifact | None, Known(since=V2023_11)] = None
