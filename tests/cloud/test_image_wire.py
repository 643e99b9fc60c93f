"""Galleries and images in Resource Manager's JSON."""

from datetime import UTC, datetime
from typing import Any

import pytest

from azure_batch_operator.cloud.image_wire import definition_from, gallery_from, managed_image_from, version_from
from azure_batch_operator.cloud.wire import UnreadableError
from azure_batch_operator.core.names import DefinitionName, GalleryName, VersionName
from tests.support.azure_specs import AzureSpecs

GALLERIES = (
    "specification/compute/resource-manager/Microsoft.Compute/GalleryRP/stable/2024-03-03/examples/galleryExamples"
)
MANAGED = "specification/compute/resource-manager/Microsoft.Compute/ComputeRP/stable/2024-07-01/examples/imageExamples"

GALLERY = GalleryName(subscription_id="s", resource_group="images", gallery="shared")
DEFINITION = DefinitionName(gallery=GALLERY, definition="node")
VERSION = VersionName(definition=DEFINITION, version="1.0.0")

WEST = {
    "name": "West US",
    "regionalReplicaCount": 1,
    "storageAccountType": "Standard_LRS",
    "encryption": {"osDiskImage": {"diskEncryptionSetId": "/set"}},
    "excludeFromLatest": False,
}


def answered(*, properties: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """A version as Azure answers it."""
    return {
        "name": "1.0.0",
        "location": "West US",
        "tags": {"team": "rendering"},
        "properties": {
            "provisioningState": "Succeeded",
            "publishingProfile": {
                "targetRegions": [WEST, {"name": "East US", "regionalReplicaCount": 2}],
                "publishedDate": "2026-01-01T00:00:00Z",
            },
            "safetyProfile": {"allowDeletionOfReplicatedLocations": False},
        }
        | (properties or {}),
    } | changes


def replicating(*summary: dict[str, Any]) -> dict[str, Any]:
    return {"replicationStatus": {"aggregatedState": "InProgress", "summary": list(summary)}}


@pytest.mark.parametrize("text", ["2027-06-30T00:00:00Z", "2027-06-30T02:00:00+02:00", "2027-06-30T00:00:00.0000000"])
def test_an_end_of_life_is_a_moment_and_without_a_zone_it_is_utc(text: str) -> None:
    ends = datetime(2027, 6, 30, tzinfo=UTC)
    profile = {"publishingProfile": {"targetRegions": [WEST], "endOfLifeDate": text}}
    assert version_from(VERSION, answered(properties=profile)).end_of_life == ends
    body: dict[str, Any] = {"location": "West US", "properties": {"endOfLifeDate": text}}
    assert definition_from(DEFINITION, body).end_of_life == ends


def test_a_version_without_replication_status_says_so() -> None:
    version = version_from(VERSION, answered())
    assert not version.replication_read
    assert version.location == "westus"
    assert version.published_at == datetime(2026, 1, 1, tzinfo=UTC)
    assert [(found.key, found.replicas, found.state) for found in version.regions] == [
        ("westus", 1, None),
        ("eastus", 2, None),
    ]
    assert version.settled


def test_a_region_keeps_what_azure_answered_so_that_a_patch_can_repeat_it() -> None:
    found = version_from(VERSION, answered()).region("westus")
    assert found is not None
    assert found.raw == WEST


def test_replication_is_matched_by_region_however_it_is_written() -> None:
    properties = replicating(
        {"region": "eastus", "state": "Replicating", "progress": 40, "details": "copying"},
        {"region": "West US", "state": "completed", "progress": 100},
    )
    version = version_from(VERSION, answered(properties=properties))
    assert version.replication_read
    assert [(found.key, found.state, found.progress, found.details) for found in version.regions] == [
        ("westus", "Completed", 100, ""),
        ("eastus", "Replicating", 40, "copying"),
    ]


def test_a_replication_state_that_nobody_knows_yet_is_unknown() -> None:
    version = version_from(VERSION, answered(properties=replicating({"region": "West US", "state": "Pondering"})))
    assert version.regions[0].state == "Unknown"


def test_a_region_without_a_count_of_its_own_has_the_versions_count() -> None:
    profile = {"publishingProfile": {"replicaCount": 3, "targetRegions": [{"name": "West US"}]}}
    assert version_from(VERSION, answered(properties=profile)).regions[0].replicas == 3


def test_an_answer_without_its_location_is_unreadable() -> None:
    with pytest.raises(UnreadableError, match="location"):
        version_from(VERSION, {"name": "1.0.0"})


def test_the_official_version_examples_can_be_read(azure_specs: AzureSpecs) -> None:
    for body in azure_specs.answers(f"{GALLERIES}/GalleryImageVersion_Get*.json"):
        version = version_from(VERSION, body)
        assert [found.key for found in version.regions] == ["westus", "eastus"]
        assert version.replication_read is ("replicationStatus" in body["properties"])
        assert version.settled


def test_the_official_gallery_and_definition_examples_can_be_read(azure_specs: AzureSpecs) -> None:
    for body in azure_specs.answers(f"{GALLERIES}/Gallery_Get*.json"):
        assert gallery_from(GALLERY, body).location == "westus"
    for body in azure_specs.answers(f"{GALLERIES}/GalleryImage_Get.json"):
        definition = definition_from(DEFINITION, body)
        assert (definition.name, definition.location) == (DEFINITION, "westus")
        assert definition.properties["osState"] == "Generalized"


def test_the_official_managed_image_example_can_be_read(azure_specs: AzureSpecs) -> None:
    for body in azure_specs.answers(f"{MANAGED}/Image_Get.json"):
        image = managed_image_from("/image", body)
        assert (image.os_type, image.os_state, image.hyper_v_generation) == ("Windows", "Generalized", "V1")
        assert image.location == "westus"
