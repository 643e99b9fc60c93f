"""Why a resize fell short: Azure's codes sorted by what helps, with a sentence that says what to do."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from azure_batch_operator.core.pools import ResizeError


class Shortfall(Enum):
    """What a resize error is about."""

    QUOTA = "quota"
    CAPACITY = "capacity"
    TIMEOUT = "timeout"
    STOPPED = "stopped"
    IMAGE = "image"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """A resize error as conditions show it."""

    shortfall: Shortfall
    reason: str
    """Azure's own code, where it can be a condition's reason."""
    message: str
    """Azure's words and numbers, and what to do."""


_ADVICE = {
    Shortfall.QUOTA: "Ask Azure for a larger core quota of the Batch account, or lower the pool's targets; "
    "the resize is repeated meanwhile.",
    Shortfall.CAPACITY: "Azure has no room for these machines now: the resize is repeated; another vmSize, region or "
    "node placement may help.",
    Shortfall.TIMEOUT: "The resize is repeated. If this keeps happening, give a longer resizeTimeout (drainTimeout for "
    "shrinking) or the image more replicas.",
    Shortfall.STOPPED: "Somebody stopped the resize; it is sent again.",
    Shortfall.IMAGE: "See that the image version exists, has a replica in the account's region, and that the Batch "
    "service may read it.",
    Shortfall.UNKNOWN: "The resize is repeated with growing pauses.",
}

_BY_CODE = {
    "accountcorequotareached": Shortfall.QUOTA,
    "accountlowprioritycorequotareached": Shortfall.QUOTA,
    "accountspotcorequotareached": Shortfall.QUOTA,
    "accountvmseriescorequotareached": Shortfall.QUOTA,
    "communicationenabledpoolreachedmaxvmcount": Shortfall.QUOTA,
    "allocationfailed": Shortfall.CAPACITY,
    "overconstrainedallocationrequesterror": Shortfall.CAPACITY,
    "unsupportedvmsize": Shortfall.CAPACITY,
    "allocationtimedout": Shortfall.TIMEOUT,
    "removenodesfailed": Shortfall.TIMEOUT,
    "resizestopped": Shortfall.STOPPED,
    "incompatiblevmsize": Shortfall.IMAGE,
    "dependentresourcenotfound": Shortfall.IMAGE,
    "galleryimagenotfound": Shortfall.IMAGE,
}
"""The .NET client's `PoolResizeErrorCodes`, without letter case: documents and traffic differ in it."""

_ADVICE_BY_CODE = {
    "communicationenabledpoolreachedmaxvmcount": "A pool with inter-node communication cannot be that large: lower "
    "its targets, or set enableInterNodeCommunication: false in a new pool.",
}

_BY_MARK = (("galleryimagenotfound", Shortfall.IMAGE), ("quota", Shortfall.QUOTA))
"""Newer messages relay the scale set's error under a general code of Batch's own; its text then tells."""

_GENERAL = frozenset({"allocationfailed"})
"""Codes that say less than the text beside them may say."""

_REASON = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def explain(error: ResizeError) -> Explained:
    """What the error is about and what to do, with Azure's code, message and numbers kept."""
    shortfall = _shortfall(error)
    numbers = ", ".join(f"{name} {value}" for name, value in error.values.items())
    words = f"{_sentence(error.message)} ({numbers})." if numbers else f"{_sentence(error.message)}."
    return Explained(
        shortfall=shortfall,
        reason=error.code if _REASON.fullmatch(error.code) else "ResizeFailed",
        message=f"{error.code}: {words} {_ADVICE_BY_CODE.get(error.code.casefold(), _ADVICE[shortfall])}",
    )


def explain_all(errors: Iterable[ResizeError]) -> Explained | None:
    """All errors as one: the first one's reason, and every message once; None when there is none."""
    explained = [explain(error) for error in errors]
    if not explained:
        return None
    first = explained[0]
    messages = dict.fromkeys(each.message for each in explained)
    return Explained(shortfall=first.shortfall, reason=first.reason, message=" ".join(messages))


def _shortfall(error: ResizeError) -> Shortfall:
    code, marked = error.code.casefold(), _marked(error.message)
    known = _BY_CODE.get(code)
    return (marked or known if code in _GENERAL else known or marked) or Shortfall.UNKNOWN


def _marked(message: str) -> Shortfall | None:
    text = message.casefold()
    return next((shortfall for mark, shortfall in _BY_MARK if mark in text), None)


def _sentence(message: str) -> str:
    return message.strip().rstrip(".")
