"""What the service says when a pool is made: the answer, the defaults it fills in, and every refusal."""

from datetime import timedelta
from typing import Any

import pytest
from azure.batch import models

from tests.support.batch import AGENT, VM_SIZE, Wire, batch_client, code_of, small_pool
from tests.support.simulator import SimulatedAzure, StartSimulator

IMAGE = {"publisher": "canonical", "offer": "0001-com-ubuntu-server-jammy", "sku": "22_04-lts"}
MACHINE = {"imageReference": IMAGE, "nodeAgentSKUId": AGENT}
BODY = {"id": "render", "vmSize": VM_SIZE, "virtualMachineConfiguration": MACHINE, "targetDedicatedNodes": 0}


def test_a_new_pool_is_answered_with_its_stamps_and_address(simulator: SimulatedAzure) -> None:
    answer = Wire(simulator).call("POST", "/pools", BODY)

    address = f"{simulator.ready.batch['contoso']}/pools/render"
    assert (answer.status, answer.body) == (201, None)
    assert answer.headers["Location"] == answer.headers["DataServiceId"] == address
    assert answer.headers["ETag"].startswith("0x8")
    assert answer.headers["Last-Modified"].endswith(" GMT")
    assert answer.headers["DataServiceVersion"] == "3.0"
    assert answer.headers["request-id"]


def test_the_service_fills_in_its_defaults(simulator: SimulatedAzure) -> None:
    wire = Wire(simulator)
    wire.call("POST", "/pools", BODY | {"startTask": {"commandLine": "true"}, "vmSize": "Standard_D2_v3"})
    answer = wire.call("GET", "/pools/render")

    assert answer.headers["Content-Type"] == "application/json;odata=minimalmetadata"
    assert answer.headers["ETag"] == answer.body["eTag"]
    stamps = {"eTag", "lastModified", "creationTime", "stateTransitionTime", "allocationStateTransitionTime"}
    assert {name: value for name, value in answer.body.items() if name not in stamps} == {
        "odata.metadata": f"{simulator.ready.batch['contoso']}/$metadata#pools/@Element",
        "id": "render",
        "url": f"{simulator.ready.batch['contoso']}/pools/render",
        "state": "active",
        "allocationState": "resizing",
        "vmSize": "standard_d2_v3",
        "resizeTimeout": "PT15M",
        "currentDedicatedNodes": 0,
        "targetDedicatedNodes": 0,
        "currentLowPriorityNodes": 0,
        "targetLowPriorityNodes": 0,
        "enableAutoScale": False,
        "enableInterNodeCommunication": False,
        "startTask": {
            "commandLine": "true",
            "userIdentity": {"autoUser": {"scope": "pool", "elevationLevel": "nonadmin"}},
            "maxTaskRetryCount": 0,
            "waitForSuccess": True,
        },
        "taskSlotsPerNode": 1,
        "taskSchedulingPolicy": {"nodeFillType": "Spread"},
        "virtualMachineConfiguration": {"imageReference": {**IMAGE, "version": "latest"}, "nodeAgentSKUId": AGENT},
    }


def test_the_size_of_the_machines_keeps_its_letter_case_where_the_scenario_says_so(
    start_simulator: StartSimulator,
) -> None:
    client = batch_client(start_simulator(switches={"batch": {"lower_case_vm_size": False}}))
    client.create_pool(small_pool())

    assert client.get_pool("small").vm_size == VM_SIZE


def test_ids_that_differ_only_in_letter_case_are_the_same(simulator: SimulatedAzure) -> None:
    client = batch_client(simulator)
    client.create_pool(small_pool("Render"))

    assert code_of(lambda: client.create_pool(small_pool("rENDER"))) == (409, "PoolExists")
    assert client.get_pool("RENDER").id == "Render"


def test_the_pool_quota_is_a_refusal(simulator: SimulatedAzure) -> None:
    simulator.control.change_quotas("contoso", {"poolQuota": 2})
    client = batch_client(simulator)
    client.create_pool(small_pool("first"))
    client.create_pool(small_pool("second"))

    assert code_of(lambda: client.create_pool(small_pool("third"))) == (409, "PoolQuotaReached")


def _of_machine(**changes: Any) -> dict[str, Any]:
    return {"virtualMachineConfiguration": MACHINE | changes}


