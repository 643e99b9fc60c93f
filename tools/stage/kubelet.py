"""What a control plane alone lacks: somebody who runs the pods that Deployments ask for, here as processes.

It stands in for the controllers of Deployments and disruption budgets and for a kubelet: it starts containers with what
their pods say, asks their readiness probes, starts again what ended, and writes what it found into the status that
`helm --wait` reads.
"""

import contextlib
import json
import random
import socket
import ssl
import subprocess
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from urllib.error import URLError
from urllib.request import urlopen

from tools.processes import bare_environment, leashed, stop
from tools.stage.cluster import Cluster
from tools.stage.pod import Pod
from tools.stage.volumes import NoSuchSourceError

PAUSE = 0.3
_EVERYWHERE = "0.0.0.0"
"""What pods listen on; here it becomes loopback."""
_OWN_PORT = "8080"
"""On which each pod of an operator listens for itself."""
_FIRST_PORT, _LAST_PORT = 20_000, 32_000
"""Below the ports that the kernel gives away by itself."""


@dataclass(slots=True, kw_only=True)
class _Running:
    """A container as a process, and where its probe answers."""

    process: subprocess.Popen[bytes]
    probe: str

    def is_ready(self) -> bool:
        """Whether its readiness probe succeeds; like a kubelet, without a look at certificates."""
        blind = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        blind.check_hostname, blind.verify_mode = False, ssl.CERT_NONE
        try:
            with urlopen(self.probe, timeout=2, context=blind) as answer:
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False


