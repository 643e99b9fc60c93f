"""Managed images: what they are made of."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from azure_simulator.arm_ids import ResourceId
from azure_simulator.compute.bodies import ImageStorageProfile

if TYPE_CHECKING:
    from azure_simulator.compute.models import Compute

_DEFAULT_DISK_GB = 30


@dataclass(slots=True, kw_only=True)
class ManagedImage:
    """A managed image; it is read in its own region only.

    `os_state` is what whoever made it said; `os_was_generalized` is the truth that Azure does not know.
    """

    id: ResourceId
    location: str
    tags: dict[str, str]
    storage: ImageStorageProfile
    os_type: Literal["Windows", "Linux"]
    os_state: Literal["Generalized", "Specialized"]
    hyper_v_generation: Literal["V1", "V2"]
    compute: "Compute"
    os_was_generalized: bool = True
    source_virtual_machine: str | None = None
    state: str = "Creating"

    @property
    def subscription_id(self) -> str:
        """The subscription that owns the image."""
        return self.id.subscription

    @property
    def generalized(self) -> bool:
        """Whether nodes can be made from it."""
        return self.os_state == "Generalized" and self.os_was_generalized

    @property
    def os_disk_gb(self) -> int:
        """The size of the OS disk."""
        return (self.storage.os_disk and self.storage.os_disk.disk_size_gb) or _DEFAULT_DISK_GB

    def purge(self) -> None:
        """Be gone."""
        self.compute.forget_image(self)
