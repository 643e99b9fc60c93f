"""What Azure's objects must be before an image can be published: each check is an objection in words, or none."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from azure_batch_operator.core.conditions import Advice
from azure_batch_operator.core.images import ObservedDefinition, ObservedManagedImage, WantedImage
from azure_batch_operator.core.json import Json, JsonObject
from azure_batch_operator.core.names import OWNER_TAG, GalleryName, region, same
from azure_batch_operator.core.plan.image_view import ImageView


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """One rule that an object violates."""

    reason: str
    message: str


_FIXED = ("osType", "osState", "hyperVGeneration", "architecture")
_AZURES_FEATURES = {"securitytype": "Standard"}
_AZURES_DEFAULTS: Mapping[str, Json] = {"architecture": "x64", "hyperVGeneration": "V1"}


def source_objections(wanted: WantedImage, source: ObservedManagedImage) -> tuple[Objection, ...]:
    """Every rule that the managed image violates: it must be generalized and fit the definition."""
    return tuple(_source_objections(wanted.definition, source))


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


def gallery_advice(view: ImageView) -> tuple[Advice, ...]:
    """Where spec and gallery differ, the gallery wins; its owner should know."""
    location, gallery = view.wanted.gallery.location, view.gallery
    if gallery is None or location is None or region(location) == region(gallery.location):
        return ()
    message = f"The gallery is in {gallery.location}, not in {location} as spec.gallery.location says; it stays there."
    return (Advice(reason="GalleryMismatch", message=message),)


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


def _source_objections(definition: JsonObject, source: ObservedManagedImage) -> Iterator[Objection]:
    if not same(source.os_state, "Generalized"):
        yield Objection(
            reason="SourceNotGeneralized",
            message=f"{source.id} is {source.os_state or 'in an unknown state'}: Batch boots from generalized images "
            f"only; generalize its virtual machine and make the managed image again.",
        )
    if not _alike(definition.get("osType"), source.os_type):
        yield Objection(
            reason="SourceMismatch",
            message=f"{source.id} holds {source.os_type}, spec.definition.osType is {definition.get('osType')}: "
            f"name another source, or make another GalleryImage.",
        )
    if not _alike(definition.get("hyperVGeneration"), source.hyper_v_generation):
        yield Objection(
            reason="SourceMismatch",
            message=f"{source.id} is of generation {source.hyper_v_generation}, spec.definition.hyperVGeneration is "
            f"{definition.get('hyperVGeneration')}: name another source, or make another GalleryImage.",
        )


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
