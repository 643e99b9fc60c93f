"""Virtual machines as the installed compute SDK sees them."""

from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.mgmt.compute import ComputeManagementClient

from tests.support.arm import call
from tests.support.compute_resources import compute_id, disk_body, machine_body, properties_of, statuses
from tests.support.galleries import GROUP, HOUR
from tests.support.simulator import SimulatedAzure, StartSimulator


def make(compute: ComputeManagementClient, name: str, body: Any) -> dict[str, Any]:
    poller = compute.virtual_machines.begin_create_or_update(GROUP, name, body, polling=False)
    answer: dict[str, Any] = poller.result().as_dict()
    return answer


def shown(compute: ComputeManagementClient, name: str) -> dict[str, Any]:
    return properties_of(compute.virtual_machines.get(GROUP, name))


def spare_disk(simulator: SimulatedAzure, compute: ComputeManagementClient, source: str = "render-golden-os") -> str:
    """A copy of a disk of the scenario that no machine has."""
    body: Any = disk_body(compute_id(simulator, "disks", source))
    compute.disks.begin_create_or_update(GROUP, "spare", body, polling=False)
    simulator.control.advance(HOUR)
    return compute_id(simulator, "disks", "spare")


def new_machine(simulator: SimulatedAzure, compute: ComputeManagementClient) -> str:
    """A running machine that boots from a disk of its own."""
    make(compute, "mine", machine_body(spare_disk(simulator, compute)))
    simulator.control.advance(HOUR)
    return "mine"


def test_the_machines_of_the_scenario_are_listed(compute: ComputeManagementClient) -> None:
    by_group = {machine.name for machine in compute.virtual_machines.list(GROUP)}
    assert by_group == {machine.name for machine in compute.virtual_machines.list_all()}
    assert {"render-golden", "render-secure", "render-broken"} <= by_group


def test_a_machine_tells_its_disks_and_its_origin(simulator: SimulatedAzure, compute: ComputeManagementClient) -> None:
    machine = compute.virtual_machines.get(GROUP, "render-golden").as_dict()
    storage = machine["properties"]["storageProfile"]
    assert storage["imageReference"] == {
        "publisher": "canonical",
        "offer": "0001-com-ubuntu-server-jammy",
        "sku": "22_04-lts",
        "version": "latest",
        "exactVersion": "22.04.202511010",
    }
    assert storage["osDisk"] == {
        "osType": "Linux",
        "name": "render-golden-os",
        "createOption": "FromImage",
        "caching": "ReadWrite",
        "deleteOption": "Detach",
        "diskSizeGB": 30,
        "managedDisk": {
            "id": compute_id(simulator, "disks", "render-golden-os"),
            "storageAccountType": "Premium_LRS",
        },
    }
    assert [(disk["lun"], disk["name"]) for disk in storage["dataDisks"]] == [(0, "render-golden-data")]
    assert "resources" not in machine
    assert "plan" not in machine


def test_a_generalized_machine_says_so_in_its_instance_view(compute: ComputeManagementClient) -> None:
    expected = ["OSState/generalized", "ProvisioningState/succeeded", "PowerState/deallocated"]
    view = compute.virtual_machines.instance_view(GROUP, "render-golden")
    expanded = compute.virtual_machines.get(GROUP, "render-golden", expand="instanceView").as_dict()
    assert [status.code for status in view.statuses or ()] == expected
    assert [status["code"] for status in expanded["properties"]["instanceView"]["statuses"]] == expected
    assert "instanceView" not in shown(compute, "render-golden")
    assert view.hyper_v_generation == "V1"


def test_a_trusted_machine_says_what_its_firmware_checks(compute: ComputeManagementClient) -> None:
    assert shown(compute, "render-secure")["securityProfile"] == {
        "securityType": "TrustedLaunch",
        "uefiSettings": {"secureBootEnabled": True, "vTpmEnabled": True},
    }


def test_everything_that_makes_a_machine_unfit_for_images_is_told(compute: ComputeManagementClient) -> None:
    machine = compute.virtual_machines.get(GROUP, "render-broken").as_dict()
    os_disk = machine["properties"]["storageProfile"]["osDisk"]
    (data_disk,) = machine["properties"]["storageProfile"]["dataDisks"]
    assert os_disk["osType"] == "Windows"
    assert os_disk["encryptionSettings"] == {"enabled": True}
    assert data_disk["managedDisk"]["storageAccountType"] == "UltraSSD_LRS"
    assert machine["plan"]["publisher"] == "fabrikam"
    assert [extension["name"] for extension in machine["resources"]] == ["AzureDiskEncryption"]
    view = compute.virtual_machines.instance_view(GROUP, "render-broken").as_dict()
    assert "EncryptionState/encrypted" in [status["code"] for status in view["disks"][0]["statuses"]]
    assert "PowerState/running" in statuses(compute, "render-broken")


