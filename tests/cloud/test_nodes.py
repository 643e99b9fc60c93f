"""Single nodes and formulas of pools through azure-batch's client, against the simulator."""

from datetime import UTC, timedelta
from typing import Any

import pytest

from azure_batch_operator.cloud.node_wire import node_from
from azure_batch_operator.cloud.nodes import Nodes
from azure_batch_operator.cloud.pool_wire import auto_scale_run_from
from azure_batch_operator.cloud.pools import Pools
from azure_batch_operator.cloud.session import AzureSession
from azure_batch_operator.core.accounts import Account, AccountRef
from azure_batch_operator.core.failures import AzureFailure, FailureKind
from azure_batch_operator.core.pools import ObservedPool
from tests.support.azure_session import journal_from_now
from tests.support.batch import AGENT
from tests.support.pool_turns import UBUNTU
from tests.support.simulator import SimulatedAzure

HOUR = 3600.0
THREE = "$TargetDedicatedNodes=3;"


@pytest.fixture
def account(simulator: SimulatedAzure) -> Account:
    """The Batch account contoso."""
    ref = AccountRef(subscription_id=simulator.subscription, resource_group="batch", name="contoso")
    return Account(ref=ref, endpoint=simulator.ready.batch["contoso"], region="westeurope")


@pytest.fixture
def nodes(session: AzureSession) -> Nodes:
    return Nodes(session)


@pytest.fixture
def pools(session: AzureSession) -> Pools:
    return Pools(session)


@pytest.fixture
async def frames(pools: Pools, account: Account, simulator: SimulatedAzure) -> ObservedPool:
    """A steady pool of four idle nodes."""
    machines: dict[str, Any] = {"imageReference": UBUNTU, "nodeAgentSKUId": AGENT}
    size = {"targetDedicatedNodes": 4, "targetLowPriorityNodes": 0}
    await pools.create(
        account, {"id": "frames", "vmSize": "STANDARD_D2_V3", "virtualMachineConfiguration": machines, **size}
    )
    simulator.control.advance(HOUR)
    return await seen(pools, account)


async def seen(pools: Pools, account: Account) -> ObservedPool:
    """The pool as it is now."""
    pool = await pools.get(account, "frames")
    assert pool is not None
    return pool


async def test_broken_nodes_are_found_by_one_request_with_what_they_tell(
    nodes: Nodes, account: Account, frames: ObservedPool, simulator: SimulatedAzure
) -> None:
    simulator.control.strike_nodes("contoso", frames.pool_id, "starttaskfailed", 2)
    journal = journal_from_now(simulator)
    found = await nodes.first(account, "frames", ("starttaskfailed", "unusable"), most=1)
    (node,) = found.nodes
    assert (node.state, node.dedicated) == ("starttaskfailed", True)
    assert node.trouble == (
        "Its start task ended with exit code 1. FailureExitCode: The task exited with an exit code representing a "
        "failure (Message: The task process exited with an unexpected exit code)."
    )
    assert journal.only().query["$filter"] == "state eq 'starttaskfailed' or state eq 'unusable'"
    assert journal.only().query["maxresults"] == "1"


async def test_how_long_a_node_has_been_so_is_told_by_azures_clocks_alone(
    nodes: Nodes, account: Account, frames: ObservedPool, simulator: SimulatedAzure
) -> None:
    simulator.control.strike_nodes("contoso", frames.pool_id, "unusable", 1)
    simulator.control.advance(3 * HOUR)
    found = await nodes.first(account, "frames", ("unusable",))
    (node,) = found.nodes
    assert found.at is not None
    assert node.since is not None
    assert found.at.astimezone(UTC) - node.since >= timedelta(hours=2, minutes=59)


