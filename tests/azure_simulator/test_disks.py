"""Managed disks and disk encryption sets as the installed compute SDK sees them."""

from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.mgmt.compute import ComputeManagementClient

from tests.support.arm import call
from tests.support.compute_resources import compute_id, disk_body, properties_of
from tests.support.galleries import GROUP, HOUR
from tests.support.simulator import SimulatedAzure, StartSimulator

VHDS = "https://contosovhds.blob.core.windows.net/vhds"


def make(compute: ComputeManagementClient, name: str, body: Any) -> dict[str, Any]:
    answer: dict[str, Any] = compute.disks.begin_create_or_update(GROUP, name, body, polling=False).result().as_dict()
    return answer


def change(compute: ComputeManagementClient, name: str, body: Any) -> None:
    compute.disks.begin_update(GROUP, name, body, polling=False)


def shown(compute: ComputeManagementClient, name: str) -> dict[str, Any]:
    return properties_of(compute.disks.get(GROUP, name))


def test_the_disks_of_the_scenario_are_listed(compute: ComputeManagementClient) -> None:
    by_group = {disk.name for disk in compute.disks.list_by_resource_group(GROUP)}
    assert by_group == {disk.name for disk in compute.disks.list()}
    assert {"render-golden-os", "render-golden-data"} <= by_group