def test_the_extensions_of_a_machine_are_read(compute: ComputeManagementClient) -> None:
    listed = compute.virtual_machine_extensions.list(GROUP, "render-broken").as_dict()["value"]
    one = compute.virtual_machine_extensions.get(GROUP, "render-broken", "AzureDiskEncryption").as_dict()
    assert listed == [one]
    assert one["properties"]["type"] == "AzureDiskEncryption"
    with pytest.raises(ResourceNotFoundError):
        compute.virtual_machine_extensions.get(GROUP, "render-broken", "not-there")


@pytest.mark.parametrize("machine", [{"ephemeralOsDisk": True}, {"osDisk": None, "osVhd": "https://c.example/os.vhd"}])
def test_disks_that_are_not_managed_are_told(start_simulator: StartSimulator, machine: dict[str, Any]) -> None:
    seed = {
        "subscriptionId": "00000000-0000-0000-0000-000000000000",
        "resourceGroup": GROUP,
        "name": "special",
        "location": "westeurope",
        "osDisk": "render-golden-os",
    }
    compute = start_simulator(machines=[seed | machine]).compute()
    os_disk = shown(compute, "special")["storageProfile"]["osDisk"]
    assert (os_disk.get("diffDiskSettings"), os_disk.get("vhd")) in [
        ({"option": "Local"}, None),
        (None, {"uri": "https://c.example/os.vhd"}),
    ]


@pytest.mark.parametrize(
    ("disks", "message"),
    [({"osDisk": "not-there"}, "names the disk not-there"), ({}, "needs either osDisk or osVhd")],
)
def test_a_scenario_names_only_disks_that_it_has(
    start_simulator: StartSimulator, disks: dict[str, Any], message: str
) -> None:
    seed = {"subscriptionId": "s", "resourceGroup": GROUP, "name": "special", "location": "westeurope"}
    with pytest.raises(ValueError, match=message):
        start_simulator(machines=[seed | disks])


def test_a_machine_is_made_from_a_disk_and_deleted_without_it(
    simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    disk = spare_disk(simulator, compute)
    begun = make(compute, "mine", machine_body(disk))
    assert begun["properties"]["provisioningState"] == "Creating"
    simulator.control.advance(HOUR)
    assert statuses(compute, "mine") == ["ProvisioningState/succeeded", "PowerState/running"]
    owned = compute.disks.get(GROUP, "spare").as_dict()
    assert owned["managedBy"] == compute_id(simulator, "virtualMachines", "mine")
    assert owned["properties"]["diskState"] == "Attached"

    compute.virtual_machines.begin_delete(GROUP, "mine", polling=False)
    simulator.control.advance(HOUR)
    with pytest.raises(ResourceNotFoundError):
        compute.virtual_machines.get(GROUP, "mine")
    assert properties_of(compute.disks.get(GROUP, "spare"))["diskState"] == "Unattached"


def test_a_disk_goes_with_its_machine_if_it_is_to(simulator: SimulatedAzure, compute: ComputeManagementClient) -> None:
    make(compute, "mine", machine_body(spare_disk(simulator, compute), deleteOption="Delete"))
    simulator.control.advance(HOUR)
    compute.virtual_machines.begin_delete(GROUP, "mine", polling=False)
    simulator.control.advance(HOUR)
    with pytest.raises(ResourceNotFoundError):
        compute.disks.get(GROUP, "spare")


def test_a_data_disk_is_attached_and_detached(simulator: SimulatedAzure, compute: ComputeManagementClient) -> None:
    new_machine(simulator, compute)
    empty: Any = disk_body(diskSizeGB=8)
    compute.disks.begin_create_or_update(GROUP, "data", empty, polling=False)
    simulator.control.advance(HOUR)
    data = {"lun": 3, "createOption": "Attach", "managedDisk": {"id": compute_id(simulator, "disks", "data")}}
    for disks, owner in [([data], compute_id(simulator, "virtualMachines", "mine")), ([], None)]:
        change: Any = {"properties": {"storageProfile": {"dataDisks": disks}}}
        compute.virtual_machines.begin_update(GROUP, "mine", change, polling=False)
        simulator.control.advance(HOUR)
        assert [disk["lun"] for disk in shown(compute, "mine")["storageProfile"]["dataDisks"]] == [3][: len(disks)]
        assert compute.disks.get(GROUP, "data").managed_by == owner


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"vm_size": "Standard_DC2s_v3"}, "cannot boot Hypervisor Generation '1'"),
        ({"vm_size": "Standard_Z99"}, "provided for the VM size is not valid"),
        ({"vm_size": None}, "'vm.properties.hardwareProfile.vmSize' is missing"),
        ({"osType": "Windows"}, "has the operating system Linux"),
        ({"createOption": "FromImage", "managedDisk": None}, "does not simulate"),
        ({"managedDisk": None}, r"osDisk\.managedDisk\.id' is missing"),
        ({"more": {"securityProfile": {"securityType": "TrustedLaunch"}}}, "has the security type Standard"),
        ({"more": {"osProfile": {"adminUsername": "render", "adminPassword": "secret"}}}, "'osProfile' is not allowed"),
        ({"writeAcceleratorEnabled": True}, "does not simulate .* the write accelerator"),
        ({"diskSizeGB": 500}, "does not simulate .* another diskSizeGB"),
        ({"more": {"availabilitySet": {"id": "x"}}}, r"does not simulate .* with properties\.availabilitySet"),
    ],
)
def test_a_machine_that_breaks_a_rule_is_not_made(
    simulator: SimulatedAzure, compute: ComputeManagementClient, changes: dict[str, Any], message: str
) -> None:
    disk = spare_disk(simulator, compute)
    with pytest.raises(HttpResponseError, match=message):
        make(compute, "mine", machine_body(disk, **changes))
    assert compute.disks.get(GROUP, "spare").managed_by is None


