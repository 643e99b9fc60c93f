"""All metrics of one operator, in one registry."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime

from prometheus_client import (
    CollectorRegistry,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)

from azure_batch_operator.metrics.image_ends import ImageEnds
from azure_batch_operator.metrics.operations import OperationAges
from azure_batch_operator.metrics.process import NAME, ProcessState
from azure_batch_operator.metrics.repairs import RepairMetrics
from azure_batch_operator.metrics.requests import ApiServerMetrics, AzureMetrics
from azure_batch_operator.metrics.resources import IMAGE, POOL, ResourceMetrics
from azure_batch_operator.metrics.work import WorkMetrics
from azure_batch_operator.runtime.pulse import Pulse

# The time at which each counter began would be one more series for each of them.
disable_created_metrics()  # type: ignore[no-untyped-call]  # the library's types leave it out


def _always() -> bool:
    return True


@dataclass(slots=True, kw_only=True, eq=False)
class Metrics:
    """What is measured; each part knows when to count."""

    now: Callable[[], datetime]
    kinds: Collection[str] = ()
    """The kinds of keys in the work queue."""
    workers: int = 0
    pulse: Pulse = field(default_factory=Pulse)
    leading: Callable[[], bool] = _always
    """Whether this process may change things; the others tell nothing of the resources."""
    lease: str = NAME
    """The name of the Lease by which it was elected."""
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    work: WorkMetrics = field(init=False)
    azure: AzureMetrics = field(init=False)
    api_server: ApiServerMetrics = field(init=False)
    repairs: RepairMetrics = field(init=False)
    resources: ResourceMetrics = field(init=False)
    operations: OperationAges = field(init=False)
    image_ends: ImageEnds = field(init=False)

    def __post_init__(self) -> None:
        """Make each and register it."""
        self.work = WorkMetrics(self.registry, self.kinds, workers=self.workers)
        self.azure = AzureMetrics(self.registry)
        self.api_server = ApiServerMetrics(self.registry)
        self.repairs = RepairMetrics(self.registry, (IMAGE, POOL))
        self.resources = ResourceMetrics(self.now, self.leading)
        self.operations = OperationAges(now=self.now, leading=self.leading)
        self.image_ends = ImageEnds(self.now, self.leading)
        for collector in (self.resources, self.operations, self.image_ends):
            self.registry.register(collector)
        self.registry.register(ProcessState(leading=self.leading, lease=self.lease, pulse=self.pulse))
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)
