"""Batch accounts as the installed management SDK sees them."""

import errno
import socket
from typing import Any
from urllib.parse import urlsplit

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.mgmt.batch import BatchManagementClient

from tests.support.arm import call
from tests.support.eventually import eventually
from tests.support.simulator import SimulatedAzure, StartSimulator

GROUP = "batch"


@pytest.fixture
def batch(simulator: SimulatedAzure) -> BatchManagementClient:
    return simulator.batch_management()


def create(batch: BatchManagementClient, name: str = "studio", location: str = "westeurope") -> None:
    body: Any = {"location": location}
    batch.batch_account.begin_create(GROUP, name, body, polling=False)


def test_the_accounts_of_the_scenario_tell_their_endpoint_and_quotas(
    simulator: SimulatedAzure, batch: BatchManagementClient
) -> None:
    account = batch.batch_account.get(GROUP, "contoso")
    assert account.properties is not None
    assert f"https://{account.properties.account_endpoint}" == simulator.ready.batch["contoso"]
    assert account.properties.dedicated_core_quota == 6400
    assert account.properties.dedicated_core_quota_per_vm_family_enforced is False
    assert account.location == "westeurope"
    assert [found.name for found in batch.batch_account.list()] == ["contoso", "contosonorth"]
    assert [found.name for found in batch.batch_account.list_by_resource_group(GROUP)] == ["contoso", "contosonorth"]


def test_a_new_account_answers_at_an_endpoint_of_its_own(
    simulator: SimulatedAzure, batch: BatchManagementClient
) -> None:
    create(batch)
    made = batch.batch_account.get(GROUP, "studio").properties
    assert made is not None
    assert made.provisioning_state == "Creating"
    simulator.control.advance(60)
    ready = batch.batch_account.get(GROUP, "studio").properties
    assert ready is not None
    assert ready.provisioning_state == "Succeeded"
    token = simulator.credential().get_token("https://batch.core.windows.net//.default").token
    url = f"https://{ready.account_endpoint}/pools?api-version=2024-07-01.20.0"
    assert call(simulator, "GET", url, token=token).body["value"] == []


def test_the_creation_of_an_account_can_be_awaited(start_simulator: StartSimulator) -> None:
    simulator = start_simulator(clock_speed=1_000)
    batch = simulator.batch_management()
    body: Any = {"location": "westeurope"}
    made = batch.batch_account.begin_create(GROUP, "studio", body).result()
    assert made.properties is not None
    assert made.properties.provisioning_state == "Succeeded"
    batch.batch_account.begin_delete(GROUP, "studio").result()
    with pytest.raises(ResourceNotFoundError):
        batch.batch_account.get(GROUP, "studio")


def test_a_deleted_account_stops_answering(simulator: SimulatedAzure, batch: BatchManagementClient) -> None:
    batch.batch_account.begin_delete(GROUP, "contosonorth", polling=False)
    deleting = batch.batch_account.get(GROUP, "contosonorth").properties
    assert deleting is not None
    assert deleting.provisioning_state == "Deleting"
    simulator.control.advance(120)
    with pytest.raises(ResourceNotFoundError):
        batch.batch_account.get(GROUP, "contosonorth")
    assert call(simulator, "DELETE", account_path(simulator, "contosonorth")).status == 204
    eventually(lambda: refuses_connections(simulator.ready.batch["contosonorth"]))


def refuses_connections(endpoint: str) -> bool:
    address = urlsplit(endpoint)
    with socket.socket() as probe:
        return probe.connect_ex((str(address.hostname), int(str(address.port)))) == errno.ECONNREFUSED


def account_path(simulator: SimulatedAzure, name: str) -> str:
    group = f"/subscriptions/{simulator.subscription}/resourceGroups/{GROUP}"
    return f"{group}/providers/Microsoft.Batch/batchAccounts/{name}?api-version=2024-07-01"


