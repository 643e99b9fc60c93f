"""How pools go, who gets them, and what becomes of trouble."""

import pytest
from azure.batch import models
from azure.mgmt.batch.models import BatchAccountCreateParameters

from azure_batch_operator.reconcile.keys import PoolKey
from tests.support.azure_session import journal_from_now, refuse_once
from tests.support.batch import Wire, batch_client, publish
from tests.support.clockwork import Clockwork, clockwork
from tests.support.pool_turns import FRAMES, HOUR, MINUTE, literal, machine, pool, writes
from tests.support.simulator import SimulatedAzure


class TestDeletion:
    async def test_the_resource_goes_only_when_azure_says_that_the_pool_is_gone(
        self, frames: Clockwork, simulator: SimulatedAzure
    ) -> None:
        journal = journal_from_now(simulator)
        await frames.delete(FRAMES)
        assert frames.is_there(FRAMES)
        assert frames.conditions(FRAMES)["Ready"] == ("False", "Deleting")
        await frames.run(HOUR, step=MINUTE)
        assert not frames.is_there(FRAMES)
        seen = journal.requests("batch")
        assert writes(seen) == ["Pools_DeletePool"]
        last_look = [entry for entry in seen if entry.operation == "Pools_GetPool"][-1]
        assert last_look.status == 404
        assert frames.told(FRAMES)[-2:] == ["Deleting", "Deleted"]

    async def test_a_pool_that_cannot_be_understood_any_more_goes_as_it_was_understood_last(
        self, frames: Clockwork, simulator: SimulatedAzure
    ) -> None:
        await frames.change(FRAMES, {"startTask": "nothing"})
        assert frames.conditions(FRAMES)["Stalled"] == ("True", "InvalidSpec")
        journal = journal_from_now(simulator)
        await frames.delete(FRAMES)
        await frames.run(HOUR, step=MINUTE)
        assert not frames.is_there(FRAMES)
        assert writes(journal.requests("batch")) == ["Pools_DeletePool"]

    async def test_one_that_this_process_never_understood_waits_unless_its_pool_is_retained(
        self, frames: Clockwork, simulator: SimulatedAzure
    ) -> None:
        await frames.change(FRAMES, {"startTask": "nothing"})
        journal = journal_from_now(simulator)
        async with clockwork(simulator) as restarted:
            await restarted.take_over(frames)
            await restarted.delete(FRAMES)
            assert restarted.conditions(FRAMES)["Stalled"] == ("True", "InvalidSpec")
            assert "write deletionPolicy: Retain to leave https://" in restarted.message(FRAMES)
            await restarted.change(FRAMES, {"deletionPolicy": "Retain"})
            assert not restarted.is_there(FRAMES)
        assert writes(journal.requests("batch")) == []

    @pytest.mark.parametrize(
        ("jobs", "told"),
        [
            ((), "No active job targets pool frames."),
            (("a",), "1 active job (a) targets pool frames: their tasks wait, "),
            (("a", "b", "ended"), "2 active jobs (a, b) target pool frames: their tasks wait, "),
        ],
    )
    async def test_it_is_told_how_many_active_jobs_lose_their_nodes(
        self, frames: Clockwork, simulator: SimulatedAzure, jobs: tuple[str, ...], told: str
    ) -> None:
        for name in jobs:
            add_job(simulator, name)
        if "ended" in jobs:
            assert Wire(simulator).call("POST", "/jobs/ended/terminate").status == 202
        journal = journal_from_now(simulator)
        await frames.delete(FRAMES)
        assert [event.startswith(told) for event in frames.events(FRAMES, "ActiveJobs")] == [True]
        await frames.run(HOUR, step=MINUTE)
        assert [entry.operation for entry in journal.requests("batch")].count("Jobs_ListJobs") == 1

    async def test_jobs_that_may_not_be_read_hold_up_no_deletion(
        self, frames: Clockwork, simulator: SimulatedAzure
    ) -> None:
        refuse_once(simulator, 403, "AuthorizationFailed", operation="Jobs_ListJobs")
        await frames.delete(FRAMES)
        assert "is not known: AuthorizationFailed" in frames.events(FRAMES, "ActiveJobs")[0]
        await frames.run(HOUR, step=MINUTE)
        assert not frames.is_there(FRAMES)

    async def test_a_deletion_that_lasts_shows_since_when_and_what_azure_shows(
        self, frames: Clockwork, simulator: SimulatedAzure
    ) -> None:
        await frames.delete(FRAMES)
        simulator.control.advance(15)
        await frames.annotate(FRAMES, {"azurebatch.io/reconcile-requested-at": "now"})
        since = batch_client(simulator).get_pool("frames").state_transition_time
        assert f"Azure shows pool frames as deleting since {since:%Y-%m-%dT%H:%M:%SZ}" in frames.message(FRAMES)

    async def test_a_retained_pool_stays(self, frames: Clockwork, simulator: SimulatedAzure) -> None:
        await frames.change(FRAMES, {"deletionPolicy": "Retain"})
        journal = journal_from_now(simulator)
        await frames.delete(FRAMES)
        assert not frames.is_there(FRAMES)
        assert journal.requests("batch") == []


