"""Deleted versions that a gallery keeps for a while, as the installed compute SDK sees them."""

from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.mgmt.compute import ComputeManagementClient

from tests.support.arm import call
from tests.support.batch import batch_client, pool_of
from tests.support.galleries import (
    DEFINITION,
    GALLERY,
    GROUP,
    HOUR,
    VERSION,
    patch_version_with,
    put_definition,
    put_gallery,
    put_version,
    resource,
    state,
)
from tests.support.simulator import SimulatedAzure, StartSimulator

DAY = 24 * HOUR


def keep(simulator: SimulatedAzure, compute: ComputeManagementClient, **policy: Any) -> None:
    """A gallery that keeps its deleted versions, with one version."""
    put_gallery(compute, properties={"softDeletePolicy": {"isSoftDeleteEnabled": True, **policy}})
    put_definition(compute)
    put_version(simulator, compute)
    simulator.control.advance(2 * HOUR)


def delete(simulator: SimulatedAzure, compute: ComputeManagementClient, *, bypass: bool | None = None) -> None:
    compute.gallery_image_versions.begin_delete(
        GROUP, GALLERY, DEFINITION, VERSION, bypass_soft_delete=bypass, polling=False
    )
    simulator.control.advance(90)


def kept(compute: ComputeManagementClient) -> list[dict[str, Any]]:
    found = compute.soft_deleted_resource.list_by_artifact_name(GROUP, GALLERY, "Images", DEFINITION)
    return [one.as_dict() for one in found]


@pytest.fixture
def deleted(simulator: SimulatedAzure, compute: ComputeManagementClient) -> str:
    """A version that was deleted a minute ago."""
    keep(simulator, compute)
    delete(simulator, compute)
    return VERSION


def test_a_deleted_version_is_gone_and_listed_apart(
    simulator: SimulatedAzure, compute: ComputeManagementClient, deleted: str
) -> None:
    with pytest.raises(ResourceNotFoundError):
        state(compute)
    assert list(compute.gallery_image_versions.list_by_gallery_image(GROUP, GALLERY, DEFINITION)) == []
    (found,) = kept(compute)
    gallery = resource(simulator, "galleries", GALLERY)
    assert (found["name"], found["location"]) == (VERSION, "westeurope")
    assert found["id"] == f"{gallery}/softDeletedArtifactTypes/Images/artifacts/{DEFINITION}/versions/{VERSION}"
    assert found["properties"]["resourceArmId"] == f"{gallery}/images/{DEFINITION}/versions/{VERSION}"
    times = [found["properties"][name] for name in ("softDeletedTime", "consumptionEndTime", "hardDeletionTargetTime")]
    assert times == sorted(times)


def test_parents_wait_for_what_is_kept(
    simulator: SimulatedAzure, compute: ComputeManagementClient, deleted: str
) -> None:
    simulator.control.advance(HOUR)
    with pytest.raises(ResourceExistsError, match="before nested resources are deleted"):
        compute.gallery_images.begin_delete(GROUP, GALLERY, DEFINITION, polling=False)
    simulator.control.advance(7 * DAY)
    assert kept(compute) == []
    compute.gallery_images.begin_delete(GROUP, GALLERY, DEFINITION, polling=False)


def test_what_is_kept_can_be_restored(
    simulator: SimulatedAzure, compute: ComputeManagementClient, deleted: str
) -> None:
    patch_version_with(compute, {"restore": True, "storageProfile": {}})
    assert (state(compute), kept(compute)) == ("Updating", [])
    simulator.control.advance(8 * DAY)
    assert state(compute) == "Succeeded"


@pytest.mark.parametrize("more", [{}, {"properties": {"restore": True, "storageProfile": {}}}])
def test_what_is_kept_is_restored_as_the_azure_cli_asks(
    simulator: SimulatedAzure, compute: ComputeManagementClient, deleted: str, more: dict[str, Any]
) -> None:
    url = f"{resource(simulator, 'galleries', GALLERY)}/images/{DEFINITION}/versions/{deleted}?api-version=2024-03-03"
    assert call(simulator, "PUT", url, {"location": "westeurope", "tags": {}, **more}).status == 200
    simulator.control.advance(60)
    assert (state(compute), kept(compute)) == ("Succeeded", [])


