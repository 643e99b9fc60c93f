"""The sweep: what a watch missed is dropped from the stores, or read."""

from typing import Any

import pytest

from azure_batch_operator.kube.client import ApiFailure, KubeClient
from azure_batch_operator.kube.resources import BATCH_POOLS
from azure_batch_operator.kube.sweep import Sweep
from azure_batch_operator.reconcile.keys import PoolKey
from azure_batch_operator.reconcile.outcome import Priority
from tests.support.kube import Cluster, connection
from tests.support.stores import Stores


def sweep_of(cluster: Cluster, stores: Stores, **options: Any) -> Sweep:
    namespaces = (cluster.kubectl.namespace,)
    return Sweep(cluster.client, stores.feed, namespaces=namespaces, watch_settles_within=0, **options)


def see(stores: Stores, cluster: Cluster, key: PoolKey, **metadata: Any) -> None:
    body = cluster.pool(key)
    stores.feed.seen(BATCH_POOLS, {**body, "metadata": {**body["metadata"], **metadata}}, Priority.RESYNC)


async def test_an_object_that_vanished_unnoticed_is_dropped(cluster: Cluster) -> None:
    stores, key, gone = Stores(), cluster.make_pool(), cluster.make_pool()
    see(stores, cluster, key)
    see(stores, cluster, gone)
    cluster.kubectl.run("delete", "batchpool", gone.name)
    await sweep_of(cluster, stores).once()
    assert stores.pools.body(key) is not None
    assert stores.pools.body(gone) is None


async def test_a_namesake_of_a_vanished_object_takes_its_place(cluster: Cluster) -> None:
    stores, key = Stores(), cluster.make_pool()
    see(stores, cluster, key, uid="of-an-earlier-one")
    await sweep_of(cluster, stores).once()
    assert stores.forgotten == ["of-an-earlier-one"]
    assert stores.feed.uids(BATCH_POOLS)[key] == cluster.uid(key)


async def test_objects_that_the_watch_did_not_bring_are_read_on_every_page_of_the_list(cluster: Cluster) -> None:
    stores = Stores()
    keys = {cluster.make_pool() for _ in range(5)}
    await sweep_of(cluster, stores, page=2).once()
    assert keys <= set(stores.pools.keys())


async def test_an_object_that_changed_unnoticed_is_read_again(cluster: Cluster) -> None:
    stores, key = Stores(), cluster.make_pool()
    see(stores, cluster, key)
    cluster.kubectl.run("scale", "batchpool", key.name, "--replicas=7")
    await sweep_of(cluster, stores).once()
    body: Any = stores.pools.body(key)
    assert body["spec"]["targetDedicatedNodes"] == 7


async def test_a_deletion_that_was_not_noticed_is_read(cluster: Cluster) -> None:
    stores, key = Stores(), cluster.make_pool()
    cluster.kubectl.run(
        "patch", "batchpool", key.name, "--type=merge", '-p={"metadata":{"finalizers":["example.com/wait"]}}'
    )
    see(stores, cluster, key)
    cluster.kubectl.run("delete", "batchpool", key.name, "--wait=false")
    await sweep_of(cluster, stores).once()
    body: Any = stores.pools.body(key)
    assert "deletionTimestamp" in body["metadata"]


async def test_a_sweep_that_cannot_read_everything_drops_nothing(cluster: Cluster) -> None:
    stores, key = Stores(), cluster.make_pool()
    see(stores, cluster, key)
    powerless = KubeClient(lambda: connection(cluster.kubectl.plane, token="wrong"))
    with pytest.raises(ApiFailure):
        await Sweep(powerless, stores.feed).once()
    await powerless.close()
    assert stores.pools.body(key) is not None


async def test_a_sweep_at_rest_writes_nothing_and_enqueues_nothing(cluster: Cluster) -> None:
    stores, key = Stores(), cluster.make_pool()
    sweep = sweep_of(cluster, stores)
    await sweep.once()
    waiting = len(stores.queue)
    await sweep.once()
    assert key in set(stores.pools.keys())
    assert (len(stores.queue), cluster.writes.count) == (waiting, 0)
