"""Whole turns of BatchPools against a simulated Azure: how pools are made, sized and changed."""

from azure_batch_operator.core.names import OWNER_TAG
from tests.support.azure_session import journal_from_now
from tests.support.batch import batch_client, small_pool
from tests.support.clockwork import Clockwork
from tests.support.pool_turns import FRAMES, HOUR, MINUTE, changes, pool, writes
from tests.support.simulator import SimulatedAzure


class TestCreation:
    async def test_a_pool_is_made_once_with_its_owner_and_becomes_ready(
        self, clocked: Clockwork, simulator: SimulatedAzure
    ) -> None:
        journal = journal_from_now(simulator)
        await clocked.apply(pool())
        await clocked.run(30 * MINUTE, step=MINUTE)
        made = changes(journal.requests("batch"))
        assert [entry.operation for entry in made] == ["Pools_CreatePool"]
        assert made[0].body["metadata"] == [{"name": OWNER_TAG, "value": "cluster/pool/rendering/frames"}]
        assert made[0].body["resizeTimeout"] == "PT15M"
        assert clocked.is_ready(FRAMES)
        assert clocked.conditions(FRAMES) == {
            "Ready": ("True", "Succeeded"),
            "ImageReady": ("True", "ImageAvailable"),
            "Sized": ("True", "Sized"),
            "UpToDate": ("True", "UpToDate"),
            "NodesHealthy": ("True", "NodesHealthy"),
        }
        assert clocked.told(FRAMES) == ["Created", "Ready"]

    async def test_the_status_shows_the_pool(self, frames: Clockwork, simulator: SimulatedAzure) -> None:
        status = frames.status(FRAMES)
        del status["conditions"]
        assert status == {
            "observedGeneration": 1,
            "poolId": "frames",
            "url": f"{simulator.ready.batch['contoso']}/pools/frames",
            "state": "active",
            "allocationState": "steady",
            "targetDedicatedNodes": 2,
            "currentDedicatedNodes": 2,
            "targetLowPriorityNodes": 0,
            "currentLowPriorityNodes": 0,
            "resizeTimeout": "PT15M",
            "nodes": {"idle": 2, "running": 0},
            "pendingChanges": [],
            "summary": {"dedicated": "2/2", "spot": "0/0"},
            "selector": "azurebatch.io/pool=frames",
        }

    async def test_nothing_is_written_before_the_finalizer_stands(self, clocked: Clockwork) -> None:
        await clocked.apply(pool())
        assert clocked.has_finalizer(FRAMES)

    async def test_a_lost_answer_to_the_creation_makes_no_second_pool(
        self, clocked: Clockwork, simulator: SimulatedAzure
    ) -> None:
        simulator.control.order_fault({"match": {"operation": "Pools_CreatePool"}, "times": 1, "lose": "response"})
        journal = journal_from_now(simulator)
        await clocked.apply(pool())
        await clocked.run(30 * MINUTE, step=MINUTE)
        assert writes(journal.requests("batch")) == ["Pools_CreatePool"]
        assert clocked.is_ready(FRAMES)

    async def test_a_pool_of_somebody_else_is_neither_taken_nor_touched_nor_deleted(
        self, clocked: Clockwork, simulator: SimulatedAzure
    ) -> None:
        batch_client(simulator).create_pool(small_pool("frames"))
        journal = journal_from_now(simulator)
        await clocked.apply(pool())
        await clocked.run(5 * MINUTE)
        assert clocked.conditions(FRAMES)["Stalled"] == ("True", "OwnedByAnother")
        assert OWNER_TAG in clocked.message(FRAMES)
        await clocked.delete(FRAMES)
        assert not clocked.is_there(FRAMES)
        assert writes(journal.requests("batch")) == []


