"""What a scenario says of galleries and of the blobs that image versions are made from."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from azure_simulator.sections import Section


class Blob(Section):
    """A page blob with a VHD; without `osType` that of a data disk.

    `sas` is the token that opens it, as the query of a URL; with `needsSas` nothing else does.
    `osWasGeneralized` is what Azure cannot see: nodes from an operating system that was not end unusable.
    """

    container: str = "vhds"
    name: str
    size_gb: int = 30
    os_type: Literal["Linux", "Windows"] | None = None
    os_was_generalized: bool = False
    hyper_v_generation: Literal["V1", "V2"] = "V1"
    architecture: Literal["x64", "Arm64"] = "x64"
    sas: str | None = None
    needs_sas: bool = False


class StorageAccount(Section):
    """A storage account and its blobs; their URIs are `https://<name>.blob.core.windows.net/<container>/<blob>`."""

    subscription_id: str
    resource_group: str
    name: str
    location: str
    blobs: tuple[Blob, ...] = ()


class ImageVersion(Section):
    """A published version; `regions` maps regions to replicas, the first is its own; `dataDisks` LUN to size in GB."""

    name: str
    regions: dict[str, int]
    os_disk_gb: int = 30
    data_disks: dict[int, int] = Field(default_factory=dict)
    os_was_generalized: bool = True
    exclude_from_latest: bool = False
    end_of_life_date: datetime | None = None
    tags: dict[str, str] = Field(default_factory=dict)


class ImageDefinition(Section):
    """An image definition of a gallery, in the gallery's region, with its versions."""

    name: str
    publisher: str
    offer: str
    sku: str
    os_type: Literal["Linux", "Windows"] = "Linux"
    os_state: Literal["Generalized", "Specialized"] = "Generalized"
    hyper_v_generation: Literal["V1", "V2"] = "V1"
    architecture: Literal["x64", "Arm64"] = "x64"
    security_type: str = "Standard"
    tags: dict[str, str] = Field(default_factory=dict)
    versions: tuple[ImageVersion, ...] = ()


class Gallery(Section):
    """A compute gallery with everything in it."""

    subscription_id: str
    resource_group: str
    name: str
    location: str
    description: str | None = None
    tags: dict[str, str] = Field(default_factory=dict)
    definitions: tuple[ImageDefinition, ...] = ()
