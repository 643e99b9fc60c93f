"""Whole turns of changes that a pool with nodes does not take, by each strategy, also killed at every stage."""

from collections.abc import Callable
from typing import Any

import pytest
from azure.batch import models

from azure_simulator.client import JournalEntry
from tests.support.azure_session import journal_from_now
from tests.support.batch import AGENT, Wire, batch_client
from tests.support.clockwork import Clockwork, clockwork
from tests.support.pool_turns import FRAMES, HOUR, MINUTE, changes, machine, pool, writes
from tests.support.simulator import SimulatedAzure

CREATE, DELETE, PATCH, RESIZE = "Pools_CreatePool", "Pools_DeletePool", "Pools_UpdatePool", "Pools_ResizePool"
BIGGER = {"vmSize": "STANDARD_D4_V3"}
IN_PLACE, RECREATE = ({"rollout": {"strategy": strategy}} for strategy in ("InPlace", "Recreate"))
DATA_DISKS = "virtualMachineConfiguration.dataDisks"
WITH_DISK = {"virtualMachineConfiguration": {**machine(), "dataDisks": [{"lun": 0, "diskSizeGB": 64}]}}


def busy(simulator: SimulatedAzure, tasks: int = 2) -> None:
    """Tasks of a job that take all nodes of the pool and do not end by themselves."""
    client = batch_client(simulator)
    client.create_job(models.BatchJobCreateOptions(id="shots", pool_info=models.BatchPoolInfo(pool_id="frames")))
    for number in range(tasks):
        task = models.BatchTaskCreateOptions(id=f"shot-{number}", command_line="sleep infinity")
        client.create_task("shots", task)
    simulator.control.advance(MINUTE)


def vm_size(simulator: SimulatedAzure) -> str:
    """Of what kind the pool's nodes are."""
    return batch_client(simulator).get_pool("frames").vm_size.upper()


def targets(entries: list[JournalEntry]) -> list[int]:
    """The dedicated nodes that each resize asked for."""
    return [entry.body["targetDedicatedNodes"] for entry in entries if entry.operation == RESIZE]


async def reasons(clocked: Clockwork, done: Callable[[], bool]) -> list[str]:
    """The reasons of Ready, in order, until `done`."""
    seen = [clocked.conditions(FRAMES)["Ready"][1]]
    for _ in range(240):
        if done():
            return list(dict.fromkeys(seen))
        await clocked.run(15)
        seen.append(clocked.conditions(FRAMES)["Ready"][1])
    raise AssertionError(f"not done: {list(dict.fromkeys(seen))}")


class TestOnEmpty:
    async def test_work_is_never_interrupted_and_the_way_to_have_it_sooner_is_told(
        self, frames: Clockwork, simulator: SimulatedAzure
    ) -> None:
        journal = journal_from_now(simulator)
        await frames.change(FRAMES, BIGGER)
        await frames.run(2 * HOUR, step=MINUTE)
        assert writes(journal.requests("batch")) == []
        assert frames.is_ready(FRAMES)
        assert frames.conditions(FRAMES)["UpToDate"] == ("False", "WaitingForEmptyPool")
        assert "rollout.strategy: InPlace" in frames.message(FRAMES, "UpToDate")
        waiting = {"field": "vmSize", "effect": "emptyPool", "waitsFor": "EmptyPool"}
        assert frames.status(FRAMES)["pendingChanges"] == [waiting]

    async def test_what_needs_a_new_pool_is_listed_with_the_way_to_consent(
        self, frames: Clockwork, simulator: SimulatedAzure
    ) -> None:
        journal = journal_from_now(simulator)
        await frames.change(FRAMES, WITH_DISK)
        await frames.run(HOUR, step=MINUTE)
        assert writes(journal.requests("batch")) == []
        assert frames.is_ready(FRAMES)
        assert frames.conditions(FRAMES)["UpToDate"] == ("False", "NeedsNewPool")
        assert "rollout.strategy: Recreate" in frames.message(FRAMES, "UpToDate")
        assert frames.status(FRAMES)["pendingChanges"] == [
            {"field": DATA_DISKS, "effect": "newPool", "waitsFor": "Recreate"}
        ]


