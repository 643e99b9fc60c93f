"""Disk encryption sets as the installed compute SDK sees them."""

from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.mgmt.compute import ComputeManagementClient

from tests.support.compute_resources import compute_id, disk_body, properties_of
from tests.support.galleries import GROUP
from tests.support.simulator import SimulatedAzure

KEY = "https://contoso-west.vault.azure.net/keys/render/0123456789abcdef0123456789abcdef"


def set_body(**properties: Any) -> Any:
    key = {"keyUrl": KEY}
    return {
        "location": "westeurope",
        "identity": {"type": "SystemAssigned"},
        "properties": {"activeKey": key} | properties,
    }


def test_the_sets_of_the_scenario_are_listed(compute: ComputeManagementClient) -> None:
    by_group = {found.name: found.location for found in compute.disk_encryption_sets.list_by_resource_group(GROUP)}
    assert by_group == {found.name: found.location for found in compute.disk_encryption_sets.list()}
    assert by_group == {"render-keys": "westeurope", "render-keys-north": "northeurope"}


def test_a_set_is_made_with_an_identity_of_its_own(simulator: SimulatedAzure, compute: ComputeManagementClient) -> None:
    compute.disk_encryption_sets.begin_create_or_update(GROUP, "mine", set_body(), polling=False)
    simulator.control.advance(60)
    made = compute.disk_encryption_sets.get(GROUP, "mine")
    assert properties_of(made) == {
        "activeKey": {"keyUrl": KEY},
        "encryptionType": "EncryptionAtRestWithCustomerKey",
        "rotationToLatestKeyVersionEnabled": False,
        "provisioningState": "Succeeded",
    }
    identity = made.as_dict()["identity"]
    assert identity["tenantId"] == simulator.ready.tenant_id
    assert identity["principalId"]


def test_a_set_that_encrypts_a_disk_is_not_deleted(simulator: SimulatedAzure, compute: ComputeManagementClient) -> None:
    encryption = {"diskEncryptionSetId": compute_id(simulator, "diskEncryptionSets", "render-keys")}
    body: Any = disk_body(diskSizeGB=8, encryption=encryption)
    compute.disks.begin_create_or_update(GROUP, "mine", body, polling=False)
    simulator.control.advance(60)
    with pytest.raises(HttpResponseError, match="is used by"):
        compute.disk_encryption_sets.begin_delete(GROUP, "render-keys", polling=False)
    compute.disks.begin_delete(GROUP, "mine", polling=False)
    simulator.control.advance(60)
    compute.disk_encryption_sets.begin_delete(GROUP, "render-keys", polling=False)
    simulator.control.advance(60)
    with pytest.raises(ResourceNotFoundError):
        compute.disk_encryption_sets.get(GROUP, "render-keys")


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ({"activeKey": None}, "'diskEncryptionSet.properties.activeKey' is missing"),
        ({"activeKey": {"keyUrl": "render"}}, "is not the URL of a key"),
        ({"encryptionType": "None"}, "Allowed values are"),
        ({"federatedClientId": "x"}, "does not simulate"),
    ],
)
def test_a_set_needs_a_key(compute: ComputeManagementClient, properties: dict[str, Any], message: str) -> None:
    with pytest.raises(HttpResponseError, match=message):
        compute.disk_encryption_sets.begin_create_or_update(GROUP, "mine", set_body(**properties), polling=False)