def test_tags_and_authentication_modes_change(batch: BatchManagementClient) -> None:
    change: Any = {"tags": {"team": "render"}, "properties": {"allowedAuthenticationModes": ["AAD"]}}
    batch.batch_account.update(GROUP, "contoso", change)
    account = batch.batch_account.get(GROUP, "contoso")
    assert account.properties is not None
    assert (account.tags, account.properties.allowed_authentication_modes) == ({"team": "render"}, ["AAD"])
    with pytest.raises(HttpResponseError, match="does not allow authentication with a shared key"):
        batch.batch_account.get_keys(GROUP, "contoso")


def test_keys_can_be_read_and_made_anew(batch: BatchManagementClient) -> None:
    before = batch.batch_account.get_keys(GROUP, "contoso")
    which: Any = {"keyName": "Primary"}
    after = batch.batch_account.regenerate_key(GROUP, "contoso", which)
    assert before.primary != after.primary
    assert before.secondary == after.secondary


def test_a_region_has_room_for_a_number_of_accounts(batch: BatchManagementClient) -> None:
    assert batch.location.get_quotas("westeurope").account_quota == 3
    create(batch, "second")
    create(batch, "third")
    with pytest.raises(HttpResponseError, match="regional account quota") as refused:
        create(batch, "fourth")
    assert refused.value.error is not None
    assert refused.value.error.code == "SubscriptionQuotaExceeded"
    create(batch, "elsewhere", "eastus")


@pytest.mark.parametrize("name", ["no", "Contoso1", "con-toso", "c" * 25])
def test_account_names_are_lower_case_letters_and_digits(simulator: SimulatedAzure, name: str) -> None:
    refused = call(simulator, "PUT", account_path(simulator, name), {"location": "westeurope"})
    assert (refused.status, refused.code) == (400, "InvalidAccountName")


def test_names_can_be_checked_before(batch: BatchManagementClient) -> None:
    question: Any = {"name": "contoso", "type": "Microsoft.Batch/batchAccounts"}
    assert batch.location.check_name_availability("westeurope", question).name_available is False
    assert batch.location.check_name_availability("eastus", question).name_available is True


def test_the_sizes_for_pools_are_listed(batch: BatchManagementClient) -> None:
    sizes = {size.name: size.family_name for size in batch.location.list_supported_virtual_machine_skus("westeurope")}
    assert sizes["Standard_D2_v3"] == "standardDv3Family"


def test_what_is_not_simulated_of_accounts_says_so(simulator: SimulatedAzure) -> None:
    body = {"location": "westeurope", "properties": {"poolAllocationMode": "UserSubscription"}}
    refused = call(simulator, "PUT", account_path(simulator, "studio"), body)
    assert (refused.status, refused.code) == (501, "NotImplemented")
    certificate = account_path(simulator, "contoso/certificates/c")
    assert "BatchAccountsCertificates_CreateOrUpdate" in call(simulator, "PUT", certificate, {}).message


def test_quotas_change_from_outside(simulator: SimulatedAzure, batch: BatchManagementClient) -> None:
    changed = simulator.control.change_quotas("contoso", {"dedicatedCoreQuota": 8000, "familyQuotas": {"x": 10}})
    assert changed["dedicatedCoreQuota"] == 8000
    account = batch.batch_account.get(GROUP, "contoso").properties
    assert account is not None
    assert account.dedicated_core_quota == 8000
    assert account.dedicated_core_quota_per_vm_family_enforced is True
    assert account.low_priority_core_quota == 1000


def test_a_reset_brings_the_scenario_back_at_the_same_addresses(
    simulator: SimulatedAzure, batch: BatchManagementClient
) -> None:
    create(batch)
    batch.batch_account.begin_delete(GROUP, "contosonorth", polling=False)
    simulator.control.advance(120)
    made = batch.batch_account.get(GROUP, "studio").properties
    assert made is not None
    simulator.control.reset()
    assert refuses_connections(f"https://{made.account_endpoint}")
    assert [found.name for found in batch.batch_account.list()] == ["contoso", "contosonorth"]
    token = simulator.credential().get_token("https://batch.core.windows.net//.default").token
    url = f"{simulator.ready.batch['contosonorth']}/pools?api-version=2024-07-01.20.0"
    eventually(lambda: call(simulator, "GET", url, token=token).status == 200)