@dataclass(slots=True, kw_only=True)
class Kubelet:
    """Runs the Deployments of one namespace; `services` are the names by which its pods call each other."""

    cluster: Cluster
    namespace: str
    folder: Path
    services: Mapping[str, Sequence[int]]
    """The host of each Service with its ports, which are not shared by several pods."""
    _here: dict[str, str] = field(default_factory=dict)
    _pods: dict[str, _Running] = field(default_factory=dict)
    _over: threading.Event = field(default_factory=threading.Event)

    @classmethod
    @contextlib.contextmanager
    def running(
        cls, cluster: Cluster, namespace: str, folder: Path, services: Mapping[str, Sequence[int]]
    ) -> Iterator[Self]:
        """Look after the namespace for the length of the block; no process is left afterwards."""
        kubelet = cls(cluster=cluster, namespace=namespace, folder=folder, services=services)
        worker = threading.Thread(target=kubelet._work)
        worker.start()
        try:
            yield kubelet
        finally:
            kubelet._over.set()
            worker.join()

    def logs(self) -> str:
        """What all pods have written so far."""
        return "\n".join(f"{log.name}:\n{log.read_text(errors='replace')}" for log in sorted(self.folder.glob("*.log")))

    def _work(self) -> None:
        self._here = _loopback(self.services)
        try:
            while not self._over.wait(PAUSE):
                self._turn()
        finally:
            for pod in self._pods.values():
                stop(pod.process)

    def _turn(self) -> None:
        deployments = self.cluster.list("deployment", namespace=self.namespace)
        wanted = {f"{each['metadata']['name']}-{n}": each for each in deployments for n in range(_replicas(each))}
        for name in self._pods.keys() - wanted.keys():
            stop(self._pods.pop(name).process)
        for name, deployment in wanted.items():
            if name not in self._pods or self._pods[name].process.poll() is not None:
                self._start(name, deployment)
        for deployment in deployments:
            self._tell(deployment)

    def _start(self, name: str, deployment: Mapping[str, Any]) -> None:
        folder = self.folder / name
        own = {str(port): _free_ports(1, avoiding=self._here)[0] for port in _http_ports(deployment)}
        here = {**self._here, **{port: str(taken) for port, taken in own.items()}}
        with contextlib.suppress(NoSuchSourceError):  # tried again at the next turn, as a kubelet does
            pod = Pod.of(
                self.cluster, *_named(deployment), folder=folder, number=int(name.rpartition("-")[2]), overlaid=here
            )
            self._pods[name] = _Running(process=self._run(name, pod), probe=_probe(deployment, here))

    def _run(self, name: str, pod: Pod) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}.log").open("ab") as output:
            return subprocess.Popen(
                leashed(pod.command),
                env={**bare_environment(), **pod.environment, **self._account(pod)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _account(self, pod: Pod) -> dict[str, str]:
        """How the pod reaches the API server: as its service account, if it has one of its own."""
        if pod.service_account == "default":
            return {}
        plane = self.cluster.plane
        return {"KUBECONFIG": str(plane.service_account_kubeconfig(pod.namespace, pod.service_account))}

    def _tell(self, deployment: Mapping[str, Any]) -> None:
        """Write how many pods of the Deployment are ready, where that is new."""
        name, count = deployment["metadata"]["name"], _replicas(deployment)
        pods = [self._pods[f"{name}-{n}"] for n in range(count) if f"{name}-{n}" in self._pods]
        ready = sum(pod.is_ready() for pod in pods)
        status = _status(deployment["metadata"]["generation"], count, ready)
        told = deployment.get("status", {})
        if any(told.get(word) != value for word, value in status.items() if word != "conditions"):
            self._write("deployment", name, status)
            for budget in self.cluster.list("poddisruptionbudget", namespace=self.namespace):
                if budget["metadata"]["name"] == name:
                    self._write("poddisruptionbudget", name, _budget(budget["metadata"]["generation"], count, ready))

    def _write(self, kind: str, name: str, status: Mapping[str, Any]) -> None:
        patch = json.dumps({"status": status})
        where = (f"--namespace={self.namespace}", "--subresource=status", "--type=merge")
        self.cluster.try_("patch", kind, name, *where, f"--patch={patch}")  # it may have gone meanwhile


def _replicas(deployment: Mapping[str, Any]) -> int:
    return int(deployment["spec"].get("replicas", 1))


def _named(deployment: Mapping[str, Any]) -> tuple[str, str]:
    return deployment["metadata"]["name"], deployment["metadata"]["namespace"]


def _container(deployment: Mapping[str, Any]) -> Mapping[str, Any]:
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    return dict(container)


def _http_ports(deployment: Mapping[str, Any]) -> list[int]:
    """Ports that every pod of the Deployment has to itself."""
    return [port["containerPort"] for port in _container(deployment).get("ports", ()) if port["name"] == "http"]


def _probe(deployment: Mapping[str, Any], here: Mapping[str, str]) -> str:
    """The address of the readiness probe."""
    container = _container(deployment)
    asked = container["readinessProbe"]["httpGet"]
    ports = {port["name"]: str(port["containerPort"]) for port in container["ports"]}
    port = ports.get(asked["port"], str(asked["port"]))
    return f"{asked.get('scheme', 'HTTP').lower()}://127.0.0.1:{here.get(port, port)}{asked['path']}"


def _status(generation: int, count: int, ready: int) -> dict[str, Any]:
    available = "True" if ready == count else "False"
    reasons = (("Available", available, "MinimumReplicasAvailable"), ("Progressing", "True", "NewReplicaSetAvailable"))
    return {
        "observedGeneration": generation,
        **dict.fromkeys(("replicas", "updatedReplicas"), count),
        **({} if not ready else dict.fromkeys(("readyReplicas", "availableReplicas"), ready)),
        "conditions": [{"type": kind, "status": status, "reason": reason} for kind, status, reason in reasons],
    }


def _budget(generation: int, count: int, ready: int) -> dict[str, Any]:
    least = max(count - 1, 0)
    return {
        "observedGeneration": generation,
        "currentHealthy": ready,
        "desiredHealthy": least,
        "disruptionsAllowed": max(ready - least, 0),
        "expectedPods": count,
    }


def _loopback(services: Mapping[str, Sequence[int]]) -> dict[str, str]:
    """What stands here for the hosts and ports of Services, and for all addresses of a pod."""
    here = {_EVERYWHERE: "127.0.0.1"}
    for host, ports in services.items():
        taken = _free_ports(len(ports), avoiding=[*map(str, ports), _OWN_PORT])
        here |= {host: "localhost", **{str(port): str(free) for port, free in zip(ports, taken, strict=True)}}
    return here


def _free_ports(count: int, *, avoiding: Collection[str]) -> list[int]:
    """Ports in a row that nobody listens on, and whose digits contain none of the texts that are replaced."""
    while True:
        first = random.randrange(_FIRST_PORT, _LAST_PORT - count)
        ports = list(range(first, first + count))
        if all(_is_free(port) and not any(text in str(port) for text in avoiding) for port in ports):
            return ports


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0
