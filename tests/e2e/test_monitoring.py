"""What Prometheus reads of the installed operator, and that alerts and dashboard ask for just that."""

import asyncio
import socket
import urllib.request
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support.controlplane import Kubectl
from tests.support.eventually import eventually
from tests.support.exposition import scraped
from tests.support.monitoring import queries
from tests.support.play import ACCOUNT, Play, example, staged
from tests.support.promql import Seen, mistakes
from tests.support.proxy import Proxy
from tools.controlplane.plane import ControlPlane
from tools.demo.meddler import change_start_task

pytestmark = pytest.mark.e2e

OURS = "azure_batch_operator_"


@dataclass(slots=True)
class Scrapes:
    """Everything that was ever scraped from one operator, and what there was last."""

    port: int
    ever: dict[str, dict[tuple[tuple[str, str], ...], float]] = field(default_factory=lambda: defaultdict(dict))
    last: dict[str, dict[tuple[tuple[str, str], ...], float]] = field(default_factory=dict)

    def scrape(self) -> None:
        """Read what there is now."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=10) as answer:
            families = scraped(answer.read().decode())
        self.last = defaultdict(dict)
        for sample in (sample for family in families for sample in family.samples):
            labels = tuple(sorted(sample.labels.items()))
            self.last[sample.name][labels] = self.ever[sample.name][labels] = sample.value

    def saw(self, metric: str, /, **labels: str) -> bool:
        """Whether anything of that name of ours and with these labels has counted so far."""
        return self.met(f"{OURS}{metric}", **labels)

    def met(self, metric: str, /, **labels: str) -> bool:
        """Whether anything of that name and with these labels has counted so far."""
        self.scrape()
        samples = self.ever[metric].items()
        return any(value > 0 and labels.items() <= dict(having).items() for having, value in samples)

    def shows(self, metric: str, /, **labels: str) -> list[float]:
        """The values now of a name with these labels."""
        self.scrape()
        samples = self.last.get(f"{OURS}{metric}", {}).items()
        return [value for having, value in samples if labels.items() <= dict(having).items()]

    def of(self, name: str) -> list[str]:
        """The series now that name a resource whose name begins like this."""
        self.scrape()
        return [
            each
            for each, samples in self.last.items()
            for having in samples
            if dict(having).get("name", "").startswith(name)
        ]

    @property
    def seen(self) -> Seen:
        return Seen({name: tuple(dict(labels) for labels in samples) for name, samples in self.ever.items()})


@contextmanager
def played(
    control_plane: ControlPlane, kubectl: Kubectl, *, through: int | None = None
) -> Iterator[tuple[Play, Scrapes]]:
    """A running operator, and what is scraped from it; it reaches the API server `through` a port of somebody else."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    with staged(control_plane, kubectl, http_port=str(port)) as stage:
        if through is not None:
            direct = Path(stage.operator.environment["KUBECONFIG"]).read_text()
            detour = stage.folder / "detour"
            detour.write_text(direct.replace(control_plane.url, f"https://127.0.0.1:{through}"))
            stage.operator.environment["KUBECONFIG"] = str(detour)
        with stage.operator.running():
            eventually(lambda: is_listening(port), within=30)
            yield Play(stage=stage, kubectl=kubectl), Scrapes(port)


def is_listening(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


async def test_alerts_and_dashboard_ask_only_for_what_an_operator_tells_that_has_seen_trouble(
    control_plane: ControlPlane, kubectl: Kubectl
) -> None:
    async with Proxy(urlsplit(control_plane.url).port or 0) as proxy:
        loop = asyncio.get_running_loop()

        def break_connections() -> None:
            """Let the operator meet an API server that is away for a moment."""
            asyncio.run_coroutine_threadsafe(proxy.down(), loop).result()

        scrapes = await asyncio.to_thread(troubled, control_plane, kubectl, proxy.port, break_connections)
    wrong = {name: found for name, query in queries() if (found := mistakes(query, scrapes.seen))}
    assert wrong == {}


def troubled(
    control_plane: ControlPlane, kubectl: Kubectl, port: int, break_connections: Callable[[], None]
) -> Scrapes:
    """What is scraped from an operator that meets every kind of trouble that alerts are about."""
    with played(control_plane, kubectl, through=port) as (play, scrapes):
        end = (datetime.now(UTC) + timedelta(days=20)).strftime("%Y-%m-%dT00:00:00Z")
        play.quickstart(image={"endOfLifeDate": end}, pool={"targetDedicatedNodes": 700})
        eventually(lambda: scrapes.saw("operation_age_seconds", operation="publication"), within=60, every=0.1)
        eventually(lambda: scrapes.saw("operation_age_seconds", operation="resize"), within=60, every=0.1)
        play.sized(700)
        play.scale(1300)
        eventually(lambda: scrapes.saw("operation_age_seconds", operation="replication"), within=60, every=0.1)
        play.sized(1300)
        assert scrapes.shows("pool_nodes", name="frames", type="dedicated") == [1300]
        assert scrapes.shows("image_replicas_ready", name="render-node") == [3]
        assert 18 < scrapes.shows("image_version_end_of_life_days", name="render-node")[0] < 21
        change_start_task(play.stage.azure, ACCOUNT, "frames", "/bin/false")
        eventually(lambda: scrapes.saw("drift_repairs_total", kind="BatchPool"), within=60)
        refuse(play, "Pools_ListPools", 429, "TooManyRequests")
        refuse(play, "GalleryImageVersions_ListByGalleryImage", 503, "ServerBusy")
        refuse(play, "GalleryImages_ListByGallery", 403, "AuthorizationFailed")
        eventually(lambda: scrapes.saw("azure_throttles_total", by="azure"), within=60)
        eventually(lambda: scrapes.saw("azure_requests_total", code="503"), within=60)
        eventually(lambda: scrapes.saw("azure_requests_total", code="403"), within=60)
        play.apply(a_pool("ill", virtualMachineConfiguration={"nodeAgentSKUId": "batch.node.ubuntu 22.4"}))
        eventually(lambda: scrapes.saw("stalled_seconds", name="ill", reason="NodeAgentMismatch"), within=60)
        break_connections()
        eventually(lambda: scrapes.met("rest_client_requests_total", code="<error>"), within=60)
        return scrapes


def refuse(play: Play, operation: str, status: int, code: str) -> None:
    """Let the next such request be refused."""
    answer = {"status": status, "code": code, "message": "The simulator was told to answer this."}
    play.stage.azure.control.order_fault({"match": {"operation": operation}, "times": 1, "answer": answer})


def a_pool(name: str, **spec: Any) -> dict[str, Any]:
    """A BatchPool like that of the quickstart under another name."""
    body = example("batchpool.yaml", **spec)
    return {**body, "metadata": {**body["metadata"], "name": name}}


def test_series_go_with_their_resources(control_plane: ControlPlane, kubectl: Kubectl) -> None:
    with played(control_plane, kubectl) as (play, scrapes):
        play.quickstart()
        play.sized(2)
        assert scrapes.shows("resources", state="ready", kind="BatchPool") == [1]
        names = [f"more-{number}" for number in range(20)]
        for name in names:
            play.apply(a_pool(name))
        eventually(lambda: scrapes.shows("resources", state="ready", kind="BatchPool") == [21], within=120, every=0.5)
        assert len(scrapes.of("more-")) >= 20 * 4
        play.kubectl.run("delete", "batchpool", *names, "--wait=false")
        play.gone(*(f"batchpool/{name}" for name in names))
        eventually(lambda: scrapes.of("more-") == [])
