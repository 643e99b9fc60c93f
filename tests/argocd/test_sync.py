"""Our examples under a real Argo CD: what it shows and does from the first sync to the last object that goes."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.support.controlplane import Kubectl
from tests.support.custom_resources import ROOT, Manifest, merged
from tests.support.eventually import eventually
from tests.support.gitops import APPLICATION, APPLICATIONS, EXAMPLES, OPERATOR, RENDERING, GitOps, watching
from tests.support.play import SPEED, Play, conditions, staged
from tools.controlplane.plane import ControlPlane
from tools.generate.argocd import SCRIPTS
from tools.stage.argocd import ArgoCd

pytestmark = [pytest.mark.argocd, pytest.mark.timeout(600)]

IMAGES = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/images/providers/Microsoft.Compute/images"
REFRESHES = 30
SERVER_SIDE_APPLY: Manifest = {
    "spec": {"syncPolicy": {"syncOptions": ["CreateNamespace=true", "ServerSideApply=true"]}}
}
SERVER_SIDE_DIFF: Manifest = {
    "metadata": {"annotations": {"argocd.argoproj.io/compare-options": "ServerSideDiff=true"}}
}


@pytest.fixture
def rendering(gitops: GitOps) -> GitOps:
    """Image and pools of the example, synced and healthy."""
    synced(gitops, {})
    return gitops


def synced(gitops: GitOps, options: Manifest) -> None:
    """Sync image and pools of the example, with another Application than there."""
    gitops.repository.change(APPLICATIONS / "rendering.yaml", options)
    gitops.apply()
    gitops.becomes("Synced", "Healthy")


@pytest.fixture
def bare(argo_cd: ArgoCd, control_plane: ControlPlane, kubectl: Kubectl, tmp_path: Path) -> Iterator[GitOps]:
    """A cluster that does not know our kinds yet, with an operator that waits for them."""
    with staged(control_plane, kubectl) as stage:
        stage.cluster.must("delete", "-f", str(ROOT / "crds"))
        with stage.operator.running(), watching(argo_cd, Play(stage=stage, kubectl=kubectl), tmp_path) as gitops:
            yield gitops


def test_the_first_sync_goes_by_waves_and_ends_synced_and_healthy(bare: GitOps) -> None:
    applications = ("azure-batch", "azure-batch-crds", APPLICATION)
    bare.apply(EXAMPLES / "root.yaml")

    for application in applications:
        bare.becomes("Synced", "Healthy", application)
    bare.play.sized(2)
    bare.play.sized(1, pool="preview")
    crds = bare.application("azure-batch-crds")["status"]["history"][0]["deployedAt"]
    assert bare.application()["metadata"]["creationTimestamp"] >= crds
    image_ready = conditions(bare.play.image())["Ready"]["lastTransitionTime"]
    assert bare.play.pool()["metadata"]["creationTimestamp"] >= image_ready
    shown = {refreshed(bare, application) for application in applications * 10}
    assert shown == {("Synced", "Healthy")}


@pytest.mark.parametrize("options", [{}, SERVER_SIDE_APPLY, SERVER_SIDE_DIFF], ids=["plain", "apply", "diff"])
def test_at_rest_nothing_is_ever_out_of_sync_and_nobody_writes(gitops: GitOps, options: Manifest) -> None:
    synced(gitops, options)
    before = versions(gitops)

    shown = [refreshed(gitops) for _ in range(REFRESHES)]

    assert shown == [("Synced", "Healthy")] * REFRESHES
    assert versions(gitops) == before


def refreshed(gitops: GitOps, name: str = APPLICATION) -> tuple[str, str]:
    gitops.refresh(name)
    return gitops.shown(name)


def versions(gitops: GitOps) -> list[str]:
    """The resource versions of image and pools: any write changes them."""
    found = gitops.play.kubectl.get("galleryimages,batchpools")["items"]
    return [each["metadata"]["resourceVersion"] for each in found]


def test_a_new_version_in_git_is_published_and_pools_follow(rendering: GitOps) -> None:
    new = {"version": "2.0.0", "source": {"managedImage": {"id": f"{IMAGES}/render-node-2"}}}

    rendering.change("galleryimage.yaml", **new)

    eventually(lambda: rendering.play.image()["status"]["version"] == "2.0.0", within=60, every=0.3)
    rendering.becomes("Synced", "Healthy")
    assert conditions(rendering.play.pool())["UpToDate"]["reason"] == "WaitingForEmptyPool"


def test_a_size_that_is_not_gits_is_never_out_of_sync_nor_put_back(rendering: GitOps) -> None:
    rendering.play.scale(5)
    rendering.play.sized(5)
    assert refreshed(rendering) == ("Synced", "Healthy")

    rendering.change("frames.yaml", displayName="Frames")  # a sync for another reason

    eventually(lambda: rendering.play.pool()["spec"].get("displayName") == "Frames", within=60, every=0.3)
    rendering.becomes("Synced", "Healthy")
    assert rendering.play.sized(5)["spec"]["targetDedicatedNodes"] == 5


@pytest.mark.parametrize("options", [{}, SERVER_SIDE_APPLY], ids=["plain", "apply"])
def test_a_size_that_is_gits_is_put_back(gitops: GitOps, options: Manifest) -> None:
    synced(gitops, options)

    gitops.play.scale(5, pool="preview")

    gitops.play.sized(1, pool="preview")
    gitops.change("preview.yaml", targetDedicatedNodes=3)
    gitops.play.sized(3, pool="preview")
    gitops.becomes("Synced", "Healthy")


def test_a_restart_of_the_operator_is_not_seen_in_argo_cd(rendering: GitOps) -> None:
    operator, shown = rendering.play.stage.operator, set[tuple[str, str]]()

    def answers() -> bool:
        shown.add(refreshed(rendering))
        return bool(rendering.play.pool()["status"].get("lastHandledReconcileAt") == "again")

    operator.kill()
    assert not answers()
    operator.start()
    rendering.play.kubectl.run("annotate", "batchpool/frames", "azurebatch.io/reconcile-requested-at=again")
    eventually(answers, within=60)

    assert shown == {("Synced", "Healthy")}


def test_a_pool_that_waits_for_replicas_is_progressing_until_they_are_there(rendering: GitOps) -> None:
    azure = rendering.play.stage.azure.control
    azure.set_speed(1.0)

    rendering.change("preview.yaml", targetDedicatedNodes=700)

    rendering.becomes("Synced", "Progressing")
    waits = conditions(rendering.play.pool("preview"))["Ready"]
    assert "replica" in waits["message"], waits
    azure.set_speed(SPEED)
    rendering.play.sized(700, pool="preview")
    rendering.becomes("Synced", "Healthy")


def test_a_pool_that_only_its_owner_can_help_is_degraded_until_git_is_corrected(rendering: GitOps) -> None:
    wrong = {"nodeAgentSKUId": "batch.node.ubuntu 22.4"}
    another = merged(rendering.repository.read(RENDERING / "preview.yaml"), {"metadata": {"name": "another"}})
    rendering.repository.write(RENDERING / "another.yaml", another)

    rendering.change("another.yaml", virtualMachineConfiguration=wrong)

    rendering.becomes("Synced", "Degraded")
    assert "batch.node.ubuntu 22.04" in conditions(rendering.play.pool("another"))["Ready"]["message"]
    assert rendering.health("BatchPool", "another") == "Degraded"
    rendering.change("another.yaml", virtualMachineConfiguration=another["spec"]["virtualMachineConfiguration"])
    rendering.play.sized(1, pool="another")
    rendering.becomes("Synced", "Healthy")


def test_a_sync_that_failed_begins_again_from_the_newest_commit(gitops: GitOps) -> None:
    whole = gitops.repository.read(RENDERING / "galleryimage.yaml")["spec"]
    gitops.repository.change(RENDERING / "galleryimage.yaml", {"spec": {"source": None}})
    gitops.repository.commit()
    gitops.apply()
    eventually(lambda: "Retrying" in operation(gitops), within=60, every=0.3)
    assert gitops.play.kubectl.get("batchpools")["items"] == []

    gitops.change("galleryimage.yaml", source=whole["source"])

    gitops.becomes("Synced", "Healthy")
    gitops.play.sized(2)


def test_what_leaves_git_waits_for_consent_and_then_goes_pools_first(rendering: GitOps) -> None:
    last = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "last"}}
    rendering.repository.remove(*rendering.repository.listed(RENDERING))
    rendering.repository.write(RENDERING / "last.yaml", last)  # Argo CD takes an empty folder for a mistake
    rendering.repository.commit()
    rendering.refresh()
    eventually(lambda: "confirm" in operation(rendering), within=60, every=0.3)
    assert rendering.play.pool()["metadata"].get("deletionTimestamp") is None
    assert rendering.play.stage.azure.leftovers()

    rendering.confirm()

    rendering.play.gone("batchpool/frames", "batchpool/preview", "galleryimage/render-node", within=120)
    eventually(lambda: rendering.play.stage.azure.leftovers() == [], within=60, every=0.3)
    rendering.becomes("Synced", "Healthy")
    deletions = [r.operation for r in rendering.play.writes() if r.method == "DELETE"]
    assert deletions.index("GalleryImageVersions_Delete") > deletions.index("Pools_DeletePool")


def operation(gitops: GitOps) -> str:
    """What Argo CD says of the sync that runs, or of the last one; nothing before the first."""
    return str(gitops.application().get("status", {}).get("operationState", {}).get("message", ""))


def test_the_actions_of_argo_cd_do_what_they_say(rendering: GitOps) -> None:
    pool = rendering.play.pool
    rendering.act("suspend", "BatchPool", "frames")
    eventually(lambda: rendering.health("BatchPool", "frames") == "Suspended", within=30, every=0.3)
    assert refreshed(rendering) == ("Synced", "Suspended")

    rendering.act("resume", "BatchPool", "frames")
    rendering.act("scale", "BatchPool", "frames", replicas="4")
    rendering.play.sized(4)
    rendering.act("reconcile", "BatchPool", "frames")

    asked = pool()["metadata"]["annotations"]["azurebatch.io/reconcile-requested-at"]
    eventually(lambda: pool()["status"].get("lastHandledReconcileAt") == asked, within=30)
    rendering.becomes("Synced", "Healthy")


@pytest.mark.parametrize(("kind", "name"), [("BatchPool", "frames"), ("GalleryImage", "render-node")])
def test_actions_are_offered_with_their_names_icons_and_parameters(rendering: GitOps, kind: str, name: str) -> None:
    tests = yaml.safe_load((SCRIPTS / kind / "actions" / "action_test.yaml").read_text())["discoveryTests"]
    expected = {action["name"]: action for action in tests[0]["result"]}

    assert rendering.actions(kind, name) == expected


def test_the_chart_is_rendered_by_argo_cd_and_stays_as_it_is_in_git(gitops: GitOps) -> None:
    gitops.apply(OPERATOR)

    gitops.becomes("Synced", "Progressing", "azure-batch-operator")  # its pods never run here
    shown = {refreshed(gitops, "azure-batch-operator") for _ in range(REFRESHES)}
    assert shown == {("Synced", "Progressing")}


def test_our_keys_join_those_that_argo_cds_config_map_has(argo_cd: ArgoCd) -> None:
    data = json.loads(argo_cd.cluster.must("get", "configmap", "argocd-cm", "-nargocd", "-ojson"))["data"]
    assert {"timeout.reconciliation", "resource.customizations.health.azurebatch.io_BatchPool"} <= set(data)
