"""How long the operations that Azure works on have been running."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

_Begun: TypeAlias = Mapping[str, datetime]

_TOLD_BY = {"resize": "Sized", "replication": "ReplicasReady", "publication": "Published", "deletion": "Ready"}
"""The condition that is not True while such an operation runs."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OperationAges(Collector):
    """Since when each resource's operations run, as its statuses have told; counted when somebody asks.

    What runs already when a process looks for the first time counts from the last transition of the condition that
    goes with it: that may be too early, but is never too late.
    """

    now: Callable[[], datetime]
    leading: Callable[[], bool]
    _begun: dict[tuple[str, str, str], _Begun] = field(default_factory=dict)

    def show(self, kind: str, namespace: str, name: str, status: Mapping[str, Any]) -> None:
        """A turn came to this status."""
        before = self._begun.get((kind, namespace, name))
        self._begun[kind, namespace, name] = {
            operation: self._since(operation, status, before) for operation in running_in(status)
        }

    def forget(self, kind: str, namespace: str, name: str) -> None:
        """The resource is gone."""
        self._begun.pop((kind, namespace, name), None)

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """The gauge, for what runs."""
        gauge = GaugeMetricFamily(
            "azure_batch_operator_operation_age_seconds",
            "Seconds that an operation has been running in Azure: resize, replication, publication, deletion.",
            labels=("kind", "namespace", "name", "operation"),
        )
        if not self.leading():
            self._begun.clear()  # who leads now sees them end, and others begin
        for resource, operations in tuple(self._begun.items()):
            for operation, begun in operations.items():
                gauge.add_metric((*resource, operation), max(0.0, (self.now() - begun).total_seconds()))
        yield gauge

    def _since(self, operation: str, status: Mapping[str, Any], before: _Begun | None) -> datetime:
        if before is None:
            return _transition(status, _TOLD_BY[operation]) or self.now()
        return before.get(operation) or self.now()


def running_in(status: Mapping[str, Any]) -> Iterator[str]:
    """The operations that a status says are running."""
    if status.get("state") == "deleting":
        yield "deletion"
    elif status.get("allocationState") in {"resizing", "stopping"}:
        yield "resize"
    if any(each["type"] == "Published" and each["reason"] == "Publishing" for each in status.get("conditions") or ()):
        yield "publication"
    elif any(region.get("state") == "Replicating" for region in status.get("regions") or ()):
        yield "replication"


def _transition(status: Mapping[str, Any], condition: str) -> datetime | None:
    """When the condition ceased to be True; None while it is."""
    for each in status.get("conditions") or ():
        if each["type"] == condition and each["status"] != "True":
            return datetime.fromisoformat(each["lastTransitionTime"])
    return None
