"""The status writer: it writes when the meaning of a status changed, and only then."""

from typing import Any

import pytest

from azure_batch_operator.core.json import JsonObject
from azure_batch_operator.kube.client import ApiFailure
from azure_batch_operator.kube.status import RIDE_ALONG_EVERY, StatusWriter, Written, meaning
from azure_batch_operator.reconcile.keys import PoolKey
from tests.support.kube import Cluster
from tests.support.virtual_time import VirtualTime

FIRST, LATER = "2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z"


def status(*, ready: str = "True", at: str = FIRST, **fields: Any) -> dict[str, Any]:
    condition = {
        "type": "Ready",
        "status": ready,
        "reason": "Succeeded",
        "message": "All is well.",
        "observedGeneration": 1,
        "lastTransitionTime": at,
    }
    return {"observedGeneration": 1, "conditions": [condition], **fields}


async def write(writer: StatusWriter, cluster: Cluster, key: PoolKey, wanted: JsonObject) -> Written:
    shown = cluster.pool(key)
    return await writer.write(key, shown["metadata"]["uid"], stored=shown.get("status", {}), wanted=wanted)


async def test_a_status_is_written_once_however_often_it_is_wanted(cluster: Cluster) -> None:
    key, writer = cluster.make_pool(), StatusWriter(cluster.client)
    for _ in range(3):
        await write(writer, cluster, key, status(state="active"))
    assert cluster.writes.count == 1
    assert cluster.pool(key)["status"] == status(state="active")


async def test_a_restarted_operator_writes_nothing_when_the_stored_status_is_the_wanted_one(cluster: Cluster) -> None:
    key = cluster.make_pool()
    await write(StatusWriter(cluster.client), cluster, key, status(state="active"))
    await write(StatusWriter(cluster.client), cluster, key, status(state="active", at=LATER))
    assert cluster.writes.count == 1


async def test_it_compares_with_what_it_wrote_even_while_the_store_lags_behind(cluster: Cluster) -> None:
    key, writer = cluster.make_pool(), StatusWriter(cluster.client)
    for _ in range(2):
        await writer.write(key, cluster.uid(key), stored={}, wanted=status(state="active"))
    assert cluster.writes.count == 1


async def test_a_condition_keeps_its_transition_time_until_its_status_changes(cluster: Cluster) -> None:
    key, writer = cluster.make_pool(), StatusWriter(cluster.client)
    await write(writer, cluster, key, status(ready="True", at=FIRST))
    await write(writer, cluster, key, status(ready="True", at=LATER, state="active"))
    assert cluster.pool(key)["status"]["conditions"][0]["lastTransitionTime"] == FIRST
    await write(writer, cluster, key, status(ready="False", at=LATER, state="active"))
    assert cluster.pool(key)["status"]["conditions"][0]["lastTransitionTime"] == LATER


async def test_what_is_no_longer_said_disappears_from_the_object(cluster: Cluster) -> None:
    key, writer = cluster.make_pool(), StatusWriter(cluster.client)
    before = status(state="active", url="https://there", nodes={"idle": 2, "running": 1}, summary={"dedicated": "2/2"})
    after = status(state="active", nodes={"idle": 3}, summary={"spot": "0/0"})
    await write(writer, cluster, key, before)
    await write(writer, cluster, key, after)
    assert cluster.pool(key)["status"] == after


async def test_what_an_earlier_process_said_disappears_too(cluster: Cluster) -> None:
    key = cluster.make_pool()
    await write(StatusWriter(cluster.client), cluster, key, status(state="active", url="https://there"))
    await write(StatusWriter(cluster.client), cluster, key, status(state="deleting"))
    assert cluster.pool(key)["status"] == status(state="deleting")


