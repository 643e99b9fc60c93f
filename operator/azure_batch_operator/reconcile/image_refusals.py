"""What an image's turn makes of a write that Azure refused, where that is more than waiting for a better time."""

from azure_batch_operator.core.conditions import Progressing, Stalled, Verdict
from azure_batch_operator.core.failures import AzureFailure, FailureKind
from azure_batch_operator.core.images import WantedImage
from azure_batch_operator.core.plan.image_steps import (
    CreateVersion,
    DeleteDefinition,
    DeleteGallery,
    ImageStep,
    PatchVersion,
    PutDefinition,
    Retry,
    verdict_of_step,
)
from azure_batch_operator.core.plan.image_view import ImageView
from azure_batch_operator.core.publish_failures import is_identifier_taken, why_hopeless
from azure_batch_operator.reconcile.desired import Desired
from azure_batch_operator.reconcile.failures import said
from azure_batch_operator.reconcile.image_memory import ImageMemory


def learnt(
    memory: ImageMemory, desired: Desired[WantedImage], view: ImageView, step: ImageStep, failure: AzureFailure
) -> bool:
    """Whether the refusal tells how to go on: it is remembered, and the next turn decides otherwise."""
    match step:
        case PatchVersion():
            return _needs_two_steps(memory, step, failure)
        case DeleteDefinition() | DeleteGallery() if view.gallery is not None and view.gallery.keeps_deleted:
            return _holds_deleted(memory, desired, step, failure)
        case _:
            return False


def patient(step: ImageStep | None, failure: AzureFailure) -> Verdict | None:
    """What is told while Azure is busy, and was expected to be.

    A parent may be refused to go for a minute after its last child went (azure-rest-api-specs, issue 19686).
    """
    if failure.kind is not FailureKind.CONFLICT:
        return None
    match step:
        case DeleteDefinition() | DeleteGallery():
            return Progressing(reason=step.reason, message=f"{step.clause}: not yet. {said(failure)}")
        case PatchVersion(while_busy=Retry() as told):
            return verdict_of_step(told)
        case _:
            return None


def final(step: ImageStep | None, failure: AzureFailure) -> Stalled | None:
    """What is told of a refusal that only another spec helps against, as Azure's words say and its code does not.

    `Conflict` is also what Azure says while it is busy.
    """
    if failure.kind is not FailureKind.CONFLICT:
        return None
    match step:
        case PutDefinition() if is_identifier_taken(failure.message):
            message = f"Write another definition.identifier, in another GalleryImage. {said(failure)}"
            return Stalled(reason="IdentifierTaken", message=message)
        case CreateVersion(name=name) if why := why_hopeless((failure.message,)):
            advice = "Write a new version with a source that fits."
            told = f"Azure refuses to make version {name.version}, and will again, for {why}. {advice} {said(failure)}"
            return Stalled(reason="PublishFailed", message=told)
        case _:
            return None


def _needs_two_steps(memory: ImageMemory, step: PatchVersion, failure: AzureFailure) -> bool:
    """Where Azure refuses to remove a region together with its permission, the permission comes first."""
    removes = any(change.target == 0 for change in step.changes)
    known = step.name.id.casefold() in memory.two_step_removal
    refused = failure.kind in (FailureKind.REFUSED, FailureKind.CONFLICT)
    if not removes or known or not refused or step.while_busy is not None:
        return False
    memory.two_step_removal.add(step.name.id.casefold())
    return True


def _holds_deleted(
    memory: ImageMemory, desired: Desired[WantedImage], step: DeleteDefinition | DeleteGallery, failure: AzureFailure
) -> bool:
    """Where deleted versions are kept, what holds them stays until they are gone for good: days that nobody waits."""
    if failure.kind is not FailureKind.CONFLICT:
        return False
    memory.keeps_deleted(desired, step.name.id)
    return True
