"""Deleted versions that a gallery keeps for a while: listed, restored, and gone for good in the end.

("Soft Delete in Azure Compute Gallery", learn.microsoft.com, and the texts of the gallery API 2026-03-03.)
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from azure_simulator.answers import ArmError
from azure_simulator.clock import Timer
from azure_simulator.compute.galleries import ImageDefinition
from azure_simulator.compute.versions import ImageVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftDeleted:
    """A version in the recycle bin: nodes can still be made from it until `consumable_until`."""

    version: ImageVersion
    deleted_at: datetime
    consumable_until: datetime
    gone_at: datetime
    timer: Timer


def soft_delete(version: ImageVersion) -> None:
    """Put a version into the recycle bin of its definition, until its time is over."""
    definition = version.definition
    policy, clock = definition.gallery.soft_delete, definition.gallery.compute.clock
    now = clock.now()
    consumable_until = now + timedelta(days=policy.retention_days)
    gone_at = consumable_until + timedelta(days=policy.grace_days)
    version.purge()
    definition.gallery.compute.resources.index.discard(version)
    definition.soft_deleted[version.id.name] = SoftDeleted(
        version=version,
        deleted_at=now,
        consumable_until=consumable_until,
        gone_at=gone_at,
        timer=clock.after((gone_at - now).total_seconds(), lambda: discard(definition, version.id.name)),
    )


def restored(definition: ImageDefinition, name: str) -> ImageVersion | None:
    """The version of that name, back from the recycle bin; None when it is not there."""
    kept = definition.soft_deleted.pop(name, None)
    if kept is None:
        return None
    kept.timer.cancel()
    definition.versions[name] = kept.version
    definition.gallery.compute.resources.index.add(kept.version)
    return kept.version


def discard(definition: ImageDefinition, name: str) -> None:
    """Remove a version from the recycle bin for good."""
    kept = definition.soft_deleted.pop(name, None)
    if kept is not None:
        kept.timer.cancel()
        definition.child_gone_at = definition.gallery.compute.clock.now()


def refuse_taken_name(definition: ImageDefinition, name: str) -> None:
    """Raise ArmError when a new version would have the name of one in the recycle bin, unless that is allowed."""
    if name in definition.soft_deleted and definition.gallery.compute.switches.soft_deleted_names_are_taken:
        raise ArmError(
            409,
            "Conflict",
            f"The gallery image version '{name}' is soft-deleted. Restore it, or choose another name.",
            target=name,
        )
