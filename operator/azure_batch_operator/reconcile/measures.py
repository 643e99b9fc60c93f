"""What of a turn is measured: what it put back, and which operations it saw running."""

from azure_batch_operator.metrics.registry import Metrics
from azure_batch_operator.metrics.resources import IMAGE, POOL
from azure_batch_operator.reconcile.keys import ImageKey, Key, PoolKey
from azure_batch_operator.reconcile.outcome import Outcome

REPAIRS = frozenset({"Repaired", "DriftRepaired"})
"""Reasons of the Events that tell of something that was put back."""


def measure(metrics: Metrics, key: Key, outcome: Outcome, *, is_there: bool) -> None:
    """Account for a turn of the key; `is_there`: whether its resource still is."""
    if not isinstance(key, ImageKey | PoolKey):
        return
    kind = IMAGE if isinstance(key, ImageKey) else POOL
    if not is_there:
        metrics.operations.forget(kind, key.namespace, key.name)
    elif outcome.status is not None:
        metrics.operations.show(kind, key.namespace, key.name, outcome.status)
    for note in outcome.notes:
        if note.reason in REPAIRS:
            metrics.repairs.repaired(kind)
