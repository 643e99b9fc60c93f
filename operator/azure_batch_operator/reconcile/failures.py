"""What a failed call to Azure means for the object of the turn: what to show, and when to try again."""

import re
from dataclasses import dataclass, field
from typing import assert_never

from azure_batch_operator.core.conditions import Progressing, Retrying, Stalled, Verdict
from azure_batch_operator.core.failures import AzureFailure, FailureKind
from azure_batch_operator.reconcile.beliefs import Monotonic
from azure_batch_operator.reconcile.keys import Key

_TROUBLE = {
    FailureKind.UNAUTHENTICATED: "Azure does not accept the credentials.",
    FailureKind.FORBIDDEN: "A right is missing.",
}


_AGAIN = dict.fromkeys((FailureKind.CONFLICT, FailureKind.STALE), "Azure is busy with it; looking again.")


_FORMULA = "Correct spec.autoScaleFormula."
_NEXT = {
    "AccountIsDisabled": "Have the Batch account enabled again: Azure disables it with its subscription.",
    "AutoScalingFormulaSyntaxError": _FORMULA,
    "AutoScalingFormulaTooLong": _FORMULA,
    "InvalidAutoScalingSettings": "Correct spec.autoScaleFormula and spec.autoScaleEvaluationInterval.",
    "NodeAgentSKUNotFound": "Write a nodeAgentSKUId that `az batch pool supported-images list` shows.",
    "PoolQuotaReached": "Delete a pool of the Batch account, or ask Azure for a larger quota of pools.",
}
"""What to do, where Azure's own words do not say it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A failure, judged."""

    verdict: Verdict
    again: float | None
    """Seconds until the next turn; None leaves it to the queue's growing pauses (see `backs_off`) or to a change."""
    backs_off: bool
    """Whether the queue chooses the pause: `Outcome.failed`."""
    detail: dict[str, str]
    """Log fields: Azure's code, the operation, the request id."""


@dataclass(slots=True, kw_only=True)
class Failures:
    """Judges failures; remembers since when each key has been refused for a missing right."""

    monotonic: Monotonic
    rights_grace: float
    """Seconds for which a missing right is retried before the object stalls: role assignments take minutes."""
    resync_interval: float
    """Seconds after which a stalled object is looked at again."""
    _denied_since: dict[Key, float] = field(default_factory=dict)

    def judge(self, key: Key, failure: AzureFailure, *, denied: str = "AccessDenied") -> Judgement:
        """What `failure` means for `key`; `denied` is the reason once a right was missing for the whole grace."""
        denied_for = self._denied_for(key, failure)
        verdict = verdict_of(failure, denied_for=denied_for, grace=self.rights_grace, denied=denied)
        again = pause_of(failure, verdict, resync=self.resync_interval)
        return Judgement(verdict=verdict, again=again, backs_off=again is None, detail=detail_of(failure))

    def went_well(self, key: Key) -> None:
        """The key's calls were answered: a missing right later gets a new grace."""
        self._denied_since.pop(key, None)

    def _denied_for(self, key: Key, failure: AzureFailure) -> float:
        if failure.kind not in (FailureKind.FORBIDDEN, FailureKind.UNAUTHENTICATED):
            return 0.0
        now = self.monotonic()
        return now - self._denied_since.setdefault(key, now)


def verdict_of(
    failure: AzureFailure,
    *,
    denied_for: float,
    grace: float,
    denied: str = "AccessDenied",
) -> Verdict:
    """The verdict on an object whose call failed; `denied_for`: seconds for which its rights have been missing."""
    match failure.kind:
        case FailureKind.UNAUTHENTICATED | FailureKind.FORBIDDEN:
            return _without_right(failure, patient=denied_for < grace, denied=denied)
        case FailureKind.AWAITED:
            return Progressing(reason=reason_of(failure), message=failure.message)
        case FailureKind.UNUSABLE:
            return Stalled(reason=reason_of(failure), message=failure.message)
        case FailureKind.REFUSED:
            return Stalled(reason=reason_of(failure), message=f"Azure refuses it. {said(failure)}")
        case FailureKind.NOT_FOUND:
            return Progressing(reason="DependencyNotReady", message=f"Something is not there yet. {said(failure)}")
        case (
            FailureKind.CONFLICT
            | FailureKind.STALE
            | FailureKind.THROTTLED
            | FailureKind.UNAVAILABLE
            | FailureKind.QUOTA
        ):
            again = _AGAIN.get(failure.kind, "Trying again.")
            return Retrying(reason=reason_of(failure), message=f"{again} {said(failure)}")
        case _:
            assert_never(failure.kind)


def pause_of(failure: AzureFailure, verdict: Verdict, *, resync: float) -> float | None:
    """Seconds until the next try: Azure's own wish, the resync for what is stalled, else None: growing pauses."""
    if failure.retry_after is not None:
        return failure.retry_after
    return resync if isinstance(verdict, Stalled) else None


def reason_of(failure: AzureFailure) -> str:
    """Azure's code as a condition's reason, which Kubernetes wants in one word that begins with a letter."""
    word = re.sub(r"[^A-Za-z0-9_]", "", failure.code).strip("_")
    return word if word[:1].isalpha() else f"Code{word}"


def detail_of(failure: AzureFailure) -> dict[str, str]:
    """Log fields of a failure."""
    fields = {"azure_code": failure.code, "operation": failure.operation, "target": failure.target}
    return fields | ({"request_id": failure.request_id} if failure.request_id else {})


def said(failure: AzureFailure) -> str:
    """What was tried and Azure's own words, as one sentence for a condition."""
    answer = f"{failure.operation} on {failure.target} answered {failure.code}: {failure.message}"
    return f"{answer} {_NEXT[failure.code]}" if failure.code in _NEXT else answer


def _without_right(failure: AzureFailure, *, patient: bool, denied: str) -> Verdict:
    message = f"{_TROUBLE[failure.kind]} {said(failure)}"
    if patient:
        return Retrying(reason=reason_of(failure), message=message)
    return Stalled(reason=denied, message=message)
