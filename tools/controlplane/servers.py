"""The two servers of the control plane: how each is started, and how to know that they are ready."""

import contextlib
import ssl
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.processes import reserved_port, running, tail
from tools.waiting import attempts

READY_WITHIN = 60.0


class ControlPlaneError(RuntimeError):
    """The control plane could not be used; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running server, and where its output goes."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def must_run(self) -> None:
        """Raise with the end of its log if the server has ended."""
        if self.process.poll() is not None:
            raise ControlPlaneError(f"{self.name} ended with status {self.process.returncode}:\n{tail(self.log)}")


@contextlib.contextmanager
def etcd(program: Path, folder: Path) -> Iterator[tuple[Server, str]]:
    """Run etcd with its data in `folder`; yields it and its client URL."""
    with reserved_port() as client, reserved_port() as peer:
        client_url, peer_url = f"http://127.0.0.1:{client}", f"http://127.0.0.1:{peer}"
        flags = {
            "name": "local",
            "data-dir": folder / "etcd",
            "listen-client-urls": client_url,
            "advertise-client-urls": client_url,
            "listen-peer-urls": peer_url,
            "initial-advertise-peer-urls": peer_url,
            "initial-cluster": f"local={peer_url}",
            "socket-reuse-port": "true",
            "unsafe-no-fsync": "true",
            "log-level": "error",
        }
        with _serving(program, flags, folder) as server:
            yield server, client_url


@contextlib.contextmanager
def apiserver(program: Path, folder: Path, *, etcd_url: str, tokens: Path) -> Iterator[tuple[Server, str]]:
    """Run kube-apiserver, which makes its own certificate in `folder`; yields it and its URL."""
    key = folder / "service-accounts.key"
    with reserved_port() as port:
        flags = {
            "etcd-servers": etcd_url,
            "bind-address": "127.0.0.1",
            "advertise-address": "127.0.0.1",
            "secure-port": port,
            "permit-port-sharing": "true",
            "cert-dir": folder / "certificates",
            "endpoint-reconciler-type": "none",
            "token-auth-file": tokens,
            "authorization-mode": "RBAC",
            "service-account-issuer": "https://kubernetes.default.svc",
            "service-account-key-file": key,
            "service-account-signing-key-file": key,
            "service-cluster-ip-range": "10.0.0.0/24",
            "disable-admission-plugins": "ServiceAccount",
        }
        with _serving(program, flags, folder) as server:
            yield server, f"https://127.0.0.1:{port}"


def wait_until_ready(servers: list[Server], url: str, ca_file: Path, token: str) -> None:
    """Return when the API server serves and the namespaces that every cluster has are there."""
    for _ in attempts(READY_WITHIN):
        for server in servers:
            server.must_run()
        if all(_answers(f"{url}{path}", ca_file, token) for path in ("/readyz", "/api/v1/namespaces/default")):
            return
    logs = "\n".join(f"{server.name}:\n{tail(server.log)}" for server in servers)
    raise ControlPlaneError(f"{url} was not ready within {READY_WITHIN:.0f} s.\n{logs}")


@contextlib.contextmanager
def _serving(program: Path, flags: Mapping[str, object], folder: Path) -> Iterator[Server]:
    log = folder / f"{program.name}.log"
    command = [str(program), *(f"--{flag}={value}" for flag, value in flags.items())]
    with running(command, log=log, patience=0) as process:  # its data goes too: there is nothing to save
        yield Server(name=program.name, process=process, log=log)


def _answers(url: str, ca_file: Path, token: str) -> bool:
    if not ca_file.exists():
        return False
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
    try:
        trust = ssl.create_default_context(cafile=str(ca_file))
        with urllib.request.urlopen(request, timeout=5, context=trust) as answer:
            return bool(answer.status == 200)
    except (OSError, ssl.SSLError):  # not listening yet, a half-written certificate, or a 500 that means wait
        return False
