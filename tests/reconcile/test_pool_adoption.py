"""Whole turns about pools that are not ours: refused, shown, taken over, let go, and taken over by another."""

from azure.batch import models

from azure_batch_operator.core.names import OWNER_TAG
from azure_batch_operator.reconcile.keys import PoolKey
from tests.support.azure_session import journal_from_now
from tests.support.batch import Wire, batch_client, small_pool
from tests.support.clockwork import Clockwork, clockwork
from tests.support.custom_resources import Manifest
from tests.support.pool_turns import FRAMES, HOUR, MINUTE, changes, pool, writes
from tests.support.simulator import SimulatedAzure

OTHER = PoolKey("rendering", "other")
PATCH, RESIZE = "Pools_UpdatePool", "Pools_ResizePool"


def made_by_a_script(simulator: SimulatedAzure) -> None:
    """A pool as somebody makes it with the SDK, of one node, with a start task and metadata of its own."""
    task = models.BatchStartTask(command_line="/bin/bash -c 'echo hello'")
    mine = models.BatchMetadataItem(name="cost-center", value="42")
    body = small_pool("frames", nodes=1, start_task=task, metadata=[mine])
    batch_client(simulator).create_pool(body)
    simulator.control.advance(HOUR)


def adopting(name: str = "frames", **spec: object) -> Manifest:
    """A BatchPool that is willing to take over the pool frames."""
    return pool(name, poolId="frames", adoptionPolicy="Adopt", **spec)


def metadata(simulator: SimulatedAzure) -> dict[str, str]:
    """The metadata of the pool in Azure."""
    return {item.name: item.value for item in batch_client(simulator).get_pool("frames").metadata or []}


async def test_what_is_taken_over_is_shown_first_and_made_as_the_spec_says_afterwards(
    clocked: Clockwork, simulator: SimulatedAzure
) -> None:
    made_by_a_script(simulator)
    journal = journal_from_now(simulator)
    await clocked.apply(adopting())
    assert clocked.conditions(FRAMES)["Ready"] == ("False", "Adopting")
    assert clocked.conditions(FRAMES)["Reconciling"] == ("True", "Progressing")
    assert "startTask.commandLine" in clocked.message(FRAMES)
    assert writes(journal.requests("batch")) == []
    await clocked.until(lambda: clocked.is_ready(FRAMES), step=15)
    assert writes(journal.requests("batch")) == [PATCH, RESIZE]
    assert metadata(simulator) == {"cost-center": "42", OWNER_TAG: "cluster/pool/rendering/frames"}
    assert clocked.told(FRAMES) == ["Adopting", "Adopted", "Resized", "Ready"]
    assert clocked.status(FRAMES)["currentDedicatedNodes"] == 2


async def test_its_nodes_are_left_to_their_work(clocked: Clockwork, simulator: SimulatedAzure) -> None:
    made_by_a_script(simulator)
    journal = journal_from_now(simulator)
    await clocked.apply(adopting(vmSize="STANDARD_D4_V3", targetDedicatedNodes=1))
    await clocked.until(lambda: clocked.is_ready(FRAMES), step=15)
    assert writes(journal.requests("batch")) == [PATCH]
    assert clocked.conditions(FRAMES)["UpToDate"] == ("False", "WaitingForEmptyPool")


async def test_without_consent_nothing_is_taken_over_and_the_way_to_consent_is_told(
    clocked: Clockwork, simulator: SimulatedAzure
) -> None:
    made_by_a_script(simulator)
    journal = journal_from_now(simulator)
    await clocked.apply(pool())
    await clocked.run(HOUR, step=MINUTE)
    assert clocked.conditions(FRAMES)["Stalled"] == ("True", "OwnedByAnother")
    assert "write adoptionPolicy: Adopt, which changes startTask.commandLine" in clocked.message(FRAMES)
    await clocked.delete(FRAMES)
    assert not clocked.is_there(FRAMES)
    assert writes(journal.requests("batch")) == []


