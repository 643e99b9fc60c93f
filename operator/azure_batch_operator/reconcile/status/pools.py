"""The status of a BatchPool, built from what one turn saw and decided."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import cast

from azure_batch_operator.core import durations
from azure_batch_operator.core.conditions import (
    Advice,
    Condition,
    Verdict,
    advisory,
    first_sight,
    timed,
    verdict_conditions,
)
from azure_batch_operator.core.diff import pending
from azure_batch_operator.core.json import Json, JsonObject
from azure_batch_operator.core.names import VersionName, gallery_image_from_id
from azure_batch_operator.core.plan.pool_rollout import waits_for
from azure_batch_operator.core.plan.pool_steps import PoolView
from azure_batch_operator.core.pools import NodeCounts, ObservedPool
from azure_batch_operator.reconcile.status.pool_aspects import image_ready, nodes_healthy, sized
from azure_batch_operator.reconcile.status.pool_up_to_date import up_to_date

MOST_LISTED = 100
"""Lists in a status end here."""

_MOST_ERRORS = 20
_ALWAYS_SHOWN = ("idle", "running")
_GONE_WHILE_SUSPENDED = ("Reconciling", "Stalled")


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolReport:
    """What one turn has to tell."""

    name: str
    generation: int
    handled: str | None
    """The value of the reconcile annotation that this turn answers."""
    view: PoolView | None
    """None where nothing was ever looked at."""
    verdict: Verdict
    advice: tuple[Advice, ...] = ()
    counts: NodeCounts | None = None


def pool_status(report: PoolReport, *, now: datetime, previous: JsonObject) -> JsonObject:
    """The whole status in wire form; `previous`, the stored one, only keeps transition times."""
    conditions = timed(
        _conditions(report), generation=report.generation, now=now, previous=_stored_conditions(previous)
    )
    return {
        "observedGeneration": report.generation,
        "conditions": cast("Json", conditions),
        "selector": f"azurebatch.io/pool={report.name}",
        **({"lastHandledReconcileAt": report.handled} if report.handled else {}),
        **(_looked_at(report.view, report.counts) if report.view else {}),
    }


def first_status(previous: JsonObject, *, generation: int, now: datetime) -> JsonObject | None:
    """What a resource shows that was never looked at; None where it shows something already."""
    if _stored_conditions(previous):
        return None
    seen = timed(first_sight(), generation=generation, now=now)
    return {**previous, "observedGeneration": generation, "conditions": cast("Json", seen)}


def suspended_status(previous: JsonObject) -> JsonObject | None:
    """The stored status without Reconciling and Stalled: nothing is being done. None where there is none yet."""
    kept = [each for each in _stored_conditions(previous) if each.get("type") not in _GONE_WHILE_SUSPENDED]
    return {**previous, "conditions": cast("Json", kept)} if kept else None


def _looked_at(view: PoolView, counts: NodeCounts | None) -> JsonObject:
    return {
        "poolId": view.wanted.pool_id,
        **_seen(view.found),
        **_counted(counts if view.found else None),
        "pendingChanges": _pending_changes(view),
        "summary": _summary(view),
    }


def _conditions(report: PoolReport) -> Iterator[Condition]:
    yield from verdict_conditions(report.verdict)
    yield from advisory(report.advice)
    if report.view is not None:
        yield from _aspects(report.view, report.counts)


def _aspects(view: PoolView, counts: NodeCounts | None) -> Iterator[Condition]:
    yield image_ready(view)
    yield sized(view)
    yield up_to_date(view)
    if counts is not None and view.found is not None:
        yield nodes_healthy(view, counts)


def _seen(found: ObservedPool | None) -> JsonObject:
    if found is None:
        return {
            "targetDedicatedNodes": 0,
            "currentDedicatedNodes": 0,
            "targetLowPriorityNodes": 0,
            "currentLowPriorityNodes": 0,
        }
    shown: dict[str, Json] = {
        "url": found.url,
        "state": found.state,
        "allocationState": found.allocation_state,
        "imageId": found.image_id,
        "imageVersion": _image_version(found.image_id),
        "targetDedicatedNodes": found.target_dedicated,
        "currentDedicatedNodes": found.current_dedicated,
        "targetLowPriorityNodes": found.target_spot,
        "currentLowPriorityNodes": found.current_spot,
        "resizeTimeout": durations.iso(found.resize_timeout) if found.resize_timeout else None,
        "resizeErrors": [
            {"code": error.code, "message": error.message} for error in found.resize_errors[:_MOST_ERRORS]
        ],
        **_evaluated(found),
    }
    return {name: value for name, value in shown.items() if value not in (None, [])}


def _evaluated(found: ObservedPool) -> JsonObject:
    run = found.auto_scale_run
    if run is None or not found.auto_scaled:
        return {}
    told = {"timestamp": run.timestamp, "results": run.results, "error": run.error}
    return {"autoScaleRun": {name: value for name, value in told.items() if value}}


def _image_version(image_id: str | None) -> str | None:
    named = gallery_image_from_id(image_id)
    return named.version if isinstance(named, VersionName) else None


def _counted(counts: NodeCounts | None) -> JsonObject:
    if counts is None:
        return {}
    return {"nodes": {state: n for state, n in counts.by_state.items() if n or state in _ALWAYS_SHOWN}}


def _pending_changes(view: PoolView) -> Sequence[JsonObject]:
    if view.found is None:
        return []
    costs = pending(view.differences)
    waits = {cost: waits_for(view, view.found, cost) for cost in set(costs.values())}
    listed = ({"field": field, "effect": cost.value, "waitsFor": waits[cost]} for field, cost in costs.items())
    return list(islice(listed, MOST_LISTED))


def _summary(view: PoolView) -> JsonObject:
    found, size = view.found, view.size
    dedicated, spot = (found.current_dedicated, found.current_spot) if found else (0, 0)
    return {"dedicated": f"{dedicated}/{size.dedicated}", "spot": f"{spot}/{size.spot}"}


def _stored_conditions(status: JsonObject) -> list[Mapping[str, object]]:
    stored = status.get("conditions")
    return [each for each in stored if isinstance(each, Mapping)] if isinstance(stored, list) else []
