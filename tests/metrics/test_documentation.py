"""docs/monitoring.md lists every metric with its type and labels, and no other."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from azure_batch_operator.metrics.registry import Metrics
from azure_batch_operator.reconcile.keys import KINDS

PAGE = Path(__file__).parents[2] / "docs" / "monitoring.md"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PYTHONS = ("process_", "python_")


@pytest.fixture
def metrics() -> Metrics:
    """Metrics of an operator to which everything has happened once, so that every metric has a sample."""
    metrics = Metrics(now=lambda: NOW, kinds=KINDS)
    conditions = [{"type": "Stalled", "status": "True", "reason": "Why", "lastTransitionTime": NOW.isoformat()}]
    named: dict[str, Any] = {"metadata": {"namespace": "rendering", "name": "some"}}
    pool = {**named, "status": {"conditions": conditions, "summary": {"dedicated": "1/2", "spot": "0/0"}}}
    image = {**named, "status": {"regions": [{"name": "westeurope"}]}}
    metrics.resources.read(images=lambda: [image], pools=lambda: [pool])
    metrics.operations.show("BatchPool", "rendering", "some", {"allocationState": "resizing"})
    metrics.image_ends.show("rendering", "some", {"1.0.0": NOW + timedelta(days=1)})
    metrics.azure.answered("Pools_GetPool", 200, 0.1)
    metrics.azure.throttled("Pools_GetPool", by_azure=True)
    metrics.api_server.answered("GET", 200, 0.1)
    return metrics


def measured(metrics: Metrics) -> dict[str, tuple[str, frozenset[str]]]:
    """Type and labels of every metric of ours, by name."""
    found = {}
    for family in metrics.registry.collect():
        if not family.name.startswith(PYTHONS):
            name = f"{family.name}_total" if family.type == "counter" else family.name
            found[name] = (family.type, frozenset(family.samples[0].labels) - {"le"})
    return found


def listed() -> dict[str, tuple[str, frozenset[str]]]:
    """Type and labels of every metric of the page, by name."""
    rows = re.findall(r"^\| `(\w+)` \| (counter|gauge|histogram) \|([^|]*)\| \S", PAGE.read_text(), re.MULTILINE)
    return {name: (kind, frozenset(re.findall(r"`(\w+)`", labels))) for name, kind, labels in rows}


def test_every_metric_is_listed_with_its_type_and_its_labels_and_no_other(metrics: Metrics) -> None:
    assert listed() == measured(metrics)


def test_every_metric_says_what_it_tells(metrics: Metrics) -> None:
    silent = [family.name for family in metrics.registry.collect() if not family.documentation]
    assert silent == []