@pytest.mark.parametrize(
    ("change", "status", "code", "property_name"),
    [
        ({"id": "a b"}, 400, "InvalidPropertyValue", "id"),
        ({"id": "a" * 65}, 400, "InvalidPropertyValue", "id"),
        ({"displayName": "x" * 1025}, 400, "InvalidPropertyValue", "displayName"),
        ({"vmSize": "standard_unheard_of"}, 400, "InvalidPropertyValue", "vmSize"),
        ({"virtualMachineConfiguration": None}, 400, "MissingRequiredProperty", "virtualMachineConfiguration"),
        (_of_machine(imageReference={**IMAGE, "sku": "c"}), 400, "InvalidPropertyValue", "imageReference"),
        (_of_machine(nodeAgentSKUId="batch.node.debian 12"), 400, "InvalidPropertyValue", "nodeAgentSKUId"),
        (
            _of_machine(windowsConfiguration={"enableAutomaticUpdates": True}),
            400,
            "InvalidPropertyValue",
            "windowsConfiguration",
        ),
        (
            _of_machine(dataDisks=[{"lun": 0, "diskSizeGB": 1}, {"lun": 0, "diskSizeGB": 2}]),
            400,
            "InvalidPropertyValue",
            "dataDisks",
        ),
        (
            _of_machine(securityProfile={"uefiSettings": {"secureBootEnabled": True}}),
            400,
            "InvalidPropertyValue",
            "uefiSettings",
        ),
        ({"networkConfiguration": {"subnetId": "default"}}, 400, "InvalidPropertyValue", "subnetId"),
        ({"resizeTimeout": "PT4M59S"}, 400, "InvalidPropertyValue", "resizeTimeout"),
        ({"targetDedicatedNodes": -1}, 400, "InvalidPropertyValue", "targetDedicatedNodes"),
        ({"targetLowPriorityNodes": -1}, 400, "InvalidPropertyValue", "targetLowPriorityNodes"),
        ({"taskSlotsPerNode": 9}, 400, "InvalidPropertyValue", "taskSlotsPerNode"),
        ({"taskSlotsPerNode": 0}, 400, "InvalidPropertyValue", "taskSlotsPerNode"),
        ({"autoScaleFormula": "$TargetDedicatedNodes=1"}, 400, "InvalidPropertyValue", "autoScaleFormula"),
        (
            {"enableAutoScale": True, "autoScaleFormula": "$TargetDedicatedNodes=1"},
            400,
            "InvalidPropertyValue",
            "targetDedicatedNodes",
        ),
        (
            {"applicationPackageReferences": [{"applicationId": str(number)} for number in range(11)]},
            400,
            "InvalidPropertyValue",
            "applicationPackageReferences",
        ),
        ({"startTask": {"commandLine": " "}}, 400, "InvalidPropertyValue", "commandLine"),
        (
            {"startTask": {"commandLine": "true", "userIdentity": {"username": "a", "autoUser": {}}}},
            400,
            "InvalidPropertyValue",
            "userIdentity",
        ),
        (
            {"startTask": {"commandLine": "true", "maxTaskRetryCount": -2}},
            400,
            "InvalidPropertyValue",
            "maxTaskRetryCount",
        ),
        ({"mountConfiguration": [{}]}, 400, "InvalidPropertyValue", "mountConfiguration"),
        (
            {"userAccounts": [{"name": "a", "password": "b"}, {"name": "A", "password": "c"}]},
            400,
            "InvalidPropertyValue",
            "userAccounts",
        ),
    ],
)
def test_a_wrong_body_is_refused_with_the_property_that_is_wrong(
    simulator: SimulatedAzure, change: dict[str, Any], status: int, code: str, property_name: str
) -> None:
    wire = Wire(simulator)
    answer = wire.call("POST", "/pools", BODY | change)

    assert (answer.status, answer.code, answer.values["PropertyName"]) == (status, code, property_name)
    assert answer.values.get("Reason", "-")
    assert wire.call("GET", "/pools").body["value"] == []


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        (_of_machine(nodeAgentSKUId="batch.node.plan9"), 404, "NodeAgentSKUNotFound"),
        ({"metadata": [{"name": "", "value": "x"}]}, 400, "EmptyMetadataKey"),
        ({"targetDedicatedNodes": None, "enableAutoScale": True}, 400, "InvalidAutoScalingSettings"),
        (
            {"targetDedicatedNodes": None, "enableAutoScale": True, "autoScaleFormula": "$TargetDedicatedNodes ="},
            400,
            "AutoScalingFormulaSyntaxError",
        ),
        ({"cloudServiceConfiguration": {"osFamily": "4"}}, 400, "InvalidRequestBody"),
    ],
)
def test_some_refusals_have_a_code_of_their_own(
    simulator: SimulatedAzure, change: dict[str, Any], status: int, code: str
) -> None:
    answer = Wire(simulator).call("POST", "/pools", BODY | change)

    assert (answer.status, answer.code) == (status, code)


