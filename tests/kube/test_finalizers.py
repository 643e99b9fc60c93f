"""Our finalizer: it joins and leaves others, and never overwrites what somebody else just wrote."""

import pytest

from azure_batch_operator.kube.client import ApiFailure
from azure_batch_operator.kube.finalizers import change_finalizer
from azure_batch_operator.reconcile.desired import FINALIZER
from azure_batch_operator.reconcile.outcome import FinalizerChange
from tests.support.kube import Cluster

FOREIGN = "example.com/backup"


async def test_it_is_added_to_an_object_without_finalizers_and_removed_again(cluster: Cluster) -> None:
    key = cluster.make_pool()
    added = await change_finalizer(cluster.client, key, cluster.pool(key), FinalizerChange.ADD)
    assert cluster.finalizers(key) == [FINALIZER]
    await change_finalizer(cluster.client, key, added, FinalizerChange.REMOVE)
    assert cluster.finalizers(key) == []


async def test_it_leaves_the_finalizers_of_others_alone(cluster: Cluster) -> None:
    key = cluster.make_pool()
    cluster.kubectl.run(
        "patch", "batchpool", key.name, "--type=merge", f'-p={{"metadata":{{"finalizers":["{FOREIGN}"]}}}}'
    )
    added = await change_finalizer(cluster.client, key, cluster.pool(key), FinalizerChange.ADD)
    assert cluster.finalizers(key) == [FOREIGN, FINALIZER]
    await change_finalizer(cluster.client, key, added, FinalizerChange.REMOVE)
    assert cluster.finalizers(key) == [FOREIGN]


async def test_it_is_not_changed_on_an_object_that_somebody_wrote_to_meanwhile(cluster: Cluster) -> None:
    key = cluster.make_pool()
    shown = cluster.pool(key)
    cluster.kubectl.run("label", "batchpool", key.name, "touched=yes")
    with pytest.raises(ApiFailure) as refused:
        await change_finalizer(cluster.client, key, shown, FinalizerChange.ADD)
    assert refused.value.status == 422
    assert cluster.finalizers(key) == []
