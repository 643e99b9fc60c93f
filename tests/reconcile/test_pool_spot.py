"""Spot nodes: wanted beside dedicated ones, and taken back by Azure."""

from tests.support.azure_session import journal_from_now
from tests.support.clockwork import Clockwork, clockwork
from tests.support.pool_turns import FRAMES, HOUR, MINUTE, changes, pool, writes
from tests.support.simulator import SimulatedAzure, StartSimulator


async def test_both_kinds_are_made_and_shown(clocked: Clockwork, simulator: SimulatedAzure) -> None:
    journal = journal_from_now(simulator)
    await clocked.apply(pool(targetLowPriorityNodes=3))
    await clocked.run(HOUR, step=MINUTE)
    (made,) = changes(journal.requests("batch"))
    assert (made.body["targetDedicatedNodes"], made.body["targetLowPriorityNodes"]) == (2, 3)
    assert clocked.status(FRAMES)["summary"] == {"dedicated": "2/2", "spot": "3/3"}
    assert clocked.is_ready(FRAMES)


async def test_a_resize_of_one_kind_repeats_the_target_of_the_other(
    clocked: Clockwork, simulator: SimulatedAzure
) -> None:
    await clocked.apply(pool(targetLowPriorityNodes=3))
    await clocked.run(HOUR, step=MINUTE)
    journal = journal_from_now(simulator)
    await clocked.change(FRAMES, {"targetDedicatedNodes": 4, "targetLowPriorityNodes": None})
    (resize,) = changes(journal.requests("batch"))
    assert (resize.body["targetDedicatedNodes"], resize.body["targetLowPriorityNodes"]) == (4, 3)


async def test_preempted_nodes_are_told_and_left_to_batch(start_simulator: StartSimulator) -> None:
    simulator = start_simulator(pace={"batch": {"spot_restore": {"min": 5 * HOUR, "max": 5 * HOUR}}})
    async with clockwork(simulator) as clocked:
        await clocked.apply(pool(targetLowPriorityNodes=3))
        await clocked.run(HOUR, step=MINUTE)
        journal = journal_from_now(simulator)
        simulator.control.strike_nodes("contoso", "frames", "preempted", 2)
        await clocked.run(3 * HOUR, step=2 * MINUTE)
        assert clocked.conditions(FRAMES)["Ready"] == ("False", "SpotPreempted")
        assert clocked.conditions(FRAMES)["Advisory"] == ("True", "SpotPreempted")
        assert clocked.conditions(FRAMES)["Sized"] == ("False", "SpotPreempted")
        assert clocked.message(FRAMES).startswith("Azure took 2 Spot nodes back")
        await clocked.run(4 * HOUR, step=2 * MINUTE)
        assert clocked.is_ready(FRAMES)
        assert writes(journal.requests("batch")) == []
