"""What the loop does, by the names and in the units of controller-runtime and client-go."""

import time
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from azure_batch_operator.runtime.observer import Result

_TURN_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)
_WAIT_SECONDS = (0.001, 0.01, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 900)


class Kinded(Protocol):
    """A key of the work queue, as far as metrics tell keys apart."""

    @property
    def kind(self) -> str:
        """What kind of thing it names."""

    def __hash__(self) -> int:
        """Keys are found by it."""


class WorkMetrics(Collector):
    """An observer of the work queue and its workers; every kind has its series from the beginning."""

    def __init__(
        self,
        registry: CollectorRegistry,
        kinds: Collection[str],
        *,
        workers: int,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._kinds = kinds
        self._monotonic = monotonic
        self._waiting: dict[Kinded, float] = {}
        self._working: dict[Kinded, float] = {}
        self._count_turns(registry)
        self._count_keys(registry)
        for kind in kinds:
            self._begin(kind, workers)
        registry.register(self)

    def added(self, key: Kinded) -> None:
        """The key waits from now on."""
        self._waiting[key] = self._monotonic()
        self._adds.labels(key.kind).inc()
        self._depth.labels(key.kind).inc()

    def retried(self, key: Kinded) -> None:
        """The key is to come again after a failure."""
        self._retries.labels(key.kind).inc()

    def taken(self, key: Kinded) -> None:
        """A worker took the key."""
        now = self._working[key] = self._monotonic()
        self._waited.labels(key.kind).observe(now - self._waiting.pop(key))
        self._depth.labels(key.kind).dec()
        self._active.labels(key.kind).inc()

    def done(self, key: Kinded) -> None:
        """The worker gave it back."""
        self._worked.labels(key.kind).observe(self._monotonic() - self._working.pop(key))
        self._active.labels(key.kind).dec()

    def turned(self, key: Kinded, result: Result, seconds: float) -> None:
        """A turn ended."""
        self._turns.labels(key.kind, result.value).inc()
        self._seconds.labels(key.kind).observe(seconds)
        if result is Result.ERROR:
            self._errors.labels(key.kind).inc()

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """How long keys have been worked on that workers have not given back yet."""
        ages: dict[str, list[float]] = {kind: [] for kind in self._kinds}
        for key, begun in tuple(self._working.items()):
            ages[key.kind].append(self._monotonic() - begun)
        yield _by_kind(
            "workqueue_unfinished_work_seconds",
            "Seconds that the keys being worked on have been with their workers, together.",
            ((kind, sum(seconds)) for kind, seconds in ages.items()),
        )
        yield _by_kind(
            "workqueue_longest_running_processor_seconds",
            "Seconds that the key being worked on for the longest time has been with its worker.",
            ((kind, max(seconds, default=0.0)) for kind, seconds in ages.items()),
        )

    def _count_turns(self, registry: CollectorRegistry) -> None:
        self._turns = Counter(
            "controller_runtime_reconcile_total",
            "Turns that ended, by result.",
            ("controller", "result"),
            registry=registry,
        )
        self._errors = Counter(
            "controller_runtime_reconcile_errors_total", "Turns that failed.", ("controller",), registry=registry
        )
        self._seconds = Histogram(
            "controller_runtime_reconcile_time_seconds",
            "Seconds that turns took.",
            ("controller",),
            buckets=_TURN_SECONDS,
            registry=registry,
        )
        self._active = Gauge(
            "controller_runtime_active_workers", "Workers that have a key.", ("controller",), registry=registry
        )
        self._most = Gauge(
            "controller_runtime_max_concurrent_reconciles",
            "Workers that there are, for all kinds together.",
            ("controller",),
            registry=registry,
        )

    def _count_keys(self, registry: CollectorRegistry) -> None:
        self._depth = Gauge("workqueue_depth", "Keys that wait for a worker now.", ("name",), registry=registry)
        self._adds = Counter("workqueue_adds_total", "Keys that began to wait.", ("name",), registry=registry)
        self._retries = Counter(
            "workqueue_retries_total", "Keys that come again because a turn failed.", ("name",), registry=registry
        )
        self._waited = Histogram(
            "workqueue_queue_duration_seconds",
            "Seconds that keys waited for a worker.",
            ("name",),
            buckets=_WAIT_SECONDS,
            registry=registry,
        )
        self._worked = Histogram(
            "workqueue_work_duration_seconds",
            "Seconds that keys were with a worker.",
            ("name",),
            buckets=_TURN_SECONDS,
            registry=registry,
        )

    def _begin(self, kind: str, workers: int) -> None:
        self._most.labels(kind).set(workers)
        for result in Result:
            self._turns.labels(kind, result.value)
        for metric in (self._errors, self._seconds, self._active, self._depth, self._adds, self._retries):
            metric.labels(kind)
        for histogram in (self._waited, self._worked):
            histogram.labels(kind)


def _by_kind(name: str, told: str, values: Iterator[tuple[str, float]]) -> GaugeMetricFamily:
    gauge = GaugeMetricFamily(name, told, labels=("name",))
    for kind, value in values:
        gauge.add_metric((kind,), value)
    return gauge
