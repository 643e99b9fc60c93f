"""Why a definition or version that is not ours is left alone, and what would make it ours."""

from collections.abc import Mapping

from azure_batch_operator.core.names import OWNER_TAG, owner_from_tag
from azure_batch_operator.core.ownership import Ownership, known_owner
from azure_batch_operator.core.plan.image_steps import Stop
from azure_batch_operator.core.plan.image_view import ImageView, owner_tag


def refused(view: ImageView, thing: str, tags: Mapping[str, str], *, changes: str) -> Stop:
    """`thing` begins a sentence, like `Version 1.0.0`; `changes`: what taking it over would change."""
    tag = owner_tag(tags) or ""
    match view.ownership(tags):
        case Ownership.NOBODYS:
            why = f"{thing} exists already and carries no tag {OWNER_TAG}: it was not made by this operator."
        case Ownership.ORPHANED:
            why = f"{thing} was made for {_resource(view, tag)}, which is gone: its tag {OWNER_TAG} is {tag}."
        case _:
            return Stop(reason="OwnedByAnother", message=_of_another(view, thing, tag))
    consent = f"To take it over, write adoptionPolicy: Adopt, which changes {changes}."
    return Stop(reason="OwnedByAnother", message=f"{why} {consent} Or choose another name, or remove it.")


def _of_another(view: ImageView, thing: str, tag: str) -> str:
    if known_owner(tag, view.wanted.owner, view.former_operator_ids):
        return (
            f"{thing} belongs to {_resource(view, tag)}: its tag {OWNER_TAG} is {tag}. Choose another name; or delete "
            f"that GalleryImage, with deletionPolicy: Retain to keep what is in Azure, and write adoptionPolicy: Adopt "
            f"here."
        )
    named = owner_from_tag(tag)
    former = f", or name {named.operator_id} in the setting of former operator ids if that one is gone" if named else ""
    return (
        f"{thing} belongs to another owner: its tag {OWNER_TAG} is {tag}. What an operator unknown to this one has "
        f"tagged is never taken over: choose another name{former}, or remove it together with its owner."
    )


def _resource(view: ImageView, tag: str) -> str:
    named = known_owner(tag, view.wanted.owner, view.former_operator_ids)
    return f"GalleryImage {named.namespace}/{named.name}" if named else "a GalleryImage"
