"""Why a resize fell short: Azure's codes sorted by what helps, with a sentence that says what to do."""

import re
from collections.abc import Iterable, Mapping
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """How pauses grow between resizes that move no node, in multiples of the settings `retryBase` and `retryCap`."""

    first: float
    """Of the base: the pause after the first resize in vain."""
    growth: float
    """By how much each further pause is longer."""
    longest: float = 1.0
    """Of the cap."""

    def pause(self, fruitless: int, *, base: float, cap: float) -> float:
        """Seconds before the next resize after so many in a row that moved nothing; none after progress."""
        if fruitless <= 0:
            return 0.0
        return min(self.longest * cap, self.first * base * self.growth ** min(fruitless - 1, 32))


EVEN = Rhythm(first=1, growth=2)
"""Where nothing is known that would call for more patience."""

RHYTHMS: Mapping[Shortfall, Rhythm] = {
    Shortfall.QUOTA: Rhythm(first=12, growth=2),  # raised by people; a raised quota is noticed and ends the pause
    Shortfall.CAPACITY: Rhythm(first=6, growth=1.5),  # comes and goes within minutes
    Shortfall.TIMEOUT: EVEN,  # the resize took a quarter of an hour in itself
    Shortfall.STOPPED: Rhythm(first=12, growth=1),  # whoever stopped it gets time to change the spec
    Shortfall.IMAGE: Rhythm(first=12, growth=2, longest=2),  # waits for people
    Shortfall.UNKNOWN: EVEN,
}
"""With a base of 5 s and a cap of 600 s a resize short of quota is repeated after 1, 2, 4, 8, 10, 10 … minutes."""

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
    "diskencryptionfailure": Shortfall.IMAGE,
    "failedidentityoperation": Shortfall.IMAGE,
    "missingpublisherpropertyinmarketplaceplan": Shortfall.IMAGE,
    "galleryimagenotfound": Shortfall.IMAGE,
    "unknown": Shortfall.UNKNOWN,
}
"""The .NET client's `PoolResizeErrorCodes`, without letter case: documents and traffic differ in it."""

_ADVICE_BY_CODE = {
    "communicationenabledpoolreachedmaxvmcount": "A pool with inter-node communication cannot be that large: lower "
    "its targets, or set enableInterNodeCommunication: false in a new pool.",
    "unsupportedvmsize": "Batch does not offer this vmSize to the account in its region: choose another one, or ask "
    "Azure for it; the resize is repeated meanwhile.",
    "incompatiblevmsize": "The vmSize does not fit the image (generation, architecture, security type): choose another "
    "one, or another image.",
    "dependentresourcenotfound": "Something that the pool names is gone: see that the image version, subnet, public IP "
    "addresses, identities and disk encryption sets exist, and that the Batch service may read them.",
    "diskencryptionfailure": "See that the disk encryption set and its key exist, and that Azure may use them.",
    "failedidentityoperation": "See that the pool's identities exist, and that the Batch service may assign them.",
    "missingpublisherpropertyinmarketplaceplan": "Write the image's whole purchase plan into its definition: "
    "publisher, product and name.",
    "removenodesfailed": "The resize is repeated. If this keeps happening, look for locks on what belongs to the pool.",
}

_BY_MARK = (("galleryimagenotfound", Shortfall.IMAGE), ("quota", Shortfall.QUOTA))
"""Newer messages relay the scale set's error under a general code of Batch's own; its text then tells."""

_GENERAL = frozenset({"allocationfailed", "unknown"})
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


def slowest(errors: Iterable[ResizeError]) -> Rhythm:
    """The rhythm of the error that needs the most patience."""
    rhythms = [RHYTHMS[_shortfall(error)] for error in errors]
    return max(rhythms, key=lambda rhythm: (rhythm.first, rhythm.longest, rhythm.growth), default=EVEN)


def _shortfall(error: ResizeError) -> Shortfall:
    code, marked = error.code.casefold(), _marked(error.message)
    known = _BY_CODE.get(code)
    return (marked or known if code in _GENERAL else known or marked) or Shortfall.UNKNOWN


def _marked(message: str) -> Shortfall | None:
    text = message.casefold()
    return next((shortfall for mark, shortfall in _BY_MARK if mark in text), None)


def _sentence(message: str) -> str:
    return message.strip().rstrip(".")
