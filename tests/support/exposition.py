"""What Prometheus would read, by name and labels."""

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from prometheus_client import CollectorRegistry, Metric
from prometheus_client.parser import text_string_to_metric_families

Sample: TypeAlias = tuple[Mapping[str, str], float]


def scraped(text: str) -> tuple[Metric, ...]:
    """The metrics in an answer of /metrics."""
    return tuple(text_string_to_metric_families(text))


def samples(metrics: CollectorRegistry | Iterable[Metric], name: str, /, **labels: str) -> list[Sample]:
    """The samples of that name that have these labels among theirs."""
    families = metrics.collect() if isinstance(metrics, CollectorRegistry) else metrics
    found = (sample for family in families for sample in family.samples if sample.name == name)
    return [(sample.labels, sample.value) for sample in found if labels.items() <= sample.labels.items()]


def value(metrics: CollectorRegistry | Iterable[Metric], name: str, /, **labels: str) -> float:
    """The value of the one sample of that name with these labels among its own."""
    ((_, only),) = samples(metrics, name, **labels)
    return only


def values(metrics: CollectorRegistry | Iterable[Metric], name: str, *by: str) -> dict[tuple[str, ...], float]:
    """The values of a name by some of its labels, zeros left out."""
    return {tuple(labels[each] for each in by): seen for labels, seen in samples(metrics, name) if seen}
