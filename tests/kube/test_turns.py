"""What surrounds a turn: outcomes become finalizers, statuses, Events and the next turns."""

from random import Random
from typing import Any

from azure_batch_operator.kube.client import KubeClient
from azure_batch_operator.kube.events import EventRecorder
from azure_batch_operator.kube.resources import BATCH_POOLS
from azure_batch_operator.kube.status import RIDE_ALONG_EVERY, StatusWriter
from azure_batch_operator.kube.turns import Turns
from azure_batch_operator.reconcile.desired import FINALIZER
from azure_batch_operator.reconcile.keys import AccountKey, ImageKey, Key, PoolKey
from azure_batch_operator.reconcile.outcome import FinalizerChange, Note, Outcome, Priority
from tests.support.kube import Cluster, connection
from tests.support.queues import all_taken, taken
from tests.support.stores import Stores

ROUTINE_PAUSE = 600.0
NOTE = Note(type="Normal", reason="Created", action="Create", message="Made the pool.")
AT = "2026-01-01T00:00:00Z"


def status(**fields: Any) -> dict[str, Any]:
    ready = {
        "type": "Ready",
        "status": "True",
        "reason": "Succeeded",
        "message": "All is well.",
        "observedGeneration": 1,
        "lastTransitionTime": AT,
    }
    return {"observedGeneration": 1, "conditions": [ready], **fields}


class Stage:
    """Turns with an outcome of our choice, around a store, a queue and a real API server."""

    def __init__(self, cluster: Cluster, *, client: KubeClient | None = None) -> None:
        self.cluster = cluster
        self.stores = Stores()
        self.queue = self.stores.queue
        self.outcome = Outcome()
        client = client or cluster.client
        self.turns = Turns(
            turn=self._turn,
            queue=self.queue,
            feed=self.stores.feed,
            client=client,
            statuses=StatusWriter(client, monotonic=self.stores.time.time),
            events=EventRecorder(client),
            chance=Random(7),
            routine_pause=ROUTINE_PAUSE,
        )

    async def _turn(self, _: Key) -> Outcome:
        return self.outcome

    async def take(self, key: Key, outcome: Outcome) -> None:
        """One turn of `key`, as a worker would take it."""
        self.outcome = outcome
        self.queue.add(key, Priority.CHANGE)
        while await taken(self.queue) != key:
            continue
        await self.turns.take(key)
        self.queue.done(key)

    def show(self, key: PoolKey) -> PoolKey:
        """The store gets the pool as it is now."""
        self.stores.feed.seen(BATCH_POOLS, self.cluster.pool(key), Priority.RESYNC)
        return key

    async def comes_after(self, seconds: float, key: Key) -> None:
        """The key comes once more, and not before so many seconds have passed."""
        self.stores.time.advance(seconds * 0.999)
        assert await all_taken(self.queue) == []
        self.stores.time.advance(seconds * 0.5)
        assert await all_taken(self.queue) == [key]


async def test_finalizer_status_and_event_are_written_in_one_turn(cluster: Cluster) -> None:
    stage = Stage(cluster)
    key = stage.show(cluster.make_pool())
    await stage.take(key, Outcome(finalizer=FinalizerChange.ADD, status=status(state="active"), notes=(NOTE,)))
    assert cluster.finalizers(key) == [FINALIZER]
    assert cluster.pool(key)["status"]["state"] == "active"
    assert cluster.writes.count == 3


async def test_the_next_turn_sees_the_finalizer_without_waiting_for_the_watch(cluster: Cluster) -> None:
    stage = Stage(cluster)
    key = stage.show(cluster.make_pool())
    await stage.take(key, Outcome(finalizer=FinalizerChange.ADD, again=0))
    desired = stage.stores.pools.get(key)
    assert desired is not None
    assert desired.has_finalizer
    assert await all_taken(stage.queue) == [key]


