"""How often something was put back that somebody else had changed."""

from collections.abc import Collection

from prometheus_client import CollectorRegistry, Counter


class RepairMetrics:
    """Changes from outside that were put back."""

    def __init__(self, registry: CollectorRegistry, kinds: Collection[str]) -> None:
        self._repairs = Counter(
            "azure_batch_operator_drift_repairs_total",
            "Changes in Azure that somebody else made and that were put back.",
            ("kind",),
            registry=registry,
        )
        for kind in kinds:
            self._repairs.labels(kind)

    def repaired(self, kind: str) -> None:
        """One more."""
        self._repairs.labels(kind).inc()
