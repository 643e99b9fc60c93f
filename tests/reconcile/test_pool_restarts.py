"""How many nodes go on with a former start task is told for as long as there are any."""

from collections.abc import Mapping

from tests.support.azure_session import journal_from_now, refuse_once
from tests.support.batch import Wire, batch_client
from tests.support.clockwork import Clockwork
from tests.support.pool_turns import FRAMES, HOUR, MINUTE
from tests.support.simulator import SimulatedAzure

OTHER_TASK = {"startTask": {"commandLine": "printenv"}}
LOOKS = "Nodes_ListNodes"


async def changed(frames: Clockwork, spec: Mapping[str, object]) -> None:
    """Change the spec, and let the change be made and looked at."""
    await frames.change(FRAMES, spec)
    await frames.run(5 * MINUTE, step=MINUTE)


def reboot(simulator: SimulatedAzure, number: int) -> None:
    """Restart so many nodes of the pool."""
    for node in [node.id for node in batch_client(simulator).list_nodes("frames")][:number]:
        assert Wire(simulator).call("POST", f"/pools/frames/nodes/{node}/reboot").status == 202


async def test_nodes_from_before_are_counted_until_each_has_restarted(
    frames: Clockwork, simulator: SimulatedAzure
) -> None:
    await changed(frames, OTHER_TASK)
    assert frames.is_ready(FRAMES)
    assert frames.conditions(FRAMES)["Advisory"] == ("True", "RestartNeeded")
    assert frames.message(FRAMES, "Advisory").startswith("2 nodes have not started since")
    reboot(simulator, 1)
    await frames.run(30 * MINUTE, step=MINUTE)
    assert frames.message(FRAMES, "Advisory").startswith("1 node has not started since")
    reboot(simulator, 2)
    await frames.run(30 * MINUTE, step=MINUTE)
    assert "Advisory" not in frames.conditions(FRAMES)


async def test_it_costs_one_look_a_resync_and_none_once_there_is_none_left(
    frames: Clockwork, simulator: SimulatedAzure
) -> None:
    await changed(frames, OTHER_TASK)
    journal = journal_from_now(simulator)
    await frames.run(HOUR, step=MINUTE)
    assert 1 <= [entry.operation for entry in journal.requests("batch")].count(LOOKS) <= 7
    reboot(simulator, 2)
    await frames.run(HOUR, step=MINUTE)
    quiet = journal_from_now(simulator)
    await frames.run(HOUR, step=MINUTE)
    assert LOOKS not in [entry.operation for entry in quiet.requests("batch")]


async def test_a_pool_without_nodes_has_none_to_restart(frames: Clockwork, simulator: SimulatedAzure) -> None:
    await changed(frames, OTHER_TASK)
    await changed(frames, {"targetDedicatedNodes": 0})
    await frames.until(lambda: frames.is_ready(FRAMES))
    assert "Advisory" not in frames.conditions(FRAMES)
    await changed(frames, {"targetDedicatedNodes": 2})
    await frames.until(lambda: frames.is_ready(FRAMES))
    assert "Advisory" not in frames.conditions(FRAMES)


async def test_metadata_concerns_no_node(frames: Clockwork, simulator: SimulatedAzure) -> None:
    journal = journal_from_now(simulator)
    await changed(frames, {"metadata": [{"name": "team", "value": "rendering"}]})
    assert LOOKS not in [entry.operation for entry in journal.requests("batch")]
    assert "Advisory" not in frames.conditions(FRAMES)


async def test_nodes_that_may_not_be_read_hold_up_nothing(frames: Clockwork, simulator: SimulatedAzure) -> None:
    refuse_once(simulator, 403, "AuthorizationFailed", operation=LOOKS)
    await changed(frames, OTHER_TASK)
    assert frames.is_ready(FRAMES)
    await frames.run(20 * MINUTE, step=MINUTE)
    assert frames.conditions(FRAMES)["Advisory"] == ("True", "RestartNeeded")
