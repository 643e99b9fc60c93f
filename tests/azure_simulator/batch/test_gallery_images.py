"""Pools of gallery images: the article's own sample, and every rule of it that Azure checks."""

from datetime import timedelta

import pytest
from azure.batch import BatchClient, models
from azure.mgmt.compute.models import (
    GalleryImageVersionProperties,
    GalleryImageVersionPublishingProfile,
    GalleryImageVersionStorageProfile,
    GalleryImageVersionUpdate,
    TargetRegion,
)

from tests.support.batch import (
    AGENT,
    HOUR,
    REGION,
    VM_SIZE,
    ImageSpec,
    Wire,
    batch_client,
    code_of,
    machine_of,
    pool_of,
    publish,
)
from tests.support.simulator import SimulatedAzure, StartSimulator

FORTY_FIVE_MINUTES = 45 * 60.0
LARGE = models.BatchPoolResizeOptions(target_dedicated_nodes=3000, resize_timeout=timedelta(minutes=45))


def resized(simulator: SimulatedAzure, replicas: int) -> models.BatchPool:
    """A pool of two nodes after a resize to 3,000 within 45 minutes, from an image with so many replicas."""
    client = batch_client(simulator)
    client.create_pool(pool_of(publish(simulator, ImageSpec(replicas=replicas)), nodes=2))
    simulator.control.advance(HOUR)
    client.begin_resize_pool("render", LARGE)
    simulator.control.advance(FORTY_FIVE_MINUTES)
    return client.get_pool("render")


def test_the_articles_sample_makes_a_pool_whose_node_runs_an_elevated_start_task(simulator: SimulatedAzure) -> None:
    pool_id = "LinuxNodesSamplePoolPython"
    image_id = publish(simulator)
    client = BatchClient(
        endpoint=simulator.ready.batch["contoso"],
        credential=simulator.credential(),
        connection_verify=simulator.verify,
    )
    elevated = models.AutoUserSpecification(scope="pool", elevation_level="admin")
    start_task = models.BatchStartTask(
        command_line="printenv AZ_BATCH_NODE_STARTUP_DIR", user_identity=models.UserIdentity(auto_user=elevated)
    )
    image = models.BatchVmImageReference(virtual_machine_image_id=image_id)
    machine = models.VirtualMachineConfiguration(image_reference=image, node_agent_sku_id=AGENT)

    client.create_pool(
        models.BatchPoolCreateOptions(
            id=pool_id,
            vm_size=VM_SIZE,
            target_dedicated_nodes=1,
            virtual_machine_configuration=machine,
            start_task=start_task,
        )
    )
    simulator.control.advance(900)

    (node,) = client.list_nodes(pool_id)
    assert node.state == "idle"
    assert node.virtual_machine_info.image_reference is not None
    assert node.virtual_machine_info.image_reference.virtual_machine_image_id == image_id
    assert node.virtual_machine_info.image_reference.exact_version == "1.0.0"
    assert node.start_task is not None
    assert node.start_task.user_identity is not None
    assert node.start_task.user_identity.auto_user == elevated
    pool = client.get_pool(pool_id)
    assert (pool.allocation_state, pool.current_dedicated_nodes, pool.resize_errors) == ("steady", 1, None)


def test_one_replica_is_too_few_for_three_thousand_nodes_in_45_minutes(simulator: SimulatedAzure) -> None:
    pool = resized(simulator, replicas=1)

    assert pool.allocation_state == "steady"
    assert [error.code for error in pool.resize_errors or ()] == ["AllocationTimedout"]
    assert pool.current_dedicated_nodes is not None
    assert 1000 < pool.current_dedicated_nodes < 3000


def test_five_replicas_are_enough_for_them(simulator: SimulatedAzure) -> None:
    pool = resized(simulator, replicas=5)

    assert pool.allocation_state == "steady"
    assert pool.resize_errors is None
    assert pool.current_dedicated_nodes == 3000


