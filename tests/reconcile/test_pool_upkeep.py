"""What BatchPools do when nobody edits them: drift, suspension, rest."""

from azure_batch_operator.core.names import OWNER_TAG
from tests.support.azure_session import journal_from_now, refuse_once
from tests.support.batch import Wire, batch_client
from tests.support.clockwork import Clockwork
from tests.support.custom_resources import QUICKSTART, read_manifest
from tests.support.pool_turns import FRAMES, HOUR, MINUTE, writes
from tests.support.simulator import SimulatedAzure


def command_line(simulator: SimulatedAzure) -> str:
    """What the start task of the pool frames runs in Azure."""
    task = batch_client(simulator).get_pool("frames").start_task
    assert task is not None
    return task.command_line


class TestDrift:
    async def test_a_start_task_that_was_changed_outside_is_put_back_and_the_event_names_the_field(
        self, frames: Clockwork, simulator: SimulatedAzure
    ) -> None:
        task = {**read_manifest(QUICKSTART / "batchpool.yaml")["spec"]["startTask"], "commandLine": "rm -rf /"}
        assert Wire(simulator).call("PATCH", "/pools/frames", {"startTask": task}).status == 200
        journal = journal_from_now(simulator)
        await frames.run(20 * MINUTE, step=MINUTE)
        assert writes(journal.requests("batch")) == ["Pools_UpdatePool"]
        assert frames.events(FRAMES, "Repaired") == ["startTask.commandLine was changed outside; put back"]
        assert command_line(simulator).startswith("printenv")
        assert frames.is_ready(FRAMES)

    async def test_a_size_that_was_changed_outside_is_put_back(
        self, frames: Clockwork, simulator: SimulatedAzure
    ) -> None:
        body = {"targetDedicatedNodes": 9, "targetLowPriorityNodes": 0}
        assert Wire(simulator).call("POST", "/pools/frames/resize", body).status == 202
        await frames.run(2 * HOUR, step=MINUTE)
        assert frames.status(FRAMES)["summary"]["dedicated"] == "2/2"
        assert frames.is_ready(FRAMES)
        assert [event.split(";")[0] for event in frames.events(FRAMES, "Repaired")] == [
            "The size was changed outside to 9 nodes"
        ]

    async def test_a_pool_that_was_deleted_outside_is_made_again_once_azure_says_it_is_gone(
        self, frames: Clockwork, simulator: SimulatedAzure
    ) -> None:
        assert Wire(simulator).call("DELETE", "/pools/frames").status == 202
        journal = journal_from_now(simulator)
        await frames.run(HOUR, step=MINUTE)
        operations = [entry.operation for entry in journal.requests("batch")]
        assert operations.count("Pools_CreatePool") == 1
        assert operations[operations.index("Pools_CreatePool") - 1] == "Pools_GetPool"
        assert frames.is_ready(FRAMES)

    async def test_foreign_metadata_is_left_where_the_spec_gives_none(
        self, frames: Clockwork, simulator: SimulatedAzure
    ) -> None:
        mine = {"name": OWNER_TAG, "value": "cluster/pool/rendering/frames"}
        theirs = {"name": "cost-center", "value": "42"}
        assert Wire(simulator).call("PATCH", "/pools/frames", {"metadata": [mine, theirs]}).status == 200
        journal = journal_from_now(simulator)
        await frames.run(20 * MINUTE, step=MINUTE)
        assert writes(journal.requests("batch")) == []

    async def test_a_write_that_met_another_writers_is_decided_anew(
        self, frames: Clockwork, simulator: SimulatedAzure
    ) -> None:
        refuse_once(simulator, 412, "ConditionNotMet", operation="Pools_ResizePool")
        await frames.change(FRAMES, {"targetDedicatedNodes": 5})
        assert frames.conditions(FRAMES)["Ready"] == ("True", "Succeeded")
        await frames.run(HOUR, step=MINUTE)
        assert frames.is_ready(FRAMES)
        assert frames.status(FRAMES)["currentDedicatedNodes"] == 5


class TestSuspension:
    async def test_a_suspended_pool_is_left_alone_and_stays_as_it_was_shown(
        self, frames: Clockwork, simulator: SimulatedAzure
    ) -> None:
        await frames.change(FRAMES, {"suspend": True, "targetDedicatedNodes": 9})
        journal = journal_from_now(simulator)
        await frames.run(HOUR, step=MINUTE)
        assert writes(journal.requests("batch")) == []
        assert frames.conditions(FRAMES)["Ready"] == ("True", "Succeeded")
        assert frames.status(FRAMES)["observedGeneration"] == 1
        await frames.change(FRAMES, {"suspend": None})
        await frames.run(HOUR, step=MINUTE)
        assert frames.status(FRAMES)["currentDedicatedNodes"] == 9

    async def test_what_was_going_on_is_not_shown_as_going_on(self, frames: Clockwork) -> None:
        await frames.change(FRAMES, {"targetDedicatedNodes": 90})
        assert "Reconciling" in frames.conditions(FRAMES)
        await frames.change(FRAMES, {"suspend": True})
        assert "Reconciling" not in frames.conditions(FRAMES)

    async def test_its_deletion_waits_but_not_with_retain(self, frames: Clockwork, simulator: SimulatedAzure) -> None:
        await frames.change(FRAMES, {"suspend": True})
        await frames.delete(FRAMES)
        await frames.run(HOUR, step=MINUTE)
        assert frames.is_there(FRAMES)
        assert "suspend: false" in frames.events(FRAMES, "Suspended")[0]
        await frames.change(FRAMES, {"deletionPolicy": "Retain"})
        assert not frames.is_there(FRAMES)
        assert batch_client(simulator).get_pool("frames").state == "active"


class TestAtRest:
    async def test_ten_resyncs_cost_ten_lists_and_no_write_anywhere(
        self, frames: Clockwork, simulator: SimulatedAzure
    ) -> None:
        await frames.run(HOUR, step=MINUTE)
        journal, shown = journal_from_now(simulator), frames.writes
        await frames.run(10 * 600, step=MINUTE)
        asked = [entry.operation for entry in journal.requests("batch")]
        assert asked.count("Pools_ListPools") <= 10
        assert set(asked) <= {"Pools_ListPools", "Accounts_ListPoolNodeCounts"}
        assert asked.count("Accounts_ListPoolNodeCounts") <= 1
        assert frames.writes == shown