class TestInPlace:
    async def test_the_pool_is_emptied_changed_and_refilled_and_ready_names_the_stages(
        self, frames: Clockwork, simulator: SimulatedAzure
    ) -> None:
        journal = journal_from_now(simulator)
        await frames.change(FRAMES, {**IN_PLACE, **BIGGER})
        assert frames.conditions(FRAMES)["UpToDate"] == ("False", "DrainingForChange")
        stages = await reasons(frames, lambda: frames.is_ready(FRAMES))
        assert [stage for stage in stages if stage != "ApplyingChange"] == [
            "DrainingForChange",
            "Refilling",
            "Succeeded",
        ]
        asked = changes(journal.requests("batch"))
        assert [entry.operation for entry in asked] == [RESIZE, PATCH, RESIZE]
        assert targets(asked) == [0, 2]
        assert asked[0].body["nodeDeallocationOption"] == "taskcompletion"
        assert vm_size(simulator) == "STANDARD_D4_V3"
        assert frames.told(FRAMES)[-4:] == ["Draining", "Updated", "Resized", "Ready"]
        assert frames.events(FRAMES, "Repaired") == []

    async def test_tasks_finish_before_their_nodes_leave(self, frames: Clockwork, simulator: SimulatedAzure) -> None:
        busy(simulator)
        await frames.change(FRAMES, {**IN_PLACE, **BIGGER})
        await frames.run(30 * MINUTE, step=MINUTE)
        assert frames.conditions(FRAMES)["Ready"] == ("False", "DrainingForChange")
        assert frames.status(FRAMES)["currentDedicatedNodes"] == 2
        simulator.control.finish_tasks("contoso", "shots")
        await frames.until(lambda: frames.is_ready(FRAMES))
        assert vm_size(simulator) == "STANDARD_D4_V3"

    async def test_a_spec_that_is_put_back_while_nodes_leave_only_has_them_back(
        self, frames: Clockwork, simulator: SimulatedAzure
    ) -> None:
        busy(simulator, tasks=1)
        await frames.change(FRAMES, {**IN_PLACE, **BIGGER})
        await frames.run(5 * MINUTE, step=MINUTE)
        assert frames.status(FRAMES)["currentDedicatedNodes"] == 1
        journal = journal_from_now(simulator)
        await frames.change(FRAMES, {"vmSize": "STANDARD_D2_V3"})
        simulator.control.finish_tasks("contoso", "shots")
        await frames.until(lambda: frames.is_ready(FRAMES))
        assert PATCH not in writes(journal.requests("batch"))
        assert targets(changes(journal.requests("batch"))) == [2]

    async def test_a_formula_rests_until_the_pool_is_changed(
        self, clocked: Clockwork, simulator: SimulatedAzure
    ) -> None:
        formula: dict[str, Any] = {"enableAutoScale": True, "autoScaleFormula": "$TargetDedicatedNodes = 2;"}
        await clocked.apply(pool(targetDedicatedNodes=None, targetLowPriorityNodes=None, **formula))
        await clocked.run(HOUR, step=MINUTE)
        assert clocked.status(FRAMES)["currentDedicatedNodes"] == 2
        journal = journal_from_now(simulator)
        await clocked.change(FRAMES, {**IN_PLACE, **BIGGER})
        assert clocked.conditions(FRAMES)["Ready"] == ("False", "DrainingForChange")
        await clocked.until(lambda: clocked.is_ready(FRAMES))
        await clocked.run(HOUR, step=MINUTE)
        assert writes(journal.requests("batch")) == [
            "Pools_DisablePoolAutoScale",
            RESIZE,
            PATCH,
            "Pools_EnablePoolAutoScale",
        ]
        assert vm_size(simulator) == "STANDARD_D4_V3"
        assert clocked.status(FRAMES)["currentDedicatedNodes"] == 2

    async def test_what_azure_would_never_start_takes_no_node_away(
        self, frames: Clockwork, simulator: SimulatedAzure
    ) -> None:
        journal = journal_from_now(simulator)
        await frames.change(FRAMES, {**IN_PLACE, "virtualMachineConfiguration": machine("batch.node.ubuntu 22.4")})
        await frames.run(HOUR, step=MINUTE)
        assert frames.conditions(FRAMES)["Stalled"] == ("True", "NodeAgentMismatch")
        assert writes(journal.requests("batch")) == []
        await frames.change(FRAMES, {"virtualMachineConfiguration": machine(AGENT)})
        assert frames.is_ready(FRAMES)


class TestRecreate:
    async def test_the_pool_is_deleted_and_made_again_and_ready_names_the_stages(
        self, frames: Clockwork, simulator: SimulatedAzure
    ) -> None:
        journal = journal_from_now(simulator)
        await frames.change(FRAMES, {**RECREATE, **WITH_DISK})
        stages = await reasons(frames, lambda: frames.is_ready(FRAMES))
        assert stages[0] == "DeletingForChange"
        assert writes(journal.requests("batch")) == [DELETE, CREATE]
        disks = Wire(simulator).call("GET", "/pools/frames").body["virtualMachineConfiguration"]["dataDisks"]
        assert [disk["diskSizeGB"] for disk in disks] == [64]
        assert frames.status(FRAMES)["pendingChanges"] == []
        assert frames.events(FRAMES, "Deleting") == [
            f"Asked Azure to delete the pool, to make it again with {DATA_DISKS} as the spec says"
        ]

    async def test_running_tasks_run_again_on_the_new_pool(self, frames: Clockwork, simulator: SimulatedAzure) -> None:
        busy(simulator)
        await frames.change(FRAMES, {**RECREATE, **BIGGER})
        assert "2" not in frames.events(FRAMES, "ActiveJobs")[0]
        assert "1 active job (shots) targets pool frames" in frames.events(FRAMES, "ActiveJobs")[0]
        await frames.until(lambda: frames.is_ready(FRAMES))
        await frames.run(30 * MINUTE, step=MINUTE)
        states = {task.state for task in batch_client(simulator).list_tasks("shots")}
        assert states == {models.BatchTaskState.RUNNING}
        assert vm_size(simulator) == "STANDARD_D4_V3"


@pytest.mark.parametrize(
    ("spec", "expected"),
    [({**IN_PLACE, **BIGGER}, [RESIZE, PATCH, RESIZE]), ({**RECREATE, **BIGGER}, [DELETE, CREATE])],
    ids=["InPlace", "Recreate"],
)
async def test_an_operator_that_is_killed_again_and_again_goes_on_where_azure_is(
    frames: Clockwork, simulator: SimulatedAzure, spec: dict[str, object], expected: list[str]
) -> None:
    busy(simulator)
    journal = journal_from_now(simulator)
    await frames.change(FRAMES, spec)
    before = frames
    for lifetime in range(40):
        if lifetime == 10:
            simulator.control.finish_tasks("contoso", "shots")
        async with clockwork(simulator) as restarted:
            await restarted.take_over(before)
            await restarted.run(2 * MINUTE, step=MINUTE)
        before = restarted
        if lifetime > 10 and restarted.is_ready(FRAMES):
            break
    assert before.is_ready(FRAMES)
    assert writes(journal.requests("batch")) == expected
    assert vm_size(simulator) == "STANDARD_D4_V3"