class TestRivals:
    async def test_the_older_resource_gets_the_pool_and_the_younger_one_says_so_until_it_is_free(
        self, clocked: Clockwork
    ) -> None:
        younger = PoolKey("rendering", "other")
        await clocked.apply(pool())
        await clocked.apply(pool("other", poolId="FRAMES"))
        await clocked.run(20 * MINUTE, step=MINUTE)
        assert clocked.is_ready(FRAMES)
        assert clocked.conditions(younger)["Stalled"] == ("True", "OwnedByAnother")
        await clocked.delete(FRAMES)
        await clocked.run(HOUR, step=MINUTE)
        assert not clocked.is_there(FRAMES)
        assert clocked.is_ready(younger)

    async def test_while_there_is_no_pool_age_decides(self, clocked: Clockwork) -> None:
        younger = PoolKey("rendering", "other")
        await clocked.apply(
            pool(galleryImageRef={"name": "missing"}, virtualMachineConfiguration={"imageReference": None})
        )
        await clocked.apply(pool("other", poolId="frames"))
        await clocked.run(5 * MINUTE, step=MINUTE)
        assert clocked.conditions(younger)["Stalled"] == ("True", "OwnedByAnother")
        assert "rendering/frames" in clocked.message(younger)


class TestTrouble:
    async def test_a_missing_account_is_waited_for_and_found_when_it_comes(
        self, clocked: Clockwork, simulator: SimulatedAzure
    ) -> None:
        await clocked.apply(pool(account={"resourceGroup": "batch", "name": "later"}))
        assert clocked.conditions(FRAMES)["Ready"] == ("False", "DependencyNotReady")
        assert "Stalled" not in clocked.conditions(FRAMES)
        account = BatchAccountCreateParameters(location="westeurope")
        simulator.batch_management().batch_account.begin_create("batch", "later", account, polling=False)
        await clocked.run(30 * MINUTE, step=MINUTE)
        assert clocked.is_ready(FRAMES)

    async def test_an_unknown_node_agent_stalls_with_the_nearest_ones_and_heals_with_the_spec(
        self, clocked: Clockwork, simulator: SimulatedAzure
    ) -> None:
        journal = journal_from_now(simulator)
        await clocked.apply(pool(virtualMachineConfiguration=machine("batch.node.ubuntu 22.4")))
        assert clocked.conditions(FRAMES)["Stalled"] == ("True", "NodeAgentMismatch")
        assert "batch.node.ubuntu 22.04" in clocked.message(FRAMES)
        assert writes(journal.requests("batch")) == []
        await clocked.change(FRAMES, {"virtualMachineConfiguration": machine("batch.node.ubuntu 22.04")})
        await clocked.run(30 * MINUTE, step=MINUTE)
        assert clocked.is_ready(FRAMES)

    async def test_what_azure_refuses_is_shown_and_not_sent_again_at_once(
        self, clocked: Clockwork, simulator: SimulatedAzure
    ) -> None:
        journal = journal_from_now(simulator)
        await clocked.apply(pool(taskSlotsPerNode=200))
        await clocked.run(9 * MINUTE, step=MINUTE)
        assert "Stalled" in clocked.conditions(FRAMES)
        assert writes(journal.requests("batch")) == ["Pools_CreatePool"]
        await clocked.change(FRAMES, {"taskSlotsPerNode": 8})
        await clocked.run(30 * MINUTE, step=MINUTE)
        assert clocked.is_ready(FRAMES)

    async def test_a_list_that_fails_changes_nothing_in_azure(
        self, frames: Clockwork, simulator: SimulatedAzure
    ) -> None:
        answer = {"status": 500, "code": "InternalError", "message": "broken"}
        simulator.control.order_fault({"match": {"operation": "Pools_ListPools"}, "times": None, "answer": answer})
        journal = journal_from_now(simulator)
        await frames.run(HOUR, step=MINUTE)
        assert writes(journal.requests("batch")) == []
        assert frames.is_ready(FRAMES)

    async def test_a_request_that_is_only_too_early_is_no_failure_to_show(
        self, frames: Clockwork, simulator: SimulatedAzure
    ) -> None:
        refuse_once(simulator, 429, "TooManyRequests", headers={"Retry-After": "60"}, operation="Pools_GetPool")
        await frames.annotate(FRAMES, {"azurebatch.io/reconcile-requested-at": "now"})
        assert frames.conditions(FRAMES)["Ready"] == ("False", "TooManyRequests")
        shown, told = frames.status(FRAMES), len(frames.notes)
        journal = journal_from_now(simulator)
        await frames.change(FRAMES, {"targetDedicatedNodes": 9})
        assert journal.requests("batch") == []
        assert (frames.status(FRAMES), len(frames.notes)) == (shown, told)

    async def test_a_spec_that_cannot_be_understood_names_the_field(self, clocked: Clockwork) -> None:
        dotted = PoolKey("rendering", "fra.mes")
        await clocked.apply(pool("fra.mes"))
        assert clocked.conditions(dotted)["Stalled"] == ("True", "InvalidSpec")
        assert clocked.message(dotted).startswith("spec.poolId: 'fra.mes' cannot be a pool's id")

    async def test_ill_nodes_are_counted_and_told(self, frames: Clockwork, simulator: SimulatedAzure) -> None:
        simulator.control.strike_nodes("contoso", "frames", "unusable", 1)
        await frames.run(7 * HOUR, step=10 * MINUTE)
        assert frames.conditions(FRAMES)["NodesHealthy"] == ("False", "NodesIll")
        assert frames.message(FRAMES, "NodesHealthy").startswith("1 unusable")


