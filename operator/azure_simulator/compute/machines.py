"""Virtual machines: their disks, their power, and whether they were generalized."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from azure_simulator.arm_bodies import Json
from azure_simulator.arm_ids import ResourceId
from azure_simulator.compute.volumes import (
    Architecture,
    Generation,
    MarketplaceImage,
    OsType,
    Plan,
    SecurityType,
)

if TYPE_CHECKING:
    from azure_simulator.compute.models import Compute

Power = Literal["starting", "running", "stopping", "stopped", "deallocating", "deallocated"]
Caching = Literal["None", "ReadOnly", "ReadWrite"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A disk of a machine: a managed one by its ARM id, or an unmanaged one by its VHD's URI; no LUN: the OS disk."""

    disk_id: str | None = None
    vhd_uri: str | None = None
    lun: int | None = None
    caching: Caching = "None"
    create_option: str = "Attach"
    delete_option: str = "Detach"


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """Software that Azure keeps installed in a machine."""

    name: str
    publisher: str
    type: str
    type_handler_version: str = "1.0"
    settings: Json | None = None


@dataclass(slots=True, kw_only=True)
class Machine:
    """A virtual machine; `generalized` is what Azure was told of its operating system.

    Its extensions are found by name without letter case.
    """

    id: ResourceId
    location: str
    tags: dict[str, str]
    compute: "Compute"
    vm_size: str
    vm_id: str
    created: datetime
    os_type: OsType
    os_disk: Attachment
    data_disks: tuple[Attachment, ...] = ()
    hyper_v_generation: Generation = "V1"
    architecture: Architecture = "x64"
    security_type: SecurityType = "Standard"
    secure_boot: bool = False
    vtpm: bool = False
    encryption_at_host: bool = False
    ephemeral_os_disk: bool = False
    plan: Plan | None = None
    image_reference: MarketplaceImage | None = None
    network_profile: Json | None = None
    zones: tuple[str, ...] = ()
    extensions: dict[str, Extension] = field(default_factory=dict)
    power: Power = "running"
    generalized: bool = False
    state: str = "Creating"

    @property
    def os_disk_id(self) -> str | None:
        """The ARM id of the managed OS disk; None when the OS disk is a VHD."""
        return self.os_disk.disk_id

    @property
    def data_disk_ids(self) -> dict[int, str]:
        """The ARM ids of the managed data disks by LUN."""
        return {disk.lun: disk.disk_id for disk in self.data_disks if disk.lun is not None and disk.disk_id is not None}

    @property
    def disks(self) -> tuple[Attachment, ...]:
        """The OS disk and the data disks."""
        return (self.os_disk, *self.data_disks)

    def purge(self) -> None:
        """Be gone, and leave the disks to themselves."""
        for attached in self.disks:
            disk = attached.disk_id and self.compute.find_disk(attached.disk_id)
            if disk:
                disk.managed_by = None
        self.compute.machines.forget(self)
