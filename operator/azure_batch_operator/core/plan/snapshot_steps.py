"""The steps that make and remove snapshots between a machine and the version that is published from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from azure_batch_operator.core.compute_ids import ComputeName


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateSnapshot:
    """Make an incremental snapshot of a machine's disk."""

    reason: ClassVar[str] = "CapturingDisks"
    name: ComputeName
    location: str
    disk: ComputeName
    words: str
    """The disk, for a person."""
    tags: Mapping[str, str]

    @property
    def clause(self) -> str:
        """The step for a person."""
        return f"Taking snapshot {self.name.name} of {self.words}, {self.disk.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteSnapshot:
    """Remove a snapshot of ours."""

    reason: ClassVar[str] = "DeletingSnapshot"
    name: ComputeName
    because: str

    @property
    def clause(self) -> str:
        """The step for a person."""
        return f"Deleting snapshot {self.name.name}: {self.because}"


SnapshotWrite: TypeAlias = CreateSnapshot | DeleteSnapshot
