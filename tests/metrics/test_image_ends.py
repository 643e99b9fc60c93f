"""Days until image versions end."""

from datetime import UTC, datetime, timedelta

import pytest

from azure_batch_operator.metrics.registry import Metrics
from tests.support.exposition import values

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def metrics() -> Metrics:
    return Metrics(now=lambda: NOW)


def days(metrics: Metrics) -> dict[tuple[str, ...], float]:
    return values(
        metrics.registry, "azure_batch_operator_image_version_end_of_life_days", "namespace", "name", "version"
    )


def test_days_are_counted_when_somebody_asks() -> None:
    passing = [NOW]
    metrics = Metrics(now=lambda: passing[0])
    metrics.image_ends.show("rendering", "node", {"1.0.0": NOW + 30 * DAY})
    assert days(metrics) == {("rendering", "node", "1.0.0"): 30}
    passing[0] += 31.5 * DAY
    assert days(metrics) == {("rendering", "node", "1.0.0"): -1.5}


def test_what_is_not_told_any_more_is_not_shown_any_more(metrics: Metrics) -> None:
    metrics.image_ends.show("rendering", "node", {"1.0.0": NOW + 2 * DAY, "2.0.0": NOW + DAY})
    metrics.image_ends.show("rendering", "other", {"1.0.0": NOW + DAY})
    metrics.image_ends.show("rendering", "node", {"2.0.0": NOW + DAY})
    assert days(metrics) == {("rendering", "node", "2.0.0"): 1, ("rendering", "other", "1.0.0"): 1}
    metrics.image_ends.forget("rendering", "other")
    metrics.image_ends.forget("rendering", "nobody")
    assert days(metrics) == {("rendering", "node", "2.0.0"): 1}


def test_who_does_not_lead_tells_nothing() -> None:
    metrics = Metrics(now=lambda: NOW, leading=lambda: False)
    metrics.image_ends.show("rendering", "node", {"1.0.0": NOW + DAY})
    assert days(metrics) == {}