def test_only_what_is_kept_can_be_restored(
    simulator: SimulatedAzure, compute: ComputeManagementClient, version: str
) -> None:
    with pytest.raises(HttpResponseError, match="is not soft-deleted"):
        patch_version_with(compute, {"restore": True, "storageProfile": {}})
    delete(simulator, compute)
    with pytest.raises(ResourceNotFoundError):
        patch_version_with(compute, {"restore": True, "storageProfile": {}})


def test_a_deletion_may_bypass_the_policy(simulator: SimulatedAzure, compute: ComputeManagementClient) -> None:
    keep(simulator, compute)
    delete(simulator, compute, bypass=True)
    assert kept(compute) == []


def test_what_is_kept_may_be_deleted_for_good(
    simulator: SimulatedAzure, compute: ComputeManagementClient, deleted: str
) -> None:
    delete(simulator, compute)
    assert len(kept(compute)) == 1
    delete(simulator, compute, bypass=True)
    assert kept(compute) == []


def test_a_name_that_is_kept_is_taken(
    simulator: SimulatedAzure, compute: ComputeManagementClient, deleted: str
) -> None:
    with pytest.raises(ResourceExistsError, match="is soft-deleted"):
        put_version(simulator, compute)


def test_a_name_that_is_kept_may_be_free_instead(start_simulator: StartSimulator) -> None:
    simulator = start_simulator(switches={"compute": {"soft_deleted_names_are_taken": False}})
    compute = simulator.compute()
    keep(simulator, compute)
    delete(simulator, compute)
    put_version(simulator, compute)
    assert (state(compute), len(kept(compute))) == ("Creating", 1)


def test_the_gallery_says_how_long_it_keeps(simulator: SimulatedAzure, compute: ComputeManagementClient) -> None:
    keep(simulator, compute, retentionPeriodInDays=2, gracePeriodInDays=1)
    policy = compute.galleries.get(GROUP, GALLERY).as_dict()["properties"]["softDeletePolicy"]
    assert policy == {"isSoftDeleteEnabled": True, "retentionPeriodInDays": 2, "gracePeriodInDays": 1}
    delete(simulator, compute)
    simulator.control.advance(3 * DAY - 2 * HOUR)
    assert len(kept(compute)) == 1
    simulator.control.advance(2 * HOUR)
    assert kept(compute) == []


def test_nodes_boot_from_what_is_kept_until_its_retention_is_over(
    simulator: SimulatedAzure, compute: ComputeManagementClient
) -> None:
    keep(simulator, compute, retentionPeriodInDays=1, gracePeriodInDays=1)
    image_id = f"{resource(simulator, 'galleries', GALLERY)}/images/{DEFINITION}/versions/{VERSION}"
    delete(simulator, compute)
    client = batch_client(simulator)
    client.create_pool(pool_of(image_id, nodes=1))
    simulator.control.advance(HOUR)
    assert client.get_pool("render").current_dedicated_nodes == 1
    simulator.control.advance(DAY)
    with pytest.raises(HttpResponseError):
        client.create_pool(pool_of(image_id, "late", nodes=1))


def test_older_clients_do_not_know_soft_delete(
    simulator: SimulatedAzure, compute: ComputeManagementClient, deleted: str
) -> None:
    gallery = resource(simulator, "galleries", GALLERY)
    kept_versions = f"{gallery}/softDeletedArtifactTypes/Images/artifacts/{DEFINITION}/versions"
    assert call(simulator, "GET", f"{kept_versions}?api-version=2022-03-03").code == "NoRegisteredProviderFound"
    (found,) = call(simulator, "GET", f"{kept_versions}?api-version=2024-03-03").body["value"]
    assert set(found["properties"]) == {"resourceArmId", "softDeletedArtifactType", "softDeletedTime"}
