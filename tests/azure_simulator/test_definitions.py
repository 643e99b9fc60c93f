"""What an image definition says, and what of it changes, as the installed compute SDK sees it."""

from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError
from azure.mgmt.compute import ComputeManagementClient

from tests.support.galleries import DEFINITION, GALLERY, GROUP, definition_body, patch_definition, put_definition
from tests.support.simulator import SimulatedAzure

WORDS: dict[str, Any] = {
    "description": "Renders frames",
    "eula": "https://contoso.example/eula",
    "privacyStatementUri": "https://contoso.example/privacy",
    "releaseNoteUri": "https://contoso.example/notes",
    "endOfLifeDate": "2999-01-01T00:00:00Z",
    "recommended": {"vCPUs": {"min": 2, "max": 16}, "memory": {"min": 4, "max": 64}},
    "disallowed": {"diskTypes": ["Standard_LRS"]},
    "purchasePlan": {"name": "render", "publisher": "contoso", "product": "render-node"},
}


def answered(compute: ComputeManagementClient) -> dict[str, Any]:
    properties: dict[str, Any] = compute.gallery_images.get(GROUP, GALLERY, DEFINITION).as_dict()["properties"]
    return properties


@pytest.fixture
def described(simulator: SimulatedAzure, compute: ComputeManagementClient, gallery: str) -> str:
    put_definition(compute, **WORDS)
    simulator.control.advance(60)
    return DEFINITION


def test_everything_that_a_definition_says_is_answered(compute: ComputeManagementClient, described: str) -> None:
    properties = answered(compute)
    assert properties.pop("endOfLifeDate").startswith("2999-01-01T00:00:00")
    assert {name: properties[name] for name in properties.keys() & WORDS.keys()} == {
        name: value for name, value in WORDS.items() if name != "endOfLifeDate"
    }


@pytest.mark.parametrize(
    "change",
    [
        {"description": "Renders films"},
        {"releaseNoteUri": "https://contoso.example/news"},
        {"recommended": {"vCPUs": {"min": 4, "max": 8}}},
    ],
)
def test_what_may_change_changes_by_patch_and_by_put(
    simulator: SimulatedAzure, compute: ComputeManagementClient, described: str, change: dict[str, Any]
) -> None:
    patch_definition(compute, **change)
    simulator.control.advance(60)
    assert answered(compute).items() >= change.items()
    put_definition(compute, **WORDS)
    assert {name: answered(compute)[name] for name in change} == {name: WORDS[name] for name in change}


def test_the_end_of_life_moves_within_the_future(compute: ComputeManagementClient, described: str) -> None:
    patch_definition(compute, endOfLifeDate="2998-01-01T00:00:00Z")
    assert answered(compute)["endOfLifeDate"].startswith("2998-01-01")
    with pytest.raises(HttpResponseError, match="must be set to a future date"):
        patch_definition(compute, endOfLifeDate="2000-01-01T00:00:00Z")


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("eula", "https://contoso.example/new"),
        ("privacyStatementUri", "https://contoso.example/new"),
        ("disallowed", {"diskTypes": []}),
        ("purchasePlan", {"name": "other", "publisher": "contoso", "product": "render-node"}),
        ("features", [{"name": "IsAcceleratedNetworkSupported", "value": "True"}]),
        ("architecture", "Arm64"),
        ("identifier", {"publisher": "contoso", "offer": "render", "sku": "other"}),
    ],
)
def test_the_rest_never_changes(compute: ComputeManagementClient, described: str, name: str, change: Any) -> None:
    before = answered(compute)
    with pytest.raises(HttpResponseError, match=rf"galleryImage\.properties\.{name}' is not allowed") as refused:
        patch_definition(compute, **{name: change})
    assert refused.value.error is not None
    assert (refused.value.status_code, refused.value.error.code) == (409, "PropertyChangeNotAllowed")
    assert answered(compute) == before


@pytest.mark.parametrize("name", ["osType", "osState", "identifier"])
def test_a_patch_repeats_what_every_definition_has(
    simulator: SimulatedAzure, compute: ComputeManagementClient, definition: str, name: str
) -> None:
    properties = {key: value for key, value in definition_body()["properties"].items() if key != name}
    body: Any = {"properties": properties}
    with pytest.raises(HttpResponseError, match=rf"galleryImage\.properties\.{name}' is missing"):
        compute.gallery_images.begin_update(GROUP, GALLERY, DEFINITION, body, polling=False)


def test_features_change_when_it_is_said_to_be_meant(
    simulator: SimulatedAzure, compute: ComputeManagementClient, described: str
) -> None:
    features = [
        {"name": "SecurityType", "value": "Standard"},
        {"name": "IsAcceleratedNetworkSupported", "value": "True"},
    ]
    patch_definition(compute, features=features, allowUpdateImage=True)
    assert answered(compute)["features"] == features


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"features": [{"name": "SecurityType", "value": "TrustedLaunch"}]}, "needs the Hypervisor generation 'V2'"),
        (
            {"features": [{"name": "SecurityType", "value": "Fort"}]},
            "'Fort' of the feature 'SecurityType' is not allowed",
        ),
        ({"recommended": {"memory": {"min": 8, "max": 4}}}, "minimum value of memory must not be greater"),
        ({"endOfLifeDate": "2000-01-01T00:00:00Z"}, "must be set to a future date"),
    ],
)
def test_a_definition_that_makes_no_sense_is_refused(
    compute: ComputeManagementClient, gallery: str, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(HttpResponseError, match=message):
        put_definition(compute, **changes)


def test_tags_change(simulator: SimulatedAzure, compute: ComputeManagementClient, definition: str) -> None:
    body: Any = definition_body() | {"tags": {"team": "render"}}
    compute.gallery_images.begin_create_or_update(GROUP, GALLERY, DEFINITION, body, polling=False)
    assert compute.gallery_images.get(GROUP, GALLERY, DEFINITION).tags == {"team": "render"}
    patch: Any = {"tags": {"team": "film"}}
    compute.gallery_images.begin_update(GROUP, GALLERY, DEFINITION, patch, polling=False)
    assert compute.gallery_images.get(GROUP, GALLERY, DEFINITION).tags == {"team": "film"}
