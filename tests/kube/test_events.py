"""The Event recorder: what a person reads in `kubectl describe`, without flooding anybody."""

from typing import Any

from azure_batch_operator.kube.client import KubeClient
from azure_batch_operator.kube.events import BURST, SECONDS_PER_EVENT, SERIES_EVERY, EventRecorder
from azure_batch_operator.reconcile.keys import PoolKey
from azure_batch_operator.reconcile.outcome import Note
from tests.support.kube import Cluster, connection
from tests.support.virtual_time import VirtualTime

RESIZED = Note(type="Normal", reason="Resized", action="Resize", message="Asked for 3000 nodes.")


def events_of(cluster: Cluster, key: PoolKey) -> list[dict[str, Any]]:
    listed = cluster.kubectl.get("events.events.k8s.io")["items"]
    return [event for event in listed if event["regarding"]["name"] == key.name]


async def test_a_note_is_what_kubectl_describe_tells_about_the_object(cluster: Cluster) -> None:
    key = cluster.make_pool()
    await EventRecorder(cluster.client).record(key, cluster.uid(key), RESIZED)
    described = cluster.kubectl.run("describe", "batchpool", key.name)
    assert "Resized" in described
    assert "azurebatch.io/azure-batch-operator  Asked for 3000 nodes." in described


async def test_the_same_note_again_becomes_a_series_of_one_event(cluster: Cluster) -> None:
    time = VirtualTime()
    key, recorder = cluster.make_pool(), EventRecorder(cluster.client, monotonic=time.time)
    uid = cluster.uid(key)
    for _ in range(5):
        await recorder.record(key, uid, RESIZED)
    assert cluster.writes.count == 2, "one to begin the Event, one to begin its series"
    time.advance(SERIES_EVERY)
    await recorder.record(key, uid, RESIZED)
    (event,) = events_of(cluster, key)
    assert event["series"]["count"] == 6


async def test_another_note_is_another_event(cluster: Cluster) -> None:
    key, recorder = cluster.make_pool(), EventRecorder(cluster.client)
    uid = cluster.uid(key)
    await recorder.record(key, uid, RESIZED)
    await recorder.record(key, uid, Note(type="Warning", reason="QuotaShort", action="Resize", message="No cores."))
    assert {event["reason"]: event["type"] for event in events_of(cluster, key)} == {
        "Resized": "Normal",
        "QuotaShort": "Warning",
    }


async def test_an_event_that_expired_begins_anew(cluster: Cluster) -> None:
    key, recorder = cluster.make_pool(), EventRecorder(cluster.client)
    uid = cluster.uid(key)
    await recorder.record(key, uid, RESIZED)
    cluster.kubectl.run("delete", "events.events.k8s.io", "--all")
    await recorder.record(key, uid, RESIZED)
    assert len(events_of(cluster, key)) == 1


async def test_one_object_cannot_flood_the_cluster(cluster: Cluster) -> None:
    time = VirtualTime()
    key, recorder = cluster.make_pool(), EventRecorder(cluster.client, monotonic=time.time)
    uid = cluster.uid(key)
    for number in range(BURST + 5):
        await recorder.record(key, uid, Note(type="Normal", reason="Resized", action="Resize", message=str(number)))
    assert cluster.writes.count == BURST
    time.advance(SECONDS_PER_EVENT)
    await recorder.record(key, uid, RESIZED)
    assert cluster.writes.count == BURST + 1


async def test_a_long_message_is_cut_to_what_an_event_takes(cluster: Cluster) -> None:
    key = cluster.make_pool()
    note = Note(type="Normal", reason="Resized", action="Resize", message="ä" * 2000)
    await EventRecorder(cluster.client).record(key, cluster.uid(key), note)
    (event,) = events_of(cluster, key)
    assert event["note"].endswith("ä…")


async def test_missing_rights_to_record_events_fail_nothing(cluster: Cluster) -> None:
    key = cluster.make_pool()
    cluster.kubectl.run("create", "serviceaccount", "powerless")
    token = cluster.kubectl.plane.service_account_token(cluster.kubectl.namespace, "powerless")
    client = KubeClient(lambda: connection(cluster.kubectl.plane, token=token))
    await EventRecorder(client).record(key, cluster.uid(key), RESIZED)
    await client.close()
    assert events_of(cluster, key) == []