async def test_a_restart_in_between_shows_it_once_more(clocked: Clockwork, simulator: SimulatedAzure) -> None:
    made_by_a_script(simulator)
    journal = journal_from_now(simulator)
    await clocked.apply(adopting())
    async with clockwork(simulator) as restarted:
        await restarted.take_over(clocked)
        assert restarted.conditions(FRAMES)["Ready"] == ("False", "Adopting")
        assert writes(journal.requests("batch")) == []
        await restarted.until(lambda: restarted.is_ready(FRAMES), step=15)


async def test_a_pool_that_was_let_go_is_taken_over_by_another_resource(
    clocked: Clockwork, simulator: SimulatedAzure
) -> None:
    made_by_a_script(simulator)
    await clocked.apply(adopting(deletionPolicy="Retain"))
    await clocked.until(lambda: clocked.is_ready(FRAMES), step=15)
    await clocked.apply(adopting("other"))
    await clocked.run(20 * MINUTE, step=MINUTE)
    assert clocked.conditions(OTHER)["Stalled"] == ("True", "OwnedByAnother")
    assert "delete BatchPool rendering/frames, with deletionPolicy: Retain" in clocked.message(OTHER)
    journal = journal_from_now(simulator)
    await clocked.delete(FRAMES)
    assert not clocked.is_there(FRAMES)
    await clocked.until(lambda: clocked.is_ready(OTHER), step=15)
    assert [entry.operation for entry in changes(journal.requests("batch"))] == [PATCH]
    assert metadata(simulator)[OWNER_TAG] == "cluster/pool/rendering/other"


async def test_what_a_gone_resource_left_behind_is_not_taken_without_consent(
    frames: Clockwork, simulator: SimulatedAzure
) -> None:
    await frames.change(FRAMES, {"deletionPolicy": "Retain"})
    await frames.delete(FRAMES)
    await frames.apply(pool("other", poolId="frames"))
    await frames.run(20 * MINUTE, step=MINUTE)
    assert frames.conditions(OTHER)["Stalled"] == ("True", "OwnedByAnother")
    assert "was made for a BatchPool that is gone" in frames.message(OTHER)


async def test_an_operator_takes_over_pools_of_the_one_before_it(frames: Clockwork, simulator: SimulatedAzure) -> None:
    journal = journal_from_now(simulator)
    async with clockwork(simulator, operator_id="rebuilt", former_operator_ids=("cluster",)) as rebuilt:
        await rebuilt.apply(pool())
        await rebuilt.until(lambda: rebuilt.is_ready(FRAMES), step=15)
    assert writes(journal.requests("batch")) == [PATCH]
    assert metadata(simulator)[OWNER_TAG] == "rebuilt/pool/rendering/frames"


async def test_in_namespaces_that_are_not_watched_no_resource_is_taken_for_gone(
    frames: Clockwork, simulator: SimulatedAzure
) -> None:
    journal = journal_from_now(simulator)
    async with clockwork(simulator, namespaces=("elsewhere",)) as other:
        manifest = adopting()
        manifest["metadata"]["namespace"] = "elsewhere"
        await other.apply(manifest)
        await other.run(20 * MINUTE, step=MINUTE)
        assert other.conditions(PoolKey("elsewhere", "frames"))["Stalled"] == ("True", "OwnedByAnother")
    assert writes(journal.requests("batch")) == []


async def test_of_two_that_consent_the_older_takes_it(clocked: Clockwork, simulator: SimulatedAzure) -> None:
    made_by_a_script(simulator)
    await clocked.apply_all([adopting(), adopting("other")])
    await clocked.run(20 * MINUTE, step=MINUTE)
    assert clocked.is_ready(FRAMES)
    assert clocked.conditions(OTHER)["Stalled"] == ("True", "OwnedByAnother")
    assert metadata(simulator)[OWNER_TAG] == "cluster/pool/rendering/frames"


async def test_a_pool_that_is_given_away_is_left_alone(frames: Clockwork, simulator: SimulatedAzure) -> None:
    assert Wire(simulator).call("PATCH", "/pools/frames", {"metadata": []}).status == 200
    journal = journal_from_now(simulator)
    await frames.run(30 * MINUTE, step=MINUTE)
    assert frames.conditions(FRAMES)["Stalled"] == ("True", "OwnedByAnother")
    assert writes(journal.requests("batch")) == []