@pytest.mark.parametrize(
    "reference",
    [
        {"sharedGalleryImageId": "/sharedGalleries/x/images/y/versions/1.0.0"},
        {"communityGalleryImageId": "/communityGalleries/x/images/y/versions/1.0.0"},
    ],
    ids=["shared", "community"],
)
def test_an_image_of_somebody_elses_gallery_boots(simulator: SimulatedAzure, reference: dict[str, str]) -> None:
    wire = Wire(simulator)

    body = BODY | _of_machine(imageReference=reference) | {"targetDedicatedNodes": 1}
    assert wire.call("POST", "/pools", body).status == 201
    simulator.control.advance(3600)

    nodes = wire.call("GET", f"/pools/{BODY['id']}/nodes").body["value"]
    assert {node["state"] for node in nodes} == {"idle"}


def test_an_error_has_the_services_envelope(simulator: SimulatedAzure) -> None:
    answer = Wire(simulator).call("GET", "/pools/missing")

    request_id = answer.headers["request-id"]
    assert answer.status == 404
    assert answer.headers["Content-Type"] == "application/json;odata=minimalmetadata"
    assert answer.body["odata.metadata"].endswith("Container.errors/@Element")
    assert answer.body["message"]["lang"] == "en-US"
    assert answer.body["message"]["value"].startswith(
        f"The specified pool does not exist.\nRequestId:{request_id}\nTime:"
    )
    assert answer.values == {"PoolName": "missing"}


def test_a_pool_may_be_made_with_automatic_scaling(simulator: SimulatedAzure) -> None:
    client = batch_client(simulator)
    client.create_pool(
        small_pool(
            target_dedicated_nodes=None,
            enable_auto_scale=True,
            auto_scale_formula="$TargetDedicatedNodes = 2",
            auto_scale_evaluation_interval=timedelta(minutes=6),
        )
    )
    simulator.control.advance(600)

    pool = client.get_pool("small")
    assert pool.current_dedicated_nodes == pool.target_dedicated_nodes == 2
    assert pool.auto_scale_evaluation_interval == timedelta(minutes=6)
    assert pool.auto_scale_run is not None
    assert pool.auto_scale_run.results is not None
    assert "$TargetDedicatedNodes=2" in pool.auto_scale_run.results


def test_a_new_pool_is_resizing_even_when_its_formula_asks_for_no_nodes(simulator: SimulatedAzure) -> None:
    client = batch_client(simulator)
    formula = "$TargetDedicatedNodes = 0"
    client.create_pool(small_pool(target_dedicated_nodes=None, enable_auto_scale=True, auto_scale_formula=formula))

    assert client.get_pool("small").allocation_state == "resizing"
    simulator.control.advance(10)
    assert client.get_pool("small").allocation_state == "steady"


def test_callers_need_a_role_with_the_right_to_write_pools(simulator: SimulatedAzure) -> None:
    reader = batch_client(simulator, "reader")

    assert list(reader.list_pools()) == []
    assert code_of(lambda: reader.create_pool(small_pool())) == (403, "InsufficientAccountPermissions")


def test_secrets_are_never_answered(simulator: SimulatedAzure) -> None:
    client = batch_client(simulator)
    user = models.UserAccount(name="renderer", password="hunter2", elevation_level="admin")
    client.create_pool(small_pool(user_accounts=[user]))

    assert client.get_pool("small").as_dict()["userAccounts"] == [{"name": "renderer", "elevationLevel": "admin"}]


def test_a_token_of_another_service_is_refused(simulator: SimulatedAzure) -> None:
    wire = Wire(simulator)
    token = simulator.credential().get_token("https://management.azure.com/.default").token

    answer = wire.call("GET", "/pools", headers={"Authorization": f"Bearer {token}"})
    assert (answer.status, answer.code) == (401, "AuthenticationFailed")
