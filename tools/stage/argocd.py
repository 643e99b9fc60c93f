"""Argo CD on the stage: application controller, repo server and API server as processes, for a control plane of ours.

All of them are one program, which looks at the name that it is started under.
"""

import base64
import contextlib
import json
import secrets
import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from tools.controlplane.plane import ControlPlane
from tools.processes import fleeting_folder, free_port, running, tail
from tools.programs.build import find_programs
from tools.programs.golang import find_go, go_environment
from tools.programs.modules import PROGRAMS
from tools.stage.cluster import Cluster
from tools.waiting import attempts

NAMESPACE = "argocd"
READY_WITHIN = 120.0
ANSWERS_WITHIN = 10.0
RECONCILED_EVERY = 10


class ArgoCdError(RuntimeError):
    """Argo CD could not be used; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArgoCd:
    """A running Argo CD that manages the control plane it lives in."""

    cluster: Cluster
    folder: Path
    address: str
    """Where its API server listens."""

    @classmethod
    @contextlib.contextmanager
    def start(cls, plane: ControlPlane) -> Iterator[Self]:
        """Install Argo CD and run it for the length of the block."""
        programs, redis = find_programs("argocd", "helm"), _redis()
        cluster = Cluster(plane=plane)
        with contextlib.ExitStack() as stack:
            folder = stack.enter_context(fleeting_folder("argo-cd-"))
            _install(cluster)
            environment = _environment(plane, folder, programs["helm"])
            redis_at = stack.enter_context(_serving_redis(redis, folder))
            repo_server = stack.enter_context(_repo_server(programs["argocd"], folder, environment, redis_at))
            common = {
                "redis": redis_at,
                "repo-server": repo_server,
                "repo-server-plaintext": "true",
                "kubeconfig": plane.kubeconfig,
                "namespace": NAMESPACE,
                "loglevel": "warn",
            }
            stack.enter_context(_controller(programs["argocd"], folder, environment, common))
            address = stack.enter_context(_api_server(programs["argocd"], folder, environment, common))
            argo_cd = cls(cluster=cluster, folder=folder, address=address)
            argo_cd.wait_until_ready()
            yield argo_cd

    @property
    def destination(self) -> str:
        """The cluster, as Applications name it: out of a cluster there is no address in it."""
        return self.cluster.plane.url

    def ask(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """What the API server answers, as its web page asks it; raises ArgoCdError when it refuses."""
        content = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(
            f"http://{self.address}/api/v1/{path}", data=content, headers={"Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(asked, timeout=ANSWERS_WITHIN) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refusal:
            raise ArgoCdError(f"{path}: {refusal.read().decode()}") from None

    def wait_until_ready(self) -> None:
        """Return when the API server answers; raises ArgoCdError otherwise."""
        trouble: Exception | None = None
        for _ in attempts(READY_WITHIN, every=0.2):
            try:
                self.ask("applications")
            except (OSError, ArgoCdError) as unready:  # not listening yet, or not able yet
                trouble = unready
            else:
                return
        logs = "\n".join(f"{log.name}:\n{tail(log)}" for log in sorted(self.folder.glob("*.log")))
        raise ArgoCdError(f"Argo CD was not ready within {READY_WITHIN:.0f} s: {trouble}\n{logs}")


def _redis() -> str:
    if (found := shutil.which("redis-server")) is None:
        raise ArgoCdError(
            "Argo CD keeps its cache in Redis, and there is no redis-server here: install it "
            "(apt-get install redis-server, dnf install redis, brew install redis), and leave it stopped."
        )
    return found


def _environment(plane: ControlPlane, folder: Path, helm: Path) -> dict[str, str]:
    """Nothing of the user's: no Git configuration, no keys, folders that go with ours."""
    (folder / "tmp").mkdir()
    path = f"{helm.parent}:{plane.environment()['PATH']}"
    return {
        "PATH": path,
        "HOME": str(folder),
        "TMPDIR": str(folder / "tmp"),
        "ARGOCD_GPG_ENABLED": "false",
        "ARGOCD_RECONCILIATION_TIMEOUT": f"{RECONCILED_EVERY}s",
        "ARGOCD_RECONCILIATION_JITTER": "0s",
    }


