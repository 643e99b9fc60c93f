"""The control plane with our resources in it: definitions, roles and the operator's service account installed."""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.controlplane.plane import ControlPlane

ROOT = Path(__file__).parents[2]
OPERATOR_NAMESPACE = "azure-batch-operator"
OPERATOR_ACCOUNT = "azure-batch-operator"


class KubectlError(Exception):
    """A kubectl command that had to succeed did not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """kubectl against a running control plane, as the administrator."""

    plane: ControlPlane

    def install(self) -> None:
        """Apply `crds/` and `deploy/operator/`, and wait until both kinds are served."""
        self.must("apply", "--server-side", "-f", str(ROOT / "crds"))
        self.must("apply", "-f", str(ROOT / "deploy" / "operator"))
        self.must("wait", "--for=condition=Established", "-f", str(ROOT / "crds"), "--timeout=30s")

    def operator_kubeconfig(self) -> Path:
        """A kubeconfig that makes a client the operator's service account: never the administrator."""
        return self.plane.service_account_kubeconfig(OPERATOR_NAMESPACE, OPERATOR_ACCOUNT)

    def try_(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run kubectl; a refusal is an answer."""
        return self.plane.kubectl(*arguments, stdin=stdin)

    def must(self, *arguments: str, stdin: str = "") -> str:
        """Run kubectl and return what it printed; raises KubectlError with its own words."""
        answer = self.try_(*arguments, stdin=stdin)
        if answer.returncode != 0:
            raise KubectlError(f"kubectl {' '.join(arguments)}: {answer.stderr.strip()}")
        return answer.stdout

    def get(self, kind: str, name: str, namespace: str) -> dict[str, Any] | None:
        """One object, or None when there is none."""
        answer = self.try_("get", kind, name, f"--namespace={namespace}", "--output=json", "--ignore-not-found")
        return json.loads(answer.stdout) if answer.returncode == 0 and answer.stdout.strip() else None

    def list(self, kind: str, *, namespace: str | None = None, extra: Sequence[str] = ()) -> list[dict[str, Any]]:
        """All objects of a kind, in one namespace or everywhere."""
        where = f"--namespace={namespace}" if namespace else "--all-namespaces"
        found: dict[str, Any] = json.loads(self.must("get", kind, where, "--output=json", *extra))
        return list(found["items"])
