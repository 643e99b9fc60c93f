"""What the custom resources show, read from their statuses when somebody asks: a turn costs nothing for it.

A resource that is gone has no series any more, and a process that was just started tells the same as the one before.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from azure_batch_operator.core.json import JsonObject

IMAGE, POOL = "GalleryImage", "BatchPool"
STATES = ("ready", "reconciling", "stalled", "suspended", "unknown")
"""What a resource can be; each is in one of them."""

Bodies: TypeAlias = Callable[[], Iterable[JsonObject]]
"""Gives every resource of a kind as the API server last showed it; called in another thread than the loop's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One resource, as far as it is measured."""

    kind: str
    namespace: str
    name: str
    suspended: bool
    status: Mapping[str, Any]

    @classmethod
    def of(cls, kind: str, body: Mapping[str, Any]) -> "Shown":
        """Read from the resource's body."""
        metadata, spec = body["metadata"], body.get("spec") or {}
        return cls(
            kind=kind,
            namespace=metadata["namespace"],
            name=metadata["name"],
            suspended=bool(spec.get("suspend")),
            status=body.get("status") or {},
        )

    @property
    def state(self) -> str:
        """One of STATES."""
        conditions = {each["type"]: each["status"] for each in self.conditions()}
        if self.suspended:
            return "suspended"
        if conditions.get("Stalled") == "True":
            return "stalled"
        if conditions.get("Reconciling") == "True":
            return "reconciling"
        return "ready" if conditions.get("Ready") == "True" else "unknown"

    def conditions(self) -> Sequence[Mapping[str, Any]]:
        """The conditions as they are stored."""
        return self.status.get("conditions") or ()


class ResourceMetrics(Collector):
    """Gauges of what resources want and have. Followers show nothing, so that sums over all processes are right."""

    def __init__(self, now: Callable[[], datetime], leading: Callable[[], bool]) -> None:
        self._now = now
        self._leading = leading
        self._bodies: Mapping[str, Bodies] = {}

    def read(self, *, images: Bodies, pools: Bodies) -> None:
        """Say where the resources are."""
        self._bodies = {IMAGE: images, POOL: pools}

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Every gauge, from one pass over all resources."""
        shown = tuple(self._shown()) if self._leading() else ()
        yield _states(shown)
        yield self._stalled(shown)
        yield from _replicas([each for each in shown if each.kind == IMAGE])
        yield from _nodes([each for each in shown if each.kind == POOL])

    def _shown(self) -> Iterator[Shown]:
        for kind, bodies in self._bodies.items():
            yield from (Shown.of(kind, body) for body in bodies())

    def _stalled(self, shown: Iterable[Shown]) -> GaugeMetricFamily:
        gauge = GaugeMetricFamily(
            "azure_batch_operator_stalled_seconds",
            "Seconds since a resource stalled; only while it is.",
            labels=("kind", "namespace", "name", "reason"),
        )
        for each in shown:
            if each.state == "stalled":
                condition = next(found for found in each.conditions() if found["type"] == "Stalled")
                labels = (each.kind, each.namespace, each.name, condition["reason"])
                gauge.add_metric(labels, _age(condition["lastTransitionTime"], self._now()))
        return gauge


def _states(shown: Iterable[Shown]) -> GaugeMetricFamily:
    gauge = GaugeMetricFamily(
        "azure_batch_operator_resources",
        "Resources by what their conditions say; each counts once.",
        labels=("kind", "namespace", "state"),
    )
    counts = Counter((each.kind, each.namespace, each.state) for each in shown)
    for kind, namespace in dict.fromkeys((kind, namespace) for kind, namespace, _ in counts):
        for state in STATES:
            gauge.add_metric((kind, namespace, state), counts[kind, namespace, state])
    return gauge


def _replicas(images: Iterable[Shown]) -> Iterator[GaugeMetricFamily]:
    labels = ("namespace", "name", "region")
    wanted = GaugeMetricFamily(
        "azure_batch_operator_image_replicas_wanted", "Replicas that the nodes of a region need.", labels=labels
    )
    ready = GaugeMetricFamily(
        "azure_batch_operator_image_replicas_ready", "Replicas that serve nodes of a region now.", labels=labels
    )
    for image in images:
        for region in image.status.get("regions") or ():
            at = (image.namespace, image.name, region["name"])
            wanted.add_metric(at, region.get("requiredReplicas") or 0)
            ready.add_metric(at, region.get("readyReplicas") or 0)
    yield from (wanted, ready)


def _nodes(pools: Iterable[Shown]) -> Iterator[GaugeMetricFamily]:
    labels = ("namespace", "name", "type")
    wanted = GaugeMetricFamily("azure_batch_operator_pool_nodes_wanted", "Nodes that a pool is to have.", labels=labels)
    had = GaugeMetricFamily("azure_batch_operator_pool_nodes", "Nodes that a pool has.", labels=labels)
    for pool in pools:
        for nodes, numbers in (pool.status.get("summary") or {}).items():
            has, _, wants = numbers.partition("/")
            had.add_metric((pool.namespace, pool.name, nodes), int(has))
            wanted.add_metric((pool.namespace, pool.name, nodes), int(wants))
    yield from (wanted, had)


def _age(moment: str, now: datetime) -> float:
    return max(0.0, (now - datetime.fromisoformat(moment)).total_seconds())