def test_replicas_that_are_added_while_a_resize_runs_still_save_it(simulator: SimulatedAzure) -> None:
    client = batch_client(simulator)
    client.create_pool(pool_of(publish(simulator), nodes=2))
    simulator.control.advance(HOUR)
    regions = [TargetRegion(name=REGION, regional_replica_count=10, storage_account_type="Standard_LRS")]
    update = GalleryImageVersionUpdate(
        properties=GalleryImageVersionProperties(
            publishing_profile=GalleryImageVersionPublishingProfile(target_regions=regions),
            storage_profile=GalleryImageVersionStorageProfile(),
        )
    )
    versions = simulator.compute().gallery_image_versions
    versions.begin_update("images", "renders", "render-node", "1.0.0", update, polling=False)
    longer = models.BatchPoolResizeOptions(target_dedicated_nodes=3000, resize_timeout=timedelta(minutes=55))
    client.begin_resize_pool("render", longer)
    simulator.control.advance(HOUR)

    pool = client.get_pool("render")
    assert (pool.current_dedicated_nodes, pool.resize_errors) == (3000, None)


def test_an_image_needs_a_replica_in_the_region_of_the_account(simulator: SimulatedAzure) -> None:
    client = batch_client(simulator, account="contosonorth")
    client.create_pool(pool_of(publish(simulator), nodes=2))
    simulator.control.advance(60)

    pool = client.get_pool("render")
    assert (pool.allocation_state, pool.current_dedicated_nodes) == ("steady", 0)
    errors = pool.resize_errors or []
    assert [error.code for error in errors] == ["AllocationFailed"]
    assert errors[0].message is not None
    assert "not available in northeurope region" in errors[0].message


def test_a_missing_replica_may_be_a_refusal_of_the_creation(start_simulator: StartSimulator) -> None:
    simulator = start_simulator(switches={"batch": {"missing_region_replica": "create"}})
    client = batch_client(simulator, account="contosonorth")
    image = publish(simulator)

    assert code_of(lambda: client.create_pool(pool_of(image))) == (400, "InvalidPropertyValue")


def test_an_image_in_several_regions_serves_accounts_in_each(simulator: SimulatedAzure) -> None:
    image = publish(simulator, ImageSpec(regions=(REGION, "northeurope")))
    for account in ("contoso", "contosonorth"):
        batch_client(simulator, account=account).create_pool(pool_of(image, nodes=1))
    simulator.control.advance(900)

    for account in ("contoso", "contosonorth"):
        assert batch_client(simulator, account=account).get_pool("render").current_dedicated_nodes == 1


def test_an_id_without_a_version_means_the_latest(simulator: SimulatedAzure) -> None:
    client = batch_client(simulator)
    client.create_pool(pool_of(publish(simulator).rsplit("/versions/", 1)[0], nodes=1))
    simulator.control.advance(900)

    (node,) = client.list_nodes("render")
    assert node.state == "idle"
    assert node.virtual_machine_info.image_reference is not None
    assert node.virtual_machine_info.image_reference.exact_version == "1.0.0"


def test_reading_an_image_is_not_enough_to_make_pools_from_it(start_simulator: StartSimulator) -> None:
    scenario = start_simulator().scenario
    subscription = f"/subscriptions/{scenario.subscriptions[0].id}"
    data_contributor = {"application": "reader", "role": "Azure Batch Data Contributor", "scope": subscription}
    assignments = [seed.model_dump(mode="json") for seed in scenario.role_assignments]
    simulator = start_simulator(role_assignments=[*assignments, data_contributor])
    image = publish(simulator)

    answer = Wire(simulator, "reader").call("POST", "/pools", pool_of(image).as_dict())
    assert (answer.status, answer.code) == (403, "InsufficientPermissions")
    assert "Microsoft.Compute/disks/beginGetAccess/action on the specified resource" in answer.values["Reason"]
    assert image in answer.values["Reason"]


