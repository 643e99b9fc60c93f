"""Snapshots of disks: full ones and incremental ones."""

from dataclasses import dataclass

from azure_simulator.compute.volumes import Volume


@dataclass(slots=True, kw_only=True)
class Snapshot(Volume):
    """A snapshot; those of one disk's incremental family tell the family by its id.

    `copy_error` is why copying it in the background failed.
    """

    incremental: bool = False
    family_id: str | None = None
    copy_error: str | None = None

    @property
    def in_background(self) -> bool:
        """Whether it is copied on after the operation that made it has ended."""
        return self.creation.option == "CopyStart"

    @property
    def disk_state(self) -> str:
        """Whether somebody reads its bytes now."""
        return "ActiveSAS" if self.being_read else "Unattached"

    def purge(self) -> None:
        """Be gone."""
        self.compute.snapshots.forget(self)
