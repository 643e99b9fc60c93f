"""The image definition: made when it is missing, checked where Azure never changes it, put right where it does."""

from azure_batch_operator.core.image_definition import drift, mismatches, restored
from azure_batch_operator.core.images import ObservedDefinition, WantedImage
from azure_batch_operator.core.plan.image_steps import ImageStep, PutDefinition, ReadDefinition, Retry, Stop, Wait
from azure_batch_operator.core.plan.image_view import ImageView
from azure_batch_operator.core.sources import Objection
from azure_batch_operator.core.tags import new_tags, tag_drift, tags_with


def definition_step(view: ImageView) -> ImageStep | None:
    """What the definition needs before a version can be made in it."""
    definition = view.definition
    if definition is None:
        return _new_definition(view)
    if objection := definition_objection(view.wanted, definition):
        return Stop(reason=objection.reason, message=objection.message)
    return _definition_in_state(view, definition)


def definition_objection(wanted: WantedImage, definition: ObservedDefinition) -> Objection | None:
    """What of an existing definition contradicts the spec, where Azure never changes it."""
    differing = mismatches(wanted.definition, definition.properties)
    if not differing:
        return None
    return Objection(
        reason="DefinitionMismatch",
        message=f"Image definition {definition.name.definition} exists with another {', '.join(differing)}, which "
        f"Azure never changes: correct spec.definition, or give it another name.",
    )


def definition_drift(view: ImageView, definition: ObservedDefinition) -> tuple[str, ...]:
    """The fields of the definition that are not as the spec says and that Azure lets us put right."""
    properties = drift(view.wanted.definition, definition.properties, view.now)
    return (*properties, *(f"tags.{name}" for name in tag_drift(definition.tags, view.tags())))


def _definition_in_state(view: ImageView, definition: ObservedDefinition) -> ImageStep | None:
    words = f"Image definition {definition.name.definition}"
    match definition.provisioning_state.casefold():
        case "deleting":
            return Wait(reason="DefinitionDeleting", message=f"{words} is being deleted.")
        case "failed" if view.may_retry(definition.name.id):
            return _restored_definition(view, definition, ("all",))
        case "failed":
            return Retry(reason="DefinitionFailed", message=f"{words} failed to be made.")
        case "succeeded":
            changed = definition_drift(view, definition)
            return _restored_definition(view, definition, changed) if changed else None
        case state:
            return Wait(reason="CreatingDefinition", message=f"{words} is {state}.")


def _new_definition(view: ImageView) -> ImageStep | None:
    if view.gallery is None:
        return None
    return PutDefinition(
        name=view.wanted.name.definition,
        location=view.gallery.location,
        properties=view.wanted.definition,
        tags=new_tags(view.tags()),
    )


def _restored_definition(view: ImageView, definition: ObservedDefinition, fields: tuple[str, ...]) -> ImageStep:
    """A PUT is the whole definition: what we do not model is repeated as read."""
    if definition.name.id.casefold() not in view.fresh:
        return ReadDefinition(name=definition.name)
    return PutDefinition(
        name=definition.name,
        location=definition.location,
        properties=restored(view.wanted.definition, definition.properties, view.now),
        tags=tags_with(definition.tags, view.tags()),
        restored=fields,
        adopts=not view.is_ours(definition.tags),
    )
