"""The page docs/quickstart.md, followed word for word on an empty cluster."""

import os
import re
import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.pages import DOCS, PROJECT
from tools.controlplane.plane import ControlPlane
from tools.programs.build import find_programs
from tools.stage.cluster import Cluster
from tools.stage.kubelet import Kubelet

PAGE = (DOCS / "quickstart.md").read_text()
NAMESPACE = "azure-batch-operator"
SIMULATOR = {"azure-batch-operator-simulator.azure-batch-operator.svc": range(8443, 8451)}
"""How the chart calls the simulator, and its ports."""
OF_A_PERSON = 600.0
"""Seconds in which somebody who follows the page has a pool that is Ready."""


def steps() -> dict[str, str]:
    """The shell commands under each heading with a number, in the order of the page."""
    sections = re.findall(r"^## (\d\. [^\n]+)\n(.*?)(?=^## )", PAGE, re.MULTILINE | re.DOTALL)
    scripts = {
        heading: "".join(re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))
        for heading, text in sections
    }
    return {heading: script for heading, script in scripts.items() if script}


class Newcomer:
    """Somebody with a shell, kubectl and helm, and nothing of ours but the checkout."""

    def __init__(self, plane: ControlPlane, folder: Path) -> None:
        for program, path in find_programs("kubectl", "helm").items():
            (folder / program).symlink_to(path)
        self._environment = {
            **plane.environment(),
            "HOME": str(folder),
            "PATH": f"{folder}:{os.defpath}",
            "KUBECONFIG": str(plane.kubeconfig),
        }

    def types(self, script: str) -> str:
        """Run what the page says; it must succeed."""
        ended = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=PROJECT,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, f"{script}\n{ended.stdout}\n{ended.stderr}"
        return ended.stdout


@pytest.fixture
def say(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Prints to the terminal, if there is one: workers of a parallel run have none."""

    def line(words: str) -> None:
        with capsys.disabled():
            if reporter := request.config.pluginmanager.get_plugin("terminalreporter"):
                reporter.write_line(f"\n{words}")

    return line


def events(cluster: Cluster) -> list[tuple[str, str]]:
    """Reason and note of the Events in the namespace of the examples, in their order."""
    found = cluster.list("events.events.k8s.io", namespace="rendering")
    return [(each["reason"], each.get("note", "")) for each in sorted(found, key=lambda each: str(each["eventTime"]))]


@pytest.mark.e2e
@pytest.mark.timeout(1200)
def test_whoever_follows_the_page_word_for_word_has_a_ready_pool_in_time(
    tmp_path: Path, say: Callable[[str], None]
) -> None:
    install, make, grow, leave = steps().values()
    with ExitStack() as stack:
        plane = stack.enter_context(ControlPlane.start())
        cluster = Cluster(plane=plane)
        (tmp_path / "pods").mkdir()
        kubelet = stack.enter_context(Kubelet.running(cluster, NAMESPACE, tmp_path / "pods", SIMULATOR))
        newcomer, begun = Newcomer(plane, tmp_path), time.monotonic()
        try:
            newcomer.types(install)
            newcomer.types(make)
            took = time.monotonic() - begun
            assert ready(cluster) == ("True", 2)
            newcomer.types(grow)
            grown = time.monotonic() - begun
            assert ready(cluster) == ("True", 3000)
            told = events(cluster)
            newcomer.types(leave)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{kubelet.logs()[-20000:]}") from error
        say(f"From helm install to the first Ready pool: {took:.0f} s; to 3,000 nodes: {grown:.0f} s.")
        assert took < OF_A_PERSON
        assert cluster.list("batchpool") == cluster.list("galleryimage") == []
        assert cluster.list("deployment") == []
    replicas = next(place for place, (reason, note) in enumerate(told) if reason == "ReplicasChanged" and "→ 5" in note)
    nodes = next(place for place, (reason, note) in enumerate(told) if reason == "Resized" and "3,000" in note)
    assert replicas < nodes


def ready(cluster: Cluster) -> tuple[str, int]:
    """Ready of the page's pool, and how many nodes it has."""
    pool = cluster.get("batchpool", "frames", "rendering")
    assert pool is not None
    status = next(each["status"] for each in pool["status"]["conditions"] if each["type"] == "Ready")
    return status, pool["status"]["currentDedicatedNodes"]
