"""Managed images as the installed compute SDK sees them."""

from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.mgmt.compute import ComputeManagementClient

from tests.support.batch import batch_client, pool_of
from tests.support.compute_resources import compute_id, properties_of
from tests.support.galleries import (
    DEFINITION,
    GALLERY,
    GROUP,
    HOUR,
    put_definition,
    put_gallery,
    put_version,
    version_body,
)
from tests.support.simulator import SimulatedAzure, StartSimulator

SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"

VHD = "https://contoso.blob.core.windows.net/vhds/render.vhd"


def image_body(**os_disk: Any) -> Any:
    disk = {"osType": "Linux", "osState": "Generalized", "blobUri": VHD, "diskSizeGB": 40} | os_disk
    return {"location": "westeurope", "properties": {"storageProfile": {"osDisk": disk}}}


def make(compute: ComputeManagementClient, properties: Any, *, location: str = "westeurope") -> None:
    body: Any = {"location": location, "properties": properties}
    compute.images.begin_create_or_update(GROUP, "mine", body, polling=False)


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


def test_an_image_is_made_of_a_generalized_machine(simulator: SimulatedAzure, compute: ComputeManagementClient) -> None:
    machine = compute_id(simulator, "virtualMachines", "render-golden")
    make(compute, {"sourceVirtualMachine": {"id": machine}})
    simulator.control.advance(60)
    image = properties_of(compute.images.get(GROUP, "mine"))
    assert (image["sourceVirtualMachine"], image["provisioningState"]) == ({"id": machine}, "Succeeded")
    assert image["storageProfile"]["osDisk"] == {
        "osType": "Linux",
        "osState": "Generalized",
        "caching": "ReadWrite",
        "diskSizeGB": 30,
        "storageAccountType": "Premium_LRS",
        "managedDisk": {"id": compute_id(simulator, "disks", "render-golden-os")},
    }
    assert [(disk["lun"], disk["diskSizeGB"]) for disk in image["storageProfile"]["dataDisks"]] == [(0, 64)]


@pytest.mark.parametrize(("kind", "member"), [("snapshots", "snapshot"), ("disks", "managedDisk")])
def test_an_image_is_made_of_snapshots_and_of_disks(
    simulator: SimulatedAzure, compute: ComputeManagementClient, kind: str, member: str
) -> None:
    names = ("render-os", "render-data") if kind == "snapshots" else ("render-golden-os", "render-golden-data")
    os_source, data_source = ({"id": compute_id(simulator, kind, name)} for name in names)
    storage = {
        "osDisk": {"osType": "Linux", "osState": "Generalized", member: os_source},
        "dataDisks": [{"lun": 1, member: data_source}],
    }
    make(compute, {"storageProfile": storage})
    simulator.control.advance(60)
    made = properties_of(compute.images.get(GROUP, "mine"))["storageProfile"]
    assert (made["osDisk"][member], made["osDisk"]["diskSizeGB"]) == (os_source, 30)
    assert [(disk["lun"], disk[member], disk["diskSizeGB"]) for disk in made["dataDisks"]] == [(1, data_source, 64)]


@pytest.mark.parametrize(
    ("machine", "more", "message"),
    [
        ("not-there", {}, "is not found"),
        ("render-broken", {}, "'Create Image' requires the Virtual Machine 'render-broken' to be Generalized"),
        ("render-secure", {"hyperVGeneration": "V2"}, "whose security type is TrustedLaunch"),
        ("render-golden", {"hyperVGeneration": "V2"}, "generation 'V2' of the image is not that of its source"),
    ],
)
def test_an_image_needs_a_machine_that_fits(
    simulator: SimulatedAzure, compute: ComputeManagementClient, machine: str, more: dict[str, Any], message: str
) -> None:
    source = {"sourceVirtualMachine": {"id": compute_id(simulator, "virtualMachines", machine)}}
    with pytest.raises(HttpResponseError, match=message):
        make(compute, source | more)


@pytest.mark.parametrize(
    ("disk", "changes", "message"),
    [
        ("render-golden-os", {"osType": "Windows"}, "has the operating system Linux"),
        ("render-golden-os", {"diskSizeGB": 10}, "smaller than the source's 30 GB"),
        ("render-broken-data", {}, "not supported for disks of type UltraSSD_LRS"),
        ("render-broken-os", {"osType": "Windows"}, "generation 'V1' of the image is not that of its source"),
    ],
)
def test_an_image_needs_disks_that_fit(
    simulator: SimulatedAzure,
    compute: ComputeManagementClient,
    disk: str,
    changes: dict[str, Any],
    message: str,
) -> None:
    source = {"osType": "Linux", "osState": "Generalized", "managedDisk": {"id": compute_id(simulator, "disks", disk)}}
    with pytest.raises(HttpResponseError, match=message):
        make(compute, {"storageProfile": {"osDisk": source | changes}})


def test_an_image_is_where_its_snapshot_is(simulator: SimulatedAzure, compute: ComputeManagementClient) -> None:
    snapshot = {"id": compute_id(simulator, "snapshots", "render-os")}
    storage = {"osDisk": {"osType": "Linux", "osState": "Generalized", "snapshot": snapshot}}
    with pytest.raises(HttpResponseError, match="the image has to be there too"):
        make(compute, {"storageProfile": storage}, location="northeurope")


@pytest.mark.parametrize(("generalized", "end"), [(True, "idle"), (False, "unusable")])
def test_nodes_know_whether_the_machine_of_their_image_was_generalized_before(
    start_simulator: StartSimulator, *, generalized: bool, end: str
) -> None:
    here = {"subscription_id": SUBSCRIPTION, "resource_group": GROUP, "location": "westeurope"}
    disk = here | {"name": "mine-os", "os_type": "Linux"}
    machine = here | {"name": "mine", "os_disk": "mine-os", "power": "deallocated"}
    simulator = start_simulator(disks=[disk], machines=[machine], snapshots=[])
    compute = simulator.compute()
    if generalized:
        compute.virtual_machines.generalize(GROUP, "mine")
    source = {"id": compute_id(simulator, "disks", "mine-os")}
    make(compute, {"storageProfile": {"osDisk": {"osType": "Linux", "osState": "Generalized", "managedDisk": source}}})
    put_gallery(compute)
    put_definition(compute)
    simulator.control.advance(HOUR)
    put_version(simulator, compute, body=version_body(simulator, image="mine"))
    simulator.control.advance(2 * HOUR)

    client = batch_client(simulator)
    client.create_pool(pool_of(compute_id(simulator, "galleries", f"{GALLERY}/images/{DEFINITION}"), nodes=1))
    simulator.control.advance(HOUR)
    assert [node.state for node in client.list_nodes("render")] == [end]


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
