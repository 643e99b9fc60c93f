"""What only Azure knows becomes a condition with the next step, and heals by itself; bad reads change nothing."""

import json

import pytest

from azure_simulator.client import JournalEntry
from tests.support.controlplane import Kubectl
from tests.support.eventually import eventually
from tests.support.play import ACCOUNT, Play, conditions, example, staged
from tools.controlplane.plane import ControlPlane
from tools.demo.meddler import change_start_task

pytestmark = pytest.mark.e2e


def test_a_failing_list_changes_nothing_in_azure(play: Play) -> None:
    play.quickstart(pool={"targetDedicatedNodes": 700})
    play.sized(700)
    play.replicated(2)
    control = play.stage.azure.control
    since = play.requests()[-1].sequence
    control.order_fault(_refusal("Pools_ListPools", 503, "ServerBusy"))
    control.order_fault(_refusal("GalleryImageVersions_ListByGalleryImage", 500, "InternalError"))
    assert eventually(lambda: _refused(control.requests(since=since)) >= 8, within=60, every=0.5)
    assert play.writes(since=since) == []
    control.clear_faults()
    play.scale(800)
    play.sized(800)


def test_an_account_that_is_not_there_yet_is_waited_for(play: Play) -> None:
    play.quickstart(pool={"account": {"resourceGroup": "batch", "name": "notyet"}})
    waiting = play.reason("batchpool", "frames", "Ready", "DependencyNotReady")
    assert "notyet" in waiting["message"]
    assert "Stalled" not in conditions(play.pool())


def test_a_pool_waits_for_its_image_and_goes_on_when_it_comes(play: Play) -> None:
    play.apply(example("batchpool.yaml"))
    waiting = play.reason("batchpool", "frames", "Ready", "DependencyNotReady")
    assert "render-node" in waiting["message"]
    play.quickstart()
    play.sized(2)


def test_an_unknown_node_agent_is_refused_with_the_nearest_ones(play: Play) -> None:
    configuration = {"nodeAgentSKUId": "batch.node.ubuntu 22.4"}
    play.quickstart(pool={"virtualMachineConfiguration": configuration})
    ready = play.reason("batchpool", "frames", "Ready", "NodeAgentMismatch")
    assert "batch.node.ubuntu 22.04" in ready["message"]
    right = json.dumps({"spec": {"virtualMachineConfiguration": {"nodeAgentSKUId": "batch.node.ubuntu 22.04"}}})
    play.kubectl.run("patch", "batchpool/frames", "--type=merge", f"--patch={right}")
    play.sized(2)


def test_a_wrong_secret_is_a_condition_that_says_who_we_are_and_never_shows_it(
    control_plane: ControlPlane, kubectl: Kubectl
) -> None:
    with staged(control_plane, kubectl) as stage:
        secret = "not-the-right-one-4711"
        stage.operator.environment["AZURE_CLIENT_SECRET"] = secret
        with stage.operator.running():
            play = Play(stage=stage, kubectl=kubectl)
            play.quickstart()
            eventually(lambda: "AADSTS7000215" in json.dumps(play.image().get("status", {})), within=30)
            shown = json.dumps([play.image(), play.pool(), play.kubectl.get("events.events.k8s.io")])
            assert stage.azure.ready.client_id in shown
            assert secret not in shown
            assert secret not in stage.operator.log.read_text()


def test_a_change_behind_our_back_is_put_back_and_an_event_names_the_field(play: Play) -> None:
    play.quickstart()
    play.sized(2)
    change_start_task(play.stage.azure, ACCOUNT, "frames", "/bin/false")
    since = play.stage.azure.control.requests(operation="Pools_UpdatePool")[0].sequence
    eventually(
        lambda: "startTask" in json.dumps(play.kubectl.get("events.events.k8s.io")["items"]), within=30, every=0.3
    )
    repairs = [
        r for r in play.writes(since=since) if r.operation in {"Pools_UpdatePool", "Pools_ReplacePoolProperties"}
    ]
    assert len(repairs) == 1


def _refused(requests: list[JournalEntry]) -> int:
    return sum(r.status in {500, 503} for r in requests)


def _refusal(operation: str, status: int, code: str) -> dict[str, object]:
    """A fault that strikes every such request."""
    return {"match": {"operation": operation}, "times": None, "answer": {"status": status, "code": code}}
