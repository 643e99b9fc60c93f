"""Whole turns of pools whose nodes break or are taken back: no growth, broken nodes leave first, Spot comes back."""

from collections.abc import AsyncIterator

import pytest

from tests.support.azure_session import journal_from_now
from tests.support.clockwork import Clockwork, clockwork
from tests.support.pool_turns import FRAMES, HOUR, MINUTE, changes, pool, writes
from tests.support.simulator import SimulatedAzure, StartSimulator

ASK = "azurebatch.io/reconcile-requested-at"
RESIZE, REMOVE, PATCH = "Pools_ResizePool", "Pools_RemoveNodes", "Pools_UpdatePool"


@pytest.fixture
async def broken(clocked: Clockwork, simulator: SimulatedAzure) -> Clockwork:
    """An operator with a pool of four nodes, three of which failed their start task."""
    await clocked.apply(pool(targetDedicatedNodes=4))
    await clocked.run(30 * MINUTE, step=MINUTE)
    simulator.control.strike_nodes("contoso", "frames", "starttaskfailed", 3)
    await clocked.run(2 * HOUR, step=5 * MINUTE)
    return clocked


class TestBreaker:
    async def test_a_pool_whose_nodes_break_tells_why(self, broken: Clockwork) -> None:
        assert broken.conditions(FRAMES)["Stalled"] == ("True", "NodesBreak")
        assert broken.conditions(FRAMES)["NodesHealthy"] == ("False", "NodesBreak")
        assert "3 of 4 new nodes broke" in broken.message(FRAMES)
        assert "Its start task ended with exit code 1." in broken.message(FRAMES)

    async def test_it_does_not_grow_and_costs_no_request_for_nodes_again(
        self, broken: Clockwork, simulator: SimulatedAzure
    ) -> None:
        journal = journal_from_now(simulator)
        await broken.change(FRAMES, {"targetDedicatedNodes": 9})
        await broken.run(2 * HOUR, step=5 * MINUTE)
        assert writes(journal.requests("batch")) == []
        assert "Nodes_ListNodes" not in [entry.operation for entry in journal.requests("batch")]

    async def test_another_start_task_lets_it_grow(self, broken: Clockwork, simulator: SimulatedAzure) -> None:
        await broken.change(FRAMES, {"targetDedicatedNodes": 9})
        journal = journal_from_now(simulator)
        await broken.change(FRAMES, {"startTask": {"commandLine": "true"}})
        await broken.run(HOUR, step=MINUTE)
        assert writes(journal.requests("batch")) == [PATCH, RESIZE]
        assert broken.status(FRAMES)["currentDedicatedNodes"] == 9

    async def test_so_does_a_person_who_asks(self, broken: Clockwork, simulator: SimulatedAzure) -> None:
        await broken.change(FRAMES, {"targetDedicatedNodes": 9})
        journal = journal_from_now(simulator)
        await broken.annotate(FRAMES, {ASK: "now"})
        await broken.run(HOUR, step=MINUTE)
        assert writes(journal.requests("batch")) == [RESIZE]

    async def test_broken_nodes_leave_first_when_it_shrinks(self, broken: Clockwork, simulator: SimulatedAzure) -> None:
        journal = journal_from_now(simulator)
        await broken.change(FRAMES, {"targetDedicatedNodes": 1})
        await broken.run(HOUR, step=MINUTE)
        (removal,) = changes(journal.requests("batch"))
        assert (removal.operation, len(removal.body["nodeList"])) == (REMOVE, 3)
        assert broken.is_ready(FRAMES)
        assert broken.status(FRAMES)["nodes"] == {"idle": 1, "running": 0}

    async def test_a_new_process_holds_it_back_as_well(self, broken: Clockwork, simulator: SimulatedAzure) -> None:
        async with clockwork(simulator) as second:
            await second.take_over(broken)
            await second.run(10 * MINUTE, step=MINUTE)
            journal = journal_from_now(simulator)
            await second.change(FRAMES, {"targetDedicatedNodes": 9})
            await second.run(HOUR, step=5 * MINUTE)
            assert writes(journal.requests("batch")) == []
            assert second.conditions(FRAMES)["Stalled"] == ("True", "NodesBreak")

    async def test_two_broken_nodes_of_many_stop_nothing(self, clocked: Clockwork, simulator: SimulatedAzure) -> None:
        await clocked.apply(pool(targetDedicatedNodes=5))
        await clocked.run(30 * MINUTE, step=MINUTE)
        simulator.control.strike_nodes("contoso", "frames", "unusable", 2)
        await clocked.change(FRAMES, {"targetDedicatedNodes": 6})
        await clocked.run(2 * HOUR, step=5 * MINUTE)
        assert clocked.status(FRAMES)["currentDedicatedNodes"] == 6
        assert clocked.conditions(FRAMES)["NodesHealthy"] == ("False", "NodesIll")
        assert clocked.is_ready(FRAMES)


class TestSpot:
    @pytest.fixture
    async def scarce(self, start_simulator: StartSimulator) -> AsyncIterator[Clockwork]:
        """An operator with three Spot nodes, where Azure gives none back that it took."""
        simulator = start_simulator(pace={"batch": {"spot_restore_window": 0}})
        async with clockwork(simulator) as clocked:
            await clocked.apply(pool(targetLowPriorityNodes=3))
            await clocked.run(HOUR, step=MINUTE)
            assert clocked.is_ready(FRAMES)
            yield clocked

    async def test_after_48_hours_preempted_nodes_make_room_for_others(self, scarce: Clockwork) -> None:
        simulator = scarce.azure
        simulator.control.strike_nodes("contoso", "frames", "preempted", 2)
        journal = journal_from_now(simulator)
        await scarce.run(47 * HOUR, step=20 * MINUTE)
        assert writes(journal.requests("batch")) == []
        lists = [entry for entry in journal.requests("batch") if entry.operation == "Nodes_ListNodes"]
        assert len(lists) <= 2
        await scarce.run(4 * HOUR, step=10 * MINUTE)
        removal, resize = changes(journal.requests("batch"))
        assert (removal.operation, len(removal.body["nodeList"])) == (REMOVE, 2)
        assert (resize.operation, resize.body["targetLowPriorityNodes"]) == (RESIZE, 3)
        assert scarce.is_ready(FRAMES)

    async def test_preempted_nodes_leave_first_when_the_pool_shrinks(self, scarce: Clockwork) -> None:
        simulator = scarce.azure
        simulator.control.strike_nodes("contoso", "frames", "preempted", 2)
        await scarce.run(2 * HOUR, step=5 * MINUTE)
        journal = journal_from_now(simulator)
        await scarce.change(FRAMES, {"targetLowPriorityNodes": 1})
        await scarce.run(HOUR, step=MINUTE)
        (removal,) = changes(journal.requests("batch"))
        assert (removal.operation, len(removal.body["nodeList"])) == (REMOVE, 2)
        assert scarce.is_ready(FRAMES)
