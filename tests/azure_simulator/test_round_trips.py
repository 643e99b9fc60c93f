"""What the simulator answers can be sent back as it is, as generic updates of command lines do."""

from typing import Any

import pytest
from azure.mgmt.compute import ComputeManagementClient

from tests.support.arm import call
from tests.support.galleries import (
    GROUP,
    HOUR,
    disk_sources,
    from_storage,
    machine_source,
    put_gallery,
    put_version,
    resource,
    vhd,
)
from tests.support.simulator import SimulatedAzure

COMPUTE = "images/providers/Microsoft.Compute"


@pytest.mark.parametrize(
    "path",
    [
        f"{COMPUTE}/galleries/renderGallery?api-version=2026-03-03",
        f"{COMPUTE}/galleries/renderGallery/images/render-node?api-version=2026-03-03",
        f"{COMPUTE}/galleries/renderGallery/images/render-node?api-version=2020-09-30",
        f"{COMPUTE}/galleries/renderGallery/images/render-node/versions/1.0.0?api-version=2026-03-03",
        f"{COMPUTE}/galleries/renderGallery/images/render-node/versions/1.0.0?api-version=2024-03-03",
        f"{COMPUTE}/galleries/renderGallery/images/render-node/versions/1.0.0?api-version=2022-08-03",
        f"{COMPUTE}/galleries/renderGallery/images/render-node/versions/1.0.0?api-version=2019-12-01",
        f"{COMPUTE}/galleries/renderGallery/images/render-node/versions/1.0.0?api-version=2019-03-01",
        f"{COMPUTE}/images/render-node-1?api-version=2024-07-01",
        "batch/providers/Microsoft.Batch/batchAccounts/contoso?api-version=2024-07-01",
    ],
)
def test_a_resource_can_be_put_back_unchanged(
    simulator: SimulatedAzure, compute: ComputeManagementClient, version: str, path: str
) -> None:
    url = f"/subscriptions/{simulator.subscription}/resourceGroups/{path}"
    before = call(simulator, "GET", url).body
    assert call(simulator, "PUT", url, before).status == 200
    simulator.control.advance(HOUR)
    assert call(simulator, "GET", url).body == before


@pytest.mark.parametrize("api_version", ["2026-03-03", "2024-03-03"])
@pytest.mark.parametrize("source", [disk_sources, machine_source, vhd])
def test_a_version_from_any_source_can_be_put_back_unchanged(
    simulator: SimulatedAzure, compute: ComputeManagementClient, definition: str, source: Any, api_version: str
) -> None:
    put_version(simulator, compute, body=from_storage(source(simulator)))
    simulator.control.advance(2 * HOUR)
    gallery = resource(simulator, "galleries", "renderGallery")
    url = f"{gallery}/images/render-node/versions/1.0.0?api-version={api_version}"
    before = call(simulator, "GET", url).body
    assert call(simulator, "PUT", url, before).status == 200
    simulator.control.advance(HOUR)
    assert call(simulator, "GET", url).body == before


@pytest.mark.parametrize(
    "properties",
    [
        {"sharingProfile": {"permissions": "Groups"}},
        {
            "sharingProfile": {
                "permissions": "Community",
                "communityGalleryInfo": {
                    "publisherUri": "https://contoso.example",
                    "publisherContact": "images@contoso.example",
                    "eula": "https://contoso.example/eula",
                    "publicNamePrefix": "contoso",
                },
            }
        },
        {"softDeletePolicy": {"isSoftDeleteEnabled": True}},
    ],
)
def test_a_gallery_of_any_kind_can_be_put_back_unchanged(
    simulator: SimulatedAzure, compute: ComputeManagementClient, properties: dict[str, Any]
) -> None:
    put_gallery(compute, properties=properties)
    simulator.control.advance(60)
    url = f"{resource(simulator, 'galleries', 'renderGallery')}?api-version=2026-03-03"
    before = call(simulator, "GET", url).body
    assert call(simulator, "PUT", url, before).status == 200
    simulator.control.advance(60)
    assert call(simulator, "GET", url).body == before


def test_a_resource_group_can_be_put_back_unchanged(simulator: SimulatedAzure) -> None:
    url = f"/subscriptions/{simulator.subscription}/resourceGroups/images?api-version=2022-09-01"
    before = call(simulator, "GET", url).body
    assert call(simulator, "PUT", url, before).body == before


def test_a_gallery_tells_how_it_is_shared_only_when_asked(
    simulator: SimulatedAzure, compute: ComputeManagementClient, gallery: str
) -> None:
    assert "sharingProfile" not in compute.galleries.get(GROUP, gallery).as_dict()["properties"]
    asked = compute.galleries.get(GROUP, gallery, select="Permissions").as_dict()["properties"]
    assert asked["sharingProfile"] == {"permissions": "Private"}


def test_the_first_generation_names_the_source_elsewhere(
    simulator: SimulatedAzure, compute: ComputeManagementClient, definition: str
) -> None:
    group = f"/subscriptions/{simulator.subscription}/resourceGroups/images/providers/Microsoft.Compute"
    versions = f"{group}/galleries/renderGallery/images/render-node/versions"
    publishing = {"source": {"managedImage": {"id": f"{group}/images/render-node-1"}}, "replicaCount": 1}
    body = {"location": "westeurope", "properties": {"publishingProfile": publishing}}
    assert call(simulator, "PUT", f"{versions}/1.0.0?api-version=2019-03-01", body).status == 201
    old = call(simulator, "GET", f"{versions}/1.0.0?api-version=2019-03-01").body["properties"]
    new = call(simulator, "GET", f"{versions}/1.0.0?api-version=2024-03-03").body["properties"]
    assert old["publishingProfile"]["source"] == publishing["source"]
    assert new["storageProfile"]["source"] == {"id": f"{group}/images/render-node-1"}
    refused = call(simulator, "PUT", f"{versions}/1.0.1?api-version=2024-03-03", body)
    assert (refused.status, refused.code) == (400, "BadRequest")


def test_a_member_of_a_later_version_is_refused(
    simulator: SimulatedAzure, compute: ComputeManagementClient, version: str
) -> None:
    group = f"/subscriptions/{simulator.subscription}/resourceGroups/images/providers/Microsoft.Compute"
    url = f"{group}/galleries/renderGallery/images/render-node/versions/1.0.0?api-version=2020-09-30"
    body = {"properties": {"storageProfile": {}, "safetyProfile": {"allowDeletionOfReplicatedLocations": False}}}
    refused = call(simulator, "PATCH", url, body)
    assert (refused.status, refused.code) == (400, "BadRequest")
    assert "Could not find member 'safetyProfile'" in refused.message
