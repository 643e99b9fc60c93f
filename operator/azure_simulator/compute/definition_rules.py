"""What an image definition may be and become: the checks of the gallery service.

The messages are those of "Troubleshoot problems with shared images" (learn.microsoft.com).
"""

import re
from datetime import datetime

from azure_simulator.answers import ArmError
from azure_simulator.arm_bodies import change_not_allowed, given, missing
from azure_simulator.arm_ids import ResourceId
from azure_simulator.compute.bodies import DefinitionProperties, Feature, Identifier, OsState, OsType, Range
from azure_simulator.compute.galleries import DefinitionText, Gallery, ImageDefinition
from azure_simulator.compute.limits import check_room_for_definition
from azure_simulator.compute.publishing import future

ROOT = "galleryImage.properties"

_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}(?<![._-])$")
_LABEL = re.compile(r"^[A-Za-z0-9._-]+(?<!\.)$")
_SECURITY_TYPES = (
    "Standard",
    "TrustedLaunch",
    "TrustedLaunchSupported",
    "ConfidentialVM",
    "ConfidentialVmSupported",
    "TrustedLaunchAndConfidentialVmSupported",
)
_LONGEST = {"publisher": 128, "offer": 64, "sku": 64}
# From this version on, new definitions are made for generation 2 and trusted launch unless told otherwise
# (learn.microsoft.com, "Azure Compute Gallery").
_FIRST_WITH_TRUSTED_LAUNCH = "2025-03-03"


def new_definition(
    definition_id: ResourceId, gallery: Gallery, properties: DefinitionProperties, *, api_version: str
) -> ImageDefinition:
    """A definition as `properties` describe it, with the defaults of the api-version; raises ArmError."""
    _check_name(definition_id.name)
    os_type, os_state, identifier = _required(properties)
    _check_identifier(gallery, identifier)
    check_room_for_definition(gallery)
    modern = api_version >= _FIRST_WITH_TRUSTED_LAUNCH
    generation = properties.hyper_v_generation or ("V2" if modern else "V1")
    features = _features(properties, trusted=modern and generation == "V2")
    _check_features(features, generation)
    return ImageDefinition(
        id=definition_id,
        gallery=gallery,
        location=gallery.location,
        tags={},
        os_type=os_type,
        os_state=os_state,
        hyper_v_generation=generation,
        architecture=properties.architecture or "x64",
        identifier=identifier,
        features=features,
        text=_text(DefinitionText(), properties, gallery.compute.clock.now()),
    )


def change_definition(definition: ImageDefinition, properties: DefinitionProperties, now: datetime) -> None:
    """Change what may change; raises ArmError 409 `PropertyChangeNotAllowed` for the rest, changing nothing."""
    _required(properties)
    _check_unchanged(definition, properties)
    _check_text_unchanged(definition.text, properties)
    features = definition.features
    if properties.features is not None and properties.features != features:
        if not properties.allow_update_image:
            raise change_not_allowed(f"{ROOT}.features")
        _check_features(properties.features, definition.hyper_v_generation)
        features = properties.features
    definition.text = _text(definition.text, properties, now)
    definition.features = features


def _required(properties: DefinitionProperties) -> tuple[OsType, OsState, Identifier]:
    """What a PUT and a PATCH with properties both have to say (the gallery API's model has no other for a PATCH)."""
    if properties.os_type is None:
        raise missing(f"{ROOT}.osType")
    if properties.os_state is None:
        raise missing(f"{ROOT}.osState")
    if properties.identifier is None:
        raise missing(f"{ROOT}.identifier")
    return properties.os_type, properties.os_state, properties.identifier


def _check_name(name: str) -> None:
    if not _NAME.match(name):
        raise ArmError(
            400,
            "InvalidParameter",
            f"The entity name 'galleryImage.name' is invalid according to its validation rule: {_NAME.pattern}.",
            target="galleryImage.name",
        )


def _features(properties: DefinitionProperties, *, trusted: bool) -> tuple[Feature, ...]:
    named = tuple(feature for feature in properties.features or () if feature.value is not None)
    if not trusted or any(feature.name.casefold() == "securitytype" for feature in named):
        return named
    return (*named, Feature(name="SecurityType", value="TrustedLaunchSupported"))


