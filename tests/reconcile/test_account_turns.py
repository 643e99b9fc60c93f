"""Turns of Batch accounts: how often they are looked at, whom the news concerns, and what is never concluded."""

from azure_batch_operator.core.accounts import AccountRef
from azure_batch_operator.reconcile.keys import AccountKey, ImageKey, PoolKey
from tests.support.azure_session import Journal, journal_from_now, refuse_once
from tests.support.batch import Wire, batch_client, pool_of, small_pool
from tests.support.clockwork import Clockwork, clockwork
from tests.support.pool_turns import FRAMES, HOUR, MINUTE, image, pool
from tests.support.simulator import SimulatedAzure

IMAGE = ImageKey("rendering", "render-node")
LISTS, COUNTS = "Pools_ListPools", "Accounts_ListPoolNodeCounts"


def contoso(simulator: SimulatedAzure) -> AccountKey:
    """The account of the tests."""
    ref = AccountRef(subscription_id=simulator.subscription, resource_group="batch", name="contoso")
    return AccountKey(ref.key)


def asked(journal: Journal, operation: str) -> int:
    """How often Batch was asked for that."""
    return sum(entry.operation == operation for entry in journal.requests("batch"))


async def test_an_account_is_looked_at_often_while_a_pool_moves_and_seldom_at_rest(
    frames: Clockwork, simulator: SimulatedAzure
) -> None:
    await frames.run(HOUR, step=MINUTE)
    journal = journal_from_now(simulator)
    await frames.run(HOUR, step=15)
    assert 5 <= asked(journal, LISTS) <= 6
    await frames.change(FRAMES, {"targetDedicatedNodes": 200})
    journal = journal_from_now(simulator)
    await frames.run(5 * MINUTE, step=5)
    assert 15 <= asked(journal, LISTS) <= 20


async def test_two_looks_are_never_closer_than_the_moving_interval(
    frames: Clockwork, simulator: SimulatedAzure
) -> None:
    await frames.run(MINUTE)
    await frames.wired.turn(contoso(simulator))
    journal = journal_from_now(simulator)
    outcome = await frames.wired.turn(contoso(simulator))
    assert journal.requests("batch") == []
    assert outcome.again is not None
    assert 0 < outcome.again <= 15


async def test_only_pools_that_changed_are_woken(frames: Clockwork, simulator: SimulatedAzure) -> None:
    other = PoolKey("rendering", "other")
    await frames.apply(pool("other"))
    await frames.run(HOUR, step=MINUTE)
    frames.time.advance(MINUTE)
    assert (await frames.wired.turn(contoso(simulator))).wake == frozenset()
    Wire(simulator).call("PATCH", "/pools/other", {"startTask": {"commandLine": "other"}})
    frames.time.advance(MINUTE)
    assert (await frames.wired.turn(contoso(simulator))).wake == {other}


async def test_a_failed_list_says_nothing_about_any_pool(frames: Clockwork, simulator: SimulatedAzure) -> None:
    refuse_once(simulator, 500, "InternalError", operation=LISTS)
    frames.time.advance(MINUTE)
    outcome = await frames.wired.turn(contoso(simulator))
    assert outcome.failed
    assert outcome.wake == frozenset()
    journal = journal_from_now(simulator)
    await frames.run(MINUTE)
    assert asked(journal, "Pools_GetPool") == 0


async def test_a_pool_missing_from_a_list_is_looked_at_before_anything_is_concluded(
    frames: Clockwork, simulator: SimulatedAzure
) -> None:
    batch_client(simulator).begin_delete_pool("frames")
    simulator.control.advance(HOUR)
    frames.time.advance(MINUTE)
    journal = journal_from_now(simulator)
    outcome = await frames.wired.turn(contoso(simulator))
    assert outcome.wake == {FRAMES}
    assert asked(journal, "Pools_CreatePool") == 0
    await frames.wired.turn(FRAMES)
    operations = [entry.operation for entry in journal.requests("batch")]
    assert operations.index("Pools_GetPool") < operations.index("Pools_CreatePool")


