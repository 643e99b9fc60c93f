"""Pools through Resource Manager, as the installed management SDK sees them."""

from datetime import timedelta
from typing import Any

import pytest
from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError
from azure.mgmt.batch import BatchManagementClient

from tests.support.batch import AGENT, VM_SIZE, ImageSpec, Wire, publish
from tests.support.managed_pools import ACCOUNT, GROUP, MARKETPLACE, NODES, body, create, properties_of, refusal
from tests.support.simulator import SimulatedAzure, StartSimulator


@pytest.fixture
def batch(simulator: SimulatedAzure) -> BatchManagementClient:
    return simulator.batch_management()


def test_a_pool_made_here_is_the_one_that_the_batch_service_shows(
    simulator: SimulatedAzure, batch: BatchManagementClient
) -> None:
    rich = body(
        dedicated=2,
        identities=(NODES,),
        displayName="Frames",
        interNodeCommunication="Enabled",
        startTask={"commandLine": "true", "userIdentity": {"userName": "artist"}},
        userAccounts=[{"name": "artist", "password": "not-told", "elevationLevel": "Admin"}],
        metadata=[{"name": "team", "value": "lighting"}],
        networkConfiguration={
            "dynamicVnetAssignmentScope": "none",
            "endpointConfiguration": {
                "inboundNatPools": [
                    {
                        "name": "ssh",
                        "protocol": "TCP",
                        "backendPort": 22,
                        "frontendPortRangeStart": 15000,
                        "frontendPortRangeEnd": 15100,
                    }
                ]
            },
        },
    )

    made = create(batch, rich)
    simulator.control.advance(1800)

    shown = Wire(simulator).call("GET", "/pools/frames").body
    assert shown["displayName"] == "Frames"
    assert shown["enableInterNodeCommunication"] is True
    assert shown["startTask"]["userIdentity"] == {"username": "artist"}
    assert shown["virtualMachineConfiguration"]["nodeAgentSKUId"] == AGENT
    assert shown["networkConfiguration"]["endpointConfiguration"]["inboundNATPools"][0]["protocol"] == "tcp"
    assert shown["currentDedicatedNodes"] == 2
    assert shown["identity"] == {
        "type": "UserAssigned",
        "userAssignedIdentities": [
            {
                "resourceId": NODES,
                "clientId": "44444444-4444-4444-8444-444444444444",
                "principalId": "4d4d4d4d-4d4d-4d4d-8d4d-4d4d4d4d4d4d",
            }
        ],
    }
    assert made.etag == f'W/"{shown["eTag"]}"'


def test_reading_gives_back_what_was_sent_in_resource_managers_own_spelling(
    simulator: SimulatedAzure, batch: BatchManagementClient
) -> None:
    create(
        batch,
        body(
            dedicated=1,
            userAccounts=[{"name": "artist", "password": "not-told", "elevationLevel": "admin"}],
            applicationPackages=[],
        ),
    )
    simulator.control.advance(1800)

    pool = properties_of(batch.pool.get(GROUP, ACCOUNT, "frames"))

    assert pool.user_accounts is not None
    assert pool.user_accounts[0].elevation_level == "Admin"
    assert "password" not in pool.user_accounts[0]
    assert pool.inter_node_communication == "Disabled"
    assert (pool.allocation_state, pool.provisioning_state) == ("Steady", "Succeeded")
    assert pool.current_dedicated_nodes == 1
    assert pool.scale_settings is not None
    assert pool.scale_settings.fixed_scale is not None
    assert pool.scale_settings.fixed_scale.target_dedicated_nodes == 1
    assert pool.scale_settings.fixed_scale.resize_timeout == timedelta(minutes=15)
    assert pool.resize_operation_status is not None
    assert pool.resize_operation_status.node_deallocation_option == "Requeue"
    assert pool.resize_operation_status.errors is None


def test_a_gallery_image_is_named_by_its_id(simulator: SimulatedAzure, batch: BatchManagementClient) -> None:
    version = publish(simulator, ImageSpec())
    machine = {"imageReference": {"id": version}, "nodeAgentSkuId": AGENT}
    create(batch, body(deploymentConfiguration={"virtualMachineConfiguration": machine}))

    shown = Wire(simulator).call("GET", "/pools/frames").body
    assert shown["virtualMachineConfiguration"]["imageReference"] == {"virtualMachineImageId": version}
    deployment = properties_of(batch.pool.get(GROUP, ACCOUNT, "frames")).deployment_configuration
    assert deployment is not None
    assert deployment.virtual_machine_configuration is not None
    assert deployment.virtual_machine_configuration.image_reference.id == version


