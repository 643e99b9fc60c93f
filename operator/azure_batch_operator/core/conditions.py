"""Conditions and their reasons: the closed lists, and how a turn's verdict becomes conditions (kstatus)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Literal, TypeAlias

from azure_batch_operator.core.json import Json

ConditionStatus = Literal["True", "False", "Unknown"]


class ConditionType(Enum):
    """Every condition type that either kind shows."""

    READY = "Ready"
    RECONCILING = "Reconciling"
    STALLED = "Stalled"
    ADVISORY = "Advisory"
    SOURCE_READY = "SourceReady"
    PUBLISHED = "Published"
    REPLICAS_READY = "ReplicasReady"
    IMAGE_READY = "ImageReady"
    SIZED = "Sized"
    UP_TO_DATE = "UpToDate"
    NODES_HEALTHY = "NodesHealthy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One condition, without the times that the status writer keeps."""

    type: ConditionType
    status: ConditionStatus
    reason: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """Something that works but that the owner should know."""

    reason: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Converged:
    """Everything is as the spec says."""

    message: str
    reason: str = "Succeeded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Progressing:
    """Waiting: an operation runs, or something else must come first."""

    reason: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrying:
    """A failure that may go away by itself: quota, capacity, throttling, a right not granted yet."""

    reason: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stalled:
    """Nothing more will happen until the spec, a right or an owner changes."""

    reason: str
    message: str


Verdict: TypeAlias = Converged | Progressing | Retrying | Stalled


def verdict_conditions(verdict: Verdict) -> tuple[Condition, ...]:
    """Ready, and with it Reconciling or Stalled (present only while True), as kstatus reads them."""
    match verdict:
        case Converged():
            return (_condition(ConditionType.READY, "True", verdict.reason, verdict.message),)
        case Progressing():
            return (
                _condition(ConditionType.READY, "False", verdict.reason, verdict.message),
                _condition(ConditionType.RECONCILING, "True", "Progressing", verdict.message),
            )
        case Retrying():
            return (
                _condition(ConditionType.READY, "False", verdict.reason, verdict.message),
                _condition(ConditionType.RECONCILING, "True", "ProgressingWithRetry", verdict.message),
            )
        case Stalled():
            return (
                _condition(ConditionType.READY, "False", verdict.reason, verdict.message),
                _condition(ConditionType.STALLED, "True", verdict.reason, verdict.message),
            )


def advisory(advice: Iterable[Advice]) -> tuple[Condition, ...]:
    """The Advisory condition: the first reason, and every message; nothing when there is no advice."""
    given = tuple(advice)
    if not given:
        return ()
    return (_condition(ConditionType.ADVISORY, "True", given[0].reason, " ".join(a.message for a in given)),)


def first_sight() -> tuple[Condition, ...]:
    """What a resource shows before its first turn came to a verdict."""
    return (
        _condition(ConditionType.READY, "Unknown", "Progressing", "Seen; not looked at in Azure yet."),
        _condition(ConditionType.RECONCILING, "True", "Progressing", "Seen; not looked at in Azure yet."),
    )


def timed(
    conditions: Iterable[Condition],
    *,
    generation: int,
    now: datetime,
    previous: Iterable[Mapping[str, object]] = (),
) -> list[dict[str, Json]]:
    """The conditions as the API server stores them; a transition time changes only when its status does."""
    before = {str(old.get("type")): old for old in previous}
    return [_stored(c, generation, now, before.get(c.type.value)) for c in conditions]


def _stored(condition: Condition, generation: int, now: datetime, old: Mapping[str, object] | None) -> dict[str, Json]:
    kept = old is not None and old.get("status") == condition.status
    return {
        "type": condition.type.value,
        "status": condition.status,
        "reason": condition.reason,
        "message": condition.message,
        "observedGeneration": generation,
        "lastTransitionTime": str(old["lastTransitionTime"]) if kept and old else now.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def _condition(kind: ConditionType, status: ConditionStatus, reason: str, message: str) -> Condition:
    return Condition(type=kind, status=status, reason=reason, message=message)