async def test_the_last_finalizer_lets_the_object_go_and_it_is_forgotten(cluster: Cluster) -> None:
    stage = Stage(cluster)
    key = stage.show(cluster.make_pool())
    await stage.take(key, Outcome(finalizer=FinalizerChange.ADD))
    cluster.kubectl.run("delete", "batchpool", key.name, "--wait=false")
    stage.show(key)
    await stage.take(key, Outcome(finalizer=FinalizerChange.REMOVE, status=status(), notes=(NOTE,)))
    assert cluster.kubectl("get", "batchpool", key.name).exit_status == 1
    assert stage.stores.pools.get(key) is None


async def test_when_somebody_else_just_wrote_the_finalizer_waits_for_another_look(cluster: Cluster) -> None:
    stage = Stage(cluster)
    key = stage.show(cluster.make_pool())
    cluster.kubectl.run("scale", "batchpool", key.name, "--replicas=9")
    await stage.take(key, Outcome(finalizer=FinalizerChange.ADD))
    assert cluster.finalizers(key) == []
    body: Any = stage.stores.pools.body(key)
    assert body["spec"]["targetDedicatedNodes"] == 9
    assert await all_taken(stage.queue) == [key]


async def test_an_object_that_is_gone_is_forgotten_instead_of_tried_again(cluster: Cluster) -> None:
    stage = Stage(cluster)
    key = stage.show(cluster.make_pool())
    cluster.kubectl.run("delete", "batchpool", key.name)
    await stage.take(key, Outcome(status=status()))
    assert stage.stores.pools.get(key) is None
    assert await all_taken(stage.queue) == [key], "a last turn, to forget it"


async def test_what_the_api_server_refuses_is_tried_again_with_a_pause(cluster: Cluster) -> None:
    powerless = KubeClient(lambda: connection(cluster.kubectl.plane, token="wrong"))
    stage = Stage(cluster, client=powerless)
    key = stage.show(cluster.make_pool())
    await stage.take(key, Outcome(status=status(), again=ROUTINE_PAUSE))
    assert await all_taken(stage.queue) == []
    stage.stores.time.advance(2)
    assert await all_taken(stage.queue) == [key]
    await powerless.close()


async def test_others_are_woken_even_when_the_status_cannot_be_written(cluster: Cluster) -> None:
    powerless = KubeClient(lambda: connection(cluster.kubectl.plane, token="wrong"))
    stage = Stage(cluster, client=powerless)
    key = stage.show(cluster.make_pool())
    await stage.take(key, Outcome(status=status(), wake=frozenset({ImageKey("a", "b")})))
    assert await all_taken(stage.queue) == [ImageKey("a", "b")]
    await powerless.close()


async def test_a_pause_is_kept_and_never_cut_short(cluster: Cluster) -> None:
    stage, key = Stage(cluster), AccountKey("contoso")
    await stage.take(key, Outcome(again=15))
    await stage.comes_after(15, key)


async def test_a_routine_turn_lets_everything_else_go_first(cluster: Cluster) -> None:
    stage = Stage(cluster)
    await stage.take(AccountKey("resting"), Outcome(again=ROUTINE_PAUSE))
    stage.stores.time.advance(ROUTINE_PAUSE - 15)
    await stage.take(AccountKey("moving"), Outcome(again=15))
    stage.stores.time.advance(ROUTINE_PAUSE)
    assert await all_taken(stage.queue) == [AccountKey("moving"), AccountKey("resting")]


async def test_failures_pause_longer_each_time_until_a_turn_succeeds(cluster: Cluster) -> None:
    stage, key = Stage(cluster), AccountKey("contoso")
    for _ in range(4):
        await stage.take(key, Outcome(failed=True))
    stage.stores.time.advance(6)
    assert await all_taken(stage.queue) == []
    await stage.take(key, Outcome())
    await stage.take(key, Outcome(failed=True))
    stage.stores.time.advance(2)
    assert await all_taken(stage.queue) == [key]


async def test_node_counts_that_had_to_wait_are_written_by_a_later_turn(cluster: Cluster) -> None:
    stage = Stage(cluster)
    key = stage.show(cluster.make_pool())
    await stage.take(key, Outcome(status=status(nodes={"idle": 1})))
    await stage.take(key, Outcome(status=status(nodes={"idle": 2})))
    assert cluster.writes.count == 1
    await stage.comes_after(RIDE_ALONG_EVERY, key)
