"""Whole turns of pools that change their size: timeouts on the wire, resizes that are stopped, fall short, or crowd."""

from itertools import pairwise

import pytest

from tests.support.azure_session import journal_from_now
from tests.support.batch import batch_client
from tests.support.clockwork import Clockwork, clockwork
from tests.support.pool_turns import FRAMES, HOUR, MINUTE, changes, pool, writes
from tests.support.simulator import SimulatedAzure, StartSimulator

RESIZE, STOP = "Pools_ResizePool", "Pools_StopPoolResize"
SMALL = {"dedicatedCoreQuota": 20}


@pytest.mark.parametrize(
    ("nodes", "within"),
    [(300, "PT15M"), (301, "PT30M"), (2000, "PT30M"), (2001, "PT45M"), (3000, "PT45M"), (3001, "PT1H")],
)
async def test_the_timeout_of_a_growth_follows_from_its_nodes(
    frames: Clockwork, simulator: SimulatedAzure, nodes: int, within: str
) -> None:
    journal = journal_from_now(simulator)
    await frames.change(FRAMES, {"targetDedicatedNodes": nodes})
    (resize,) = changes(journal.requests("batch"))
    assert (resize.body["targetDedicatedNodes"], resize.body["resizeTimeout"]) == (nodes, within)
    assert "Advisory" not in frames.conditions(FRAMES)


async def test_a_shorter_timeout_is_obeyed_and_warned_about(frames: Clockwork, simulator: SimulatedAzure) -> None:
    journal = journal_from_now(simulator)
    await frames.change(FRAMES, {"targetDedicatedNodes": 2001, "resizeTimeout": "PT20M"})
    (resize,) = changes(journal.requests("batch"))
    assert resize.body["resizeTimeout"] == "PT20M"
    assert frames.conditions(FRAMES)["Advisory"] == ("True", "ResizeTimeoutShort")
    assert "45 min" in frames.message(FRAMES, "Advisory")


async def test_shrinking_gets_the_drain_timeout(frames: Clockwork, simulator: SimulatedAzure) -> None:
    journal = journal_from_now(simulator)
    await frames.change(FRAMES, {"targetDedicatedNodes": 1, "scaling": {"drainTimeout": "3h"}})
    (resize,) = changes(journal.requests("batch"))
    assert (resize.body["resizeTimeout"], resize.body["nodeDeallocationOption"]) == ("PT3H", "taskcompletion")


@pytest.mark.parametrize(
    ("mode", "then", "expected"),
    [
        ("Never", 3, [RESIZE, RESIZE]),
        ("Shrink", 3, [RESIZE, STOP, RESIZE]),
        ("Always", 3, [RESIZE, STOP, RESIZE]),
        ("Shrink", 60, [RESIZE, RESIZE]),
        ("Always", 60, [RESIZE, STOP, RESIZE]),
    ],
)
async def test_a_running_growth_is_stopped_as_the_spec_says(
    frames: Clockwork, simulator: SimulatedAzure, mode: str, then: int, expected: list[str]
) -> None:
    journal = journal_from_now(simulator)
    await frames.change(FRAMES, {"targetDedicatedNodes": 50, "scaling": {"interruptResize": mode}})
    await frames.run(45, step=15)
    await frames.change(FRAMES, {"targetDedicatedNodes": then})
    await frames.run(2 * HOUR, step=2 * MINUTE)
    assert writes(journal.requests("batch")) == expected
    assert frames.is_ready(FRAMES)
    assert "ResizeStopped" not in str(frames.conditions(FRAMES))


async def test_what_a_quota_allows_is_kept_and_told_in_cores(frames: Clockwork, simulator: SimulatedAzure) -> None:
    simulator.control.change_quotas("contoso", SMALL)
    await frames.change(FRAMES, {"targetDedicatedNodes": 30})
    await frames.run(HOUR, step=MINUTE)
    assert frames.status(FRAMES)["summary"]["dedicated"] == "10/30"
    assert frames.conditions(FRAMES)["Reconciling"] == ("True", "ProgressingWithRetry")
    assert "10 of 30 nodes. 20 more nodes need 40 dedicated cores; 0 of the account's 20 are free." in frames.message(
        FRAMES
    )


async def test_a_full_quota_is_asked_no_faster_than_the_table_says(
    frames: Clockwork, simulator: SimulatedAzure
) -> None:
    simulator.control.change_quotas("contoso", SMALL)
    await frames.change(FRAMES, {"targetDedicatedNodes": 30})
    await frames.run(20 * MINUTE, step=15)
    journal = journal_from_now(simulator)
    await frames.run(3 * HOUR, step=MINUTE)
    times = [entry.simulated_time for entry in changes(journal.requests("batch"))]
    assert len(times) > 5
    assert all((late - early).total_seconds() >= 2 * MINUTE for early, late in pairwise(times))
    assert (times[-1] - times[-2]).total_seconds() >= 10 * MINUTE


async def test_a_raised_quota_ends_the_pause(frames: Clockwork, simulator: SimulatedAzure) -> None:
    simulator.control.change_quotas("contoso", SMALL)
    await frames.change(FRAMES, {"targetDedicatedNodes": 30})
    await frames.run(2 * HOUR, step=MINUTE)
    simulator.control.change_quotas("contoso", {"dedicatedCoreQuota": 1000})
    await frames.run(30 * MINUTE, step=MINUTE)
    assert frames.is_ready(FRAMES)
    assert frames.status(FRAMES)["summary"]["dedicated"] == "30/30"


async def test_a_resize_that_somebody_stopped_is_sent_again(frames: Clockwork, simulator: SimulatedAzure) -> None:
    await frames.change(FRAMES, {"targetDedicatedNodes": 50})
    await frames.run(45, step=15)
    batch_client(simulator).begin_stop_pool_resize("frames")
    journal = journal_from_now(simulator)
    await frames.run(2 * HOUR, step=MINUTE)
    assert set(writes(journal.requests("batch"))) == {RESIZE}
    assert frames.is_ready(FRAMES)


async def test_a_resize_that_runs_out_of_time_but_moves_is_sent_again_at_once(start_simulator: StartSimulator) -> None:
    simulator = start_simulator(pace={"batch": {"creation": {"seconds": 800, "at_once": 4, "spread": 0}}})
    async with clockwork(simulator) as clocked:
        await clocked.apply(pool(targetDedicatedNodes=12))
        journal = journal_from_now(simulator)
        await clocked.run(4 * HOUR, step=30)
        assert set(writes(journal.requests("batch"))) == {RESIZE}
        assert clocked.is_ready(FRAMES)
        assert "AllocationTimedout" not in clocked.told(FRAMES)


async def test_an_autoscaler_in_a_hurry_never_has_two_resizes_under_way(
    frames: Clockwork, simulator: SimulatedAzure
) -> None:
    journal = journal_from_now(simulator)
    for step in range(40):
        await frames.change(FRAMES, {"targetDedicatedNodes": 5 + (step * 7) % 23})
        await frames.run(20, step=20)
    await frames.run(HOUR, step=MINUTE)
    asked = changes(journal.requests("batch"))
    assert {entry.operation for entry in asked} <= {RESIZE, STOP}
    assert {entry.status for entry in asked} == {202}
    assert frames.is_ready(FRAMES)
    assert frames.status(FRAMES)["summary"]["dedicated"] == f"{5 + (39 * 7) % 23}/{5 + (39 * 7) % 23}"
