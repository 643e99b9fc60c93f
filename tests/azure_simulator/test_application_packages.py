"""Application packages: made through Resource Manager, referred to by pools and tasks."""

from functools import partial
from typing import Any

import pytest
from azure.batch import BatchClient, models
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.mgmt.batch import BatchManagementClient
from azure.mgmt.batch.models import ActivateApplicationPackageParameters

from tests.support.batch import ACCOUNT, batch_client, code_of, small_pool
from tests.support.simulator import SimulatedAzure, StartSimulator

GROUP = "batch"
REFUSED = (409, "InvalidApplicationPackageReferences")


@pytest.fixture
def batch(simulator: SimulatedAzure) -> BatchManagementClient:
    return simulator.batch_management()


@pytest.fixture
def client(simulator: SimulatedAzure) -> BatchClient:
    return batch_client(simulator)


def application_id(simulator: SimulatedAzure, name: str) -> str:
    group = f"/subscriptions/{simulator.subscription}/resourceGroups/{GROUP}"
    return f"{group}/providers/Microsoft.Batch/batchAccounts/{ACCOUNT}/applications/{name}"


def make(batch: BatchManagementClient, version: str, *, active: bool = True) -> None:
    """A version of the application `nuke`."""
    batch.application.create(GROUP, ACCOUNT, "nuke")
    batch.application_package.create(GROUP, ACCOUNT, "nuke", version)
    if active:
        batch.application_package.activate(
            GROUP, ACCOUNT, "nuke", version, ActivateApplicationPackageParameters(format="zip")
        )


def reference(application: str, version: str | None = None) -> list[models.BatchApplicationPackageReference]:
    return [models.BatchApplicationPackageReference(application_id=application, version=version)]


def test_a_version_waits_until_it_is_activated(batch: BatchManagementClient) -> None:
    make(batch, "1.0", active=False)
    waiting = batch.application_package.get(GROUP, ACCOUNT, "nuke", "1.0").properties
    assert waiting is not None
    assert (waiting.state, waiting.format) == ("Pending", None)
    assert waiting.storage_url is not None

    make(batch, "1.0")
    active = batch.application_package.get(GROUP, ACCOUNT, "nuke", "1.0").properties
    assert active is not None
    assert (active.state, active.format) == ("Active", "zip")
    assert active.last_activation_time is not None


def test_applications_are_listed_on_both_interfaces(batch: BatchManagementClient, client: BatchClient) -> None:
    make(batch, "1.0", active=False)

    assert [found.name for found in batch.application.list(GROUP, ACCOUNT)] == ["blender", "ffmpeg", "nuke"]
    assert [found.name for found in batch.application_package.list(GROUP, ACCOUNT, "blender")] == ["4.5", "5.0"]
    assert [found.name for found in batch.application.list(GROUP, ACCOUNT, maxresults=1)][1:] == ["ffmpeg", "nuke"]
    first = next(batch.application.list(GROUP, ACCOUNT, maxresults=1).by_page())
    assert [found.name for found in first] == ["blender"]
    assert [found.id for found in client.list_applications()] == ["blender", "ffmpeg", "nuke"]
    assert client.get_application("blender").versions == ["4.5", "5.0"]
    assert client.get_application("nuke").versions == []
    assert code_of(lambda: client.get_application("nobody")) == (404, "ApplicationNotFound")


def test_a_pool_refers_to_versions_that_nodes_can_get(
    simulator: SimulatedAzure, batch: BatchManagementClient, client: BatchClient
) -> None:
    make(batch, "1.0", active=False)
    blender, nuke = application_id(simulator, "Blender"), application_id(simulator, "nuke")

    client.create_pool(small_pool("a", application_package_references=reference(blender, "4.5")))
    client.create_pool(small_pool("b", application_package_references=reference(blender)))
    client.create_pool(small_pool("c", application_package_references=reference("blender", "5.0")))

    wrong = [(nuke, "1.0"), (nuke, None), (blender, "9.9"), (application_id(simulator, "nobody"), None)]
    for application, version in wrong:
        body = small_pool("d", application_package_references=reference(application, version))
        assert code_of(partial(client.create_pool, body)) == REFUSED
    change = models.BatchPoolUpdateOptions(application_package_references=reference(nuke, "1.0"))
    assert code_of(lambda: client.update_pool("a", change)) == REFUSED