def test_a_disk_tells_what_it_is_and_where_it_came_from(
    simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    disk = compute.disks.get(GROUP, "render-golden-os").as_dict()
    assert disk["managedBy"] == compute_id(simulator, "virtualMachines", "render-golden")
    assert disk["sku"] == {"name": "Premium_LRS", "tier": "Premium"}
    properties = disk["properties"]
    assert (properties["osType"], properties["hyperVGeneration"], properties["diskSizeGB"]) == ("Linux", "V1", 30)
    assert properties["supportedCapabilities"] == {"architecture": "x64"}
    assert properties["diskState"] == "Reserved"
    assert properties["creationData"]["createOption"] == "FromImage"
    assert properties["creationData"]["imageReference"]["id"].endswith(
        "/Publishers/canonical/ArtifactTypes/VMImage/Offers/0001-com-ubuntu-server-jammy/Skus/22_04-lts"
        "/Versions/22.04.202511010"
    )


def test_what_makes_a_disk_unfit_for_images_is_told(compute: ComputeManagementClient) -> None:
    os_disk = shown(compute, "render-broken-os")
    assert os_disk["encryptionSettingsCollection"]["enabled"]
    assert os_disk["purchasePlan"] == {
        "name": "render-studio",
        "publisher": "fabrikam",
        "product": "render-studio-windows",
    }
    assert compute.disks.get(GROUP, "render-broken-data").as_dict()["sku"] == {"name": "UltraSSD_LRS", "tier": "Ultra"}


def test_an_empty_disk_is_made_and_deleted(simulator: SimulatedAzure, compute: ComputeManagementClient) -> None:
    begun = make(compute, "mine", disk_body(diskSizeGB=64))
    assert begun["properties"]["provisioningState"] == "Updating"
    simulator.control.advance(60)
    disk = shown(compute, "mine")
    assert (disk["provisioningState"], disk["diskState"], disk["diskSizeBytes"]) == (
        "Succeeded",
        "Unattached",
        64 * 1024**3,
    )
    assert "osType" not in disk
    compute.disks.begin_delete(GROUP, "mine", polling=False)
    simulator.control.advance(60)
    with pytest.raises(ResourceNotFoundError):
        compute.disks.get(GROUP, "mine")


def test_a_disk_is_made_from_a_snapshot_and_may_be_larger(
    simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    make(compute, "mine", disk_body(compute_id(simulator, "snapshots", "render-os"), diskSizeGB=128))
    simulator.control.advance(HOUR)
    disk = shown(compute, "mine")
    assert (disk["osType"], disk["hyperVGeneration"], disk["diskSizeGB"]) == ("Linux", "V1", 128)


def test_a_disk_is_imported_from_a_vhd(simulator: SimulatedAzure, compute: ComputeManagementClient) -> None:
    creation = {"createOption": "Import", "sourceUri": f"{VHDS}/render-os.vhd"}
    make(compute, "mine", {"location": "westeurope", "properties": {"creationData": creation}})
    simulator.control.advance(HOUR)
    disk = shown(compute, "mine")
    assert (disk["provisioningState"], disk["osType"], disk["hyperVGeneration"]) == ("Succeeded", "Linux", "V1")
    assert disk["creationData"] == creation


def test_the_token_in_the_uri_of_a_vhd_opens_it_and_stays_secret(
    simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    blobs = {blob.name: blob for account in simulator.scenario.storage_accounts for blob in account.blobs}
    uri = f"{VHDS}/render-protected-os.vhd"
    body = disk_body(creationData={"createOption": "Import", "sourceUri": uri})
    with pytest.raises(HttpResponseError, match="cannot be read with the token in its URI"):
        make(compute, "mine", body)
    body["properties"]["creationData"]["sourceUri"] += f"?{blobs['render-protected-os.vhd'].sas}"
    assert make(compute, "mine", body)["properties"]["creationData"]["sourceUri"] == uri


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ({}, "'diskSizeGB' is missing"),
        ({"creationData": None}, "'creationData' is missing"),
        ({"creationData": {"createOption": "Import"}}, "'creationData.sourceUri' is missing"),
        ({"creationData": {"createOption": "Import", "sourceUri": f"{VHDS}/x.vhd"}}, r"x\.vhd' is not found"),
        ({"creationData": {"createOption": "FromImage"}}, "does not simulate the operation Disks_CreateOrUpdate"),
        (
            {"diskSizeGB": 30, "osType": "Linux", "securityProfile": {"securityType": "TrustedLaunch"}},
            "needs the Hyper-V generation V2",
        ),
    ],
)
def test_a_disk_that_breaks_a_rule_is_not_made(
    compute: ComputeManagementClient, properties: dict[str, Any], message: str
) -> None:
    with pytest.raises(HttpResponseError, match=message):
        make(compute, "mine", disk_body(**properties))
    with pytest.raises(ResourceNotFoundError):
        compute.disks.get(GROUP, "mine")


def test_a_disk_may_only_grow(simulator: SimulatedAzure, compute: ComputeManagementClient) -> None:
    change(compute, "render-golden-os", {"properties": {"diskSizeGB": 64}, "tags": {"team": "render"}})
    simulator.control.advance(60)
    grown = compute.disks.get(GROUP, "render-golden-os").as_dict()
    assert (grown["properties"]["diskSizeGB"], grown["tags"]) == (64, {"team": "render"})
    with pytest.raises(HttpResponseError, match="Disk size reduction is not supported"):
        change(compute, "render-golden-os", {"properties": {"diskSizeGB": 32}})


def test_a_disk_of_a_machine_is_not_deleted(simulator: SimulatedAzure, compute: ComputeManagementClient) -> None:
    with pytest.raises(HttpResponseError, match="Disk render-golden-os is attached to VM") as refused:
        compute.disks.begin_delete(GROUP, "render-golden-os", polling=False)
    assert (refused.value.status_code, refused.value.error and refused.value.error.code) == (409, "OperationNotAllowed")


def test_only_disks_of_machines_at_rest_are_opened(start_simulator: StartSimulator) -> None:
    compute = start_simulator(clock_speed=3600).compute()
    asked: Any = {"access": "Read", "durationInSeconds": 300}
    assert compute.disks.begin_grant_access(GROUP, "render-golden-os", asked).result().access_sas
    with pytest.raises(HttpResponseError, match="is attached to the running VM"):
        compute.disks.begin_grant_access(GROUP, "render-broken-os", asked, polling=False)


def test_only_disks_of_trusted_machines_have_a_guest_state(start_simulator: StartSimulator) -> None:
    compute = start_simulator(clock_speed=3600).compute()
    asked: Any = {"access": "Read", "durationInSeconds": 300, "getSecureVMGuestStateSAS": True}
    access = compute.disks.begin_grant_access(GROUP, "render-secure-os", asked).result()
    assert access.security_data_access_sas != access.access_sas
    with pytest.raises(HttpResponseError, match="has no guest state"):
        compute.disks.begin_grant_access(GROUP, "render-golden-os", asked, polling=False)


def test_settings_of_use_are_kept_as_given(simulator: SimulatedAzure, compute: ComputeManagementClient) -> None:
    creation = {"createOption": "Empty", "logicalSectorSize": 512}
    make(compute, "mine", disk_body(diskSizeGB=8, creationData=creation, maxShares=2))
    simulator.control.advance(60)
    change(compute, "mine", {"properties": {"burstingEnabled": True}})
    simulator.control.advance(60)
    disk = shown(compute, "mine")
    assert (disk["creationData"], disk["maxShares"], disk["burstingEnabled"]) == (creation, 2, True)


def test_access_ends_by_itself(simulator: SimulatedAzure, compute: ComputeManagementClient) -> None:
    make(compute, "mine", disk_body(diskSizeGB=8))
    simulator.control.advance(60)
    asked: Any = {"access": "Read", "durationInSeconds": 300}
    compute.disks.begin_grant_access(GROUP, "mine", asked, polling=False)
    simulator.control.advance(60)
    assert shown(compute, "mine")["diskState"] == "ActiveSAS"
    simulator.control.advance(300)
    assert shown(compute, "mine")["diskState"] == "Unattached"


def test_a_disk_is_encrypted_with_a_set_of_its_own_region(
    simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    def encrypted(name: str) -> Any:
        return {"diskEncryptionSetId": compute_id(simulator, "diskEncryptionSets", name)}

    make(compute, "mine", disk_body(diskSizeGB=8, encryption=encrypted("render-keys")))
    assert shown(compute, "mine")["encryption"] == {
        "type": "EncryptionAtRestWithCustomerKey",
        **encrypted("render-keys"),
    }
    with pytest.raises(HttpResponseError, match="has to be in westeurope"):
        make(compute, "other", disk_body(diskSizeGB=8, encryption=encrypted("render-keys-north")))
    with pytest.raises(HttpResponseError, match="is not found"):
        make(compute, "other", disk_body(diskSizeGB=8, encryption=encrypted("not-there")))


@pytest.mark.parametrize("kind", ["disks/render-golden-os", "snapshots/render-os", "diskEncryptionSets/render-keys"])
@pytest.mark.parametrize("version", ["2026-03-02", "2024-03-02"])
def test_what_is_answered_can_be_sent_back(simulator: SimulatedAzure, kind: str, version: str) -> None:
    path = f"{compute_id(simulator, *kind.split('/'))}?api-version={version}"
    before = call(simulator, "GET", path).body
    assert call(simulator, "PUT", path, before).status in {200, 202}
    simulator.control.advance(HOUR)
    assert call(simulator, "GET", path).body == before