async def test_nodes_leave_by_name_and_the_target_falls_by_as_many(
    nodes: Nodes, pools: Pools, account: Account, frames: ObservedPool, simulator: SimulatedAzure
) -> None:
    simulator.control.strike_nodes("contoso", frames.pool_id, "unusable", 1)
    (node,) = (await nodes.first(account, "frames", ("unusable",))).nodes
    journal = journal_from_now(simulator)
    timeout = timedelta(hours=1)
    await nodes.remove(
        account, "frames", [node.node_id], timeout=timeout, node_deallocation_option="requeue", etag=frames.etag
    )
    assert journal.only().body == {
        "nodeList": [node.node_id],
        "resizeTimeout": "PT1H",
        "nodeDeallocationOption": "requeue",
    }
    assert journal.only().if_match == frames.etag
    simulator.control.advance(HOUR)
    pool = await seen(pools, account)
    assert (pool.target_dedicated, pool.current_dedicated) == (3, 3)
    assert not (await nodes.first(account, "frames", ("unusable",))).nodes


async def test_a_formula_comes_and_goes(
    pools: Pools, account: Account, frames: ObservedPool, simulator: SimulatedAzure
) -> None:
    await pools.enable_auto_scale(account, "frames", formula=THREE, interval="PT5M", etag=frames.etag)
    simulator.control.advance(HOUR)
    pool = await seen(pools, account)
    assert (pool.auto_scaled, pool.current_dedicated, pool.body["autoScaleFormula"]) == (True, 3, THREE)
    assert pool.auto_scale_run is not None
    assert (pool.auto_scale_run.results or "").startswith("$TargetDedicatedNodes=3")
    await pools.disable_auto_scale(account, "frames")
    pool = await seen(pools, account)
    assert (pool.auto_scaled, pool.target_dedicated) == (False, 3)


async def test_a_formula_is_evaluated_without_being_applied(
    pools: Pools, account: Account, frames: ObservedPool
) -> None:
    await pools.enable_auto_scale(account, "frames", formula=THREE, interval=None, etag=frames.etag)
    run = await pools.evaluate_auto_scale(account, "frames", "$TargetDedicatedNodes=7;")
    assert (run.error, (run.results or "").split(";")[0]) == (None, "$TargetDedicatedNodes=7")
    assert (await seen(pools, account)).target_dedicated == 3


async def test_a_wrong_formula_is_refused(pools: Pools, account: Account, frames: ObservedPool) -> None:
    with pytest.raises(AzureFailure) as refused:
        await pools.enable_auto_scale(account, "frames", formula="=", interval=None, etag=frames.etag)
    assert (refused.value.kind, refused.value.code) == (FailureKind.REFUSED, "AutoScalingFormulaSyntaxError")


async def test_a_second_formula_within_30_seconds_comes_too_early(
    pools: Pools, account: Account, frames: ObservedPool, simulator: SimulatedAzure
) -> None:
    await pools.enable_auto_scale(
        account, "frames", formula="$TargetDedicatedNodes=4;", interval=None, etag=frames.etag
    )
    simulator.control.advance(10)
    etag = (await seen(pools, account)).etag
    with pytest.raises(AzureFailure) as refused:
        await pools.enable_auto_scale(account, "frames", formula=THREE, interval=None, etag=etag)
    assert (refused.value.kind, refused.value.code) == (FailureKind.THROTTLED, "TooManyEnableAutoScaleRequests")


def test_an_evaluation_that_failed_is_told_with_all_that_azure_says() -> None:
    values = [{"name": "Line", "value": "3"}]
    error: dict[str, Any] = {"code": "EvaluationError", "message": "No samples", "values": values}
    run = auto_scale_run_from({"timestamp": "2026-11-23T08:00:00Z", "error": error})
    assert run.error == "EvaluationError: No samples (Line: 3)"
    assert auto_scale_run_from({"timestamp": "2026-11-23T08:00:00Z", "results": "$x=1"}).error is None


def test_the_errors_of_a_node_come_with_their_details() -> None:
    error: dict[str, Any] = {
        "code": "AgentNotResponding",
        "message": "The node agent is silent.",
        "errorDetails": [{"name": "Last seen", "value": "08:00"}],
    }
    node = node_from({"id": "tvm-1", "state": "unusable", "isDedicated": False, "errors": [error]})
    assert (node.dedicated, node.since) == (False, None)
    assert node.trouble == "AgentNotResponding: The node agent is silent (Last seen: 08:00)."