class TestSize:
    async def test_growth_is_asked_for_once_with_both_targets(
        self, frames: Clockwork, simulator: SimulatedAzure
    ) -> None:
        journal = journal_from_now(simulator)
        await frames.change(FRAMES, {"targetDedicatedNodes": 400})
        assert frames.conditions(FRAMES)["Ready"] == ("False", "Resizing")
        await frames.run(2 * HOUR, step=MINUTE)
        (resize,) = changes(journal.requests("batch"))
        assert resize.operation == "Pools_ResizePool"
        assert resize.body == {"targetDedicatedNodes": 400, "targetLowPriorityNodes": 0, "resizeTimeout": "PT30M"}
        assert frames.is_ready(FRAMES)
        assert frames.events(FRAMES, "Resized") == ["2 → 400 nodes, timeout 30 min"]

    async def test_a_growth_that_nobody_wants_any_more_is_stopped_and_the_new_size_follows(
        self, frames: Clockwork, simulator: SimulatedAzure
    ) -> None:
        await frames.change(FRAMES, {"targetDedicatedNodes": 400})
        await frames.run(2 * MINUTE)
        journal = journal_from_now(simulator)
        await frames.change(FRAMES, {"targetDedicatedNodes": 10})
        await frames.run(2 * HOUR, step=MINUTE)
        assert writes(journal.requests("batch")) == ["Pools_StopPoolResize", "Pools_ResizePool"]
        assert frames.is_ready(FRAMES)
        assert frames.status(FRAMES)["summary"]["dedicated"] == "10/10"

    async def test_a_larger_size_is_queued_behind_a_running_growth(
        self, frames: Clockwork, simulator: SimulatedAzure
    ) -> None:
        await frames.change(FRAMES, {"targetDedicatedNodes": 100})
        journal = journal_from_now(simulator)
        await frames.change(FRAMES, {"targetDedicatedNodes": 120})
        assert "Then: 120 nodes." in frames.message(FRAMES)
        await frames.run(2 * HOUR, step=MINUTE)
        assert writes(journal.requests("batch")) == ["Pools_ResizePool"]
        assert frames.is_ready(FRAMES)

    async def test_a_quota_is_told_in_azures_words_tried_less_and_less_often_and_converges_once_raised(
        self, frames: Clockwork, simulator: SimulatedAzure
    ) -> None:
        simulator.control.change_quotas("contoso", {"dedicatedCoreQuota": 100})
        await frames.change(FRAMES, {"targetDedicatedNodes": 60})
        await frames.run(HOUR, step=MINUTE)
        assert frames.conditions(FRAMES)["Ready"] == ("False", "AccountCoreQuotaReached")
        assert frames.conditions(FRAMES)["Sized"][0] == "False"
        assert "CoreQuota 100" in frames.message(FRAMES)
        assert "50 of 60 nodes" in frames.message(FRAMES)
        journal, told = journal_from_now(simulator), len(frames.notes)
        reasons = set()
        for _ in range(120):
            await frames.run(MINUTE, step=MINUTE)
            reasons.add(frames.conditions(FRAMES)["Ready"])
        assert reasons == {("False", "AccountCoreQuotaReached")}
        assert 1 <= len(writes(journal.requests("batch"))) <= 14
        assert len(frames.notes) == told
        simulator.control.change_quotas("contoso", {"dedicatedCoreQuota": 6400})
        await frames.run(HOUR, step=MINUTE)
        assert frames.is_ready(FRAMES)
        assert "AccountCoreQuotaReached" in frames.told(FRAMES)


class TestChanges:
    async def test_a_changed_start_task_is_patched_as_the_specs_own_change(
        self, frames: Clockwork, simulator: SimulatedAzure
    ) -> None:
        journal = journal_from_now(simulator)
        await frames.change(FRAMES, {"startTask": {"commandLine": "hostname"}})
        assert writes(journal.requests("batch")) == ["Pools_UpdatePool"]
        assert frames.is_ready(FRAMES)
        assert frames.events(FRAMES, "Updated") == ["startTask.commandLine was changed as the spec says"]

    async def test_a_start_task_is_taken_away_right_after_a_look(
        self, frames: Clockwork, simulator: SimulatedAzure
    ) -> None:
        journal = journal_from_now(simulator)
        await frames.change(FRAMES, {"startTask": None})
        asked = [entry.operation for entry in journal.requests("batch")]
        assert asked[:2] == ["Pools_GetPool", "Pools_ReplacePoolProperties"]
        assert batch_client(simulator).get_pool("frames").start_task is None
        assert frames.is_ready(FRAMES)

    async def test_a_change_that_needs_an_empty_pool_is_listed_while_there_are_nodes(
        self, frames: Clockwork, simulator: SimulatedAzure
    ) -> None:
        journal = journal_from_now(simulator)
        await frames.change(FRAMES, {"vmSize": "STANDARD_D4_V3", "taskSlotsPerNode": 2})
        await frames.run(20 * MINUTE, step=MINUTE)
        assert writes(journal.requests("batch")) == []
        assert frames.is_ready(FRAMES)
        assert frames.conditions(FRAMES)["UpToDate"] == ("False", "WaitingForEmptyPool")
        assert frames.status(FRAMES)["pendingChanges"] == [
            {"field": "vmSize", "effect": "emptyPool", "waitsFor": "EmptyPool"},
            {"field": "taskSlotsPerNode", "effect": "emptyPool", "waitsFor": "EmptyPool"},
        ]
        assert "scale the pool to zero nodes" in frames.message(FRAMES, "UpToDate")

    async def test_a_request_by_annotation_is_a_look_and_is_echoed(
        self, frames: Clockwork, simulator: SimulatedAzure
    ) -> None:
        journal = journal_from_now(simulator)
        await frames.annotate(FRAMES, {"azurebatch.io/reconcile-requested-at": "now"})
        assert [entry.operation for entry in journal.requests("batch")] == ["Pools_GetPool"]
        assert frames.status(FRAMES)["lastHandledReconcileAt"] == "now"