def test_pools_of_both_interfaces_are_in_one_list(simulator: SimulatedAzure, batch: BatchManagementClient) -> None:
    create(batch, body(), name="frames")
    machine = {"imageReference": MARKETPLACE, "nodeAgentSKUId": AGENT}
    made = Wire(simulator).call(
        "POST", "/pools", {"id": "audio", "vmSize": VM_SIZE, "virtualMachineConfiguration": machine}
    )
    assert made.status == 201

    assert [pool.name for pool in batch.pool.list_by_batch_account(GROUP, ACCOUNT)] == ["audio", "frames"]
    assert [pool.name for pool in batch.pool.list_by_batch_account(GROUP, ACCOUNT, maxresults=1)] == [
        "audio",
        "frames",
    ]
    named = batch.pool.list_by_batch_account(GROUP, ACCOUNT, filter="name eq 'frames'")
    assert [pool.name for pool in named] == ["frames"]


def test_creation_can_be_held_to_a_pool_that_is_not_there_and_change_to_one_that_is(
    simulator: SimulatedAzure, batch: BatchManagementClient
) -> None:
    absent: Any = {"etag": "*", "match_condition": MatchConditions.IfMissing}
    create(batch, body(), **absent)
    simulator.control.advance(60)
    with pytest.raises(HttpResponseError) as second:
        create(batch, body(), **absent)
    assert second.value.status_code == 412

    stale: Any = {"etag": '"0x1"', "match_condition": MatchConditions.IfNotModified}
    with pytest.raises(HttpResponseError) as changed:
        batch.pool.update(GROUP, ACCOUNT, "frames", {"properties": {"metadata": []}}, **stale)
    assert changed.value.status_code == 412
    with pytest.raises(HttpResponseError) as nobody:
        create(batch, body(), name="nobody", etag='"0x1"', match_condition=MatchConditions.IfNotModified)
    assert nobody.value.status_code == 412


def test_a_patch_changes_what_it_gives_and_the_current_etag_opens_the_door(
    simulator: SimulatedAzure, batch: BatchManagementClient
) -> None:
    before = create(batch, body(metadata=[{"name": "team", "value": "lighting"}]))
    simulator.control.advance(60)

    after = batch.pool.update(
        GROUP,
        ACCOUNT,
        "frames",
        {"properties": {"startTask": {"commandLine": "true"}}},
        etag=before.etag,
        match_condition=MatchConditions.IfNotModified,
    )

    start_task = properties_of(after).start_task
    assert start_task is not None
    assert start_task.wait_for_success is True
    assert start_task.user_identity is not None
    assert start_task.user_identity.auto_user is not None
    assert start_task.user_identity.auto_user.scope == "Pool"
    metadata = properties_of(after).metadata
    assert metadata is not None
    assert [item.value for item in metadata] == ["lighting"]
    assert after.etag != before.etag


def test_a_pool_with_nodes_keeps_what_its_nodes_are_made_of(
    simulator: SimulatedAzure, batch: BatchManagementClient
) -> None:
    create(batch, body(dedicated=1))
    simulator.control.advance(1800)

    with pytest.raises(HttpResponseError) as patched:
        batch.pool.update(GROUP, ACCOUNT, "frames", {"properties": {"taskSlotsPerNode": 2}})
    with pytest.raises(HttpResponseError) as replaced:
        create(batch, body(dedicated=1, displayName="Other"))

    assert refusal(patched) == refusal(replaced) == (400, "PropertyCannotBeUpdated")
    assert patched.value.error is not None
    assert [(one.code, one.message) for one in patched.value.error.details] == [
        ("PropertyName", "taskSlotsPerNode"),
        ("PropertyPath", "taskSlotsPerNode"),
    ]


def test_putting_a_pool_again_replaces_everything_about_it(
    simulator: SimulatedAzure, batch: BatchManagementClient
) -> None:
    create(batch, body(identities=(NODES,), metadata=[{"name": "team", "value": "lighting"}]))
    simulator.control.advance(60)

    again = create(batch, body(dedicated=1, displayName="Other"))

    assert again.identity is None
    assert properties_of(again).metadata is None
    assert properties_of(again).display_name == "Other"
    assert properties_of(again).allocation_state == "Resizing"


def test_the_size_is_a_property_here_fixed_or_by_a_formula(
    simulator: SimulatedAzure, batch: BatchManagementClient
) -> None:
    create(batch, body())
    simulator.control.advance(60)

    batch.pool.update(GROUP, ACCOUNT, "frames", sized(autoScale={"formula": "$TargetDedicatedNodes=2"}))
    simulator.control.advance(1800)
    scaled = properties_of(batch.pool.get(GROUP, ACCOUNT, "frames"))
    assert scaled.scale_settings is not None
    assert scaled.scale_settings.auto_scale is not None
    assert scaled.scale_settings.auto_scale.evaluation_interval == timedelta(minutes=15)
    assert scaled.auto_scale_run is not None
    assert scaled.current_dedicated_nodes == 2

    batch.pool.update(GROUP, ACCOUNT, "frames", sized(fixedScale={"targetDedicatedNodes": 1}))
    simulator.control.advance(1800)
    fixed = properties_of(batch.pool.get(GROUP, ACCOUNT, "frames"))
    assert fixed.scale_settings is not None
    assert fixed.scale_settings.auto_scale is None
    assert fixed.current_dedicated_nodes == 1