def test_a_specialized_image_is_refused(simulator: SimulatedAzure) -> None:
    image = publish(simulator, ImageSpec(name="special", source="render-specialized", os_state="Specialized"))

    answer = Wire(simulator).call("POST", "/pools", pool_of(image).as_dict())
    assert (answer.status, answer.values["PropertyName"]) == (400, "virtualMachineImageId")
    assert "generalized" in answer.values["Reason"]


@pytest.mark.parametrize(
    ("image_id", "status", "code"),
    [
        ("render-node", 400, "InvalidPropertyValue"),
        (
            "/subscriptions/{subscription}/resourceGroups/images/providers/Microsoft.Compute/images/render-node-1",
            400,
            "InvalidPropertyValue",
        ),
        (
            "/subscriptions/{subscription}/resourceGroups/images/providers/Microsoft.Compute/galleries/g/images/x",
            400,
            "InvalidPropertyValue",
        ),
        (
            "/subscriptions/elsewhere/resourceGroups/g/providers/Microsoft.Compute/galleries/g/images/i/versions/1.0.0",
            403,
            "InsufficientPermissions",
        ),
    ],
)
def test_what_is_no_gallery_image_within_reach_is_refused(
    simulator: SimulatedAzure, image_id: str, status: int, code: str
) -> None:
    body = pool_of(image_id.format(subscription=simulator.subscription)).as_dict()

    answer = Wire(simulator).call("POST", "/pools", body)
    assert (answer.status, answer.code) == (status, code)


def test_an_image_reference_is_either_an_id_or_a_marketplace_image(simulator: SimulatedAzure) -> None:
    image = publish(simulator)
    reference = models.BatchVmImageReference(virtual_machine_image_id=image, publisher="canonical")
    machine = models.VirtualMachineConfiguration(image_reference=reference, node_agent_sku_id=AGENT)
    body = pool_of(image, virtual_machine_configuration=machine)

    assert code_of(lambda: batch_client(simulator).create_pool(body)) == (400, "InvalidPropertyValue")


def test_nodes_whose_agent_is_for_another_operating_system_end_unusable(simulator: SimulatedAzure) -> None:
    client = batch_client(simulator)
    machine = machine_of(publish(simulator), "batch.node.windows amd64")
    client.create_pool(pool_of("", nodes=2, virtual_machine_configuration=machine))
    simulator.control.advance(HOUR)

    (counts,) = client.list_pool_node_counts()
    assert counts.dedicated is not None
    assert (counts.dedicated.unusable, counts.dedicated.idle) == (2, 0)
    assert client.get_pool("render").resize_errors is None


def test_a_size_that_boots_generation_1_only_cannot_boot_a_generation_2_image(start_simulator: StartSimulator) -> None:
    managed = [seed.model_dump(mode="json") for seed in start_simulator().scenario.managed_images]
    second = {**managed[0], "name": "render-second", "hyper_v_generation": "V2"}
    simulator = start_simulator(managed_images=[*managed, second])
    image = publish(simulator, ImageSpec(name="second", source="render-second", generation="V2"))
    client = batch_client(simulator)
    client.create_pool(pool_of(image, nodes=1))
    simulator.control.advance(60)

    pool = client.get_pool("render")
    assert (pool.allocation_state, pool.current_dedicated_nodes) == ("steady", 0)
    errors = pool.resize_errors or []
    assert [error.code for error in errors] == ["AllocationFailed"]
    assert errors[0].message is not None
    assert "cannot boot Hypervisor Generation '2'" in errors[0].message


def test_a_version_that_was_deleted_fails_the_next_resize(simulator: SimulatedAzure) -> None:
    client = batch_client(simulator)
    client.create_pool(pool_of(publish(simulator)))
    simulator.control.advance(60)
    versions = simulator.compute().gallery_image_versions
    versions.begin_delete("images", "renders", "render-node", "1.0.0", polling=False)
    simulator.control.advance(HOUR)
    client.begin_resize_pool("render", models.BatchPoolResizeOptions(target_dedicated_nodes=1))
    simulator.control.advance(60)

    assert [error.code for error in client.get_pool("render").resize_errors or ()] == ["DependentResourceNotFound"]
