"""Microsoft's example requests about jobs and tasks, sent to the simulator as they are."""

import pytest

from tests.support.batch import AGENT, VM_SIZE, Wire
from tests.support.official_examples import Example, examples_of
from tests.support.simulator import SimulatedAzure

JOBS = (
    "Job_Add",
    "Job_Get",
    "Job_List",
    "Job_Patch",
    "Job_Update",
    "Job_Disable",
    "Job_Enable",
    "Job_Terminate",
    "Job_Delete",
    "Job_GetTaskCounts",
)
TASKS = ("Task_Add", "Task_AddCollection", "Task_Get", "Task_List", "Task_Terminate", "Task_Reactivate", "Task_Delete")
BEYOND = {
    "JobAdd_Complex",  # a job manager task and an automatic pool
    "TaskAdd_ExitConditions",
    "TaskAddCollection_Complex",  # a task on several nodes
}
"""What the simulator says it does not simulate."""
MACHINE = {
    "imageReference": {"publisher": "canonical", "offer": "0001-com-ubuntu-server-jammy", "sku": "22_04-lts"},
    "nodeAgentSKUId": AGENT,
}


@pytest.mark.usefixtures("azure_specs")
def test_every_example_is_answered_as_it_shows(simulator: SimulatedAzure) -> None:
    wire = Wire(simulator)
    pool = {"id": "poolId", "vmSize": VM_SIZE, "virtualMachineConfiguration": MACHINE, "targetDedicatedNodes": 1}
    assert wire.call("POST", "/pools", pool).status == 201
    simulator.control.advance(1800)

    answers = {example.name: answer_to(example, simulator, wire) for example in examples_of(*JOBS, *TASKS)}

    examples = {example.name: example for example in examples_of(*JOBS, *TASKS)}
    unlike = {name: status for name, status in answers.items() if status not in examples[name].answers}
    assert unlike == dict.fromkeys(BEYOND & set(answers), 501)


def answer_to(example: Example, simulator: SimulatedAzure, wire: Wire) -> int:
    """The status of the answer, when the job and the task that the example takes for granted are there."""
    prepare(example, simulator, wire)
    answer = wire.call(example.method, example.path, example.body, version=example.version, query=example.query)
    wire.call("DELETE", "/jobs/jobId")
    simulator.control.advance(60)
    return answer.status


def prepare(example: Example, simulator: SimulatedAzure, wire: Wire) -> None:
    if example.path == "/jobs":
        return
    assert wire.call("POST", "/jobs", {"id": "jobId", "poolInfo": {"poolId": "poolId"}}).status == 201
    if example.path.endswith("/tasks"):
        return
    task = {"id": "taskId", "commandLine": "exit 1"}
    assert wire.call("POST", "/jobs/jobId/tasks", task).status == 201
    if example.path.endswith("/enable"):
        wire.call("POST", "/jobs/jobId/disable", {"disableTasks": "requeue"})
    if example.path.endswith(("/enable", "/reactivate")):
        simulator.control.advance(600)
