"""Operations on image definitions."""

import re

from aiohttp import web

from azure_simulator.answers import ArmError, operation
from azure_simulator.api_versions import GALLERIES
from azure_simulator.arm_bodies import change_not_allowed, given, missing, read_body
from azure_simulator.arm_lists import page
from azure_simulator.compute.asynchronous import headers_of, ordered_failure
from azure_simulator.compute.bodies import DefinitionBody, DefinitionProperties, Feature, Identifier, Range
from azure_simulator.compute.documents import definition_document
from azure_simulator.compute.galleries import DefinitionText, Gallery, ImageDefinition, ProvisioningState
from azure_simulator.compute.nesting import (
    compute_of,
    definition_id_of,
    found_definition,
    parent_gallery,
    refuse_deletion_before_children,
)
from azure_simulator.compute.publishing import future
from azure_simulator.resources.admission import admit_creation
from azure_simulator.resources.operations import AsyncOperation
from azure_simulator.resources.tags import check_tags

_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}(?<![._-])$")
_LABEL = re.compile(r"^[A-Za-z0-9._-]+(?<!\.)$")
_LONGEST = {"publisher": 128, "offer": 64, "sku": 64}
_MOST_DEFINITIONS = 1000
_ROOT = "galleryImage.properties"
# From this version on, new definitions are made for generation 2 and trusted launch unless told otherwise
# (learn.microsoft.com, "Azure Compute Gallery").
_FIRST_WITH_TRUSTED_LAUNCH = "2025-03-03"


@operation("GalleryImages_Get", versions=GALLERIES)
async def get_definition(request: web.Request) -> web.Response:
    """One image definition."""
    return web.json_response(_document(request, found_definition(request)))


@operation("GalleryImages_ListByGallery", versions=GALLERIES)
async def list_definitions(request: web.Request) -> web.Response:
    """The definitions of a gallery."""
    definitions = parent_gallery(request).definitions.values()
    return page(request, definitions, key=lambda found: found.id.key, render=lambda found: _document(request, found))


@operation("GalleryImages_CreateOrUpdate", versions=GALLERIES)
async def put_definition(request: web.Request) -> web.Response:
    """Make an image definition, or change what may change of one."""
    body, compute = await read_body(request, DefinitionBody, "galleryImage"), compute_of(request)
    gallery, resource_id = parent_gallery(request), definition_id_of(request)
    location = admit_creation(compute.resources, resource_id, body.location, body.tags)
    properties = body.properties
    if properties is None:
        raise missing(_ROOT)
    before = gallery.definitions.get(resource_id.name.casefold())
    if before is not None:
        _change(request, before, properties)
        before.tags = dict(body.tags or {})
        return _answer(request, before, _settle(request, before, "Updating"), status=200)
    definition = _new_definition(request, gallery, properties)
    definition.location, definition.tags = location, dict(body.tags or {})
    gallery.definitions[resource_id.name.casefold()] = definition
    compute.resources.index.add(definition)
    return _answer(request, definition, _settle(request, definition, "Creating"), status=201)


@operation("GalleryImages_Update", versions=GALLERIES)
async def patch_definition(request: web.Request) -> web.Response:
    """Change what may change of an image definition; always 200."""
    body, definition = await read_body(request, DefinitionBody, "galleryImage"), found_definition(request)
    if body.tags is not None:
        check_tags(body.tags)
        definition.tags = dict(body.tags)
    if body.properties is not None:
        _change(request, definition, body.properties)
    return _answer(request, definition, _settle(request, definition, "Updating"), status=200)


@operation("GalleryImages_Delete", versions=GALLERIES)
async def delete_definition(request: web.Request) -> web.Response:
    """Delete a definition without versions: 202, or 204 when there is none."""
    compute, gallery = compute_of(request), parent_gallery(request)
    definition = gallery.definitions.get(request.match_info["definition"].casefold())
    if definition is None:
        return web.Response(status=204)
    refuse_deletion_before_children(request, definition)
    definition.state = "Deleting"

    def gone() -> None:
        definition.purge()
        compute.resources.index.discard(definition)
        gallery.child_gone_at = compute.clock.now()

    begun = compute.resources.operations.begin(
        definition.id.text,
        compute.pace.deletion.draw(compute.random),
        gone,
        failure=ordered_failure(request),
        fail=lambda: _mark(definition, "Failed"),
    )
    return web.Response(status=202, headers=headers_of(request, begun, definition.location))


def _new_definition(request: web.Request, gallery: Gallery, properties: DefinitionProperties) -> ImageDefinition:
    resource_id = definition_id_of(request)
    if not _NAME.match(resource_id.name):
        raise ArmError(
            400,
            "InvalidParameter",
            f"The entity name 'galleryImage.name' is invalid according to its validation rule: {_NAME.pattern}.",
            target="galleryImage.name",
        )
    identifier = _identifier(gallery, properties)
    if properties.os_type is None:
        raise missing(f"{_ROOT}.osType")
    if properties.os_state is None:
        raise missing(f"{_ROOT}.osState")
    _check_room(gallery)
    modern = request.query["api-version"] >= _FIRST_WITH_TRUSTED_LAUNCH
    generation = properties.hyper_v_generation or ("V2" if modern else "V1")
    return ImageDefinition(
        id=resource_id,
        gallery=gallery,
        location=gallery.location,
        tags={},
        os_type=properties.os_type,
        os_state=properties.os_state,
        hyper_v_generation=generation,
        architecture=properties.architecture or "x64",
        identifier=identifier,
        features=_features(properties, trusted=modern and generation == "V2"),
        text=_text(request, DefinitionText(), properties),
    )


