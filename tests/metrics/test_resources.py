"""What resources want and have, as their statuses tell it."""

import time
from datetime import UTC, datetime
from typing import Any

from prometheus_client import generate_latest

from azure_batch_operator.metrics.registry import Metrics
from azure_batch_operator.reconcile.desired import ImageStore, PoolStore
from azure_batch_operator.reconcile.keys import ImageKey, PoolKey
from tests.support.exposition import samples, values
from tests.support.stores import not_parsed

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
EARLIER = "2026-11-23T11:50:00Z"


class Bench:
    """Stores with resources, and metrics that read them."""

    def __init__(self, *, leads: bool = True) -> None:
        self.images, self.pools = ImageStore(not_parsed), PoolStore(not_parsed)
        self.metrics = Metrics(now=lambda: NOW, leading=lambda: leads)
        self.metrics.resources.read(images=self.images.bodies, pools=self.pools.bodies)

    def show_pool(self, name: str, *conditions: str, suspend: bool = False, **status: Any) -> None:
        metadata = {"namespace": "rendering", "name": name}
        shown = {**status, "conditions": [condition(each) for each in conditions]}
        self.pools.put(
            PoolKey("rendering", name), {"metadata": metadata, "spec": {"suspend": suspend}, "status": shown}
        )

    def show_image(self, name: str, *regions: dict[str, Any]) -> None:
        metadata = {"namespace": "rendering", "name": name}
        self.images.put(ImageKey("rendering", name), {"metadata": metadata, "status": {"regions": list(regions)}})

    def values(self, name: str, *by: str) -> dict[tuple[str, ...], float]:
        return values(self.metrics.registry, f"azure_batch_operator_{name}", *by)


def condition(kind: str) -> dict[str, str]:
    status = "False" if kind == "NotReady" else "True"
    name = kind.removeprefix("Not")
    return {"type": name, "status": status, "reason": f"{kind}Reason", "lastTransitionTime": EARLIER}


def test_each_resource_is_in_one_state() -> None:
    bench = Bench()
    bench.show_pool("ready", "Ready")
    bench.show_pool("another", "Ready", "Advisory")
    bench.show_pool("moving", "NotReady", "Reconciling")
    bench.show_pool("stalled", "NotReady", "Stalled")
    bench.show_pool("resting", "Ready", suspend=True)
    bench.show_pool("new")
    bench.show_image("node")
    assert bench.values("resources", "kind", "namespace", "state") == {
        ("BatchPool", "rendering", "ready"): 2,
        ("BatchPool", "rendering", "reconciling"): 1,
        ("BatchPool", "rendering", "stalled"): 1,
        ("BatchPool", "rendering", "suspended"): 1,
        ("BatchPool", "rendering", "unknown"): 1,
        ("GalleryImage", "rendering", "unknown"): 1,
    }


def test_a_stalled_resource_is_named_with_its_reason_and_since_when() -> None:
    bench = Bench()
    bench.show_pool("ready", "Ready")
    bench.show_pool("stalled", "NotReady", "Stalled")
    told = bench.values("stalled_seconds", "kind", "namespace", "name", "reason")
    assert told == {("BatchPool", "rendering", "stalled", "StalledReason"): 600}
    bench.show_pool("stalled", "Ready")
    assert bench.values("stalled_seconds", "name") == {}


def test_nodes_are_told_by_pool_and_by_what_azure_calls_them() -> None:
    bench = Bench()
    bench.show_pool("frames", summary={"dedicated": "2/3", "spot": "0/5"})
    assert bench.values("pool_nodes", "name", "type") == {("frames", "dedicated"): 2}
    assert bench.values("pool_nodes_wanted", "name", "type") == {("frames", "dedicated"): 3, ("frames", "spot"): 5}


def test_replicas_are_told_by_region() -> None:
    bench = Bench()
    bench.show_image("node", {"name": "westeurope", "requiredReplicas": 5, "readyReplicas": 4}, {"name": "eastus"})
    assert bench.values("image_replicas_wanted", "name", "region") == {("node", "westeurope"): 5}
    assert bench.values("image_replicas_ready", "name", "region") == {("node", "westeurope"): 4}


def test_what_is_gone_has_no_series() -> None:
    bench = Bench()
    bench.show_pool("frames", "Stalled", summary={"dedicated": "2/3", "spot": "0/5"})
    bench.pools.drop(PoolKey("rendering", "frames"))
    told = [sample for family in bench.metrics.registry.collect() for sample in family.samples]
    assert [sample for sample in told if "frames" in sample.labels.values()] == []
    assert samples(bench.metrics.registry, "azure_batch_operator_resources") == []


def test_who_does_not_lead_tells_nothing_of_resources_so_that_sums_are_right() -> None:
    bench = Bench(leads=False)
    bench.show_pool("frames", "Ready", summary={"dedicated": "2/3", "spot": "0/5"})
    assert bench.values("resources", "state") == bench.values("pool_nodes", "name") == {}


def test_ten_thousand_pools_are_told_within_some_seconds() -> None:
    bench = Bench()
    for number in range(10_000):
        bench.show_pool(f"pool-{number}", "Ready", summary={"dedicated": "1/2", "spot": "1/2"})
    begun = time.monotonic()
    text = generate_latest(bench.metrics.registry)
    took = time.monotonic() - begun
    assert text.count(b"\nazure_batch_operator_pool_nodes{") == 20_000
    assert took < 5, "Prometheus gives up after ten seconds"
