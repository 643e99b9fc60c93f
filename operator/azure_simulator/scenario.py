"""What exists when the simulator starts, and how fast and how reliably things happen: typed scenarios."""

from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Literal

import yaml
from pydantic import Field, model_validator

from azure_simulator.batch.scenario import BatchPace, BatchSwitches
from azure_simulator.batch_accounts.scenario import BatchApplication
from azure_simulator.clouds import Cloud, cloud_named
from azure_simulator.compute.gallery_scenario import Gallery, StorageAccount
from azure_simulator.compute.replication_troubles import ReplicationOrder
from azure_simulator.compute.scenario import ComputePace, ComputeSwitches
from azure_simulator.identity.scenario import Proofs
from azure_simulator.instance_metadata.scenario import InstanceMetadata
from azure_simulator.managed_identities.scenario import UserAssignedIdentity
from azure_simulator.sections import Section, Span, span

Generation = Literal["V1", "V2"]
OsType = Literal["Linux", "Windows"]
OsState = Literal["Generalized", "Specialized"]
Architecture = Literal["x64", "Arm64"]


class Application(Proofs):
    """An application of a tenant with its service principal, and how it may sign in."""

    name: str
    client_id: str
    object_id: str


class Tenant(Section):
    """A directory."""

    id: str
    domain: str
    display_name: str
    applications: tuple[Application, ...] = ()


class ResourceGroup(Section):
    """A resource group of a subscription."""

    name: str
    location: str
    tags: dict[str, str] = Field(default_factory=dict)


class Subscription(Section):
    """A subscription, its resource groups and how many Batch accounts it may have per region."""

    id: str
    name: str
    tenant_id: str
    registered_providers: tuple[str, ...] = ()
    resource_groups: tuple[ResourceGroup, ...] = ()
    batch_accounts_per_region: int = 3


class RoleAssignment(Section):
    """A role (by its display name) that an application has at a scope (an ARM id).

    `application` is the name of one, or of a managed identity.
    """

    application: str
    role: str
    scope: str


class Role(Section):
    """A custom role beside the built-in ones; see "Azure custom roles" on learn.microsoft.com."""

    id: str
    name: str
    description: str = ""
    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    data_actions: tuple[str, ...] = ()
    not_data_actions: tuple[str, ...] = ()


class ManagedImage(Section):
    """A managed image; `dataDisks` maps LUN to size in GB."""

    subscription_id: str
    resource_group: str
    name: str
    location: str
    os_type: OsType = "Linux"
    os_state: OsState = "Generalized"
    hyper_v_generation: Generation = "V1"
    os_disk_gb: int = 30
    data_disks: dict[int, int] = Field(default_factory=dict)
    tags: dict[str, str] = Field(default_factory=dict)


class Plan(Section):
    """A Marketplace plan that whoever uses the software pays for."""

    name: str
    publisher: str
    product: str


class MarketplaceImage(Section):
    """The Marketplace image that a disk began as; `version` is the exact one."""

    publisher: str
    offer: str
    sku: str
    version: str


class DiskEncryptionSet(Section):
    """A disk encryption set with the URL of its key."""

    subscription_id: str
    resource_group: str
    name: str
    location: str
    key_url: str
    encryption_type: str = "EncryptionAtRestWithCustomerKey"
    tags: dict[str, str] = Field(default_factory=dict)


class Disk(Section):
    """A managed disk; without `osType` a data disk. `diskEncryptionSet` is the ARM id of one.

    `osWasGeneralized` is what Azure cannot see: nodes from an operating system that was not end unusable.
    """

    subscription_id: str
    resource_group: str
    name: str
    location: str
    size_gb: int = 30
    sku: str = "Premium_LRS"
    os_type: OsType | None = None
    os_was_generalized: bool = False
    hyper_v_generation: Generation = "V1"
    architecture: Architecture = "x64"
    security_type: str | None = None
    ade_encrypted: bool = False
    disk_encryption_set: str | None = None
    plan: Plan | None = None
    image: MarketplaceImage | None = None
    tags: dict[str, str] = Field(default_factory=dict)


class Snapshot(Section):
    """A finished snapshot of a disk of the same resource group."""

    subscription_id: str
    resource_group: str
    name: str
    disk: str
    incremental: bool = True
    sku: str = "Standard_ZRS"
    tags: dict[str, str] = Field(default_factory=dict)


class Extension(Section):
    """Software that Azure keeps installed in a machine."""

    name: str
    publisher: str
    type: str
    version: str = "1.0"


