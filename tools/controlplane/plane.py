"""The control plane as one value: start it, talk to it, get credentials for it."""

import contextlib
import os
import secrets
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tools.controlplane.kubeconfig import write_kubeconfig
from tools.controlplane.servers import ControlPlaneError, Server, apiserver, etcd, wait_until_ready
from tools.processes import fleeting_folder
from tools.programs.build import find_programs
from tools.programs.modules import ALWAYS_NEEDED

TOKEN_LIFETIME = "24h"


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlPlane:
    """A running etcd and kube-apiserver of our own, on loopback.

    `kubeconfig` and `admin_token` are the administrator's; whatever is under test gets a service account's.
    """

    url: str
    folder: Path
    ca_file: Path
    kubeconfig: Path
    admin_token: str
    programs: dict[str, Path]
    servers: list[Server]

    @classmethod
    @contextlib.contextmanager
    def start(cls) -> Iterator[Self]:
        """Run a control plane for the length of a `with` block; it ends with this process in any case."""
        programs = find_programs(*ALWAYS_NEEDED)
        with contextlib.ExitStack() as stack:
            folder = stack.enter_context(fleeting_folder("control-plane-"))
            token, tokens = _admin_token(folder)
            _write_signing_key(folder / "service-accounts.key")
            store, etcd_url = stack.enter_context(etcd(programs["etcd"], folder))
            server, url = stack.enter_context(
                apiserver(programs["kube-apiserver"], folder, etcd_url=etcd_url, tokens=tokens)
            )
            ca_file = folder / "certificates" / "apiserver.crt"
            wait_until_ready([store, server], url, ca_file, token)
            kubeconfig = write_kubeconfig(folder / "admin.kubeconfig", url=url, ca_file=ca_file, token=token)
            yield cls(
                url=url,
                folder=folder,
                ca_file=ca_file,
                kubeconfig=kubeconfig,
                admin_token=token,
                programs=programs,
                servers=[store, server],
            )

    def kubectl(
        self, *arguments: str, stdin: str = "", kubeconfig: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run kubectl, as the administrator unless `kubeconfig` says as whom; a failure is an answer too."""
        return subprocess.run(
            [self.programs["kubectl"], *arguments],
            input=stdin,
            env=self.environment(kubeconfig),
            capture_output=True,
            text=True,
            check=False,
        )

    def environment(self, kubeconfig: Path | None = None) -> dict[str, str]:
        """An environment in which kubectl and Kubernetes clients use this control plane and nothing of the user's."""
        return {
            **os.environ,
            "KUBECONFIG": str(kubeconfig or self.kubeconfig),
            "KUBECACHEDIR": str(self.folder / "kubectl-cache"),
            "KUBERC": "off",
        }

    def service_account_token(self, namespace: str, name: str) -> str:
        """A token of an existing service account; raises ControlPlaneError when there is none."""
        answer = self.kubectl("create", "token", name, f"--namespace={namespace}", f"--duration={TOKEN_LIFETIME}")
        if answer.returncode != 0:
            raise ControlPlaneError(f"No token for service account {namespace}/{name}: {answer.stderr.strip()}")
        return answer.stdout.strip()

    def service_account_kubeconfig(self, namespace: str, name: str) -> Path:
        """A kubeconfig file that makes a client this service account, in its namespace."""
        return write_kubeconfig(
            self.folder / f"{namespace}.{name}.kubeconfig",
            url=self.url,
            ca_file=self.ca_file,
            token=self.service_account_token(namespace, name),
            namespace=namespace,
        )

    def must_run(self) -> None:
        """Raise ControlPlaneError if etcd or kube-apiserver has ended."""
        for server in self.servers:
            server.must_run()


def _admin_token(folder: Path) -> tuple[str, Path]:
    token, tokens = secrets.token_urlsafe(32), folder / "tokens.csv"
    tokens.write_text(f'{token},admin,admin,"system:masters"\n')
    return token, tokens


def _write_signing_key(path: Path) -> None:
    """An RSA key, as clusters have it: Microsoft Entra ID promises to trust tokens that are signed with RS256 only."""
    path.write_bytes(
        rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
    )
