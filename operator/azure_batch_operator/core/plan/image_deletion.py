"""The next step for a gallery image that goes: versions of ours, then the definition, then the gallery."""

from datetime import datetime

from azure_batch_operator.core.images import ObservedDefinition, ObservedVersion
from azure_batch_operator.core.names import same
from azure_batch_operator.core.plan.image_gallery import gallery_id_in_words, made_by_us
from azure_batch_operator.core.plan.image_snapshots import is_publishing_from, leftover_step
from azure_batch_operator.core.plan.image_steps import (
    DeleteDefinition,
    DeleteGallery,
    DeleteVersion,
    Finish,
    ImageStep,
    ReadVersion,
    Stop,
    Wait,
)
from azure_batch_operator.core.plan.image_users import named_users
from azure_batch_operator.core.plan.image_view import ImageView


def deletion_step(view: ImageView) -> ImageStep:
    """The next step of a deletion; the view's versions and definitions must be lists of this turn."""
    if view.wanted.deletion_policy == "Retain":
        return leftover_step(view) or _retained(view)
    if blocked := _blocked(view):
        return leftover_step(view) or blocked
    return _version(view) or leftover_step(view) or _definition(view)


def _retained(view: ImageView) -> ImageStep:
    """Everything stays but the snapshots that a version is still being published from."""
    if any(is_publishing_from(view, snapshot) for snapshot in view.snapshots):
        return Wait(reason="Publishing", message="The version that stays is still being published from snapshots.")
    kept = "deletionPolicy is Retain: image definition and versions stay in Azure."
    return Finish(kept=(kept, *view.unsearched))


def _blocked(view: ImageView) -> Wait | None:
    """Why the deletion has to wait: pools use the image, or that is not known."""
    if _anothers(view):
        return None
    users = [use for use in view.uses if not use.deleting or use.url or use.unseen]
    if users:
        message = f"Used by {named_users(users)}: delete these, or let them use another image."
        return Wait(reason="InUse", message=message)
    if not view.complete:
        return Wait(
            reason="UsageUnknown",
            message=f"Not known yet whether pools use the image: {unread(view)} must be read first.",
        )
    return None


def unread(view: ImageView) -> str:
    """What keeps us from knowing who uses the image: accounts, or pools of ours that were just written to."""
    pools = (f"pool {use.namespace}/{use.name}" for use in view.uses if use.unseen)
    homeless = (f"the region of pool {use.name or use.url}" for use in view.uses if use.unseen and use.region is None)
    return ", ".join(dict.fromkeys((*view.unread_accounts, *pools, *homeless)))


def _anothers(view: ImageView) -> bool:
    """Whether the definition belongs to somebody else, so that nothing of it is going to be deleted."""
    definition = view.definition
    return definition is not None and not view.is_ours(definition.tags) and not view.owned()


def _version(view: ImageView) -> ImageStep | None:
    """Of several versions, those that must stay for now come last."""
    for version in sorted(view.owned(), key=lambda found: _protected_until(view, found) is not None):
        if same(version.provisioning_state, "Deleting"):
            return Wait(reason="DeletingVersion", message=f"Version {version.name.version} is being deleted.")
        if version.name.id.casefold() not in view.fresh:
            return ReadVersion(name=version.name, because="only what is ours is deleted")
        if until := _protected_until(view, version):
            return _protected(version, until)
        return DeleteVersion(name=version.name, because="the GalleryImage is deleted")
    return None


def _protected_until(view: ImageView, version: ObservedVersion) -> datetime | None:
    """When Azure lets the version be deleted, if that is later than now."""
    guarded = version.safety_profile.get("blockDeletionBeforeEndOfLife") is True
    end = version.end_of_life
    return end if guarded and end is not None and end > view.now else None


def _protected(version: ObservedVersion, until: datetime) -> Stop:
    """The reason is the code with which Azure would refuse the deletion."""
    return Stop(
        reason="DeleteGalleryImageVersionBlockedBeforeEndOfLife",
        message=f"Version {version.name.version} is protected from deletion until its end of life, {until:%Y-%m-%d}: "
        f"wait until then, set safetyProfile.blockDeletionBeforeEndOfLife of it to false in Azure, or write "
        f"deletionPolicy: Retain.",
    )


def _definition(view: ImageView) -> ImageStep:
    definition = view.definition
    if definition is None:
        return _gallery(view)
    name = definition.name.definition
    if not view.is_ours(definition.tags):
        return Finish(kept=(f"Image definition {name} is not ours and stays.",))
    if view.versions:
        others = ", ".join(version.name.version for version in view.versions)
        return Finish(kept=(f"Image definition {name} stays: it holds versions that are not ours ({others}).",))
    if definition.name.id.casefold() in view.deleted_inside:
        return Finish(kept=(f"Image definition {name} stays: {_keeps_deleted(view)}",))
    if same(definition.provisioning_state, "Deleting"):
        return Wait(reason="DeletingDefinition", message=f"Image definition {name} is being deleted.")
    return DeleteDefinition(name=definition.name)


def _gallery(view: ImageView) -> ImageStep:
    """A gallery that the operator made goes with its last definition; others that go too are waited for."""
    if view.gallery is None or not made_by_us(view) or view.gallery_shared:
        return Finish()
    name = view.wanted.name.definition.gallery
    if name.id.casefold() in view.deleted_inside:
        return Finish(kept=(f"It stays: {_keeps_deleted(view)}",))
    if same(view.gallery.provisioning_state, "Deleting"):
        return Wait(reason="DeletingGallery", message=f"{gallery_id_in_words(name)} is being deleted.")
    held = view.gallery_definitions or ()
    if any(not _goes(found) and not same(found.name.id, view.wanted.name.definition.id) for found in held):
        return Finish()
    if held:
        return Wait(
            reason="DeletingDefinition", message=f"{gallery_id_in_words(name)} still shows definitions that go."
        )
    return DeleteGallery(name=name)


def _keeps_deleted(view: ImageView) -> str:
    name = gallery_id_in_words(view.wanted.name.definition.gallery)
    return f"{name} keeps deleted versions for a while (soft delete), and Azure removes nothing that holds some."


def _goes(definition: ObservedDefinition) -> bool:
    return same(definition.provisioning_state, "Deleting")
