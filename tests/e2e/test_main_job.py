"""The main job, end to end: what Azure's request log and kubectl show of it."""

import pytest

from azure_simulator.client import JournalEntry
from tests.support.play import ACCOUNT, Play, conditions
from tools.demo.proof import nodes_before_replicas, replicas_before_nodes

pytestmark = pytest.mark.e2e


def test_replicas_come_first_on_the_way_up_and_go_last_on_the_way_down(play: Play) -> None:
    play.quickstart()
    play.sized(2)
    play.scale(3000)
    play.sized(3000)
    up = play.requests()
    assert replicas_before_nodes(up, nodes=3000, replicas=5, timeout_minutes=45) is None
    play.scale(500)
    play.sized(500)
    play.replicated(1)
    down = play.requests(since=up[-1].sequence)
    assert nodes_before_replicas(down, nodes=500, replicas=1) is None


def test_a_pool_beyond_the_core_quota_says_so_in_azures_words_and_recovers_by_itself(play: Play) -> None:
    play.quickstart(pool={"targetDedicatedNodes": 3500})
    ready = play.reason("batchpool", "frames", "Ready", "AccountCoreQuotaReached", within=60)
    assert ready["status"] == "False"
    assert "6400" in ready["message"].replace(",", "")
    play.stage.azure.control.change_quotas(ACCOUNT, {"dedicatedCoreQuota": 8000})
    play.sized(3500)


def test_one_resize_is_sent_for_one_change_of_size(play: Play) -> None:
    play.quickstart()
    ready = play.sized(2)
    since = play.requests()[-1].sequence
    play.scale(100)
    play.sized(100)
    resizes = [r for r in play.writes(since=since) if r.operation == "Pools_ResizePool"]
    assert [r.body["targetDedicatedNodes"] for r in resizes] == [100]
    assert ready["status"]["url"] == play.pool()["status"]["url"]


def test_a_new_size_while_a_resize_runs_is_queued_and_reached(play: Play) -> None:
    play.quickstart()
    play.sized(2)
    play.scale(400)
    play.reason("batchpool", "frames", "Sized", "Resizing")
    play.scale(450)
    play.sized(450)
    assert not [r for r in play.requests() if r.status == 409 and r.operation == "Pools_ResizePool"]


def test_deleting_both_leaves_nothing_in_azure(play: Play) -> None:
    play.quickstart()
    play.sized(2)
    play.kubectl.run("delete", "batchpool/frames", "galleryimage/render-node", "--wait=false")
    play.gone("batchpool/frames", "galleryimage/render-node")
    assert play.stage.azure.leftovers() == []
    seen = play.requests()
    pool_gone = next(r for r in seen if r.operation == "Pools_GetPool" and r.status == 404 and _deleted(seen, r))
    version_deleted = next(r for r in seen if r.operation == "GalleryImageVersions_Delete")
    assert pool_gone.sequence < version_deleted.sequence


def _deleted(requests: list[JournalEntry], later: JournalEntry) -> bool:
    """Whether the pool's deletion was asked for before that request."""
    return any(r.operation == "Pools_DeletePool" and r.sequence < later.sequence for r in requests)


def test_an_image_in_use_is_not_deleted_and_names_the_pools(play: Play) -> None:
    play.quickstart()
    play.sized(2)
    play.kubectl.run("delete", "galleryimage/render-node", "--wait=false")
    waiting = play.reason("galleryimage", "render-node", "Ready", "InUse")
    assert "frames" in waiting["message"]
    play.kubectl.run("delete", "batchpool/frames", "--wait=false")
    play.gone("galleryimage/render-node")


def test_a_retained_pool_and_image_stay_in_azure(play: Play) -> None:
    play.quickstart(image={"deletionPolicy": "Retain"}, pool={"deletionPolicy": "Retain"})
    play.sized(2)
    play.kubectl.run("delete", "batchpool/frames", "galleryimage/render-node", "--wait=false")
    play.gone("batchpool/frames", "galleryimage/render-node")
    assert not [r for r in play.requests() if r.method == "DELETE"]
    assert len(play.stage.azure.leftovers()) == 4


def test_a_suspended_pool_is_left_alone_until_it_is_resumed(play: Play) -> None:
    play.quickstart()
    play.sized(2)
    since = play.requests()[-1].sequence
    play.kubectl.run("patch", "batchpool/frames", "--type=merge", '--patch={"spec":{"suspend":true}}')
    play.scale(50)
    play.stage.azure.control.advance(3600)
    assert conditions(play.pool())["Ready"]["status"] == "True"
    assert play.writes(since=since) == []
    play.kubectl.run("patch", "batchpool/frames", "--type=merge", '--patch={"spec":{"suspend":false}}')
    play.sized(50)