class TestRights:
    async def test_an_image_that_batch_may_not_read_is_retried_for_a_while_then_stalls_and_heals_with_the_right(
        self, clocked: Clockwork, simulator: SimulatedAzure
    ) -> None:
        message = (
            "The user identity used for this operation does not have the required privelege "
            "Microsoft.Compute/disks/beginGetAccess/action on the specified resource "
            "/subscriptions/s/resourceGroups/images/providers/Microsoft.Compute/galleries/g/images/i"
        )
        answer = {"status": 403, "code": "InsufficientPermissions", "message": message}
        simulator.control.order_fault({"match": {"operation": "Pools_CreatePool"}, "times": None, "answer": answer})
        await clocked.apply(pool())
        assert clocked.conditions(FRAMES)["Ready"] == ("False", "InsufficientPermissions")
        assert clocked.conditions(FRAMES)["Reconciling"] == ("True", "ProgressingWithRetry")
        await clocked.run(15 * MINUTE, step=MINUTE)
        assert clocked.conditions(FRAMES)["Stalled"] == ("True", "ImageAccessDenied")
        assert "Microsoft.Compute/disks/beginGetAccess/action" in clocked.message(FRAMES)
        simulator.control.clear_faults()
        await clocked.run(HOUR, step=MINUTE)
        assert clocked.is_ready(FRAMES)

    async def test_what_may_not_be_read_is_listed_and_blocks_nothing(
        self, clocked: Clockwork, simulator: SimulatedAzure
    ) -> None:
        answer = {"status": 403, "code": "AuthorizationFailed", "message": "No right to read."}
        match = {"operation": "Accounts_ListSupportedImages"}
        simulator.control.order_fault({"match": match, "times": None, "answer": answer})
        refuse_once(simulator, 503, "ServerBusy", operation="Pools_CreatePool")
        await clocked.apply(pool())
        assert clocked.conditions(FRAMES)["Advisory"] == ("True", "PreflightUnknown")
        assert "the account's node agents (AuthorizationFailed)" in clocked.message(FRAMES, "Advisory")
        await clocked.run(HOUR, step=MINUTE)
        assert clocked.is_ready(FRAMES)
        assert "Advisory" not in clocked.conditions(FRAMES)


class TestAccounts:
    async def test_an_endpoint_alone_names_the_account_without_asking_resource_manager(
        self, clocked: Clockwork, simulator: SimulatedAzure
    ) -> None:
        journal = journal_from_now(simulator)
        await clocked.apply(pool(account=_by_endpoint(simulator)))
        await clocked.run(HOUR, step=MINUTE)
        assert clocked.is_ready(FRAMES)
        assert journal.requests("batch_accounts") == []

    async def test_an_unknown_region_stalls_a_pool_of_a_gallery_image_until_the_spec_tells_it(
        self, clocked: Clockwork, simulator: SimulatedAzure
    ) -> None:
        machines = literal(publish(simulator))
        await clocked.apply(pool(account=_by_endpoint(simulator), virtualMachineConfiguration=machines))
        assert clocked.conditions(FRAMES)["Stalled"] == ("True", "AccountRegionUnknown")
        assert "account.location" in clocked.message(FRAMES)
        await clocked.delete(FRAMES)
        told = {**_by_endpoint(simulator), "location": "West Europe"}
        await clocked.apply(pool(account=told, virtualMachineConfiguration=machines))
        await clocked.run(HOUR, step=MINUTE)
        assert clocked.is_ready(FRAMES)


def _by_endpoint(simulator: SimulatedAzure) -> dict[str, str | None]:
    return {"resourceGroup": None, "name": None, "endpoint": simulator.ready.batch["contoso"]}


def add_job(simulator: SimulatedAzure, name: str) -> None:
    """An active job whose tasks run on the pool frames."""
    target = models.BatchPoolInfo(pool_id="frames")
    batch_client(simulator).create_job(models.BatchJobCreateOptions(id=name, pool_info=target))
