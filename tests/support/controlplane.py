"""Fixtures for tests that meet a real API server: `control_plane`, `namespace`, `kubectl`."""

import contextlib
import json
import secrets
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tools.controlplane.plane import ControlPlane

NO_FINALIZERS = '{"metadata":{"finalizers":null}}'


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What kubectl said."""

    exit_status: int
    stdout: str
    stderr: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kubectl:
    """kubectl in one namespace, as the administrator or as whom `kubeconfig` says."""

    plane: ControlPlane
    namespace: str
    kubeconfig: Path | None = None

    def __call__(self, *arguments: str, stdin: str = "") -> Answer:
        """Run kubectl with these arguments; a refusal is an answer too."""
        scoped = (f"--namespace={self.namespace}", *arguments)
        ended = self.plane.kubectl(*scoped, stdin=stdin, kubeconfig=self.kubeconfig)
        return Answer(exit_status=ended.returncode, stdout=ended.stdout, stderr=ended.stderr)

    def run(self, *arguments: str, stdin: str = "") -> str:
        """Run kubectl, which must succeed; what it printed."""
        answer = self(*arguments, stdin=stdin)
        assert answer.exit_status == 0, f"kubectl {' '.join(arguments)}: {answer.stderr}"
        return answer.stdout

    def apply(self, manifests: str) -> Answer:
        """Apply YAML text, which may be indented as the test is; a refusal is an answer too."""
        return self("apply", "--filename=-", stdin=textwrap.dedent(manifests))

    def applied(self, manifests: str) -> None:
        """Apply YAML text, which must be accepted."""
        answer = self.apply(manifests)
        assert answer.exit_status == 0, answer.stderr

    def get(self, *what: str) -> dict[str, Any]:
        """The object, or the list, that `kubectl get WHAT` finds."""
        found: dict[str, Any] = json.loads(self.run("get", *what, "--output=json"))
        return found

    def acting_as(self, service_account: str) -> "Kubectl":
        """The same, with the rights of a service account of this namespace."""
        kubeconfig = self.plane.service_account_kubeconfig(self.namespace, service_account)
        return Kubectl(plane=self.plane, namespace=self.namespace, kubeconfig=kubeconfig)


@pytest.fixture(scope="session")
def control_plane() -> Iterator[ControlPlane]:
    """A control plane for the whole run; one for each worker when tests run in parallel."""
    with ControlPlane.start() as plane:
        yield plane


@pytest.fixture
def kubectl(control_plane: ControlPlane) -> Iterator[Kubectl]:
    """kubectl as the administrator, in a new namespace whose custom resources are gone when the test is."""
    with temporary_namespace(control_plane) as kubectl:
        yield kubectl


@pytest.fixture
def namespace(kubectl: Kubectl) -> str:
    """The name of the test's namespace."""
    return kubectl.namespace


@contextlib.contextmanager
def temporary_namespace(plane: ControlPlane) -> Iterator[Kubectl]:
    """Make a namespace; at the end its custom resources are removed, then it."""
    admin = Kubectl(plane=plane, namespace=f"test-{secrets.token_hex(4)}")
    admin.run("create", "namespace", admin.namespace)
    yield admin
    _remove_custom_resources(admin)
    admin.run("delete", "namespace", admin.namespace, "--wait=false")


def _remove_custom_resources(admin: Kubectl) -> None:
    """Do what no controller does here: a deleted namespace keeps its objects, and finalizers keep them too."""
    kinds = ",".join(
        definition["metadata"]["name"]
        for definition in admin.get("customresourcedefinitions")["items"]
        if definition["spec"]["scope"] == "Namespaced"
    )
    if not kinds:
        return
    admin.run("delete", kinds, "--all", "--wait=false")
    for name in admin.run("get", kinds, "--output=name").split():
        admin("patch", name, "--type=merge", f"--patch={NO_FINALIZERS}")  # gone in between is as good