@pytest.mark.parametrize(
    ("disk", "message"),
    [
        ("render-golden-os", "already owned by VM"),
        ("not-there", "was not found"),
        ("render-golden-data", r"osDisk\.osType' is missing"),
    ],
)
def test_a_machine_needs_a_disk_that_is_free(
    simulator: SimulatedAzure, compute: ComputeManagementClient, disk: str, message: str
) -> None:
    if disk == "render-golden-data":
        compute.virtual_machines.begin_delete(GROUP, "render-golden", polling=False)
        simulator.control.advance(HOUR)
    with pytest.raises(HttpResponseError, match=message):
        make(compute, "mine", machine_body(compute_id(simulator, "disks", disk)))


def test_a_disk_with_a_plan_needs_the_plan(simulator: SimulatedAzure, compute: ComputeManagementClient) -> None:
    disk = spare_disk(simulator, compute, "render-broken-os")
    body = machine_body(disk, vm_size="Standard_D2s_v5")
    with pytest.raises(HttpResponseError, match="requires Plan information in the request"):
        make(compute, "mine", body)
    plan = {"name": "render-studio", "publisher": "fabrikam", "product": "render-studio-windows"}
    assert make(compute, "mine", body | {"plan": plan})["plan"] == plan


def test_power_moves_with_the_clock(simulator: SimulatedAzure, compute: ComputeManagementClient) -> None:
    name = new_machine(simulator, compute)
    for begin, during, after in [
        (compute.virtual_machines.begin_power_off, "stopping", "stopped"),
        (compute.virtual_machines.begin_start, "starting", "running"),
        (compute.virtual_machines.begin_restart, "running", "running"),
        (compute.virtual_machines.begin_deallocate, "deallocating", "deallocated"),
        (compute.virtual_machines.begin_power_off, "deallocated", "deallocated"),
    ]:
        begin(GROUP, name, polling=False)
        assert statuses(compute, name)[-1] == f"PowerState/{during}"
        simulator.control.advance(60)
        assert statuses(compute, name)[-1] == f"PowerState/{after}"
    with pytest.raises(HttpResponseError, match="Operation 'restart' is not allowed on VM 'mine' since the VM is deal"):
        compute.virtual_machines.begin_restart(GROUP, name, polling=False)


def test_a_machine_that_moves_takes_no_other_write(simulator: SimulatedAzure, compute: ComputeManagementClient) -> None:
    name = new_machine(simulator, compute)
    compute.virtual_machines.begin_power_off(GROUP, name, polling=False)
    with pytest.raises(HttpResponseError, match="conflict with a concurrent request"):
        compute.virtual_machines.begin_start(GROUP, name, polling=False)
    tags: Any = {"tags": {"team": "render"}}
    compute.virtual_machines.begin_update(GROUP, name, tags, polling=False)
    with pytest.raises(HttpResponseError, match="conflict with a concurrent request"):
        compute.virtual_machines.begin_update(GROUP, name, tags, polling=False)