def sized(**settings: Any) -> Any:
    return {"properties": {"scaleSettings": settings}}


def test_a_pool_that_is_being_resized_cannot_be_resized_and_nothing_else_of_the_patch_happens(
    batch: BatchManagementClient,
) -> None:
    create(batch, body(dedicated=1))
    wanted: Any = sized(fixedScale={"targetDedicatedNodes": 3})
    wanted["properties"]["metadata"] = [{"name": "team", "value": "lighting"}]

    with pytest.raises(HttpResponseError) as error:
        batch.pool.update(GROUP, ACCOUNT, "frames", wanted)

    assert refusal(error) == (409, "PoolBeingResized")
    assert properties_of(batch.pool.get(GROUP, ACCOUNT, "frames")).metadata is None


def test_autoscale_and_resizes_are_ended_by_operations_of_their_own(
    simulator: SimulatedAzure, batch: BatchManagementClient
) -> None:
    create(batch, body(dedicated=3))
    assert properties_of(batch.pool.stop_resize(GROUP, ACCOUNT, "frames")).allocation_state == "Stopping"
    simulator.control.advance(60)
    batch.pool.update(GROUP, ACCOUNT, "frames", sized(autoScale={"formula": "$TargetDedicatedNodes=0"}))

    ended = properties_of(batch.pool.disable_auto_scale(GROUP, ACCOUNT, "frames"))

    assert ended.scale_settings is not None
    assert ended.scale_settings.auto_scale is None


def test_why_a_resize_fell_short_is_told_in_its_status(start_simulator: StartSimulator) -> None:
    simulator = start_simulator()
    simulator.control.change_quotas(ACCOUNT, {"dedicatedCoreQuota": 2})
    batch = simulator.batch_management()
    create(batch, body(dedicated=4))
    simulator.control.advance(1800)

    status = properties_of(batch.pool.get(GROUP, ACCOUNT, "frames")).resize_operation_status

    assert status is not None
    assert status.errors is not None
    assert [error.code for error in status.errors] == ["AccountCoreQuotaReached"]


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"virtualMachineConfiguration": {}}, (400, "InvalidRequestBody")),
        ({"nobodyKnowsThis": 1}, (400, "InvalidRequestBody")),
        ({"vmSize": "Standard_None"}, (400, "InvalidPropertyValue")),
        ({"deploymentConfiguration": {}}, (400, "MissingRequiredProperty")),
        (
            {"scaleSettings": {"autoScale": {"formula": "$TargetDedicatedNodes ="}}},
            (400, "AutoScalingFormulaSyntaxError"),
        ),
        (
            {"scaleSettings": {"autoScale": {"formula": "$TargetDedicatedNodes=0"}, "fixedScale": {}}},
            (400, "InvalidPropertyValue"),
        ),
    ],
)
def test_what_the_service_does_not_take_is_refused_in_resource_managers_envelope(
    batch: BatchManagementClient, properties: dict[str, Any], expected: tuple[int, str]
) -> None:
    with pytest.raises(HttpResponseError) as error:
        create(batch, body(**properties))

    assert refusal(error) == expected


def test_deleting_is_polled_until_the_nodes_are_gone(simulator: SimulatedAzure, batch: BatchManagementClient) -> None:
    create(batch, body(dedicated=1))
    simulator.control.advance(1800)

    deletion = batch.pool.begin_delete(GROUP, ACCOUNT, "frames", polling_interval=0)
    assert properties_of(batch.pool.get(GROUP, ACCOUNT, "frames")).provisioning_state == "Deleting"
    simulator.control.advance(600)
    deletion.wait()

    assert deletion.status() == "Succeeded"
    with pytest.raises(HttpResponseError) as gone:
        batch.pool.get(GROUP, ACCOUNT, "frames")
    assert refusal(gone) == (404, "PoolNotFound")
    batch.pool.begin_delete(GROUP, ACCOUNT, "frames").wait()


def test_pools_need_an_account_and_rights(simulator: SimulatedAzure, batch: BatchManagementClient) -> None:
    with pytest.raises(HttpResponseError) as nowhere:
        batch.pool.create(GROUP, "nobody", "frames", body())
    with pytest.raises(HttpResponseError) as forbidden:
        create(simulator.batch_management("reader"), body())

    assert nowhere.value.status_code == 404
    assert refusal(forbidden) == (403, "AuthorizationFailed")
