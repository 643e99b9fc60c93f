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
OPERATOR_DEPLOYMENT = "azure-batch-operator"
OPERATOR_CREDENTIALS = "azure-batch-operator-credentials"
"""The Secret with which the operator of `deploy/operator/` signs in."""


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

    def let_sign_in(self, *, tenant_id: str, client_id: str, client_secret: str) -> None:
        """Make the Secret that the operator signs in with, as somebody does who installs it."""
        values = {"AZURE_TENANT_ID": tenant_id, "AZURE_CLIENT_ID": client_id, "AZURE_CLIENT_SECRET": client_secret}
        place = {"name": OPERATOR_CREDENTIALS, "namespace": OPERATOR_NAMESPACE}
        secret = {"apiVersion": "v1", "kind": "Secret", "metadata": place, "stringData": values}
        self.must("apply", "--server-side", "--filename=-", stdin=json.dumps(secret))

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
