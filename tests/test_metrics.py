"""What Prometheus reads."""

import urllib.request
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import generate_latest

from azure_batch_operator.metrics import Metrics, served

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = timedelta(days=1)
NAME = "azure_batch_operator_image_version_end_of_life_days"


@pytest.fixture
def metrics() -> Metrics:
    return Metrics(lambda: NOW)


def days(metrics: Metrics) -> dict[tuple[str, str, str], float]:
    """The samples of the gauge, by namespace, name and version."""
    samples = (sample for family in metrics.registry.collect() for sample in family.samples if sample.name == NAME)
    labels = ("namespace", "name", "version")
    return {(s.labels[labels[0]], s.labels[labels[1]], s.labels[labels[2]]): s.value for s in samples}


def test_days_are_counted_when_somebody_asks() -> None:
    passing = [NOW]
    metrics = Metrics(lambda: passing[0])
    metrics.image_ends.show("rendering", "node", {"1.0.0": NOW + 30 * DAY})
    assert days(metrics) == {("rendering", "node", "1.0.0"): 30}
    passing[0] += 31.5 * DAY
    assert days(metrics) == {("rendering", "node", "1.0.0"): -1.5}


def test_what_is_not_told_any_more_is_not_shown_any_more(metrics: Metrics) -> None:
    metrics.image_ends.show("rendering", "node", {"1.0.0": NOW, "2.0.0": NOW + DAY})
    metrics.image_ends.show("rendering", "other", {"1.0.0": NOW + DAY})
    metrics.image_ends.show("rendering", "node", {"2.0.0": NOW + DAY})
    assert days(metrics) == {("rendering", "node", "2.0.0"): 1, ("rendering", "other", "1.0.0"): 1}
    metrics.image_ends.forget("rendering", "other")
    metrics.image_ends.forget("rendering", "nobody")
    assert days(metrics) == {("rendering", "node", "2.0.0"): 1}


def test_they_are_served_over_http_until_the_end(metrics: Metrics) -> None:
    metrics.image_ends.show("rendering", "node", {"1.0.0": NOW + DAY})
    with served(metrics, host="127.0.0.1", port=0) as port:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            text = answer.read()
        assert text == generate_latest(metrics.registry)
        assert f'{NAME}{{name="node",namespace="rendering",version="1.0.0"}} 1.0' in text.decode()
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10)
