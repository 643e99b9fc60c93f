"""Image versions from VHDs in storage accounts, as the installed compute SDK sees them."""

from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError
from azure.mgmt.compute import ComputeManagementClient

from tests.support.arm import call
from tests.support.galleries import (
    DEFINITION,
    GALLERY,
    GROUP,
    HOUR,
    VERSION,
    VHDS,
    from_storage,
    prepare,
    put_version,
    resource,
    state,
    storage_account,
    vhd,
)
from tests.support.simulator import SimulatedAzure, StartSimulator

SAS = "sv=2024-11-04&sr=b&sp=r&se=2099-01-01T00:00:00Z&sig=c2ltdWxhdGVkLXNpZ25hdHVyZQ%3D%3D"


def refusal(simulator: SimulatedAzure, compute: ComputeManagementClient, storage: dict[str, Any]) -> HttpResponseError:
    with pytest.raises(HttpResponseError) as refused:
        put_version(simulator, compute, body=from_storage(storage))
    assert list(compute.gallery_image_versions.list_by_gallery_image(GROUP, GALLERY, DEFINITION)) == []
    return refused.value


@pytest.mark.parametrize("uri", [f"{VHDS}/render-os.vhd", f"{VHDS}/render-protected-os.vhd?{SAS}"])
def test_a_vhd_is_opened_by_its_account_or_by_a_token_which_is_never_answered(
    simulator: SimulatedAzure, compute: ComputeManagementClient, definition: str, uri: str
) -> None:
    put_version(simulator, compute, body=from_storage(vhd(simulator, uri)))
    simulator.control.advance(2 * HOUR)
    assert state(compute) == "Succeeded"
    answered = compute.gallery_image_versions.get(GROUP, GALLERY, DEFINITION, VERSION).as_dict()["properties"]
    assert answered["storageProfile"]["osDiskImage"]["source"] == {
        "uri": uri.split("?", maxsplit=1)[0],
        "storageAccountId": storage_account(simulator),
    }


@pytest.mark.parametrize(
    ("source", "status", "message"),
    [
        ({"uri": f"{VHDS}/nothing.vhd"}, 404, "nothing.vhd is not found. Please check source exists"),
        ({"uri": f"{VHDS}/render-protected-os.vhd"}, 403, "there is none, it is not valid, or it has expired"),
        ({"uri": f"{VHDS}/render-protected-os.vhd?{SAS}x"}, 403, "cannot be read with the shared access signature"),
        ({"uri": f"{VHDS}/render-os.vhd?{SAS}"}, 403, "cannot be read with the shared access signature"),
        ({"storageAccountId": "/subscriptions/x"}, 400, "Expect fully qualified resource Id"),
        ({"storageAccountId": None}, 400, "has to be given as storageAccountId"),
    ],
)
def test_a_vhd_that_cannot_be_opened_is_refused_without_telling_the_token(
    simulator: SimulatedAzure,
    compute: ComputeManagementClient,
    definition: str,
    source: dict[str, Any],
    status: int,
    message: str,
) -> None:
    refused = refusal(simulator, compute, vhd(simulator, **source))
    assert (refused.status_code, message in str(refused)) == (status, True)
    assert "sig=" not in str(refused)


def test_a_vhd_is_looked_for_in_the_account_that_is_named(
    simulator: SimulatedAzure, compute: ComputeManagementClient, definition: str
) -> None:
    refused = refusal(simulator, compute, vhd(simulator, storageAccountId=storage_account(simulator, "fabrikam")))
    assert "is not in the storage account" in str(refused)


def test_a_token_may_replace_the_account(start_simulator: StartSimulator) -> None:
    simulator = start_simulator(switches={"compute": {"sas_replaces_storage_account": True}})
    compute = simulator.compute()
    prepare(simulator, compute)
    body = from_storage(vhd(simulator, f"{VHDS}/render-protected-os.vhd?{SAS}", storageAccountId=None))
    put_version(simulator, compute, name="1.1.0", body=body)


def test_a_token_opens_nothing_after_its_end(start_simulator: StartSimulator) -> None:
    simulator = start_simulator(start="2099-01-02T00:00:00Z")
    compute = simulator.compute()
    prepare(simulator, compute)
    body = from_storage(vhd(simulator, f"{VHDS}/render-protected-os.vhd?{SAS}"))
    with pytest.raises(HttpResponseError, match="it has expired"):
        put_version(simulator, compute, name="1.1.0", body=body)


def test_the_journal_never_shows_a_token(
    simulator: SimulatedAzure, compute: ComputeManagementClient, definition: str
) -> None:
    put_version(simulator, compute, body=from_storage(vhd(simulator, f"{VHDS}/render-protected-os.vhd?{SAS}")))
    (entry,) = simulator.control.requests(operation="GalleryImageVersions_CreateOrUpdate")
    assert "c2ltdWxhdGVk" not in str(entry.body)


def test_one_blob_is_not_for_two_disks(
    simulator: SimulatedAzure, compute: ComputeManagementClient, definition: str
) -> None:
    storage = vhd(simulator)
    storage["dataDiskImages"] = [{"lun": 0} | storage["osDiskImage"]]
    assert "OSDiskImage and DataDiskImage cannot point to same blob" in str(refusal(simulator, compute, storage))


def test_older_clients_name_the_account_as_the_id_beside_the_uri(
    simulator: SimulatedAzure, compute: ComputeManagementClient, definition: str
) -> None:
    url = f"{resource(simulator, 'galleries', GALLERY)}/images/{DEFINITION}/versions/{VERSION}?api-version=2021-10-01"
    refused = call(simulator, "PUT", url, from_storage(vhd(simulator)))
    assert "Could not find member 'storageAccountId'" in refused.message
    storage = vhd(simulator, storageAccountId=None, id=storage_account(simulator))
    assert call(simulator, "PUT", url, from_storage(storage)).status == 201
