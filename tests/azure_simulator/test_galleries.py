"""Galleries and image definitions as the installed compute SDK sees them."""

import pytest
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.mgmt.compute import ComputeManagementClient

from tests.support.galleries import (
    DEFINITION,
    GALLERY,
    GROUP,
    VERSION,
    patch_definition,
    prepare,
    put_definition,
    put_gallery,
    put_version,
    state,
)
from tests.support.simulator import SimulatedAzure, StartSimulator


def test_a_gallery_is_creating_until_time_has_passed(
    simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    made = put_gallery(compute, location="West Europe", tags={"team": "render"})
    assert made["properties"]["provisioningState"] == "Creating"
    assert compute.galleries.get(GROUP, GALLERY).as_dict()["properties"]["provisioningState"] == "Creating"
    simulator.control.advance(60)
    after = compute.galleries.get(GROUP, GALLERY).as_dict()
    assert after["properties"]["provisioningState"] == "Succeeded"
    assert after["properties"]["identifier"] == {"uniqueName": f"{simulator.subscription}-RENDERGALLERY"}
    assert (after["location"], after["tags"]) == ("westeurope", {"team": "render"})


@pytest.mark.parametrize("name", ["my-gallery", "_gallery", "gallery.", "g" * 81])
def test_gallery_names_have_no_dashes(compute: ComputeManagementClient, name: str) -> None:
    with pytest.raises(HttpResponseError, match="invalid according to its validation rule"):
        put_gallery(compute, name=name)


def test_a_gallery_name_is_unique_in_the_subscription(compute: ComputeManagementClient, gallery: str) -> None:
    with pytest.raises(ResourceExistsError, match="unique in a subscription"):
        put_gallery(compute, group="batch", name=gallery)


def test_a_definition_keeps_what_it_is(compute: ComputeManagementClient, definition: str) -> None:
    for change in ({"osType": "Windows"}, {"osState": "Specialized"}, {"hyperVGeneration": "V2"}):
        with pytest.raises(HttpResponseError, match="is not allowed") as refused:
            patch_definition(compute, **change)
        assert refused.value.error is not None
        assert refused.value.error.code == "PropertyChangeNotAllowed"


def test_the_three_names_of_a_definition_are_unique_in_the_gallery(
    compute: ComputeManagementClient, definition: str
) -> None:
    with pytest.raises(ResourceExistsError, match="Choose a different publisher, offer, sku combination"):
        put_definition(compute, name="other")


def test_a_new_definition_is_for_generation_2_and_trusted_launch_unless_told_otherwise(
    compute: ComputeManagementClient, gallery: str
) -> None:
    properties = put_definition(compute, hyperVGeneration=None, features=None)["properties"]
    assert properties["hyperVGeneration"] == "V2"
    assert properties["features"] == [{"name": "SecurityType", "value": "TrustedLaunchSupported"}]


def test_parents_are_deleted_after_their_children_and_a_while_later(
    simulator: SimulatedAzure, compute: ComputeManagementClient, version: str
) -> None:
    with pytest.raises(ResourceExistsError, match="before nested resources are deleted"):
        compute.galleries.begin_delete(GROUP, GALLERY, polling=False)
    with pytest.raises(ResourceExistsError, match="before nested resources are deleted"):
        compute.gallery_images.begin_delete(GROUP, GALLERY, DEFINITION, polling=False)
    compute.gallery_image_versions.begin_delete(GROUP, GALLERY, DEFINITION, version, polling=False)
    assert state(compute) == "Deleting"
    advance_until_gone(simulator, compute)
    with pytest.raises(ResourceExistsError, match="before nested resources are deleted"):
        compute.gallery_images.begin_delete(GROUP, GALLERY, DEFINITION, polling=False)
    simulator.control.advance(20)
    compute.gallery_images.begin_delete(GROUP, GALLERY, DEFINITION, polling=False)
    simulator.control.advance(60 + 21)
    compute.galleries.begin_delete(GROUP, GALLERY, polling=False)
    simulator.control.advance(61)
    assert list(compute.galleries.list()) == []


def advance_until_gone(simulator: SimulatedAzure, compute: ComputeManagementClient) -> None:
    for _ in range(61):
        try:
            compute.gallery_image_versions.get(GROUP, GALLERY, DEFINITION, VERSION)
        except ResourceNotFoundError:
            return
        simulator.control.advance(1)
    raise AssertionError("the version is still there a minute after its deletion")


def test_deleting_what_is_not_there_answers_204(simulator: SimulatedAzure, compute: ComputeManagementClient) -> None:
    compute.galleries.begin_delete(GROUP, "nothing", polling=False)
    assert [entry.status for entry in simulator.control.requests(operation="Galleries_Delete")] == [204]


def test_what_is_in_a_missing_parent_is_not_found(compute: ComputeManagementClient, gallery: str) -> None:
    with pytest.raises(ResourceNotFoundError, match="Parent resource 'renderGallery/nothing' not found"):
        compute.gallery_image_versions.get(GROUP, gallery, "nothing", VERSION)
    with pytest.raises(ResourceNotFoundError, match="Parent resource 'nothing' not found"):
        put_definition(compute, gallery="nothing")
    with pytest.raises(ResourceNotFoundError, match=r"Microsoft\.Compute/galleries/images/renderGallery/nothing"):
        compute.gallery_images.get(GROUP, gallery, "nothing")
    with pytest.raises(ResourceNotFoundError, match="Resource group 'nowhere' could not be found"):
        compute.galleries.get("nowhere", gallery)


def test_lists_come_in_pages(start_simulator: StartSimulator) -> None:
    simulator = start_simulator(page_size=2)
    compute = simulator.compute()
    prepare(simulator, compute)
    for minor in range(1, 5):
        put_version(simulator, compute, name=f"1.{minor}.0")
    before = simulator.control.sequence()
    names = [found.name for found in compute.gallery_image_versions.list_by_gallery_image(GROUP, GALLERY, DEFINITION)]
    assert names == ["1.0.0", "1.1.0", "1.2.0", "1.3.0", "1.4.0"]
    assert len(simulator.control.requests(since=before)) == 3


def test_an_operation_that_fails_is_told_to_whoever_polls(start_simulator: StartSimulator) -> None:
    simulator = start_simulator(clock_speed=10_000)
    compute = simulator.compute()
    failure = {"status": 409, "code": "OverconstrainedRequest", "message": "No room today."}
    simulator.control.order_fault({"match": {"operation": "Galleries_CreateOrUpdate"}, "operationError": failure})
    with pytest.raises(HttpResponseError, match="No room today"):
        put_gallery(compute, wait=True)
    assert compute.galleries.get(GROUP, GALLERY).as_dict()["properties"]["provisioningState"] == "Failed"


def test_usage_counts_galleries_definitions_and_versions(
    simulator: SimulatedAzure, compute: ComputeManagementClient, version: str
) -> None:
    usages = {usage.name.value: usage.current_value for usage in compute.usage.list("westeurope") if usage.name}
    assert usages == {"Galleries": 1, "GalleryImages": 1, "GalleryImageVersions": 1}


def test_the_galleries_of_the_scenario_are_there_with_everything_in_them(simulator: SimulatedAzure) -> None:
    compute = ComputeManagementClient(
        simulator.credential(),
        "00000000-0000-0000-0000-000000000001",
        base_url=simulator.ready.resource_manager,
        connection_verify=simulator.verify,
    )
    (gallery,) = compute.galleries.list()
    (definition,) = compute.gallery_images.list_by_gallery("platform", str(gallery.name))
    versions = compute.gallery_image_versions.list_by_gallery_image("platform", "platformGallery", "base-node")
    assert (gallery.name, definition.name) == ("platformGallery", "base-node")
    assert {
        version.name: [
            target["name"] for target in version.as_dict()["properties"]["publishingProfile"]["targetRegions"]
        ]
        for version in versions
    } == {"1.0.0": ["West Europe"], "1.1.0": ["West Europe", "North Europe"]}


def test_a_version_of_the_scenario_needs_a_region(start_simulator: StartSimulator) -> None:
    there = {"subscription_id": "00000000-0000-0000-0000-000000000000", "resource_group": GROUP}
    words = {"name": "node", "publisher": "contoso", "offer": "render", "sku": "node"}
    gallery = there | {
        "name": "homeless",
        "location": "westeurope",
        "definitions": [words | {"versions": [{"name": VERSION, "regions": {}}]}],
    }
    with pytest.raises(ValueError, match=r"version 1\.0\.0 of node needs a region"):
        start_simulator(galleries=[gallery])
