"""What a gallery image should be, and what its gallery, definition and versions are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from azure_batch_operator.core.accounts import AccountRef
from azure_batch_operator.core.credentials import SecretRef
from azure_batch_operator.core.json import JsonObject
from azure_batch_operator.core.names import DefinitionName, Owner, VersionName, region
from azure_batch_operator.core.sources import WantedSource

DeletionPolicy = Literal["Delete", "Retain"]
AdoptionPolicy = Literal["Refuse", "Adopt"]
StorageAccountStrategy = Literal["PreferStandard_ZRS", "DefaultStandard_LRS"]
ReplicationState = Literal["Unknown", "Replicating", "Completed", "Failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedRegion:
    """A target region that the spec lists."""

    name: str
    """As written in the spec; compare by `key`."""
    storage_account_type: str | None = None
    encryption: JsonObject | None = None
    """In wire form: `osDiskImage`, `dataDiskImages`."""
    exclude_from_latest: bool | None = None
    min_replicas: int | None = None
    max_replicas: int | None = None

    @property
    def key(self) -> str:
        """The normalised name."""
        return region(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowTemplate:
    """What a region gets that is a target only because pools are there."""

    storage_account_type: str | None = None
    encryption: JsonObject | None = None
    """In wire form, as `ListedRegion.encryption`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicationPolicy:
    """How nodes become replicas."""

    nodes_per_replica: int
    headroom: int = 0
    min_replicas: int = 1
    max_replicas: int = 100
    scale_down_delay: timedelta = timedelta(hours=1)
    follow_pools: bool = True
    follow_template: FollowTemplate | None = None
    storage_account_strategy: StorageAccountStrategy | None = None
    """How Azure chooses a storage type where none is named; only for a version that is made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedGallery:
    """What we make when the gallery is missing; an existing one is used as it is."""

    location: str | None = None
    """Without it a missing gallery cannot be made."""
    create: bool = True
    description: str | None = None
    sharing: JsonObject | None = None
    """`sharingProfile` in wire form."""
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedImage:
    """A GalleryImage's spec as the planner reads it."""

    owner: Owner
    name: VersionName
    """The version that is wanted now, with its definition and gallery."""
    gallery: WantedGallery
    definition: JsonObject
    """`properties` of the image definition in wire form, generation and security type always explicit."""
    source: WantedSource | None
    """None only where an existing version is adopted."""
    regions: tuple[ListedRegion, ...]
    replication: ReplicationPolicy
    keep_intermediate: bool = False
    """Whether snapshots that we made of a machine's disks stay when the version is published."""
    exclude_from_latest: bool = False
    end_of_life: datetime | None = None
    keep_versions: int | None = None
    """How many versions are kept, the wanted one included; None: all."""
    tags: Mapping[str, str] = field(default_factory=dict)
    allowed_namespaces: frozenset[str] = frozenset()
    """Other namespaces whose BatchPools may refer to it; `*` means all."""
    watch_accounts: tuple[AccountRef, ...] = ()
    credentials: str | None = None
    """The Secret in the image's own namespace to sign in with; None: the operator's own identity."""
    adoption_policy: AdoptionPolicy = "Refuse"
    deletion_policy: DeletionPolicy = "Delete"
    suspended: bool = False
    deleting: bool = False

    @property
    def secret(self) -> SecretRef | None:
        """Where the credentials are that its calls to Azure are signed in with; None: the operator's own."""
        return SecretRef(namespace=self.owner.namespace, name=self.credentials) if self.credentials else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedGallery:
    """A gallery as Azure showed it."""

    id: str
    location: str
    provisioning_state: str
    tags: Mapping[str, str]
    description: str | None = None
    permissions: str | None = None
    """With whom it may be shared at most: `sharingProfile.permissions`; None: Azure did not tell."""
    keeps_deleted: bool = False
    """Whether deleted versions are kept for a while: its `softDeletePolicy`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedDefinition:
    """An image definition as Azure showed it."""

    name: DefinitionName
    location: str
    provisioning_state: str
    tags: Mapping[str, str]
    properties: JsonObject
    end_of_life: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedRegion:
    """One target region of an image version."""

    key: str
    """Normalised name."""
    replicas: int
    raw: JsonObject
    """The region as Azure answered it: a PATCH must repeat storage type, encryption and the rest."""
    state: ReplicationState | None = None
    """None when the answer came without replication status."""
    progress: int | None = None
    details: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedVersion:
    """An image version as Azure showed it."""

    name: VersionName
    location: str
    """Normalised home region: the source's region, never removed from the targets."""
    provisioning_state: str
    tags: Mapping[str, str]
    regions: tuple[ObservedRegion, ...]
    publishing_profile: JsonObject
    safety_profile: JsonObject
    published_at: datetime | None = None
    end_of_life: datetime | None = None
    replication_read: bool = False
    """Whether this answer carried replication status (`$expand=ReplicationStatus`)."""

    @property
    def settled(self) -> bool:
        """Whether no operation runs on the version."""
        return self.provisioning_state.casefold() in {"succeeded", "failed"}

    @property
    def published(self) -> bool:
        """Whether its first publication has succeeded somewhere, so that pools can boot from it there."""
        state = self.provisioning_state.casefold()
        return state in {"succeeded", "updating"} or (
            state == "failed" and any(region.state == "Completed" for region in self.regions)
        )

    def region(self, key: str) -> ObservedRegion | None:
        """The target region of that normalised name."""
        return next((found for found in self.regions if found.key == key), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedManagedImage:
    """A managed image, as far as a source must be known."""

    id: str
    location: str
    provisioning_state: str
    os_type: str
    os_state: str
    hyper_v_generation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolUse:
    """One pool that boots, or will boot, from a version: ours (with namespace and name) or foreign (by url)."""

    version_id: str
    region: str | None
    """Normalised region of the pool's account; None while the account has not been read."""
    wanted: int
    """Nodes that the BatchPool asks for, or that its formula may bring; 0 for a foreign pool."""
    in_azure: int
    """max(target, current) as Azure shows it; 0 while there is no pool."""
    namespace: str | None = None
    name: str | None = None
    url: str | None = None
    deleting: bool = False
    unseen: bool = False
    """Whether it must be looked at first: nothing is believed of it since our last write or since it left a list, or
    its account's region is not known."""

    @property
    def nodes(self) -> int:
        """What the pool weighs for replicas."""
        return max(self.wanted, self.in_azure)

    @property
    def pool(self) -> str:
        """The same for every use of one pool: one in rollout uses two versions, and is still one pool."""
        return f"{self.namespace}/{self.name}" if self.name else self.url or ""
