"""Disk encryption sets: the customer's keys that disks and image versions are encrypted with."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from azure_simulator.arm_ids import ResourceId

if TYPE_CHECKING:
    from azure_simulator.compute.models import Compute

DEFAULT_TYPE = "EncryptionAtRestWithCustomerKey"


@dataclass(slots=True, kw_only=True)
class DiskEncryptionSet:
    """A disk encryption set; it encrypts disks of its own region only."""

    id: ResourceId
    location: str
    tags: dict[str, str]
    compute: "Compute"
    principal_id: str
    tenant_id: str
    key_url: str
    key_vault_id: str | None = None
    encryption_type: str = DEFAULT_TYPE
    rotation_to_latest_key_version: bool = False
    state: str = "Creating"

    def purge(self) -> None:
        """Be gone."""
        self.compute.encryption_sets.forget(self)
