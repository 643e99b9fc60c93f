"""Several processes of one operator, each a different application for Azure: so its request log tells who wrote."""

import contextlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml

from azure_simulator.client import JournalEntry
from tests.support.controlplane import Kubectl
from tests.support.eventually import eventually
from tests.support.play import Play, staged
from tools.controlplane.plane import ControlPlane
from tools.stage import Operator, Stage

LEASE = "azure-batch-operator"
"""The Lease that we ship the rights on, and its namespace."""

SHORT = {"LEASE_DURATION": "6", "LEASE_RENEW_DEADLINE": "4", "LEASE_RETRY_PERIOD": "0.5"}
"""Terms for tests that need not show the default ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replicas:
    """Processes by name; those that were started end with the test."""

    stage: Stage
    kubectl: Kubectl
    operators: dict[str, Operator] = field(default_factory=dict)

    def start(self, name: str, *, kubeconfig: Path | None = None) -> None:
        """Start a process; `kubeconfig` may be a detour to the API server."""
        variables = {"KUBECONFIG": str(kubeconfig)} if kubeconfig else {}
        self.operators[name] = self.stage.operator.beside(
            name, {"AZURE_CLIENT_ID": _id(name), "AZURE_CLIENT_SECRET": _secret(name), **variables}
        )
        self.operators[name].start()

    def kill(self) -> None:
        """End every process that still runs."""
        for operator in self.operators.values():
            operator.kill()

    def ready(self, name: str) -> None:
        """Wait until a process knows all objects, and could lead."""
        eventually(lambda: self.said(name, "all objects are known"), within=60, every=0.2)

    def play(self, name: str) -> Play:
        """What users do and see, while this process must run."""
        return Play(stage=replace(self.stage, operator=self.operators[name]), kubectl=self.kubectl)

    def lines(self, name: str) -> list[dict[str, Any]]:
        """What a process wrote to its log."""
        text = self.operators[name].log.read_text(errors="replace")
        return [json.loads(line) for line in text.splitlines() if line.startswith("{")]

    def said(self, name: str, event: str) -> list[datetime]:
        """When a process said this."""
        return [datetime.fromisoformat(line["timestamp"]) for line in self.lines(name) if line["event"] == event]

    def lease(self) -> dict[str, Any]:
        """The spec of the Lease; empty when there is none."""
        answer = self.lease_kubectl("get", "lease", LEASE, "--ignore-not-found", "--output=json")
        found: dict[str, Any] = json.loads(answer)["spec"] if answer else {}
        return found

    def lease_kubectl(self, *arguments: str) -> str:
        """kubectl where the Lease is."""
        return Kubectl(plane=self.kubectl.plane, namespace=LEASE).run(*arguments)

    def leader(self) -> str | None:
        """Whose name is in the Lease."""
        holder = str(self.lease().get("holderIdentity") or "")
        return holder.rpartition("-")[0] or None

    def led_by(self, *names: str, within: float = 20.0) -> str:
        """Wait until one of these processes leads, in its own words and in those of the Lease; which one."""

        def leads() -> str | None:
            return next((name for name in names if self.said(name, "leading") and self.leader() == name), None)

        return eventually(leads, within=within, every=0.2) or ""

    def ended(self, name: str, *, within: float = 30.0) -> int:
        """The exit status of a process that ends by itself."""
        return self.operators[name].process.wait(within)

    def last_words(self, name: str) -> str:
        """What it printed at last."""
        return self.operators[name].log.read_text(errors="replace").splitlines()[-1]

    def requests(self, name: str | None = None) -> list[JournalEntry]:
        """Requests to Azure of one process, or of all, in order."""
        callers = {_id(each) for each in ([name] if name else self.operators)}
        return [entry for entry in self.stage.azure.control.requests() if entry.caller in callers]

    def writes(self, name: str | None = None) -> list[JournalEntry]:
        """Those that could change something."""
        return [entry for entry in self.requests(name) if entry.method not in {"GET", "HEAD"}]

    def begun_at(self, name: str) -> int:
        """Wait for the first request of a process; its place in Azure's log."""
        return eventually(lambda: self.requests(name), within=20, every=0.1)[0].sequence

    def doubled(self) -> dict[tuple[str, str, str], int]:
        """Writes that Azure accepted more than once with the same body."""
        made = Counter(
            (entry.operation, entry.path, json.dumps(entry.body, sort_keys=True))
            for entry in self.writes()
            if entry.status is not None and entry.status < 300
        )
        return {what: count for what, count in made.items() if count > 1}


@contextlib.contextmanager
def replicas(
    control_plane: ControlPlane,
    kubectl: Kubectl,
    folder: Path,
    names: Sequence[str],
    *,
    terms: Mapping[str, str] = SHORT,
) -> Iterator[Replicas]:
    """A stage on which processes of these names may be started, one of which is elected; there is no Lease yet."""
    scenario = folder / "scenario.yaml"
    scenario.write_text(yaml.safe_dump(_scenario(names)))
    settings = {"leader_election": "true", **{name.lower(): value for name, value in terms.items()}}
    with staged(control_plane, kubectl, scenario=scenario, **settings) as stage, contextlib.ExitStack() as stack:
        team = Replicas(stage=stage, kubectl=kubectl)
        team.lease_kubectl("delete", "lease", LEASE, "--ignore-not-found")
        stack.callback(team.kill)
        yield team


def _scenario(names: Sequence[str]) -> dict[str, Any]:
    """The default one, with an application for each name that has all the rights of the operator's."""
    scenario: dict[str, Any] = yaml.safe_load(
        resources.files("azure_simulator").joinpath("scenarios/default.yaml").read_text("utf-8")
    )
    scenario["tenants"][0]["applications"] += [
        {"name": name, "clientId": _id(name), "objectId": _id(name), "secrets": [_secret(name)]} for name in names
    ]
    own = [each for each in scenario["roleAssignments"] if each.get("application") == "operator"]
    scenario["roleAssignments"] += [{**each, "application": name} for name in names for each in own]
    return scenario


def _id(name: str) -> str:
    """The client id of a process; the same in each test."""
    return str(UUID(bytes=name.encode().ljust(16, b"-"), version=4))


def _secret(name: str) -> str:
    return f"simulated-secret-of-{name}"