@contextlib.contextmanager
def _serving_redis(program: str, folder: Path) -> Iterator[str]:
    port = free_port()
    command = [program, "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no"]
    with running(command, log=folder / "redis.log"):
        yield f"127.0.0.1:{port}"


@contextlib.contextmanager
def _repo_server(program: Path, folder: Path, environment: Mapping[str, str], redis: str) -> Iterator[str]:
    port = free_port()
    flags = {
        "address": "127.0.0.1",
        "port": port,
        "metrics-address": "127.0.0.1",
        "metrics-port": free_port(),
        "redis": redis,
        "disable-tls": "true",
        "loglevel": "warn",
    }
    with _running_as("argocd-repo-server", program, flags, folder, environment):
        yield f"127.0.0.1:{port}"


@contextlib.contextmanager
def _controller(
    program: Path, folder: Path, environment: Mapping[str, str], common: Mapping[str, object]
) -> Iterator[None]:
    flags = {**common, "app-resync": RECONCILED_EVERY, "app-resync-jitter": 0, "metrics-port": free_port()}
    with _running_as("argocd-application-controller", program, flags, folder, environment):
        yield


@contextlib.contextmanager
def _api_server(
    program: Path, folder: Path, environment: Mapping[str, str], common: Mapping[str, object]
) -> Iterator[str]:
    port = free_port()
    flags = {
        **common,
        "address": "127.0.0.1",
        "port": port,
        "metrics-address": "127.0.0.1",
        "metrics-port": free_port(),
        "insecure": "true",
        "disable-auth": "true",
    }
    with _running_as("argocd-server", program, flags, folder, environment):
        yield f"127.0.0.1:{port}"


@contextlib.contextmanager
def _running_as(
    name: str, program: Path, flags: Mapping[str, object], folder: Path, environment: Mapping[str, str]
) -> Iterator[None]:
    named = folder / name
    named.symlink_to(program)
    command = [str(named), *(f"--{flag}={value}" for flag, value in flags.items())]
    with running(command, log=folder / f"{name}.log", env=environment):
        yield


def _install(cluster: Cluster) -> None:
    """What `kubectl apply -f install.yaml` brings, without the Deployments: nothing runs them here."""
    cluster.must("apply", "--server-side", "--kustomize", str(_crds()))
    for manifest in _manifests(cluster.plane):
        cluster.must("apply", "--server-side", "-f", "-", stdin=json.dumps(manifest))


def _crds() -> Path:
    """The folder of Argo CD's CRDs in the sources that the program is built from."""
    module = PROGRAMS["argocd"]
    answer = subprocess.run(
        [find_go(module.oldest_go), "mod", "download", "-json", module.main],
        cwd=module.folder,
        env=go_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode != 0:
        raise ArgoCdError(f"The sources of Argo CD are not to be had: {answer.stderr or answer.stdout}")
    return Path(json.loads(answer.stdout)["Dir"]) / "manifests" / "crds"


def _manifests(plane: ControlPlane) -> Iterator[dict[str, Any]]:
    yield {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}
    yield _part("v1", "ConfigMap", "argocd-cm", data={"timeout.reconciliation": f"{RECONCILED_EVERY}s"})
    yield _part("v1", "ConfigMap", "argocd-rbac-cm")
    yield _part("v1", "Secret", "argocd-secret", stringData={"server.secretkey": secrets.token_urlsafe(32)})
    yield _part(
        "argoproj.io/v1alpha1",
        "AppProject",
        "default",
        spec={
            "sourceRepos": ["*"],
            "destinations": [{"server": "*", "namespace": "*"}],
            "clusterResourceWhitelist": [{"group": "*", "kind": "*"}],
        },
    )
    certificate = base64.b64encode(plane.ca_file.read_bytes()).decode()
    config = {"bearerToken": plane.admin_token, "tlsClientConfig": {"caData": certificate}}
    cluster = _part(
        "v1", "Secret", "local", stringData={"name": "local", "server": plane.url, "config": json.dumps(config)}
    )
    cluster["metadata"]["labels"]["argocd.argoproj.io/secret-type"] = "cluster"
    yield cluster


def _part(version: str, kind: str, name: str, **content: Any) -> dict[str, Any]:
    labels = {"app.kubernetes.io/part-of": "argocd"}
    metadata = {"name": name, "namespace": NAMESPACE, "labels": labels}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **content}
