"""Managed images as the installed compute SDK sees them."""

from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.mgmt.compute import ComputeManagementClient

from tests.support.galleries import GROUP
from tests.support.simulator import SimulatedAzure

VHD = "https://contoso.blob.core.windows.net/vhds/render.vhd"


def image_body(**os_disk: Any) -> Any:
    disk = {"osType": "Linux", "osState": "Generalized", "blobUri": VHD, "diskSizeGB": 40} | os_disk
    return {"location": "westeurope", "properties": {"storageProfile": {"osDisk": disk}}}


def test_the_images_of_the_scenario_are_listed(compute: ComputeManagementClient) -> None:
    by_group = {image.name for image in compute.images.list_by_resource_group(GROUP)}
    assert by_group == {image.name for image in compute.images.list()}
    assert {"render-node-1", "render-specialized"} <= by_group


def test_an_image_of_the_scenario_says_what_it_is(compute: ComputeManagementClient) -> None:
    properties = compute.images.get(GROUP, "render-node-1").as_dict()["properties"]
    os_disk = properties["storageProfile"]["osDisk"]
    assert (os_disk["osType"], os_disk["osState"], os_disk["diskSizeGB"]) == ("Linux", "Generalized", 30)
    assert [disk["lun"] for disk in properties["storageProfile"]["dataDisks"]] == [0]
    assert (properties["hyperVGeneration"], properties["provisioningState"]) == ("V1", "Succeeded")


def test_an_image_is_made_from_a_vhd_and_deleted(simulator: SimulatedAzure, compute: ComputeManagementClient) -> None:
    made = compute.images.begin_create_or_update(GROUP, "mine", image_body(), polling=False).result().as_dict()
    assert made["properties"]["provisioningState"] == "Creating"
    assert made["properties"]["storageProfile"]["osDisk"]["caching"] == "ReadWrite"
    simulator.control.advance(60)
    assert compute.images.get(GROUP, "mine").as_dict()["properties"]["provisioningState"] == "Succeeded"
    compute.images.begin_delete(GROUP, "mine", polling=False)
    simulator.control.advance(60)
    with pytest.raises(ResourceNotFoundError):
        compute.images.get(GROUP, "mine")


def test_only_the_tags_of_an_image_change(simulator: SimulatedAzure, compute: ComputeManagementClient) -> None:
    tags: Any = {"tags": {"team": "render"}}
    compute.images.begin_update(GROUP, "render-node-1", tags, polling=False)
    assert compute.images.get(GROUP, "render-node-1").tags == {"team": "render"}
    change = image_body(osState="Specialized")
    with pytest.raises(HttpResponseError, match=r"Changing property 'osDisk.osState' is not allowed"):
        compute.images.begin_create_or_update(GROUP, "render-node-1", change, polling=False)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"blobUri": None, "snapshot": {"id": "/subscriptions/x/s"}}, "snapshot '/subscriptions/x/s' is not found"),
        ({"blobUri": None, "managedDisk": {"id": "/subscriptions/x/d"}}, "disk '/subscriptions/x/d' is not found"),
        ({"blobUri": "https://contoso.blob.core.windows.net/vhds/render.txt"}, r"ends with \.vhd"),
        ({"blobUri": None}, "is missing"),
        ({"osType": "Solaris"}, "Allowed values are: Windows, Linux"),
    ],
)
def test_an_image_needs_a_source_that_exists(
    compute: ComputeManagementClient, change: dict[str, Any], message: str
) -> None:
    with pytest.raises(HttpResponseError, match=message):
        compute.images.begin_create_or_update(GROUP, "mine", image_body(**change), polling=False)
    with pytest.raises(ResourceNotFoundError):
        compute.images.get(GROUP, "mine")


def test_vm_sizes_know_which_generations_they_boot(compute: ComputeManagementClient) -> None:
    skus = compute.resource_skus.list(filter="location eq 'westeurope'")
    generations = {
        sku.name: capability.value
        for sku in skus
        for capability in sku.capabilities or ()
        if capability.name == "HyperVGenerations"
    }
    assert generations["Standard_D2_v3"] == "V1"
    assert generations["Standard_D2s_v5"] == "V1,V2"
    assert generations["Standard_DC2s_v3"] == "V2"


def test_vm_sizes_are_listed_by_region(compute: ComputeManagementClient) -> None:
    sizes = {size.name: size.number_of_cores for size in compute.virtual_machine_sizes.list("westeurope")}
    assert sizes["Standard_D2_v3"] == 2