def test_tasks_refer_to_packages_by_the_same_rule(client: BatchClient) -> None:
    client.create_job(models.BatchJobCreateOptions(id="frames", pool_info=models.BatchPoolInfo(pool_id="p")))

    def add(name: str, version: str) -> None:
        packages = reference("blender", version)
        task = models.BatchTaskCreateOptions(id=name, command_line="true", application_package_references=packages)
        client.create_task("frames", task)

    add("a", "4.5")
    assert code_of(lambda: add("b", "9.9")) == REFUSED


def test_the_default_version_is_what_references_without_one_get(
    simulator: SimulatedAzure, batch: BatchManagementClient, client: BatchClient
) -> None:
    make(batch, "1.0")
    body = small_pool(application_package_references=reference(application_id(simulator, "nuke")))
    assert code_of(lambda: client.create_pool(body)) == REFUSED

    wrong: Any = {"properties": {"defaultVersion": "2.0"}}
    with pytest.raises(ResourceNotFoundError):
        batch.application.update(GROUP, ACCOUNT, "nuke", wrong)
    default: Any = {"properties": {"defaultVersion": "1.0", "displayName": "Nuke"}}
    changed = batch.application.update(GROUP, ACCOUNT, "nuke", default).properties

    assert changed is not None
    assert (changed.default_version, changed.display_name, changed.allow_updates) == ("1.0", "Nuke", True)
    client.create_pool(body)


def test_an_application_goes_after_its_packages(batch: BatchManagementClient) -> None:
    make(batch, "1.0")
    with pytest.raises(HttpResponseError) as full:
        batch.application.delete(GROUP, ACCOUNT, "nuke")
    assert full.value.status_code == 409

    batch.application_package.delete(GROUP, ACCOUNT, "nuke", "1.0")
    batch.application.delete(GROUP, ACCOUNT, "nuke")
    batch.application.delete(GROUP, ACCOUNT, "nuke")

    with pytest.raises(ResourceNotFoundError):
        batch.application.get(GROUP, ACCOUNT, "nuke")


def test_packages_that_may_not_be_updated_stay(batch: BatchManagementClient) -> None:
    make(batch, "1.0")
    fixed: Any = {"properties": {"allowUpdates": False}}
    batch.application.update(GROUP, ACCOUNT, "nuke", fixed)

    with pytest.raises(HttpResponseError) as kept:
        batch.application_package.create(GROUP, ACCOUNT, "nuke", "1.0")

    assert kept.value.status_code == 409
    batch.application_package.create(GROUP, ACCOUNT, "nuke", "2.0")


def test_seeing_applications_needs_the_right_to(start_simulator: StartSimulator) -> None:
    subscription = "/subscriptions/00000000-0000-0000-0000-000000000000"
    roles = [
        {
            "id": "aaaaaaaa-0000-4000-8000-000000000001",
            "name": "Pools only",
            "actions": ["Microsoft.Batch/batchAccounts/pools/*"],
        }
    ]
    granted = [{"application": "reader", "role": "Pools only", "scope": subscription}]
    simulator = start_simulator(roles=roles, role_assignments=granted)

    assert code_of(lambda: list(batch_client(simulator, "reader").list_applications())) == (
        403,
        "InsufficientAccountPermissions",
    )
    with pytest.raises(HttpResponseError) as forbidden:
        list(simulator.batch_management("reader").application.list(GROUP, ACCOUNT))
    assert forbidden.value.status_code == 403
