"""Galleries and image definitions: what they are and what they contain."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from azure_simulator.arm_ids import ResourceId
from azure_simulator.compute.bodies import Disallowed, Feature, Identifier, PurchasePlan, Recommended
from azure_simulator.compute.gallery_sharing import Sharing

if TYPE_CHECKING:
    from azure_simulator.compute.models import Compute
    from azure_simulator.compute.soft_delete import SoftDeleted
    from azure_simulator.compute.versions import ImageVersion

ProvisioningState = Literal["Creating", "Updating", "Failed", "Succeeded", "Deleting", "Migrating"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftDeletion:
    """Whether deleted versions are kept, for how many days as they are, and for how many more only to be restored."""

    enabled: bool = False
    retention_days: int = 7
    grace_days: int = 0


@dataclass(slots=True, kw_only=True)
class Gallery:
    """A compute gallery; `definitions` are found by name without letter case."""

    id: ResourceId
    location: str
    tags: dict[str, str]
    compute: "Compute"
    description: str | None = None
    sharing: Sharing = field(default_factory=Sharing)
    soft_delete: SoftDeletion = SoftDeletion()
    state: ProvisioningState = "Creating"
    child_gone_at: datetime | None = None
    definitions: "dict[str, ImageDefinition]" = field(default_factory=dict)

    @property
    def unique_name(self) -> str:
        """The name that identifies the gallery in the subscription."""
        return f"{self.id.subscription}-{self.id.name.upper()}"

    def purge(self) -> None:
        """Be gone with everything inside."""
        self.compute.forget_gallery(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class DefinitionText:
    """What people may read about an image definition."""

    description: str | None = None
    eula: str | None = None
    privacy_statement_uri: str | None = None
    release_note_uri: str | None = None
    end_of_life_date: datetime | None = None
    recommended: Recommended | None = None
    disallowed: Disallowed | None = None
    purchase_plan: PurchasePlan | None = None


@dataclass(slots=True, kw_only=True)
class ImageDefinition:
    """An image definition; `versions` are found by name, and so are those in the recycle bin, `soft_deleted`."""

    id: ResourceId
    gallery: Gallery
    location: str
    tags: dict[str, str]
    os_type: Literal["Windows", "Linux"]
    os_state: Literal["Generalized", "Specialized"]
    hyper_v_generation: Literal["V1", "V2"]
    architecture: Literal["x64", "Arm64"]
    identifier: Identifier
    features: tuple[Feature, ...] = ()
    text: DefinitionText = DefinitionText()
    state: ProvisioningState = "Creating"
    child_gone_at: datetime | None = None
    versions: "dict[str, ImageVersion]" = field(default_factory=dict)
    soft_deleted: "dict[str, SoftDeleted]" = field(default_factory=dict)

    @property
    def security_type(self) -> str:
        """The SecurityType feature, `Standard` when there is none."""
        named = (feature.value for feature in self.features if feature.name.casefold() == "securitytype")
        return next(named, None) or "Standard"

    def purge(self) -> None:
        """Be gone with everything inside."""
        self.versions.clear()
        self.soft_deleted.clear()
        self.gallery.definitions.pop(self.id.name.casefold(), None)
