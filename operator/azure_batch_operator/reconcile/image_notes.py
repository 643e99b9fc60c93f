"""The Events of a GalleryImage: what was done in Azure, and what changed for the worse or the better."""

from collections.abc import Iterator
from typing import assert_never

from azure_batch_operator.core.conditions import Converged, Progressing, Retrying, Stalled, Verdict
from azure_batch_operator.core.images import WantedImage
from azure_batch_operator.core.plan.image_steps import (
    CreateGallery,
    CreateVersion,
    DeleteDefinition,
    DeleteGallery,
    DeleteVersion,
    Finish,
    ImageStep,
    PatchVersion,
    PutDefinition,
    ShowAdoption,
    Write,
)
from azure_batch_operator.core.plan.snapshot_steps import CreateSnapshot, DeleteSnapshot
from azure_batch_operator.reconcile.desired import Desired
from azure_batch_operator.reconcile.image_memory import ImageMemory
from azure_batch_operator.reconcile.outcome import Note

TOLD_WAITS = frozenset({"InUse", "UsageUnknown", "Suspended"})
"""Reasons to wait for which somebody may have to act."""


def note_of(step: Write | ShowAdoption) -> Note:
    """What was asked of Azure, or is about to be."""
    match step:
        case ShowAdoption():
            return _normal("Adopting", "Adopt", f"{step.clause}.")
        case PutDefinition(adopts=True) | PatchVersion(adopts=True):
            return _normal("Adopted", "Adopt", f"{step.clause}.")
        case CreateGallery() | CreateSnapshot() | CreateVersion():
            return _normal("Created", "Create", f"{step.clause}.")
        case PutDefinition():
            return _normal("DriftRepaired" if step.restored else "Created", "Put", f"{step.clause}.")
        case PatchVersion():
            return _note_of_patch(step)
        case DeleteSnapshot() | DeleteVersion() | DeleteDefinition() | DeleteGallery():
            return _normal("Deleting", "Delete", f"{step.clause}.")
        case _:
            assert_never(step)


def notes_of_end(step: ImageStep) -> Iterator[Note]:
    """What is told when a deletion is over."""
    if isinstance(step, Finish):
        yield from (_normal("Kept", "Delete", message) for message in step.kept)
        yield _normal("Deleted", "Delete", "Nothing that this GalleryImage made and must remove is left in Azure.")


def notes_of_change(memory: ImageMemory, desired: Desired[WantedImage], verdict: Verdict) -> Iterator[Note]:
    """A warning when the reason why the image is not Ready became one that somebody should know."""
    if not memory.is_new_reason(desired.uid, verdict.reason):
        return
    match verdict:
        case Stalled() | Retrying():
            yield _warning(verdict)
        case Progressing() if verdict.reason in TOLD_WAITS:
            yield _warning(verdict)
        case Progressing() | Converged():
            pass
        case _:
            assert_never(verdict)


def note_of_publication(version: str) -> Note:
    """The version can be booted from."""
    return _normal("Published", "Publish", f"Version {version} is published.")


def _note_of_patch(step: PatchVersion) -> Note:
    if step.changes:
        return _normal("ReplicasChanged", "Patch", f"{step.clause}.")
    return _normal("DriftRepaired" if step.restored else "Replicating", "Patch", f"{step.clause}.")


def _normal(reason: str, action: str, message: str) -> Note:
    return Note(type="Normal", reason=reason, action=action, message=message)


def _warning(verdict: Verdict) -> Note:
    return Note(type="Warning", reason=verdict.reason, action="Reconcile", message=verdict.message)