async def test_node_counts_alone_are_written_every_five_minutes_at_most(cluster: Cluster) -> None:
    time = VirtualTime()
    key, writer = cluster.make_pool(), StatusWriter(cluster.client, monotonic=time.time)
    await write(writer, cluster, key, status(nodes={"idle": 1}))
    time.advance(100)
    assert await write(writer, cluster, key, status(nodes={"idle": 2})) == Written(due_in=RIDE_ALONG_EVERY - 100)
    assert cluster.writes.count == 1
    time.advance(RIDE_ALONG_EVERY)
    await write(writer, cluster, key, status(nodes={"idle": 2}))
    assert cluster.pool(key)["status"]["nodes"] == {"idle": 2}


async def test_node_counts_ride_along_with_any_other_change(cluster: Cluster) -> None:
    key, writer = cluster.make_pool(), StatusWriter(cluster.client)
    await write(writer, cluster, key, status(nodes={"idle": 1}))
    await write(writer, cluster, key, status(nodes={"idle": 2}, state="active"))
    assert cluster.pool(key)["status"] == status(nodes={"idle": 2}, state="active")


async def test_so_does_the_time_of_a_formulas_evaluation_but_not_what_it_came_to(cluster: Cluster) -> None:
    key, writer = cluster.make_pool(), StatusWriter(cluster.client)
    run = {"timestamp": FIRST, "results": "$TargetDedicatedNodes=3"}
    await write(writer, cluster, key, status(autoScaleRun=run))
    assert (await write(writer, cluster, key, status(autoScaleRun=run | {"timestamp": LATER}))).body is None
    await write(writer, cluster, key, status(autoScaleRun={"timestamp": LATER, "error": "EvaluationError: Why"}))
    assert cluster.pool(key)["status"]["autoScaleRun"] == {"timestamp": LATER, "error": "EvaluationError: Why"}


async def test_a_new_generation_is_written_although_nothing_else_changed(cluster: Cluster) -> None:
    key, writer = cluster.make_pool(), StatusWriter(cluster.client)
    await write(writer, cluster, key, status())
    await write(writer, cluster, key, {**status(), "observedGeneration": 2})
    assert cluster.pool(key)["status"]["observedGeneration"] == 2


async def test_a_namesake_that_was_made_meanwhile_does_not_inherit_the_status(cluster: Cluster) -> None:
    key, writer = cluster.make_pool(), StatusWriter(cluster.client)
    uid = cluster.uid(key)
    cluster.kubectl.run("delete", "batchpool", key.name)
    cluster.make_pool(key.name)
    with pytest.raises(ApiFailure):
        await writer.write(key, uid, stored={}, wanted=status())
    assert "status" not in cluster.pool(key)


async def test_an_object_that_is_gone_is_reported_as_such(cluster: Cluster) -> None:
    writer = StatusWriter(cluster.client)
    with pytest.raises(ApiFailure) as refused:
        await writer.write(PoolKey(cluster.kubectl.namespace, "never-was"), "uid", stored={}, wanted=status())
    assert refused.value.not_found


async def test_a_write_that_failed_is_not_taken_for_written(cluster: Cluster) -> None:
    key, writer = cluster.make_pool(), StatusWriter(cluster.client)
    uid = cluster.uid(key)
    with pytest.raises(ApiFailure):
        await writer.write(key, uid, stored={}, wanted=status(state=["no", "text"]))
    await writer.write(key, uid, stored={}, wanted=status(state="active"))
    assert cluster.pool(key)["status"]["state"] == "active"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"regions": [{"progress": 41}]}, {"regions": [{"progress": 49}]}, True),
        ({"regions": [{"progress": 49}]}, {"regions": [{"progress": 50}]}, False),
        ({"regions": [{"nodes": 1}]}, {"regions": [{"nodes": 2}]}, False),
        ({"nodes": {"idle": 1}}, {"nodes": {"idle": 2}}, True),
        ({"state": "active"}, {"state": "deleting"}, False),
        (status(at=FIRST), status(at=LATER), True),
        (status(ready="True"), status(ready="False"), False),
    ],
)
def test_meaning_is_what_is_left_without_times_counts_and_small_progress(
    one: JsonObject, other: JsonObject, *, same: bool
) -> None:
    assert (meaning(one) == meaning(other)) is same
