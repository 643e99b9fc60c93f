"""The steps that a gallery image may need, as values: to be compared, told, counted, and taken by the reconciler."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from azure_batch_operator.core.conditions import Converged, Progressing, Retrying, Stalled, Verdict
from azure_batch_operator.core.images import ObservedRegion, ObservedVersion
from azure_batch_operator.core.json import JsonObject
from azure_batch_operator.core.names import DefinitionName, GalleryName, VersionName
from azure_batch_operator.core.plan.snapshot_steps import CreateSnapshot, DeleteSnapshot, SnapshotWrite
from azure_batch_operator.core.replica_plan import RegionPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateGallery:
    """Make the gallery; it belongs to no GalleryImage."""

    reason: ClassVar[str] = "CreatingGallery"
    name: GalleryName
    location: str
    description: str | None
    tags: Mapping[str, str]
    sharing: JsonObject | None = None
    """`sharingProfile` in wire form."""

    @property
    def clause(self) -> str:
        """The step for a person."""
        return f"Creating gallery {self.name.gallery} in {self.location}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PutDefinition:
    """Make the image definition, restore what somebody changed of it, or take over one that belongs to nobody."""

    name: DefinitionName
    location: str
    properties: JsonObject
    tags: Mapping[str, str]
    restored: tuple[str, ...] = ()
    """The fields that are put right; none when the definition is made."""
    adopts: bool = False

    @property
    def reason(self) -> str:
        """Why the image is not Ready while Azure is at it."""
        return "Adopting" if self.adopts else "CreatingDefinition"

    @property
    def clause(self) -> str:
        """The step for a person."""
        if self.adopts:
            return f"Adopting image definition {self.name.definition}: setting {', '.join(self.restored)}"
        if self.restored:
            return f"Restoring {', '.join(self.restored)} of image definition {self.name.definition}"
        return f"Creating image definition {self.name.definition}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateVersion:
    """Publish the version from its source."""

    reason: ClassVar[str] = "Publishing"
    name: VersionName
    body: JsonObject
    source: str
    """What it is made from, for a person."""
    regions: tuple[RegionPlan, ...]

    @property
    def clause(self) -> str:
        """The step for a person."""
        regions = ", ".join(f"{region.need.key} ({region.target})" for region in self.regions)
        return f"Publishing version {self.name.version} from {self.source} to {regions}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PatchVersion:
    """Change a version's replicas, regions, tags or safety profile; the body was built on a GET of this turn."""

    name: VersionName
    body: JsonObject
    changes: tuple[RegionPlan, ...] = ()
    restored: tuple[str, ...] = ()
    """Fields, tags and switches that are put right."""
    retries: bool = False
    """Whether an earlier change failed in Azure and is asked for again."""
    taken_out: tuple[str, ...] = ()
    """Regions whose replication failed, and that leave only to be put back by the next change."""
    while_busy: "Retry | None" = None
    """What to tell when Azure refuses this one because it is still at an earlier change, which seems stuck."""
    adopts: bool = False
    """Whether the version belonged to nobody and becomes ours by this."""

    @property
    def reason(self) -> str:
        """Why the image is not Ready while Azure is at it."""
        return "Adopting" if self.adopts else "Replicating"

    @property
    def clause(self) -> str:
        """The step for a person."""
        parts = [told_regions(self.changes)] if self.changes else []
        doing = "adopting it with" if self.adopts else "restoring"
        parts += [f"{doing} {', '.join(self.restored)}"] if self.restored else []
        parts += (
            [f"putting {', '.join(self.taken_out)} back afterwards, since it failed there"] if self.taken_out else []
        )
        return f"Version {self.name.version}: {', '.join(parts) or 'asking once more for its replicas'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadVersion:
    """Look at the version before it is changed: a change never builds on an older look."""

    reason: ClassVar[str] = "Reading"
    name: VersionName
    because: str

    @property
    def clause(self) -> str:
        """The step for a person."""
        return f"Reading version {self.name.version}: {self.because}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadDefinition:
    """Look at the definition before it is restored: a PUT is the whole of it."""

    reason: ClassVar[str] = "Reading"
    name: DefinitionName

    @property
    def clause(self) -> str:
        """The step for a person."""
        return f"Reading image definition {self.name.definition}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteVersion:
    """Remove a version of ours."""

    reason: ClassVar[str] = "DeletingVersion"
    name: VersionName
    because: str
    retries: bool = False
    """Whether it is removed to publish it once more, because its publication failed."""

    @property
    def clause(self) -> str:
        """The step for a person."""
        return f"Deleting version {self.name.version}: {self.because}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteDefinition:
    """Remove the definition, which is ours and empty."""

    reason: ClassVar[str] = "DeletingDefinition"
    name: DefinitionName

    @property
    def clause(self) -> str:
        """The step for a person."""
        return f"Deleting image definition {self.name.definition}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteGallery:
    """Remove the gallery, which the operator made and which is empty."""

    reason: ClassVar[str] = "DeletingGallery"
    name: GalleryName

    @property
    def clause(self) -> str:
        """The step for a person."""
        return f"Deleting gallery {self.name.gallery}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Nothing can be done now: something else must come first, or an operation ends."""

    reason: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """Azure failed at something; it is tried again when the pause is over."""

    reason: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Nothing more is done until a person changes something."""

    reason: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowAdoption:
    """Tell what is about to be taken over and what that changes; the turn after this one does it."""

    reason: ClassVar[str] = "Adopting"
    ids: frozenset[str]
    """Folded ids of what is taken over."""
    changes: tuple[str, ...]
    """One clause for each object."""

    @property
    def clause(self) -> str:
        """The step for a person."""
        return f"Adopting {'; '.join(self.changes)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    """Nothing of ours is left that must go: the finalizer goes."""

    kept: tuple[str, ...] = ()
    """Why something stays in Azure, in sentences."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """Everything is as it should be."""


GalleryWrite: TypeAlias = (
    CreateGallery | PutDefinition | CreateVersion | PatchVersion | DeleteVersion | DeleteDefinition | DeleteGallery
)
Write: TypeAlias = GalleryWrite | SnapshotWrite
"""The steps that change Azure."""

Read: TypeAlias = ReadVersion | ReadDefinition
"""The steps that only look, within the same turn."""

ImageStep: TypeAlias = Write | Read | ShowAdoption | Wait | Retry | Stop | Finish | Nothing

READS = (ReadVersion, ReadDefinition)
WRITES = (
    CreateGallery,
    PutDefinition,
    CreateSnapshot,
    CreateVersion,
    PatchVersion,
    DeleteSnapshot,
    DeleteVersion,
    DeleteDefinition,
    DeleteGallery,
)


def verdict_of_step(step: ImageStep) -> Verdict:
    """What the step says about the GalleryImage as a whole, once it is taken."""
    match step:
        case Nothing():
            return Converged(message="The version is published and every region has the replicas it needs.")
        case Finish():
            return Progressing(reason="Deleted", message="Nothing is left to be removed from Azure.")
        case Retry():
            return Retrying(reason=step.reason, message=step.message)
        case Stop():
            return Stalled(reason=step.reason, message=step.message)
        case Wait():
            return Progressing(reason=step.reason, message=step.message)
        case _:
            return Progressing(reason=step.reason, message=f"{step.clause}.")


def told_regions(changes: tuple[RegionPlan, ...]) -> str:
    """Regions and their replicas, as `westeurope 1 → 5 for 3,000 nodes`."""
    return ", ".join(_told_region(change) for change in changes if change.target or change.current)


def _told_region(change: RegionPlan) -> str:
    nodes = f" for {change.need.nodes:,} nodes" if change.need.nodes else ""
    if change.target == 0:
        return f"{change.need.key} removed"
    return f"{change.need.key} {change.current} → {change.target}{nodes}"


def replication_of(version: ObservedVersion) -> str:
    """How far each region is, in steps of ten per cent: `westeurope Replicating 40 %`."""
    return ", ".join(f"{region.key} {region.state or 'Unknown'}{_percent(region)}" for region in version.regions)


def _percent(region: ObservedRegion) -> str:
    return "" if region.progress is None else f" {region.progress // 10 * 10} %"


def failures_of(version: ObservedVersion) -> str:
    """What failed, in Azure's words."""
    failed = (region for region in version.regions if region.state == "Failed")
    words = [f"{region.key}: {region.details.rstrip('.') or 'no details'}" for region in failed]
    return "; ".join(words) or "Azure gave no details"
