"""Several generations of clients: which api-versions are taken, and what each of them sees."""

import pytest

from azure_simulator.batch.versions import VERSIONS
from tests.support.batch import AGENT, VM_SIZE, Wire
from tests.support.simulator import SimulatedAzure

REFERENCE = {"publisher": "canonical", "offer": "0001-com-ubuntu-server-jammy", "sku": "22_04-lts"}
MACHINE = {"imageReference": REFERENCE, "nodeAgentSKUId": AGENT}
BODY = {"id": "render", "vmSize": VM_SIZE, "virtualMachineConfiguration": MACHINE, "targetDedicatedNodes": 1}


@pytest.mark.parametrize("version", VERSIONS)
def test_every_listed_version_makes_lists_resizes_and_deletes_a_pool(simulator: SimulatedAzure, version: str) -> None:
    wire = Wire(simulator)
    made = wire.call("POST", "/pools", BODY, version=version)
    simulator.control.advance(600)
    listed = wire.call("GET", "/pools", version=version)
    nodes = wire.call("GET", "/pools/render/nodes", version=version)
    resized = wire.call("POST", "/pools/render/resize", {"targetDedicatedNodes": 0}, version=version)
    simulator.control.advance(600)
    deleted = wire.call("DELETE", "/pools/render", version=version)

    assert (made.status, resized.status, deleted.status) == (201, 202, 202)
    assert [pool["currentDedicatedNodes"] for pool in listed.body["value"]] == [1]
    assert [node["state"] for node in nodes.body["value"]] == ["idle"]


def test_an_unknown_version_is_refused(simulator: SimulatedAzure) -> None:
    answer = Wire(simulator).call("GET", "/pools", version="2025-06-02")

    assert (answer.status, answer.code) == (400, "UnsupportedRequestVersion")


def test_a_missing_version_is_refused_with_the_name_of_the_parameter(simulator: SimulatedAzure) -> None:
    answer = Wire(simulator).call("GET", "/pools", version=None)

    assert (answer.status, answer.code) == (400, "MissingRequiredQueryParameter")
    assert answer.values == {"QueryParameterName": "api-version"}


def test_a_client_of_2020_sees_task_slots_under_their_old_name(simulator: SimulatedAzure) -> None:
    wire = Wire(simulator)
    wire.call("POST", "/pools", BODY | {"maxTasksPerNode": 4}, version="2020-03-01.11.0")
    old = wire.call("GET", "/pools/render", version="2020-03-01.11.0").body
    new = wire.call("GET", "/pools/render").body

    assert (old["maxTasksPerNode"], new["taskSlotsPerNode"]) == (4, 4)
    assert "taskSlotsPerNode" not in old
    assert "maxTasksPerNode" not in new


def test_properties_of_other_versions_are_neither_taken_nor_shown(simulator: SimulatedAzure) -> None:
    wire = Wire(simulator)
    communication = {"targetNodeCommunicationMode": "simplified"}
    refused = wire.call("POST", "/pools", BODY | communication)
    wire.call("POST", "/pools", BODY | communication, version="2024-07-01.20.0")
    old = wire.call("GET", "/pools/render", version="2024-07-01.20.0").body

    assert (refused.status, refused.code) == (400, "InvalidRequestBody")
    assert (old["targetNodeCommunicationMode"], old["currentNodeCommunicationMode"]) == ("simplified", "simplified")
    assert not {name for name in wire.call("GET", "/pools/render").body if "CommunicationMode" in name}


def test_nodes_have_an_ipv6_address_only_for_the_newest_clients(simulator: SimulatedAzure) -> None:
    wire = Wire(simulator)
    wire.call("POST", "/pools", BODY)
    simulator.control.advance(600)

    (old,) = wire.call("GET", "/pools/render/nodes", version="2024-07-01.20.0").body["value"]
    (new,) = wire.call("GET", "/pools/render/nodes").body["value"]
    assert "ipv6Address" not in old
    assert ":" in new["ipv6Address"]


def test_a_request_id_is_echoed_only_when_asked(simulator: SimulatedAzure) -> None:
    wire = Wire(simulator)
    own = {"client-request-id": "9c4d50ee-2d56-4cd3-8152-34347dc9f2b0"}

    assert wire.call("GET", "/pools", headers=own).headers["client-request-id"] is None
    asked = wire.call("GET", "/pools", headers=own | {"return-client-request-id": "true"})
    assert asked.headers["client-request-id"] == own["client-request-id"]


def test_a_body_that_is_no_json_by_its_header_is_refused(simulator: SimulatedAzure) -> None:
    answer = Wire(simulator).call("POST", "/pools", BODY, headers={"Content-Type": "text/plain"})

    assert (answer.status, answer.code) == (400, "InvalidHeaderValue")


def test_addresses_and_verbs_that_the_service_does_not_have_are_refused(simulator: SimulatedAzure) -> None:
    wire = Wire(simulator)
    nowhere, verb = wire.call("GET", "/nowhere"), wire.call("PUT", "/pools/render", BODY)

    assert (nowhere.status, nowhere.code) == (400, "InvalidUri")
    assert (verb.status, verb.code) == (405, "UnsupportedHttpVerb")
