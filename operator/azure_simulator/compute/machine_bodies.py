"""What clients send about virtual machines.

Members that Azure only answers are accepted and ignored, since clients send back what they read.
"""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from azure_simulator.arm_bodies import Body, Json, one_of
from azure_simulator.compute.bodies import Caching, OsType, ReadOnly, ResourceBody, SubResource
from azure_simulator.compute.disk_bodies import PlanBody

CreateOption = Annotated[
    Literal["Attach", "Copy", "Empty", "FromImage", "Restore"],
    BeforeValidator(one_of("Attach", "Copy", "Empty", "FromImage", "Restore")),
]
DeleteOption = Annotated[Literal["Delete", "Detach"], BeforeValidator(one_of("Delete", "Detach"))]
SecurityTypeWord = Annotated[
    Literal["Standard", "TrustedLaunch", "ConfidentialVM"],
    BeforeValidator(one_of("Standard", "TrustedLaunch", "ConfidentialVM")),
]


class HardwareProfile(Body):
    """The size of a machine."""

    vm_size: str | None = None


class ManagedDiskReference(Body):
    """A managed disk of a machine."""

    id: str | None = None
    storage_account_type: str | None = None
    disk_encryption_set: SubResource | None = None
    security_profile: Json | None = None


class Vhd(Body):
    """An unmanaged disk."""

    uri: str | None = None


class MachineDisk(Body):
    """A disk of a machine."""

    name: str | None = None
    create_option: CreateOption
    caching: Caching | None = None
    managed_disk: ManagedDiskReference | None = None
    vhd: Vhd | None = None
    disk_size_gb: int | None = Field(default=None, alias="diskSizeGB")
    delete_option: DeleteOption | None = None
    write_accelerator_enabled: bool | None = None


class MachineOsDisk(MachineDisk):
    """The OS disk of a machine."""

    os_type: OsType | None = None
    diff_disk_settings: Json | None = None
    encryption_settings: ReadOnly = None


class MachineDataDisk(MachineDisk):
    """A data disk of a machine."""

    lun: int = Field(ge=0)
    to_be_detached: bool | None = None
    detach_option: str | None = None
    source_resource: SubResource | None = None


class MachineStorage(Body):
    """The disks of a machine."""

    image_reference: Json | None = None
    os_disk: MachineOsDisk | None = None
    data_disks: tuple[MachineDataDisk, ...] | None = None
    disk_controller_type: str | None = None


class Uefi(Body):
    """What the firmware of a machine checks."""

    secure_boot_enabled: bool | None = None
    v_tpm_enabled: bool | None = None


class MachineSecurity(Body):
    """How a machine is protected."""

    security_type: SecurityTypeWord | None = None
    encryption_at_host: bool | None = None
    uefi_settings: Uefi | None = None


class MachineProperties(Body):
    """What a machine is; everything is optional here since a PATCH may leave it out."""

    hardware_profile: HardwareProfile | None = None
    storage_profile: MachineStorage | None = None
    os_profile: Json | None = None
    network_profile: Json | None = None
    security_profile: MachineSecurity | None = None
    diagnostics_profile: Json | None = None
    additional_capabilities: Json | None = None
    license_type: str | None = None
    priority: str | None = None
    eviction_policy: str | None = None
    availability_set: Json | None = None
    virtual_machine_scale_set: Json | None = None
    proximity_placement_group: Json | None = None
    host: Json | None = None
    host_group: Json | None = None
    billing_profile: Json | None = None
    capacity_reservation: Json | None = None
    application_profile: Json | None = None
    scheduled_events_profile: Json | None = None
    scheduled_events_policy: Json | None = None
    user_data: str | None = None
    platform_fault_domain: int | None = None
    extensions_time_budget: str | None = None
    flex_profile: Json | None = None
    interconnect_block_profile: Json | None = None
    resiliency_profile: Json | None = None
    vm_id: ReadOnly = None
    provisioning_state: ReadOnly = None
    instance_view: ReadOnly = None
    time_created: ReadOnly = None


class MachineBody(ResourceBody):
    """PUT or PATCH of a machine."""

    properties: MachineProperties | None = None
    plan: PlanBody | None = None
    identity: Json | None = None
    zones: tuple[str, ...] | None = None
    extended_location: Json | None = None
    placement: Json | None = None
    resources: ReadOnly = None
    managed_by: ReadOnly = None
    etag: ReadOnly = None