async def test_node_counts_of_many_pools_are_read_page_by_page_and_then_rest_for_ten_resyncs(
    clocked: Clockwork, simulator: SimulatedAzure
) -> None:
    for number in range(24):
        batch_client(simulator).create_pool(small_pool(f"foreign-{number}"))
    await clocked.apply(pool())
    await clocked.run(2 * HOUR, step=MINUTE)
    journal = journal_from_now(simulator)
    await clocked.run(10 * 600, step=MINUTE)
    assert asked(journal, COUNTS) <= 3
    assert clocked.status(FRAMES)["nodes"] == {"idle": 2, "running": 0}


async def test_a_foreign_pool_that_grows_on_our_image_wakes_the_image(
    frames: Clockwork, simulator: SimulatedAzure
) -> None:
    await frames.apply(image())
    await frames.run(2 * HOUR, step=MINUTE)
    image_id = str(frames.status(IMAGE)["versionId"])
    batch_client(simulator).create_pool(pool_of(image_id, "foreign", nodes=1))
    frames.time.advance(MINUTE)
    outcome = await frames.wired.turn(contoso(simulator))
    assert outcome.wake == {IMAGE}


async def test_an_image_that_waits_for_the_account_to_be_read_is_woken_by_the_list(
    frames: Clockwork, simulator: SimulatedAzure
) -> None:
    await frames.run(HOUR, step=MINUTE)
    frames.time.advance(1)
    frames.wired.images.put(IMAGE, image() | {"metadata": {**image()["metadata"], "uid": "image", "generation": 1}})
    desired = frames.wired.images.get(IMAGE)
    assert desired is not None
    frames.wired.usage.image_seen(IMAGE, desired.wanted)
    frames.time.advance(MINUTE)
    assert IMAGE in (await frames.wired.turn(contoso(simulator))).wake


async def test_an_account_that_nobody_names_any_more_is_left_alone(
    frames: Clockwork, simulator: SimulatedAzure
) -> None:
    await frames.delete(FRAMES)
    await frames.run(HOUR, step=MINUTE)
    assert not frames.is_there(FRAMES)
    journal = journal_from_now(simulator)
    await frames.run(HOUR, step=MINUTE)
    assert journal.requests() == []


async def test_a_raised_quota_is_noticed_at_the_next_resync_however_long_the_pauses_have_become(
    simulator: SimulatedAzure,
) -> None:
    simulator.control.change_quotas("contoso", {"dedicatedCoreQuota": 10})
    async with clockwork(simulator, retry_base=600, retry_cap=24 * HOUR) as patient:
        await patient.apply(pool(targetDedicatedNodes=6))
        await patient.run(8 * HOUR, step=2 * MINUTE)
        assert patient.conditions(FRAMES)["Ready"] == ("False", "AccountCoreQuotaReached")
        simulator.control.change_quotas("contoso", {"dedicatedCoreQuota": 20})
        journal = journal_from_now(simulator)
        await patient.run(15 * MINUTE, step=MINUTE)
        assert asked(journal, "Pools_ResizePool") == 1
        assert patient.is_ready(FRAMES)


async def test_a_new_process_learns_of_all_pools_from_one_list(frames: Clockwork, simulator: SimulatedAzure) -> None:
    for number in range(5):
        await frames.apply(pool(f"pool-{number}"))
    await frames.run(HOUR, step=MINUTE)
    journal = journal_from_now(simulator)
    async with clockwork(simulator) as restarted:
        for number in range(5):
            await restarted.apply(pool(f"pool-{number}"))
        await restarted.run(MINUTE)
        assert all(restarted.is_ready(PoolKey("rendering", f"pool-{number}")) for number in range(5))
    assert asked(journal, LISTS) == 1
    assert asked(journal, "Pools_GetPool") == 0


async def test_a_pool_asks_for_itself_where_the_first_list_of_its_account_fails(
    clocked: Clockwork, simulator: SimulatedAzure
) -> None:
    answer = {"status": 500, "code": "InternalError", "message": "broken"}
    simulator.control.order_fault({"match": {"operation": LISTS}, "times": None, "answer": answer})
    await clocked.apply(pool())
    await clocked.run(MINUTE)
    assert clocked.told(FRAMES) == ["Created"]
