"""The gallery of an image: used as it is where it exists, made where it is missing, and never changed."""

from collections.abc import Iterator

from azure_batch_operator.core.conditions import Advice
from azure_batch_operator.core.images import ObservedGallery, WantedGallery
from azure_batch_operator.core.names import OWNER_TAG, GalleryName, region, same
from azure_batch_operator.core.plan.image_steps import CreateGallery, ImageStep, Retry, Wait
from azure_batch_operator.core.plan.image_view import ImageView
from azure_batch_operator.core.tags import different_tags


def gallery_step(view: ImageView) -> ImageStep | None:
    """What the gallery needs before anything can be made in it."""
    if view.gallery is None:
        return _missing_gallery(view)
    name = view.wanted.name.definition.gallery
    match view.gallery.provisioning_state.casefold():
        case "deleting":
            return Wait(reason="GalleryDeleting", message=f"{gallery_id_in_words(name)} is being deleted.")
        case "failed" if made_by_us(view) and view.may_retry(name.id):
            return _missing_gallery(view)
        case "failed":
            return Retry(reason="GalleryFailed", message=f"{gallery_id_in_words(name)} failed to be made.")
        case "creating":
            return Wait(reason="CreatingGallery", message=f"{gallery_id_in_words(name)} is being made.")
        case _:
            return None


def gallery_advice(view: ImageView) -> tuple[Advice, ...]:
    """Where spec and gallery differ, the gallery wins; its owner should know."""
    differing = tuple(_differing(view.wanted.gallery, view.gallery)) if view.gallery else ()
    if not differing:
        return ()
    message = (
        f"The gallery has another {', '.join(differing)} than spec.gallery says. It is used as it is: an existing "
    )
    return (Advice(reason="GalleryMismatch", message=f"{message}gallery is never changed."),)


def _differing(wanted: WantedGallery, gallery: ObservedGallery) -> Iterator[str]:
    """The fields that the spec names and the gallery has otherwise, with what it has."""
    if wanted.location is not None and region(wanted.location) != region(gallery.location):
        yield f"location ({gallery.location})"
    if wanted.description not in (None, gallery.description or ""):
        yield "description"
    asked = (wanted.sharing or {}).get("permissions")
    if asked is not None and gallery.permissions is not None and not same(str(asked), gallery.permissions):
        yield f"sharing ({gallery.permissions})"
    yield from (f"tags.{name}" for name in different_tags(gallery.tags, wanted.tags))


def gallery_owner_tag(operator_id: str) -> str:
    """The owner tag's value of a gallery that the operator made: it belongs to no GalleryImage."""
    return f"{operator_id}/gallery"


def made_by_us(view: ImageView) -> bool:
    """Whether the operator made the gallery."""
    tags = view.gallery.tags if view.gallery else {}
    ids = {view.wanted.owner.operator_id, *view.former_operator_ids}
    return any(same(name, OWNER_TAG) and value in map(gallery_owner_tag, ids) for name, value in tags.items())


def gallery_id_in_words(name: GalleryName) -> str:
    """A gallery, for messages."""
    return f"gallery {name.gallery} in resource group {name.resource_group}"


def _missing_gallery(view: ImageView) -> ImageStep:
    name, wanted = view.wanted.name.definition.gallery, view.wanted.gallery
    if not wanted.create or wanted.location is None:
        return Wait(
            reason="DependencyNotReady",
            message=f"There is no {gallery_id_in_words(name)}: make it, or write create: true and a location into "
            f"spec.gallery.",
        )
    return CreateGallery(
        name=name,
        location=wanted.location,
        description=wanted.description,
        tags={**wanted.tags, OWNER_TAG: gallery_owner_tag(view.wanted.owner.operator_id)},
        sharing=wanted.sharing,
    )
