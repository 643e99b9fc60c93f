"""`status` in a real cluster: as the program, as the plug-in of the real kubectl, and while things change."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.controlplane import Kubectl, temporary_namespace
from tests.support.custom_resources import QUICKSTART, apply, install_crds, quickstart
from tests.support.eventually import eventually
from tools.controlplane.plane import ControlPlane

SCRIPTS = Path(sys.executable).parent
PROGRAM = SCRIPTS / "azure-batch-operator"

READY = {
    "conditions": [
        {
            "type": "Ready",
            "status": "True",
            "reason": "Succeeded",
            "message": "2 nodes, as wanted.",
            "lastTransitionTime": "2026-11-30T00:00:00Z",
        }
    ],
    "summary": {"dedicated": "2/2", "spot": "0/0"},
    "nodes": {"idle": 2},
}


@pytest.fixture(scope="module")
def cluster(control_plane: ControlPlane) -> Iterator[Kubectl]:
    """The image and pool of the quickstart, both of them ready, and a service account without rights."""
    with temporary_namespace(control_plane) as kubectl:
        install_crds(kubectl)
        for file in ("galleryimage.yaml", "batchpool.yaml"):
            assert apply(kubectl, quickstart(file)).exit_status == 0
        show(kubectl, "galleryimage/render-node", {"conditions": READY["conditions"], "regions": [region()]})
        show(kubectl, "batchpool/frames", READY)
        kubectl.run("create", "serviceaccount", "nobody")
        yield kubectl


def region() -> dict[str, Any]:
    return {"name": "westeurope", "requiredReplicas": 1, "readyReplicas": 1, "replicas": 1, "state": "Completed"}


def show(kubectl: Kubectl, what: str, status: dict[str, Any]) -> None:
    kubectl.run("patch", what, "--subresource=status", "--type=merge", f"--patch={json.dumps({'status': status})}")


def environment(kubectl: Kubectl) -> dict[str, str]:
    given = kubectl.plane.environment(kubectl.kubeconfig)
    return {**given, "PATH": f"{SCRIPTS}{os.pathsep}{given['PATH']}", "COLUMNS": "120"}


def status(kubectl: Kubectl, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PROGRAM, "status", *arguments], env=environment(kubectl), capture_output=True, text=True, check=False
    )


def test_kubectl_finds_the_plug_in_and_it_shows_the_namespace(cluster: Kubectl) -> None:
    asked = [str(cluster.plane.programs["kubectl"]), "batchpool", "status", "--namespace", cluster.namespace]
    told = subprocess.run(asked, env=environment(cluster), capture_output=True, text=True, check=False)

    assert told.stdout.splitlines() == [
        f"✔ {cluster.namespace}/render-node  1.0.0  Ready",
        "├── westeurope  1/1 replicas",
        f"└── ✔ {cluster.namespace}/frames  Ready  2/2 nodes",
        "    └── 2 idle",
        "",
        "1 image, 1 pool: 2 ready",
    ]


def test_kubectl_checks_files_by_the_plug_in_too(cluster: Kubectl) -> None:
    asked = [str(cluster.plane.programs["kubectl"]), "batchpool", "validate", str(QUICKSTART)]
    told = subprocess.run(asked, env=environment(cluster), capture_output=True, text=True, check=False)

    assert told.stdout == "2 objects in 3 files: nothing wrong.\n"


def test_the_namespace_of_the_kubeconfig_is_meant_where_none_is_named(cluster: Kubectl) -> None:
    mine = cluster.plane.folder / "mine.kubeconfig"
    mine.write_text(cluster.plane.kubeconfig.read_text())
    setting = ["config", "set-context", "--current", f"--namespace={cluster.namespace}"]
    assert cluster.plane.kubectl(*setting, kubeconfig=mine).returncode == 0

    assert "1 image, 1 pool" in status(cluster, "--kubeconfig", str(mine)).stdout


def test_all_namespaces_and_chosen_names_as_json(cluster: Kubectl) -> None:
    told = json.loads(status(cluster, "--all-namespaces", "--output", "json", "frames").stdout)

    (pool,) = [each for image in told["images"] for each in image["poolsElsewhere"]]
    assert (pool["namespace"], pool["name"], pool["state"]) == (cluster.namespace, "frames", "ready")


def test_a_name_that_is_not_there_is_told_with_the_nearest(cluster: Kubectl) -> None:
    told = status(cluster, "-n", cluster.namespace, "frame")

    assert told.returncode == 1
    assert f"no BatchPool frame in namespace {cluster.namespace}. Nearest: frames." in told.stderr


def test_a_namespace_without_any_says_where_to_look(cluster: Kubectl) -> None:
    told = status(cluster, "-n", "kube-public")

    assert told.returncode == 0
    assert "There are no GalleryImages and no BatchPools in namespace kube-public. Other namespaces:" in told.stdout


def test_whoever_may_not_look_is_told_which_role_is_enough(cluster: Kubectl) -> None:
    told = status(cluster.acting_as("nobody"), "-n", cluster.namespace)

    assert told.returncode == 1
    assert "You may not look there: " in told.stderr
    assert "cannot list resource" in told.stderr


def test_an_api_server_that_does_not_answer_is_one_sentence(cluster: Kubectl, tmp_path: Path) -> None:
    dead = tmp_path / "dead.kubeconfig"
    dead.write_text(cluster.plane.kubeconfig.read_text().replace(cluster.plane.url, "https://127.0.0.1:1"))

    told = status(cluster, "--kubeconfig", str(dead))

    assert told.returncode == 1
    assert told.stderr.startswith("Error: The API server does not answer (")


def test_a_context_that_the_kubeconfig_does_not_have_is_told_with_those_that_it_has(cluster: Kubectl) -> None:
    told = status(cluster, "--context", "elsewhere")

    assert told.returncode == 1
    assert told.stderr.startswith("Error: The kubeconfig has no context elsewhere. There is: ")


def test_a_namespace_and_all_of_them_exclude_each_other(cluster: Kubectl) -> None:
    assert status(cluster, "-A", "-n", "default").returncode == 2


@pytest.mark.parametrize("on", ["a pipe", "a terminal"])
def test_a_change_is_shown_when_it_happens(on: str, cluster: Kubectl, tmp_path: Path) -> None:
    asked = [str(PROGRAM), "status", "--watch", "-n", cluster.namespace, "frames"]
    command = asked if on == "a pipe" else terminal(asked)
    shown, mark = tmp_path / "shown.txt", '{"status": {"summary": {"dedicated": "2/7"}}}'
    with shown.open("w") as file:
        watching = subprocess.Popen(command, env=environment(cluster) | {"TERM": "xterm", "NO_COLOR": "1"}, stdout=file)
    try:
        eventually(lambda: "2/2 nodes" in shown.read_text(), within=60)
        cluster.run("patch", "batchpool/frames", "--subresource=status", "--type=merge", f"--patch={mark}")
        eventually(lambda: "2/7 nodes" in shown.read_text(), within=20)
        assert watching.poll() is None
    finally:
        watching.terminate()
        watching.wait()
        show(cluster, "batchpool/frames", READY)


def test_colours_are_for_terminals_that_somebody_wants_them_on(cluster: Kubectl) -> None:
    asked = [str(PROGRAM), "status", "-n", cluster.namespace]

    assert "\x1b[32m✔" in on_a_terminal(cluster, asked)
    assert "\x1b[32m" not in on_a_terminal(cluster, [*asked, "--no-color"])
    assert "\x1b[32m" not in on_a_terminal(cluster, asked, NO_COLOR="1")


def on_a_terminal(kubectl: Kubectl, command: list[str], **more: str) -> str:
    """What a command writes to a terminal."""
    given = {**environment(kubectl), "TERM": "xterm-256color", **more}
    return subprocess.run(terminal(command), env=given, capture_output=True, text=True, check=True).stdout


def terminal(command: list[str]) -> list[str]:
    """The command that runs another one on a terminal of its own."""
    return [sys.executable, "-c", f"import pty, sys; sys.exit(pty.spawn({command!r}))"]


def test_a_cluster_without_the_definitions_is_told_from_one_without_objects() -> None:
    with ControlPlane.start() as bare:
        told = status(Kubectl(plane=bare, namespace="default"))

    assert told.returncode == 1
    assert "the CustomResourceDefinitions of azure-batch-operator are not installed there" in told.stderr