def _features(properties: DefinitionProperties, *, trusted: bool) -> tuple[Feature, ...]:
    named = tuple(feature for feature in properties.features or () if feature.value is not None)
    if not trusted or any(feature.name.casefold() == "securitytype" for feature in named):
        return named
    return (*named, Feature(name="SecurityType", value="TrustedLaunchSupported"))


def _identifier(gallery: Gallery, properties: DefinitionProperties) -> Identifier:
    identifier = properties.identifier
    if identifier is None:
        raise missing(f"{_ROOT}.identifier")
    for name, longest in _LONGEST.items():
        value = getattr(identifier, name)
        if not _LABEL.match(value) or len(value) > longest:
            raise ArmError(
                400,
                "InvalidParameter",
                f"Asset name {_ROOT}.identifier.{name} is not valid. It cannot be empty. Allowed characters are "
                "uppercase or lowercase letters, digits, hyphen(-), period (.), underscore (_). Names are not "
                f"allowed to end with period(.). The length of the name cannot exceed {longest} characters.",
                target=f"{_ROOT}.identifier.{name}",
            )
    twin = next((held for held in gallery.definitions.values() if _same(held.identifier, identifier)), None)
    if twin is not None:
        raise ArmError(
            409,
            "Conflict",
            f"Gallery image: {twin.id.name} identified by (publisher:{identifier.publisher}, "
            f"offer:{identifier.offer}, sku:{identifier.sku}) already exists. Choose a different publisher, "
            "offer, sku combination.",
        )
    return identifier


def _same(one: Identifier, other: Identifier) -> bool:
    return one.model_dump_json().casefold() == other.model_dump_json().casefold()


def _check_room(gallery: Gallery) -> None:
    if len(gallery.definitions) >= _MOST_DEFINITIONS:
        raise ArmError(
            409,
            "QuotaExceeded",
            "Operation could not be completed as it results in exceeding the quota of "
            f"{_MOST_DEFINITIONS} image definitions.",
        )


def _change(request: web.Request, definition: ImageDefinition, properties: DefinitionProperties) -> None:
    fixed = {
        "osType": (properties.os_type, definition.os_type),
        "osState": (properties.os_state, definition.os_state),
        "hyperVGeneration": (properties.hyper_v_generation, definition.hyper_v_generation),
        "architecture": (properties.architecture, definition.architecture),
    }
    for name, (asked, held) in fixed.items():
        if asked is not None and asked != held:
            raise change_not_allowed(f"{_ROOT}.{name}")
    if properties.identifier is not None and not _same(properties.identifier, definition.identifier):
        raise change_not_allowed(f"{_ROOT}.identifier")
    if properties.features is not None and properties.features != definition.features:
        if not properties.allow_update_image:
            raise change_not_allowed(f"{_ROOT}.features")
        definition.features = properties.features
    definition.text = _text(request, definition.text, properties)


def _text(request: web.Request, before: DefinitionText, properties: DefinitionProperties) -> DefinitionText:
    if properties.recommended is not None:
        _check_range("vCPUs", properties.recommended.v_cpus)
        _check_range("memory", properties.recommended.memory)
    end_of_life = future(properties.end_of_life_date, compute_of(request).clock.now())
    return DefinitionText(
        description=given(properties.description, before.description),
        eula=given(properties.eula, before.eula),
        privacy_statement_uri=given(properties.privacy_statement_uri, before.privacy_statement_uri),
        release_note_uri=given(properties.release_note_uri, before.release_note_uri),
        end_of_life_date=given(end_of_life, before.end_of_life_date),
        recommended=given(properties.recommended, before.recommended),
        disallowed=given(properties.disallowed, before.disallowed),
        purchase_plan=given(properties.purchase_plan, before.purchase_plan),
    )


def _check_range(name: str, bounds: Range | None) -> None:
    if bounds is None or bounds.min is None or bounds.max is None or bounds.min <= bounds.max:
        return
    raise ArmError(
        400,
        "InvalidParameter",
        f"The minimum value of {name} must not be greater than the maximum value of {name}.",
        target=f"{_ROOT}.recommended.{name}",
    )


def _document(request: web.Request, definition: ImageDefinition) -> dict[str, object]:
    return definition_document(definition, request.query["api-version"])


def _answer(request: web.Request, definition: ImageDefinition, begun: AsyncOperation, *, status: int) -> web.Response:
    headers = headers_of(request, begun, definition.location)
    return web.json_response(_document(request, definition), status=status, headers=headers)


def _settle(request: web.Request, definition: ImageDefinition, state: ProvisioningState) -> AsyncOperation:
    compute = compute_of(request)
    definition.state = state
    return compute.resources.operations.begin(
        definition.id.text,
        compute.pace.definition.draw(compute.random),
        lambda: _mark(definition, "Succeeded"),
        failure=ordered_failure(request),
        fail=lambda: _mark(definition, "Failed"),
    )


def _mark(definition: ImageDefinition, state: ProvisioningState) -> None:
    definition.state = state
