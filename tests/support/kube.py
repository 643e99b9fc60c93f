"""Our own Kubernetes side in tests: a client of the control plane that counts, and pools to work on."""

import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import kopf

from azure_batch_operator.kube.client import KubeClient
from azure_batch_operator.reconcile.keys import PoolKey
from tests.support.controlplane import Kubectl
from tests.support.custom_resources import apply, quickstart
from tools.controlplane.plane import ControlPlane


def connection(plane: ControlPlane, *, token: str | None = None) -> kopf.ConnectionInfo:
    """How to log in to a control plane: as the administrator, or with a token."""
    return kopf.ConnectionInfo(server=plane.url, ca_path=str(plane.ca_file), token=token or plane.admin_token)


@dataclass(slots=True, kw_only=True)
class Writes:
    """How often something was written."""

    count: int = 0

    def note(self) -> None:
        """One more."""
        self.count += 1


@dataclass(slots=True, kw_only=True)
class Cluster:
    """A namespace of its own in a control plane that serves both kinds, seen through kubectl and through our client."""

    kubectl: Kubectl
    client: KubeClient
    writes: Writes = field(default_factory=Writes)

    def make_pool(self, name: str | None = None) -> PoolKey:
        """A BatchPool like that of the quickstart, with a name that no other has unless it is given."""
        name = name or f"frames-{secrets.token_hex(4)}"
        answer = apply(self.kubectl, quickstart("batchpool.yaml", name=name))
        assert answer.exit_status == 0, answer.stderr
        return PoolKey(self.kubectl.namespace, name)

    def pool(self, key: PoolKey) -> dict[str, Any]:
        """The BatchPool as the API server has it."""
        return self.kubectl.get("batchpool", key.name)

    def uid(self, key: PoolKey) -> str:
        """The BatchPool's uid."""
        return str(self.pool(key)["metadata"]["uid"])

    def finalizers(self, key: PoolKey) -> list[str]:
        """The BatchPool's finalizers."""
        found: list[str] = self.pool(key)["metadata"].get("finalizers", [])
        return found


def apply_rbac(plane: ControlPlane) -> None:
    """The rights of the operator, as we ship them."""
    answer = plane.kubectl("apply", f"--filename={Path(__file__).parents[2] / 'deploy' / 'operator'}")
    assert answer.returncode == 0, answer.stderr
