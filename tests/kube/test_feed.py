"""The feed: everything reaches the stores, but only what calls for a turn reaches the queue."""

from typing import Any

import pytest

from azure_batch_operator.core.json import JsonObject
from azure_batch_operator.kube.resources import BATCH_POOLS
from azure_batch_operator.reconcile.desired import FINALIZER, RECONCILE_ANNOTATION
from azure_batch_operator.reconcile.keys import AccountKey, PoolKey
from azure_batch_operator.reconcile.outcome import Priority
from tests.support.queues import all_taken
from tests.support.stores import Stores

KEY = PoolKey("rendering", "frames")


def body(*, version: int = 1, spec: Any = None, status: Any = None, **metadata: Any) -> JsonObject:
    return {
        "metadata": {
            "namespace": KEY.namespace,
            "name": KEY.name,
            "uid": "one",
            "generation": 1,
            "resourceVersion": str(version),
            **metadata,
        },
        "spec": spec or {},
        "status": status or {},
    }


async def see(stores: Stores, *bodies: JsonObject) -> list[Any]:
    """The keys that are to be worked on after these bodies were seen, each worked on at once."""
    keys = []
    for each in bodies:
        stores.feed.seen(BATCH_POOLS, each, Priority.CHANGE)
        for key in await all_taken(stores.queue):
            keys.append(key)
            stores.queue.done(key)
    return keys


async def test_a_new_object_is_stored_and_enqueued() -> None:
    stores = Stores()
    assert await see(stores, body()) == [KEY]
    assert stores.pools.body(KEY) == body()


async def test_a_status_that_we_wrote_ourselves_is_stored_but_calls_for_no_turn() -> None:
    stores = Stores()
    assert await see(stores, body(), body(version=2, status={"state": "active"})) == [KEY]
    assert stores.pools.body(KEY) == body(version=2, status={"state": "active"})


@pytest.mark.parametrize(
    "change",
    [
        {"generation": 2},
        {"uid": "another"},
        {"deletionTimestamp": "2026-01-01T00:00:00Z"},
        {"finalizers": [FINALIZER]},
        {"annotations": {RECONCILE_ANNOTATION: "now"}},
    ],
    ids=lambda change: next(iter(change)),
)
async def test_what_people_do_to_an_object_calls_for_a_turn(change: dict[str, Any]) -> None:
    assert await see(Stores(), body(), body(version=2, **change)) == [KEY, KEY]


async def test_other_annotations_and_labels_call_for_no_turn() -> None:
    changed = body(version=2, annotations={"note": "hello"}, labels={"team": "a"})
    assert await see(Stores(), body(), changed) == [KEY]


async def test_an_answer_that_arrives_late_does_not_replace_a_newer_object() -> None:
    stores = Stores()
    await see(stores, body(version=10, generation=2), body(version=9, generation=1))
    assert stores.pools.body(KEY) == body(version=10, generation=2)


async def test_a_namesake_replaces_the_object_whatever_its_version() -> None:
    stores = Stores()
    await see(stores, body(version=10), body(version=9, uid="another"))
    assert stores.pools.body(KEY) == body(version=9, uid="another")


async def test_an_object_that_is_gone_leaves_the_store_and_gets_a_last_turn() -> None:
    stores = Stores()
    await see(stores, body())
    stores.feed.gone(KEY, "one")
    assert stores.pools.body(KEY) is None
    assert stores.forgotten == ["one"]
    assert await all_taken(stores.queue) == [KEY]


async def test_what_arrives_late_about_an_object_that_has_ended_does_not_bring_it_back() -> None:
    stores = Stores()
    await see(stores, body())
    stores.feed.ended(KEY, "one")
    assert await see(stores, body(version=2)) == [KEY], "its last turn, and no other"
    assert stores.pools.body(KEY) is None


async def test_an_object_that_only_seemed_gone_comes_back_when_it_is_shown_again() -> None:
    stores = Stores()
    await see(stores, body())
    stores.feed.gone(KEY, "one")
    await see(stores, body())
    assert stores.pools.body(KEY) == body()


async def test_news_of_an_earlier_namesakes_end_change_nothing() -> None:
    stores = Stores()
    await see(stores, body(uid="another"))
    stores.feed.gone(KEY, "one")
    assert stores.pools.body(KEY) is not None


async def test_what_hangs_on_an_object_is_looked_at_too_when_it_changes() -> None:
    stores = Stores(also=(AccountKey("contoso"),))
    assert await see(stores, body()) == [KEY, AccountKey("contoso")]
    assert stores.changed == [KEY]


async def test_what_only_other_clients_need_is_not_kept_in_memory() -> None:
    stores = Stores()
    applied = {"kubectl.kubernetes.io/last-applied-configuration": "{}", RECONCILE_ANNOTATION: "now"}
    await see(stores, body(managedFields=[{"manager": "kubectl"}], annotations=applied))
    assert stores.pools.body(KEY) == body(annotations={RECONCILE_ANNOTATION: "now"})
