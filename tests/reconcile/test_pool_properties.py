"""Every property of the create body: made and read back it is the same, and a change of it is what its cost says.

The properties come from the models, so that one which the SDK gets later fails here until it has values and a cost.
"""

from collections.abc import Mapping
from typing import Any

import pytest

from azure_batch_operator.api.batch_body import BatchPoolCreateOptions
from azure_batch_operator.core.diff import Cost
from tests.support.pool_trials import Account, tried
from tests.support.pool_values import trials

NOTHING = None
"""The cost of a property that only matters to the next resize."""
COSTS: Mapping[str, Cost | None] = {
    "displayName": Cost.EMPTY_POOL,
    "vmSize": Cost.EMPTY_POOL,
    "virtualMachineConfiguration": Cost.EMPTY_POOL,
    "resizeTimeout": NOTHING,
    "targetDedicatedNodes": Cost.RESIZE,
    "targetLowPriorityNodes": Cost.RESIZE,
    "enableAutoScale": Cost.AUTOSCALE,
    "autoScaleFormula": Cost.AUTOSCALE,
    "autoScaleEvaluationInterval": Cost.AUTOSCALE,
    "enableInterNodeCommunication": Cost.EMPTY_POOL,
    "networkConfiguration": Cost.EMPTY_POOL,
    "startTask": Cost.LIVE_PATCH,
    "applicationPackageReferences": Cost.LIVE_PATCH,
    "taskSlotsPerNode": Cost.EMPTY_POOL,
    "taskSchedulingPolicy": Cost.EMPTY_POOL,
    "userAccounts": Cost.EMPTY_POOL,
    "metadata": Cost.LIVE_PATCH,
    "mountConfiguration": Cost.EMPTY_POOL,
    "upgradePolicy": Cost.EMPTY_POOL,
}
NEW_POOL = "virtualMachineConfiguration.dataDisks"
OPERATIONS = {
    Cost.LIVE_PATCH: ["Pools_UpdatePool"],
    Cost.EMPTY_POOL: ["Pools_UpdatePool"],
    Cost.RESIZE: ["Pools_ResizePool"],
    Cost.NEW_POOL: [],
    NOTHING: [],
}
OF_FORMULAS = {
    "enableAutoScale": ["Pools_DisablePoolAutoScale"],
    "autoScaleFormula": ["Pools_EvaluatePoolAutoScale", "Pools_EnablePoolAutoScale"],
    "autoScaleEvaluationInterval": ["Pools_EnablePoolAutoScale"],
}
"""What is asked for when such a property of an autoscaled pool changes; only a formula can be tried before."""
TRIALS = {trial.path: trial for trial in trials()}
OF_EACH = {trial.top: trial for trial in reversed(TRIALS.values())}
"""One trial of each property of the create body."""

every_property = pytest.mark.parametrize("path", TRIALS)
every_whole_property = pytest.mark.parametrize("path", [trial.path for trial in OF_EACH.values()])


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Account]:
    """Pools without nodes, one for each property."""
    return tried(TRIALS.values(), tmp_path_factory.mktemp("empty"), size={})


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Account]:
    """Pools with nodes, one for each property of the create body."""
    return tried(OF_EACH.values(), tmp_path_factory.mktemp("busy"), size={"targetDedicatedNodes": 1})


def cost(path: str) -> Cost | None:
    return Cost.NEW_POOL if path.startswith(NEW_POOL) else COSTS[TRIALS[path].top]


def operations(path: str) -> list[str]:
    return OF_FORMULAS.get(path) or OPERATIONS[cost(path)]


def test_every_property_of_the_create_body_has_a_cost() -> None:
    properties = {field.alias for field in BatchPoolCreateOptions.model_fields.values()}

    assert set(COSTS) == properties


@every_property
def test_a_property_is_made_and_read_back_without_a_difference(empty: dict[str, Account], path: str) -> None:
    seen = empty[path]

    assert [entry.status for entry in seen.made] in ([200], [201]), seen.read_back
    assert [entry.operation for entry in seen.rested] == []
    assert seen.read_back.get("pendingChanges", []) == []
    assert condition(seen.read_back, "UpToDate") == "True"


@every_property
def test_a_changed_property_of_a_pool_without_nodes_costs_what_its_class_says(
    empty: dict[str, Account], path: str
) -> None:
    seen = empty[path]

    assert [entry.operation for entry in seen.changed] == operations(path)
    assert [entry.operation for entry in seen.rested_again] == []
    assert seen.pending == ({NEW_POOL: "newPool"} if cost(path) is Cost.NEW_POOL else {})


@every_property
def test_a_patch_has_the_whole_property_and_else_at_most_the_record_of_its_secrets(
    empty: dict[str, Account], path: str
) -> None:
    top, second = TRIALS[path].top, TRIALS[path].second
    patches = [entry.body for entry in empty[path].changed if entry.operation == "Pools_UpdatePool"]
    records = {"metadata"} if "SecretRef" in str(second) else set()

    assert [set(body) - records for body in patches] == [{top} - records for _ in patches]
    assert all(asks_for(body[top], second[top]) for body in patches)


@every_whole_property
def test_a_changed_property_of_a_pool_with_nodes_is_written_only_if_its_class_says_so(
    busy: dict[str, Account], path: str
) -> None:
    seen = busy[path]
    waits = cost(path) in {Cost.EMPTY_POOL, Cost.NEW_POOL}

    assert [entry.operation for entry in seen.rested] == []
    assert [entry.operation for entry in seen.changed] == ([] if waits else operations(path))
    assert [entry.operation for entry in seen.rested_again] == []
    assert bool(seen.pending) is waits
    assert condition(seen.shown, "Ready") == "True"


def condition(status: Mapping[str, Any], kind: str) -> str:
    return next(str(each["status"]) for each in status["conditions"] if each["type"] == kind)


def asks_for(sent: Any, wanted: Any) -> bool:
    """Whether a request has all of a spec's value; a secret stands under its own name, with a mask in the journal."""
    match wanted:
        case dict():
            return all(asks_for(*pair) for pair in properties(sent, wanted))
        case list():
            return len(sent) >= len(wanted) and all(any(asks_for(one, each) for one in sent) for each in wanted)
        case _:
            return bool(sent == wanted)


def properties(sent: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[tuple[Any, Any]]:
    return [
        (bool(sent[name.removesuffix("SecretRef")]), True) if name.endswith("SecretRef") else (sent.get(name), value)
        for name, value in wanted.items()
        if value is not None
    ]
