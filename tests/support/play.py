"""The fixture `play`: the installed operator, a real API server and a simulated Azure, for one test."""

import contextlib
import json
import os
import random
import signal
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import yaml

from azure_simulator.client import JournalEntry
from tests.support.contracts import recorded_exchanges
from tests.support.controlplane import Kubectl
from tests.support.eventually import eventually
from tests.support.guard import guard
from tools.controlplane.plane import ControlPlane
from tools.stage import Stage
from tools.stage.cluster import OPERATOR_NAMESPACE

Body: TypeAlias = dict[str, Any]
QUICKSTART = Path(__file__).parents[2] / "examples" / "quickstart"
ACCOUNT = "contoso"
SPEED = 480.0
"""Simulated seconds a second: the hours of a large pool pass in moments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """A stage and the test's namespace on it; the operator watches this namespace only."""

    stage: Stage
    kubectl: Kubectl

    def quickstart(self, *, image: Mapping[str, Any] | None = None, pool: Mapping[str, Any] | None = None) -> None:
        """Apply the quickstart in this namespace, with these top-level spec fields changed; replicas go after 2 s."""
        brisk = {"replication": {"nodesPerReplica": 600, "scaleDownDelay": "2s"}}
        self.apply(example("galleryimage.yaml", **{**brisk, **(image or {})}))
        self.apply(example("batchpool.yaml", **(pool or {})))

    def apply(self, body: Body) -> None:
        """Apply one object in this namespace."""
        if body["kind"] == "Secret":
            guard().confide_secret(body)
        placed = {**body, "metadata": {**body["metadata"], "namespace": self.kubectl.namespace}}
        self.kubectl.applied(json.dumps(placed))

    def scale(self, nodes: int, *, pool: str = "frames") -> None:
        """`kubectl scale` a pool."""
        self.kubectl.run("scale", f"batchpool/{pool}", f"--replicas={nodes}")

    def image(self, name: str = "render-node") -> Body:
        """The GalleryImage as the API server shows it."""
        return self.kubectl.get("galleryimage", name)

    def pool(self, name: str = "frames") -> Body:
        """The BatchPool as the API server shows it."""
        return self.kubectl.get("batchpool", name)

    def sized(self, nodes: int, *, pool: str = "frames", within: float = 60.0) -> Body:
        """Wait until the pool is Ready for its present generation with exactly so many nodes; the pool."""

        def there() -> Body | None:
            self.stage.operator.must_run()
            body = self.pool(pool)
            had = body.get("status", {}).get("currentDedicatedNodes")
            assert (had, is_ready(body)) == (nodes, True), conditions(body)
            return body

        return eventually(there, within=within, every=0.2) or {}

    def replicated(self, replicas: int, *, within: float = 60.0) -> Body:
        """Wait until the image is Ready with so many replicas in all; the image."""

        def there() -> Body | None:
            body = self.image()
            had = sum(region["replicas"] for region in body.get("status", {}).get("regions", ()))
            assert (had, is_ready(body)) == (replicas, True), conditions(body)
            return body

        return eventually(there, within=within, every=0.2) or {}

    def reason(self, kind: str, name: str, condition: str, reason: str, *, within: float = 30.0) -> Body:
        """Wait until a condition has that reason; the condition."""

        def there() -> Body | None:
            found = conditions(self.kubectl.get(kind, name))
            assert found.get(condition, {}).get("reason") == reason, found
            return dict(found[condition])

        return eventually(there, within=within, every=0.2) or {}

    def gone(self, *names: str, within: float = 60.0) -> None:
        """Wait until none of these objects is there."""
        eventually(lambda: all(self.kubectl("get", name).exit_status != 0 for name in names), within=within, every=0.2)

    def requests(self, *, since: int = 0) -> list[JournalEntry]:
        """The operator's requests to Azure, tokens apart, in order."""
        client = self.stage.azure.ready.client_id
        return [r for r in self.stage.azure.control.requests(since=since) if r.caller == client]

    def kill_after(self, requests: int) -> None:
        """Kill the operator as soon as Azure has seen so many more of its requests, and start it again."""
        seen = self.requests()
        begun = seen[-1].sequence if seen else 0
        eventually(lambda: len(self.requests(since=begun)) >= requests, within=60, every=0.01)
        self.stage.operator.kill()
        self.stage.operator.start()

    def writes(self, *, since: int = 0) -> list[JournalEntry]:
        """The operator's requests that could change something."""
        return [r for r in self.requests(since=since) if r.method not in {"GET", "HEAD"}]


def example(file: str, **spec: Any) -> Body:
    """An object of the quickstart, with some top-level fields of its spec changed (None: left out)."""
    body: Body = yaml.safe_load((QUICKSTART / file).read_text())
    changed = {**body["spec"], **spec}
    return {**body, "spec": {key: value for key, value in changed.items() if value is not None}}


def conditions(body: Body) -> Body:
    """The conditions of an object by type."""
    return {c["type"]: c for c in body.get("status", {}).get("conditions", ())}


def is_ready(body: Body) -> bool:
    """Ready is True, for the spec as it stands now."""
    seen = body.get("status", {}).get("observedGeneration") == body["metadata"]["generation"]
    return bool(seen) and conditions(body).get("Ready", {}).get("status") == "True"


def pytest_configure() -> None:
    """Choose the seed of the random kills once, for all workers of the run."""
    os.environ.setdefault("CRASH_SEED", str(random.SystemRandom().randrange(10**6)))


def pytest_report_header() -> str:
    """Say which seed repeats this run's kills."""
    return f"random kills: CRASH_SEED={os.environ['CRASH_SEED']}"


@pytest.fixture
def play(control_plane: ControlPlane, kubectl: Kubectl) -> Iterator[Play]:
    """The operator runs; Azure has what the simulator's default scenario says."""
    with staged(control_plane, kubectl) as stage, stage.operator.running():
        yield Play(stage=stage, kubectl=kubectl)
        stage.operator.process.send_signal(signal.SIGTERM)
        assert stage.operator.process.wait(15) == 0, "the operator did not end in order"


@contextlib.contextmanager
def staged(
    control_plane: ControlPlane, kubectl: Kubectl, *, scenario: Path | None = None, **settings: str
) -> Iterator[Stage]:
    """A stage whose operator looks after the test's namespace only; the operator is not started yet."""
    settings = {"namespaces": kubectl.namespace, **settings}
    with (
        recorded_exchanges() as record,
        Stage.set(speed=SPEED, scenario=scenario, plane=control_plane, settings=settings, record=record) as stage,
    ):
        yield stage
        tell_guard(stage, kubectl)


def tell_guard(stage: Stage, kubectl: Kubectl) -> None:
    """What was secret on a stage, and all that can be read there now."""
    guard().confide("the operator's own secret", stage.operator.environment.get("AZURE_CLIENT_SECRET", ""))
    for namespace in (kubectl.namespace, OPERATOR_NAMESPACE):
        for secret in stage.cluster.list("secrets", namespace=namespace):
            guard().confide_secret(secret)
    log = stage.operator.log.read_text(errors="replace") if stage.operator.log.exists() else ""
    statuses = [body.get("status") for body in kubectl.get("galleryimages,batchpools")["items"]]
    events = kubectl.get("events.events.k8s.io")["items"]
    for where, shown in (("the operator's log", log), ("a status", repr(statuses)), ("an Event", repr(events))):
        guard().watch(where, partial(str, shown))