def test_only_a_stopped_machine_is_generalized_and_it_never_starts_again(
    simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    name = new_machine(simulator, compute)
    with pytest.raises(HttpResponseError, match="Operation 'generalize' is not allowed on VM 'mine'") as refused:
        compute.virtual_machines.generalize(GROUP, name)
    assert (refused.value.status_code, refused.value.error and refused.value.error.code) == (409, "OperationNotAllowed")
    compute.virtual_machines.begin_deallocate(GROUP, name, polling=False)
    simulator.control.advance(60)
    compute.virtual_machines.generalize(GROUP, name)
    assert statuses(compute, name)[0] == "OSState/generalized"
    with pytest.raises(HttpResponseError, match="since the VM is generalized"):
        compute.virtual_machines.begin_start(GROUP, name, polling=False)


def test_a_machine_boots_from_a_vhd_and_becomes_an_image(
    simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    vhd = {"uri": "https://contosovhds.blob.core.windows.net/vhds/render-os.vhd"}
    make(compute, "mine", machine_body("", managedDisk=None, vhd=vhd, osType="Linux"))
    simulator.control.advance(HOUR)
    compute.virtual_machines.begin_deallocate(GROUP, "mine", polling=False)
    simulator.control.advance(HOUR)
    compute.virtual_machines.generalize(GROUP, "mine")
    source = {"sourceVirtualMachine": {"id": compute_id(simulator, "virtualMachines", "mine")}}
    image: Any = {"location": "westeurope", "properties": source}
    made = properties_of(compute.images.begin_create_or_update(GROUP, "mine", image, polling=False).result())
    assert made["storageProfile"]["osDisk"]["blobUri"] == vhd["uri"]


def test_pollers_end_when_the_machine_is_deallocated(start_simulator: StartSimulator) -> None:
    compute = start_simulator(clock_speed=3600).compute()
    compute.virtual_machines.begin_deallocate(GROUP, "render-broken").result()
    assert statuses(compute, "render-broken")[-1] == "PowerState/deallocated"


def test_who_may_only_read_may_do_nothing_to_a_machine(simulator: SimulatedAzure) -> None:
    reader = simulator.compute("reader")
    assert reader.virtual_machines.get(GROUP, "render-golden").name == "render-golden"
    with pytest.raises(HttpResponseError, match="virtualMachines/generalize/action"):
        reader.virtual_machines.generalize(GROUP, "render-golden")


@pytest.mark.parametrize(
    ("method", "rest", "name"),
    [
        ("POST", "/capture?", "VirtualMachines_Capture"),
        ("POST", "/deallocate?hibernate=true&", "VirtualMachines_Deallocate with hibernate"),
        ("DELETE", "/extensions/AzureDiskEncryption?", "VirtualMachineExtensions_Delete"),
    ],
)
def test_what_is_not_simulated_says_its_name(simulator: SimulatedAzure, method: str, rest: str, name: str) -> None:
    path = f"{compute_id(simulator, 'virtualMachines', 'render-broken')}{rest}api-version=2026-04-01"
    refused = call(simulator, method, path, {})
    assert (refused.status, refused.code) == (501, "NotImplemented")
    assert name in refused.message


@pytest.mark.parametrize("name", ["render-golden", "render-secure", "render-broken"])
@pytest.mark.parametrize("version", ["2026-04-01", "2024-07-01"])
def test_a_machine_can_be_put_back_unchanged(simulator: SimulatedAzure, name: str, version: str) -> None:
    path = f"{compute_id(simulator, 'virtualMachines', name)}?api-version={version}"
    before = call(simulator, "GET", path).body
    assert call(simulator, "PUT", path, before).status == 200
    simulator.control.advance(HOUR)
    assert call(simulator, "GET", path).body == before


def test_disks_are_free_when_the_group_of_their_machine_goes(simulator: SimulatedAzure) -> None:
    compute = simulator.compute()
    disk = spare_disk(simulator, compute)
    body: Any = machine_body(disk)
    compute.virtual_machines.begin_create_or_update("batch", "mine", body, polling=False)
    simulator.control.advance(HOUR)
    group = f"/subscriptions/{simulator.subscription}/resourceGroups/batch?api-version=2022-09-01"
    assert call(simulator, "DELETE", group).status == 202
    simulator.control.advance(HOUR)
    assert compute.disks.get(GROUP, "spare").managed_by is None
