"""The installed operator's HTTP server, as Prometheus and the kubelet meet it."""

import json
import signal
import socket
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from prometheus_client import Metric

from tests.kube.test_process import OPERATOR, kubeconfig, make_pool, operator, says
from tests.support.controlplane import Kubectl
from tests.support.custom_resources import CRDS, install_crds
from tests.support.eventually import eventually, eventually_async
from tests.support.exposition import scraped, value, values
from tests.support.proxy import Proxy
from tools.controlplane.kubeconfig import write_kubeconfig

__all__ = ["kubeconfig"]  # a fixture


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said."""

    status: int
    headers: Any
    text: str

    @property
    def body(self) -> Any:
        return json.loads(self.text)


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The server of an operator, which may not listen yet."""

    port: int

    def ask(self, path: str, **headers: str) -> Answer:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return Answer(answer.status, answer.headers, answer.read().decode())
        except urllib.error.HTTPError as refusal:
            return Answer(refusal.code, refusal.headers, refusal.read().decode())

    def status(self, path: str) -> int | None:
        try:
            return self.ask(path).status
        except (urllib.error.URLError, OSError):
            return None

    def metrics(self) -> tuple[Metric, ...]:
        return scraped(self.ask("/metrics").text)


def endpoints() -> tuple[Endpoints, dict[str, str]]:
    """A server on a free port, and the settings that make it."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    return Endpoints(port), {"AZURE_BATCH_OPERATOR_HTTP_PORT": str(port)}


def test_it_is_alive_but_not_ready_while_it_waits_for_the_kinds(
    kubectl: Kubectl, kubeconfig: Path, tmp_path: Path
) -> None:
    remove = ("delete", f"--filename={CRDS}", "--ignore-not-found", "--wait", "--timeout=30s")
    kubectl.run(*remove)
    server, settings = endpoints()
    with operator(kubeconfig, tmp_path / "log", **settings) as running:
        eventually(lambda: running.said("waiting for the API server to serve both kinds"), within=30)
        assert (server.status("/livez"), server.status("/readyz")) == (200, 503)
        install_crds(kubectl)
        eventually(lambda: server.status("/readyz") == 200, within=30)
        kubectl.run(*remove)
        eventually(lambda: server.status("/readyz") == 503, within=30)
        assert server.status("/livez") == 200
        install_crds(kubectl)
        eventually(lambda: server.status("/readyz") == 200, within=30)


def test_it_is_alive_and_ready_once_it_knows_all_objects_and_tells_metrics(
    shared: Kubectl, kubeconfig: Path, tmp_path: Path
) -> None:
    server, settings = endpoints()
    with operator(kubeconfig, tmp_path / "log", **settings) as running:
        make_pool(shared, "measured")
        eventually(lambda: server.status("/readyz") == 200, within=30)
        assert running.said("all objects are known")
        assert {name: sign["ok"] for name, sign in server.ask("/livez").body.items()} == {
            "loop": True,
            "watch": True,
            "turns": True,
        }
        eventually(lambda: worked_on(server, "batchpool"), within=30)
        assert value(server.metrics(), "leader_election_master_status") == 1
        assert values(server.metrics(), "rest_client_requests_total", "method", "code")["GET", "200"] >= 2


def worked_on(server: Endpoints, kind: str) -> float:
    """Turns that ended."""
    return sum(
        values(server.metrics(), "controller_runtime_reconcile_total", "controller", "result").get((kind, r), 0)
        for r in ("success", "error", "requeue", "requeue_after")
    )


def test_metrics_come_in_the_format_that_is_asked_for_and_the_connection_ends(
    shared: Kubectl, kubeconfig: Path, tmp_path: Path
) -> None:
    server, settings = endpoints()
    with operator(kubeconfig, tmp_path / "log", **settings):
        eventually(lambda: server.status("/livez") == 200, within=30)
        plain = server.ask("/metrics")
        assert plain.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        assert plain.headers["Connection"] == "close"
        openmetrics = server.ask("/metrics", Accept="application/openmetrics-text; version=1.0.0")
        assert openmetrics.headers["Content-Type"].startswith("application/openmetrics-text; version=1.0.0")
        assert openmetrics.text.endswith("# EOF\n")
        assert server.status("/elsewhere") == 404


async def test_it_is_not_alive_when_nothing_is_heard_of_the_api_server_any_more(
    shared: Kubectl, tmp_path: Path, kubeconfig: Path
) -> None:
    plane = shared.plane
    server, settings = endpoints()
    async with Proxy(urlsplit(plane.url).port or 0) as proxy:
        detour = write_kubeconfig(
            tmp_path / "detour",
            url=f"https://127.0.0.1:{proxy.port}",
            ca_file=plane.ca_file,
            token=plane.service_account_token(OPERATOR, OPERATOR),
        )
        settings["AZURE_BATCH_OPERATOR_SWEEP_INTERVAL"] = "1"
        with operator(detour, tmp_path / "log", **settings) as running:
            await eventually_async(says(running, "all objects are known"), within=30)
            assert server.status("/livez") == 200
            await proxy.down()
            await eventually_async(answers(server, 503), within=60)
            assert server.ask("/livez").body["watch"]["seconds"] > 3
            await proxy.up()
            await eventually_async(answers(server, 200), within=60)


def answers(server: Endpoints, status: int) -> Any:
    async def answered() -> bool:
        return server.status("/livez") == status

    return answered


def test_a_process_that_stands_still_answers_nothing_which_the_kubelet_counts_as_a_failure(
    shared: Kubectl, kubeconfig: Path, tmp_path: Path
) -> None:
    server, settings = endpoints()
    with operator(kubeconfig, tmp_path / "log", **settings) as running:
        eventually(lambda: server.status("/livez") == 200, within=30)
        running.process.send_signal(signal.SIGSTOP)
        assert server.status("/livez") is None
        running.process.send_signal(signal.SIGCONT)
        eventually(lambda: server.status("/livez") == 200, within=30)


def test_with_port_zero_there_is_no_server(shared: Kubectl, kubeconfig: Path, tmp_path: Path) -> None:
    with operator(kubeconfig, tmp_path / "log", AZURE_BATCH_OPERATOR_HTTP_PORT="0") as running:
        eventually(lambda: running.said("all objects are known"), within=30)
        assert running.said("serving") == 0
