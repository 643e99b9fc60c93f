"""What happens to the tasks of a node that something happens to, and what broken nodes tell."""

from collections.abc import Callable

import pytest
from azure.batch import BatchClient, models

from tests.support.batch import ACCOUNT, Wire, batch_client, small_pool
from tests.support.simulator import SimulatedAzure, StartSimulator

ACTIONS = {
    "reboot": "nodeRebootOption",
    "deallocate": "nodeDeallocateOption",
    "disablescheduling": "nodeDisableSchedulingOption",
}


@pytest.fixture
def client(simulator: SimulatedAzure) -> BatchClient:
    return batch_client(simulator)


@pytest.fixture
def busy_node(simulator: SimulatedAzure, client: BatchClient) -> str:
    """The only node of the pool `small`, which runs the task `long` of the job `frames`."""
    client.create_pool(small_pool(nodes=1))
    client.create_job(models.BatchJobCreateOptions(id="frames", pool_info=models.BatchPoolInfo(pool_id="small")))
    client.create_task("frames", models.BatchTaskCreateOptions(id="long", command_line="sleep infinity"))
    simulator.control.advance(1800)
    (node,) = client.list_nodes("small")
    assert node.state == "running"
    return node.id


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize(("option", "state"), [(None, "active"), ("requeue", "active"), ("terminate", "completed")])
def test_tasks_are_requeued_or_ended_before_their_node_stops(
    simulator: SimulatedAzure, client: BatchClient, busy_node: str, action: str, option: str | None, state: str
) -> None:
    body = None if option is None else {ACTIONS[action]: option}

    answer = Wire(simulator).call("POST", f"/pools/small/nodes/{busy_node}/{action}", body)

    assert answer.status in (200, 202)
    assert client.get_task("frames", "long").state == state
    simulator.control.advance(10)
    assert client.get_node("small", busy_node).state in ("rebooting", "deallocating", "offline")


@pytest.mark.parametrize("action", ACTIONS)
def test_to_wait_for_the_tasks_of_one_node_is_not_simulated(
    simulator: SimulatedAzure, busy_node: str, action: str
) -> None:
    path = f"/pools/small/nodes/{busy_node}/{action}"

    assert Wire(simulator).call("POST", path, {ACTIONS[action]: "taskcompletion"}).status == 501
    assert Wire(simulator).call("POST", path, {ACTIONS[action]: "never"}).code == "InvalidPropertyValue"


def test_tasks_wait_again_although_their_pool_goes_in_no_time(start_simulator: StartSimulator) -> None:
    simulator = start_simulator(pace={"batch": {"node_removal": 0, "pool_deletion": 0, "scheduling": 5}})
    client = batch_client(simulator)
    client.create_pool(small_pool(nodes=1))
    client.create_job(models.BatchJobCreateOptions(id="frames", pool_info=models.BatchPoolInfo(pool_id="small")))
    client.create_task("frames", models.BatchTaskCreateOptions(id="long", command_line="sleep infinity"))
    simulator.control.advance(1800)
    assert client.get_task("frames", "long").state == "running"

    client.begin_delete_pool("small")
    simulator.control.advance(2)

    assert client.get_task("frames", "long").state == "active"


def broken(simulator: SimulatedAzure, strike: Callable[[], int]) -> models.BatchNode:
    """The only node of a pool after something has struck it."""
    client = batch_client(simulator)
    client.create_pool(small_pool(nodes=1, start_task=models.BatchStartTask(command_line="true")))
    simulator.control.advance(1800)
    assert strike() == 1
    (node,) = client.list_nodes("small")
    return node


def test_an_unusable_node_tells_the_errors_that_it_is_given(simulator: SimulatedAzure) -> None:
    errors = [{"code": "DiskFull", "message": "There is not enough disk space on the node."}]

    node = broken(simulator, lambda: simulator.control.strike_nodes(ACCOUNT, "small", "unusable", 1, errors=errors))

    assert node.state == "unusable"
    assert node.errors is not None
    assert [(error.code, error.message) for error in node.errors] == [("DiskFull", errors[0]["message"])]


def test_an_unusable_node_that_cannot_be_reached_has_no_errors(simulator: SimulatedAzure) -> None:
    node = broken(simulator, lambda: simulator.control.strike_nodes(ACCOUNT, "small", "unusable", 1, errors=[]))

    assert (node.state, node.errors) == ("unusable", None)


def test_a_start_task_fails_with_the_exit_code_that_it_is_given(simulator: SimulatedAzure) -> None:
    node = broken(
        simulator, lambda: simulator.control.strike_nodes(ACCOUNT, "small", "starttaskfailed", 1, exit_code=42)
    )

    assert node.state == "starttaskfailed"
    assert node.start_task_info is not None
    assert node.start_task_info.exit_code == 42
    assert node.start_task_info.failure_info is not None