def _check_features(features: tuple[Feature, ...], generation: str) -> None:
    """Security types are those of the gallery API; all but Standard are for generation 2."""
    for feature in features:
        if feature.name.casefold() != "securitytype":
            continue
        if feature.value not in _SECURITY_TYPES:
            raise ArmError(
                400,
                "InvalidParameter",
                f"The value '{feature.value}' of the feature 'SecurityType' is not allowed. Allowed values are: "
                f"{', '.join(_SECURITY_TYPES)}.",
                target=f"{ROOT}.features",
            )
        if feature.value != "Standard" and generation != "V2":
            raise ArmError(
                400,
                "InvalidParameter",
                f"The security type '{feature.value}' needs the Hypervisor generation 'V2', not '{generation}'.",
                target=f"{ROOT}.features",
            )


def _check_identifier(gallery: Gallery, identifier: Identifier) -> None:
    for name, longest in _LONGEST.items():
        _check_label(name, getattr(identifier, name), longest)
    twin = next((held for held in gallery.definitions.values() if _same(held.identifier, identifier)), None)
    if twin is not None:
        raise ArmError(
            409,
            "Conflict",
            f"Gallery image: {twin.id.name} identified by (publisher:{identifier.publisher}, "
            f"offer:{identifier.offer}, sku:{identifier.sku}) already exists. Choose a different publisher, "
            "offer, sku combination.",
        )


def _check_label(name: str, value: str, longest: int) -> None:
    if not _LABEL.match(value) or len(value) > longest:
        raise ArmError(
            400,
            "InvalidParameter",
            f"Asset name {ROOT}.identifier.{name} is not valid. It cannot be empty. Allowed characters are uppercase "
            "or lowercase letters, digits, hyphen(-), period (.), underscore (_). Names are not allowed to end with "
            f"period(.). The length of the name cannot exceed {longest} characters.",
            target=f"{ROOT}.identifier.{name}",
        )


def _same(one: Identifier, other: Identifier) -> bool:
    return one.model_dump_json().casefold() == other.model_dump_json().casefold()


def _check_unchanged(definition: ImageDefinition, properties: DefinitionProperties) -> None:
    fixed = {
        "osType": (properties.os_type, definition.os_type),
        "osState": (properties.os_state, definition.os_state),
        "hyperVGeneration": (properties.hyper_v_generation, definition.hyper_v_generation),
        "architecture": (properties.architecture, definition.architecture),
    }
    for name, (asked, held) in fixed.items():
        if asked is not None and asked != held:
            raise change_not_allowed(f"{ROOT}.{name}")
    if properties.identifier is not None and not _same(properties.identifier, definition.identifier):
        raise change_not_allowed(f"{ROOT}.identifier")


def _check_text_unchanged(held: DefinitionText, properties: DefinitionProperties) -> None:
    """Of the rest, only recommendations, description, end of life and release notes change.

    ("List, update, and delete gallery resources", learn.microsoft.com.)
    """
    fixed = {
        "eula": (properties.eula, held.eula),
        "privacyStatementUri": (properties.privacy_statement_uri, held.privacy_statement_uri),
        "disallowed": (properties.disallowed, held.disallowed),
        "purchasePlan": (properties.purchase_plan, held.purchase_plan),
    }
    for name, (asked, before) in fixed.items():
        if asked is not None and asked != before:
            raise change_not_allowed(f"{ROOT}.{name}")


def _text(before: DefinitionText, properties: DefinitionProperties, now: datetime) -> DefinitionText:
    if properties.recommended is not None:
        _check_range("vCPUs", properties.recommended.v_cpus)
        _check_range("memory", properties.recommended.memory)
    return DefinitionText(
        description=given(properties.description, before.description),
        eula=given(properties.eula, before.eula),
        privacy_statement_uri=given(properties.privacy_statement_uri, before.privacy_statement_uri),
        release_note_uri=given(properties.release_note_uri, before.release_note_uri),
        end_of_life_date=_end_of_life(before, properties, now),
        recommended=given(properties.recommended, before.recommended),
        disallowed=given(properties.disallowed, before.disallowed),
        purchase_plan=given(properties.purchase_plan, before.purchase_plan),
    )


def _end_of_life(before: DefinitionText, properties: DefinitionProperties, now: datetime) -> datetime | None:
    """An end of life that was set before may be repeated after it has passed."""
    if properties.end_of_life_date in {None, before.end_of_life_date}:
        return before.end_of_life_date
    return future(properties.end_of_life_date, now)


def _check_range(name: str, bounds: Range | None) -> None:
    if bounds is None or bounds.min is None or bounds.max is None or bounds.min <= bounds.max:
        return
    raise ArmError(
        400,
        "InvalidParameter",
        f"The minimum value of {name} must not be greater than the maximum value of {name}.",
        target=f"{ROOT}.recommended.{name}",
    )
