"""The image definition: made when it is missing, checked where Azure never changes it, put right where it does."""

from collections.abc import Mapping

from azure_batch_operator.core.image_version import missing_tags
from azure_batch_operator.core.images import ObservedDefinition, WantedImage
from azure_batch_operator.core.json import Json, JsonObject
from azure_batch_operator.core.names import same
from azure_batch_operator.core.ownership import Ownership, refusal
from azure_batch_operator.core.plan.image_steps import ImageStep, PutDefinition, ReadDefinition, Retry, Stop, Wait
from azure_batch_operator.core.plan.image_view import ImageView, owner_tag
from azure_batch_operator.core.sources import Objection

_FIXED = ("osType", "osState", "hyperVGeneration", "architecture")
_AZURES_FEATURES = {"securitytype": "Standard"}
_AZURES_DEFAULTS: Mapping[str, Json] = {"architecture": "x64", "hyperVGeneration": "V1"}


def owner_step(view: ImageView) -> ImageStep | None:
    """Whether the definition may be touched at all."""
    if view.definition is None or view.ownership(view.definition.tags) is Ownership.OURS:
        return None
    thing = f"Image definition {view.definition.name.definition}"
    return Stop(reason="OwnedByAnother", message=refusal(thing, owner_tag(view.definition.tags)))


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
    seen = definition.properties
    differing = [name for name in _FIXED if not _alike(wanted.definition.get(name), _seen(seen, name))]
    differing += [] if _contains(seen.get("identifier"), wanted.definition.get("identifier")) else ["identifier"]
    differing += [f"features.{name}" for name in _differing_features(wanted.definition, seen)]
    if not differing:
        return None
    return Objection(
        reason="DefinitionMismatch",
        message=f"Image definition {definition.name.definition} exists with another {', '.join(differing)}, which "
        f"Azure never changes: correct spec.definition, or give it another name.",
    )


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
            changed = _definition_drift(view, definition)
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
        tags=view.tags(),
    )


def _definition_drift(view: ImageView, definition: ObservedDefinition) -> tuple[str, ...]:
    wanted = view.wanted.definition.get("description")
    described = () if wanted in (None, definition.properties.get("description")) else ("description",)
    return (*described, *(f"tags.{name}" for name in missing_tags(definition.tags, view.tags())))


def _restored_definition(view: ImageView, definition: ObservedDefinition, fields: tuple[str, ...]) -> ImageStep:
    """A PUT is the whole definition: what we do not model is repeated as read."""
    if definition.name.id.casefold() not in view.fresh:
        return ReadDefinition(name=definition.name)
    read = {name: value for name, value in definition.properties.items() if name != "provisioningState"}
    ours = {name.casefold() for name in view.tags()}
    foreign = {name: value for name, value in definition.tags.items() if name.casefold() not in ours}
    return PutDefinition(
        name=definition.name,
        location=definition.location,
        properties={**view.wanted.definition, **read, **_changeable(view.wanted.definition)},
        tags={**foreign, **view.tags()},
        restored=fields,
    )


def _changeable(definition: JsonObject) -> JsonObject:
    return {name: value for name, value in definition.items() if name == "description"}


def _seen(properties: JsonObject, name: str) -> Json:
    return properties.get(name) or _AZURES_DEFAULTS.get(name)


def _alike(one: Json, other: Json) -> bool:
    return same(str(one), str(other))


def _contains(seen: Json, wanted: Json) -> bool:
    if not isinstance(seen, Mapping) or not isinstance(wanted, Mapping):
        return seen == wanted
    return all(_alike(value, seen.get(name)) for name, value in wanted.items())


def _differing_features(wanted: JsonObject, seen: JsonObject) -> list[str]:
    have = _AZURES_FEATURES | _features(seen)
    return [name for name, value in _features(wanted).items() if not same(value, have.get(name, ""))]


def _features(properties: JsonObject) -> dict[str, str]:
    features = properties.get("features")
    listed = features if isinstance(features, (list, tuple)) else ()
    named = (feature for feature in listed if isinstance(feature, Mapping))
    return {str(feature.get("name")).casefold(): str(feature.get("value")) for feature in named}
