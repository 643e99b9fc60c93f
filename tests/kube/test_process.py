"""The installed program: how it starts, what it says, and how it ends."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from azure_batch_operator.reconcile.desired import FINALIZER
from tests.support.controlplane import Kubectl
from tests.support.custom_resources import apply, quickstart
from tests.support.eventually import eventually, eventually_async
from tests.support.kube import apply_rbac
from tests.support.proxy import Proxy
from tools.controlplane.kubeconfig import write_kubeconfig

OPERATOR = "azure-batch-operator"
PROGRAM = Path(sysconfig.get_path("scripts")) / OPERATOR
SECRET = "no-line-may-show-this"
NO_AZURE = {
    "AZURE_TENANT_ID": "tenant",
    "AZURE_CLIENT_ID": "client",
    "AZURE_CLIENT_SECRET": SECRET,
    "AZURE_SUBSCRIPTION_ID": "00000000-0000-0000-0000-000000000000",
    "AZURE_AUTHORITY_HOST": "https://127.0.0.1:1",
    "AZURE_BATCH_OPERATOR_RESOURCE_MANAGER_ENDPOINT": "https://127.0.0.1:1",
    "AZURE_BATCH_OPERATOR_LEADER_ELECTION": "false",
}
"""An Azure that does not answer, and no election: whoever is killed here would keep the next one waiting."""


class Running:
    """The operator's process, and what it said."""

    def __init__(self, process: "subprocess.Popen[bytes]", log: Path) -> None:
        self.process = process
        self._log = log

    @property
    def lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self._log.read_text().splitlines() if line.startswith("{")]

    @property
    def text(self) -> str:
        return self._log.read_text()

    def said(self, event: str) -> int:
        """How often it said this."""
        assert self.process.poll() is None, self.text
        return [line["event"] for line in self.lines].count(event)


