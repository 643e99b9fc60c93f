"""The contract that is derived from the SDKs beside Microsoft's documents, and these beside their own examples."""

import json
from collections.abc import Iterator

import pytest

from azure_simulator.exchanges import Exchange
from tests.support.exchanges import NEW_POOL, POOL, create_pool, read_pool
from tests.support.official_examples import Example, examples_of
from tools.contracts.changes import changes
from tools.contracts.check import Checker, without_nulls
from tools.contracts.sources import OFFICIAL, contract, derived_operations, official_operations

SLIPS = {
    "PoolAdd_VirtualMachineConfigurationWithExtensions",  # the settings of an extension are text, not an object
    "PoolGet_VirtualMachineConfigurationWithExtensions",
    "VirtualMachineExtension_CreateOrUpdate_MaximumSet_Gen",  # protectedSettings, which are secret, are answered
    "VirtualMachineExtension_Get_MaximumSet_Gen",
    "VirtualMachineExtension_List_MaximumSet_Gen",
    "VirtualMachine_ListAll_MaximumSet_Gen",
    "VirtualMachine_List_MaximumSet_Gen",
    "VirtualMachine_AssessPatches",  # an error that is null
    "VirtualMachine_Get_InstanceView",
    "VirtualMachine_InstallPatches",
}
CHANGED = {
    "certificateReferences removed",
    "certificateReferences no longer required",
    "schedule no longer required",
    "resourceTags removed",
    "targetNodeCommunicationMode removed",
    "currentNodeCommunicationMode removed",
    "storageAccountType removed",  # of a pool's data disk, which has a managedDisk instead
    "authenticationTokenSettings removed",
    "securityProfile removed",  # of a list of galleries, where it was by mistake
    *(
        f"{statistic} is string, was integer"
        for statistic in ("diskReadIOps", "diskWriteIOps", "readIOps", "writeIOps")
    ),
    *(f"num{tasks} is string, was integer" for tasks in ("FailedTasks", "SucceededTasks", "TaskRetries")),
    "contentLength is string, was integer",
    *(f"{free} is None, was object" for free in ("settings", "protectedSettings", "parameters", "resources[]")),
    "202 removed",  # the body of an answer that only says that an operation goes on
}
"""What newer api-versions changed beside adding properties and promising more of them."""
HARMLESS = (" added", " required", "query changed")
OLD = {"api-version": "2024-07-01.20.0"}


@pytest.mark.usefixtures("azure_specs")
def test_the_sdks_describe_what_the_documents_do() -> None:
    newer = {operation.route: operation for operation in derived_operations()}
    pairs = [(older, newer[older.route]) for older in official_operations() if older.route in newer]
    found = {change for pair in pairs for change in changes(*pair) if not is_harmless(change)}
    assert {change.rpartition(".")[2] for change in found} == (CHANGED if OFFICIAL.is_dir() else set())


@pytest.mark.usefixtures("azure_specs")
def test_examples_are_right_by_their_own_document() -> None:
    assert {example.name for example in examples_of() if any(mistakes_in(example))} == (
        SLIPS if OFFICIAL.is_dir() else set()
    )


@pytest.mark.usefixtures("azure_specs")
def test_what_an_older_version_knew_is_right_there_only() -> None:
    body = json.dumps(NEW_POOL | {"resourceTags": {"team": "render"}}).encode()
    assert mismatches(create_pool(request_body=body)) == 1
    assert mismatches(create_pool(request_body=body, query=OLD)) == 0


@pytest.mark.usefixtures("azure_specs")
def test_answers_to_older_versions_are_looked_at() -> None:
    if OFFICIAL.is_dir():
        assert mismatches(read_pool(POOL | {"colour": "red"}, query=OLD)) == 1


@pytest.mark.usefixtures("azure_specs")
def test_what_did_not_change_is_held_to_both_documents() -> None:
    resized = create_pool({"targetDedicatedNodes": "3"}, path="/pools/frames/resize", status=202)
    assert mismatches(resized) == (2 if OFFICIAL.is_dir() else 1)


def is_harmless(change: str) -> bool:
    return change.endswith(HARMLESS) and not change.endswith("no longer required")


def mistakes_in(example: Example) -> Iterator[str]:
    operation = example.operation
    validators = [(operation.body(), without_nulls(example.body))]
    validators += [(operation.answer(status, selected=False), body) for status, body in example.answers.items()]
    for validator, body in validators:
        if validator is not None and body is not None:
            yield from (error.message for error in validator.iter_errors(body))


def mismatches(exchange: Exchange) -> int:
    return len(list(Checker(contract()).mismatches(exchange)))