class Machine(Section):
    """A virtual machine made of disks of its own resource group, named in `osDisk` and by LUN in `dataDisks`.

    `osVhd` instead of `osDisk` is the URI of an unmanaged OS disk. What is not said here (operating system,
    generation, plan, Marketplace origin, …) the OS disk says.
    """

    subscription_id: str
    resource_group: str
    name: str
    location: str
    vm_size: str = "Standard_D2s_v3"
    os_disk: str | None = None
    os_vhd: str | None = None
    data_disks: dict[int, str] = Field(default_factory=dict)
    os_type: OsType = "Linux"
    ephemeral_os_disk: bool = False
    encryption_at_host: bool = False
    power: Literal["running", "stopped", "deallocated"] = "running"
    generalized: bool = False
    extensions: tuple[Extension, ...] = ()
    tags: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_os_disk(self) -> "Machine":
        if (self.os_disk is None) == (self.os_vhd is None):
            raise ValueError(f"the machine {self.name} needs either osDisk or osVhd")
        return self


class BatchAccount(Section):
    """A Batch account and its quotas; `familyQuotas` maps a VM family to cores (none: not enforced)."""

    subscription_id: str
    resource_group: str
    name: str
    location: str
    dedicated_core_quota: int = 900
    low_priority_core_quota: int = 100
    family_quotas: dict[str, int] | None = None
    pool_quota: int = 100
    job_quota: int = 300
    applications: tuple[BatchApplication, ...] = ()
    tags: dict[str, str] = Field(default_factory=dict)


class VmSize(Section):
    """A VM size: what it costs of a core quota and which Hyper-V generations it boots."""

    name: str
    family: str
    cores: int
    memory_gb: float
    generations: tuple[Generation, ...] = ("V1", "V2")
    os_disk_mb: int = 1047552
    resource_disk_gb: int = 0
    max_data_disks: int = 8


class SupportedImage(Section):
    """A Marketplace image that Batch lists, with the node agent that fits its operating system."""

    publisher: str
    offer: str
    sku: str
    node_agent_sku_id: str
    os_type: OsType = "Linux"
    verified: bool = True
    capabilities: tuple[str, ...] = ()
    batch_support_end_of_life: datetime | None = None


class ResourcesPace(Section):
    """Durations of Resource Manager and Batch account operations in simulated seconds."""

    group_deletion: Span = span(30, 120)
    provider_registration: Span = span(10, 40)
    batch_account_creation: Span = span(10, 40)
    batch_account_deletion: Span = span(20, 60)
    poll_interval: float = 10.0


class Pace(Section):
    """How long things take, in simulated seconds, by service."""

    resources: ResourcesPace = ResourcesPace()
    compute: ComputePace = ComputePace()
    batch: BatchPace = BatchPace()


class Switches(Section):
    """Behaviour that Microsoft documents nowhere, and limits that a scenario may want enforced."""

    compute: ComputeSwitches = ComputeSwitches()
    batch: BatchSwitches = BatchSwitches()
    throttle_resource_manager: bool = False
    """Refuse with 429 beyond Resource Manager's token buckets (250 reads + 25/s, 200 writes + 10/s)."""


class Scenario(Section):
    """Everything that exists at the start, and how the world behaves.

    `tokenLifetime` is in real seconds, `pageSize` the length of Resource Manager's pages.
    """

    seed: int = 1
    start: datetime | None = None
    cloud: Cloud = cloud_named("AzureCloud")
    token_lifetime: int = Field(default=3599, gt=0)
    page_size: int = Field(default=100, gt=0)
    tenants: tuple[Tenant, ...]
    subscriptions: tuple[Subscription, ...]
    roles: tuple[Role, ...] = ()
    role_assignments: tuple[RoleAssignment, ...] = ()
    managed_images: tuple[ManagedImage, ...] = ()
    disk_encryption_sets: tuple[DiskEncryptionSet, ...] = ()
    disks: tuple[Disk, ...] = ()
    snapshots: tuple[Snapshot, ...] = ()
    machines: tuple[Machine, ...] = ()
    storage_accounts: tuple[StorageAccount, ...] = ()
    galleries: tuple[Gallery, ...] = ()
    replication_troubles: tuple[ReplicationOrder, ...] = ()
    identities: tuple[UserAssignedIdentity, ...] = ()
    instance_metadata: InstanceMetadata = InstanceMetadata()
    batch_accounts: tuple[BatchAccount, ...] = ()
    vm_sizes: tuple[VmSize, ...] = ()
    supported_images: tuple[SupportedImage, ...] = ()
    pace: Pace = Pace()
    switches: Switches = Switches()


def load_scenario(path: Path | None = None) -> Scenario:
    """The scenario in the YAML file `path`, or the default one; raises pydantic's ValidationError."""
    if path is None:
        text = resources.files("azure_simulator").joinpath("scenarios/default.yaml").read_text("utf-8")
    else:
        text = path.read_text("utf-8")
    return Scenario.model_validate(yaml.safe_load(text))