@contextmanager
def operator(kubeconfig: Path, log: Path, **environment: str) -> Iterator[Running]:
    with log.open("wb") as output:
        process = subprocess.Popen(
            [PROGRAM, "run"],
            env={**os.environ, **NO_AZURE, "KUBECONFIG": str(kubeconfig), **environment},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield Running(process, log)
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def kubeconfig(shared: Kubectl) -> Path:
    apply_rbac(shared.plane)
    return shared.plane.service_account_kubeconfig(OPERATOR, OPERATOR)


def test_it_takes_its_id_from_the_cluster_and_says_when_it_knows_all_objects(
    shared: Kubectl, kubeconfig: Path, tmp_path: Path
) -> None:
    with operator(kubeconfig, tmp_path / "log") as running:
        eventually(lambda: running.said("all objects are known"), within=30)
        (started,) = [line for line in running.lines if line["event"] == "started"]
    assert started["operator_id"] == shared.get("namespace", "kube-system")["metadata"]["uid"]


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_asked_to_end_it_ends_at_once_with_status_zero(
    ending: signal.Signals, kubeconfig: Path, tmp_path: Path
) -> None:
    with operator(kubeconfig, tmp_path / "log") as running:
        eventually(lambda: running.said("all objects are known"), within=30)
        running.process.send_signal(ending)
        assert running.process.wait(timeout=15) == 0
        assert "Traceback" not in running.text


def test_asked_to_end_while_it_still_waits_for_the_api_server_it_ends_too(tmp_path: Path, shared: Kubectl) -> None:
    nowhere = write_kubeconfig(tmp_path / "nowhere", url="https://127.0.0.1:1", ca_file=shared.plane.ca_file, token="t")
    with operator(nowhere, tmp_path / "log") as running:
        event = "cannot tell which cluster this is; grant it, or set the operator id"
        eventually(lambda: running.said(event), within=30)
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(timeout=15) == 0


async def test_an_api_server_that_goes_away_for_a_while_ends_nothing(
    shared: Kubectl, kubeconfig: Path, tmp_path: Path
) -> None:
    plane = shared.plane
    async with Proxy(urlsplit(plane.url).port or 0) as proxy:
        detour = write_kubeconfig(
            tmp_path / "detour",
            url=f"https://127.0.0.1:{proxy.port}",
            ca_file=plane.ca_file,
            token=plane.service_account_token(OPERATOR, OPERATOR),
        )
        with operator(detour, tmp_path / "log", AZURE_BATCH_OPERATOR_SWEEP_INTERVAL="1") as running:
            await eventually_async(says(running, "all objects are known"), within=30)
            await proxy.down()
            await eventually_async(says(running, "sweep failed"), within=30)
            await proxy.up()
            key = make_pool(shared, "after-the-outage")
            await eventually_async(has_finalizer(shared, key), within=60)


async def test_a_watch_that_cannot_go_on_ends_the_process_with_a_sentence(shared: Kubectl, tmp_path: Path) -> None:
    plane = shared.plane
    apply_rbac(plane)
    shared.run("create", "serviceaccount", "fleeting")
    async with Proxy(urlsplit(plane.url).port or 0) as proxy:
        detour = write_kubeconfig(
            tmp_path / "detour",
            url=f"https://127.0.0.1:{proxy.port}",
            ca_file=plane.ca_file,
            token=plane.service_account_token(shared.namespace, "fleeting"),
        )
        with (
            bound(shared, "fleeting"),
            operator(detour, tmp_path / "log", AZURE_BATCH_OPERATOR_OPERATOR_ID="here") as running,
        ):
            await eventually_async(says(running, "all objects are known"), within=30)
            shared.run("delete", "serviceaccount", "fleeting")

            async def ended() -> bool:
                """The API server believes a token for some seconds; whoever comes later is refused."""
                await proxy.down()
                await proxy.up()
                return running.process.poll() is not None

            await eventually_async(ended, within=60, every=3)
            assert running.process.returncode == 1
            assert "the watch failed" in running.text


@contextmanager
def bound(kubectl: Kubectl, service_account: str) -> Iterator[None]:
    """A service account with the operator's cluster role."""
    who = f"--serviceaccount={kubectl.namespace}:{service_account}"
    kubectl.run("create", "clusterrolebinding", kubectl.namespace, f"--clusterrole={OPERATOR}", who)
    yield
    kubectl.run("delete", "clusterrolebinding", kubectl.namespace)


def says(running: Running, event: str) -> Callable[[], Awaitable[int]]:
    async def said() -> int:
        return running.said(event)

    return said


def has_finalizer(kubectl: Kubectl, name: str) -> Callable[[], Awaitable[bool]]:
    async def found() -> bool:
        pool = await asyncio.to_thread(kubectl.get, "batchpool", name)  # through our proxy nothing may block
        return FINALIZER in pool["metadata"].get("finalizers", [])

    return found


def make_pool(kubectl: Kubectl, name: str) -> str:
    answer = apply(kubectl, quickstart("batchpool.yaml", name=name))
    assert answer.exit_status == 0, answer.stderr
    return name


def test_a_kubeconfig_that_names_a_login_command_works(shared: Kubectl, kubeconfig: Path, tmp_path: Path) -> None:
    token = shared.plane.service_account_token(OPERATOR, OPERATOR)
    with operator(with_login_command(kubeconfig, tmp_path, token), tmp_path / "log") as running:
        eventually(lambda: running.said("all objects are known"), within=30)


def with_login_command(kubeconfig: Path, folder: Path, token: str) -> Path:
    """A kubeconfig whose user is whoever a command says, as managed clusters have it."""
    kind = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential"}
    command = folder / "login"
    command.write_text(f"#!/bin/sh\necho '{json.dumps({**kind, 'status': {'token': token}})}'\n")
    command.chmod(0o700)
    content = yaml.safe_load(kubeconfig.read_text())
    content["users"][0]["user"] = {
        "exec": {"apiVersion": kind["apiVersion"], "interactiveMode": "Never", "command": str(command)}
    }
    path = folder / "kubeconfig"
    path.write_text(yaml.safe_dump(content))
    return path


def test_no_secret_is_ever_printed(shared: Kubectl, kubeconfig: Path, tmp_path: Path) -> None:
    with operator(kubeconfig, tmp_path / "log", AZURE_BATCH_OPERATOR_LOG_LEVEL="debug") as running:
        make_pool(shared, "with-a-wrong-identity")
        eventually(lambda: running.said("turn") > 1, within=30)
        assert SECRET not in running.text
        assert shared.plane.service_account_token(OPERATOR, OPERATOR)[:20] not in running.text


def test_missing_settings_are_named_and_nothing_else_is_printed(tmp_path: Path) -> None:
    ended = run("run", env={"PATH": os.environ["PATH"]})
    assert ended.returncode == 1
    assert ended.stderr.startswith("Error: AZURE_BATCH_OPERATOR_SIGN_IN: is not set, and none of AZURE_CLIENT_SECRET, ")
    assert ended.stderr.count("\n") == 1
    assert "Traceback" not in ended.stderr


def test_it_tells_its_version_and_runs_as_a_module_too() -> None:
    assert run("--version").stdout.startswith("azure-batch-operator, version ")
    module = subprocess.run(
        [sys.executable, "-m", "azure_batch_operator", "--version"], capture_output=True, text=True, check=False
    )
    assert module.stdout == run("--version").stdout


def run(*arguments: str, env: Mapping[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([PROGRAM, *arguments], env=env, capture_output=True, text=True, check=False)
