"""Nodes as clients see them, and what clients and the control API do to single nodes."""

import pytest
from azure.batch import BatchClient, models

from tests.support.batch import Wire, batch_client, code_of, small_pool
from tests.support.eventually import eventually
from tests.support.simulator import SimulatedAzure, StartSimulator

FAILING = models.BatchStartTask(command_line="/bin/sh -c 'exit 7'", max_task_retry_count=1)


@pytest.fixture
def client(simulator: SimulatedAzure) -> BatchClient:
    """A client of an account with one pool of two dedicated nodes and one Spot node."""
    client = batch_client(simulator)
    task = models.BatchStartTask(command_line="prepare")
    client.create_pool(small_pool(nodes=2, target_low_priority_nodes=1, start_task=task))
    simulator.control.advance(1200)
    return client


def node_ids(client: BatchClient, *, dedicated: bool = True) -> list[str]:
    return [node.id for node in client.list_nodes("small") if node.is_dedicated is dedicated]


def test_a_node_tells_what_it_is_and_what_it_ran(client: BatchClient) -> None:
    name = node_ids(client)[0]
    node = client.get_node("small", name)

    assert name.startswith("tvm-")
    assert node.affinity_id == f"TVM:{name}"
    assert node.url.endswith(f"/pools/small/nodes/{name}")
    assert (node.state, node.scheduling_state, node.vm_size) == ("idle", "enabled", "standard_d2_v3")
    assert node.allocation_time < node.last_boot_time < node.state_transition_time
    assert node.ip_address != client.get_node("small", node_ids(client)[1]).ip_address
    assert node.start_task is not None
    assert node.start_task.command_line == "prepare"
    assert node.start_task_info is not None
    assert (node.start_task_info.state, node.start_task_info.exit_code) == ("completed", 0)
    assert node.virtual_machine_info.image_reference is not None
    assert node.virtual_machine_info.image_reference.exact_version == "1.0.0"


def test_an_unknown_node_is_not_found(client: BatchClient) -> None:
    assert code_of(lambda: client.get_node("small", "tvm-1_1-20260101t000000z")) == (404, "NodeNotFound")
    assert code_of(lambda: list(client.list_nodes("missing"))) == (404, "PoolNotFound")


def test_a_rebooted_node_comes_back(simulator: SimulatedAzure, client: BatchClient) -> None:
    wire, name = Wire(simulator), node_ids(client)[0]
    reboot = f"/pools/small/nodes/{name}/reboot"
    assert wire.call("POST", reboot, {"nodeRebootOption": "requeue"}).status == 202
    assert client.get_node("small", name).state == "rebooting"
    again = wire.call("POST", reboot)
    assert (again.status, again.code) == (409, "NodeBeingRebooted")
    simulator.control.advance(600)

    assert client.get_node("small", name).state == "idle"


def test_nodes_of_virtual_machine_pools_cannot_be_reimaged(simulator: SimulatedAzure, client: BatchClient) -> None:
    answer = Wire(simulator).call("POST", f"/pools/small/nodes/{node_ids(client)[0]}/reimage")

    assert (answer.status, answer.code) == (409, "OperationNotValidOnNode")


def test_a_node_is_deallocated_and_started(simulator: SimulatedAzure, client: BatchClient) -> None:
    wire, name = Wire(simulator), node_ids(client)[0]
    assert wire.call("POST", f"/pools/small/nodes/{name}/deallocate").status == 202
    simulator.control.advance(600)
    assert client.get_node("small", name).state == "deallocated"
    assert client.get_pool("small").current_dedicated_nodes == 2
    assert wire.call("POST", f"/pools/small/nodes/{name}/start").status == 202
    simulator.control.advance(600)

    assert client.get_node("small", name).state == "idle"


def test_scheduling_is_disabled_and_enabled(client: BatchClient) -> None:
    name = node_ids(client)[0]
    options = models.BatchNodeDisableSchedulingOptions(node_disable_scheduling_option="requeue")
    client.disable_node_scheduling("small", name, options)
    offline = client.get_node("small", name)
    client.enable_node_scheduling("small", name)

    assert (offline.state, offline.scheduling_state) == ("offline", "disabled")
    assert client.get_node("small", name).state == "idle"


def test_a_node_that_is_made_unusable_has_an_error_and_still_counts(
    simulator: SimulatedAzure, client: BatchClient
) -> None:
    name = node_ids(client)[0]
    simulator.control.make_node_unusable("contoso", "small", name)

    node = client.get_node("small", name)
    assert node.state == "unusable"
    assert [error.code for error in node.errors or ()] == ["SimulatedFailure"]
    assert client.get_pool("small").current_dedicated_nodes == 2


def test_a_preempted_spot_node_is_listed_counted_and_comes_back(simulator: SimulatedAzure, client: BatchClient) -> None:
    (name,) = node_ids(client, dedicated=False)
    simulator.control.preempt_node("contoso", "small", name)

    assert client.get_node("small", name).state == "preempted"
    assert client.get_pool("small").current_low_priority_nodes == 1
    simulator.control.advance(3600)
    assert client.get_node("small", name).state == "idle"


@pytest.mark.parametrize("event", ["reboot", "preempt"])
def test_nodes_come_back_while_time_runs(start_simulator: StartSimulator, event: str) -> None:
    simulator = start_simulator(clock_speed=2000.0)
    client = batch_client(simulator)
    client.create_pool(small_pool(nodes=1, target_low_priority_nodes=1))
    eventually(lambda: len(idle_nodes(client)) == 2)
    if event == "reboot":
        name = node_ids(client)[0]
        assert Wire(simulator).call("POST", f"/pools/small/nodes/{name}/reboot").status == 202
    else:
        (name,) = node_ids(client, dedicated=False)
        simulator.control.preempt_node("contoso", "small", name)

    assert name not in idle_nodes(client)
    eventually(lambda: name in idle_nodes(client))


def idle_nodes(client: BatchClient) -> list[str]:
    return [node.id for node in client.list_nodes("small", filter="state eq 'idle'")]


def test_a_failed_start_task_is_told_with_its_exit_code(simulator: SimulatedAzure) -> None:
    client = batch_client(simulator)
    client.create_pool(small_pool(nodes=1, start_task=FAILING))
    simulator.control.advance(1200)

    (node,) = client.list_nodes("small")
    info = node.start_task_info
    assert node.state == "starttaskfailed"
    assert info is not None
    assert (info.exit_code, info.retry_count, info.result) == (7, 1, "failure")
    assert info.failure_info is not None
    assert info.failure_info.code == "FailureExitCode"


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("POST", "/jobschedules", "JobSchedules_CreateJobSchedule"),
        ("GET", "/jobs/render/tasks/x/subtasksinfo", "Tasks_ListSubTasks"),
        ("GET", "/poolusagemetrics", "Pools_ListPoolUsageMetrics"),
        ("GET", "/pools/small/nodes/x/files", "Nodes_Files"),
        ("HEAD", "/jobschedules/x", "JobSchedules_JobScheduleExists"),
    ],
)
def test_what_is_not_simulated_answers_501_with_the_operations_name(
    simulator: SimulatedAzure, method: str, path: str, name: str
) -> None:
    answer = Wire(simulator).call(method, path)

    assert answer.status == 501
    assert [entry.operation for entry in simulator.control.requests(service="batch")] == [name]
    if method != "HEAD":
        assert name in answer.body["message"]["value"]
