"""Trouble on demand: scripted refusals, lost requests and answers, delays and expired tokens."""

import itertools
import re
from dataclasses import dataclass
from typing import Any, Literal

from aiohttp import web
from pydantic import Field, model_validator

from azure_simulator.answers import Operation, Refusal
from azure_simulator.sections import Section


class Match(Section):
    """Which requests a fault strikes: everything that is given must hold; `pathRegex` is searched without case."""

    service: str | None = None
    operation: str | None = None
    method: str | None = None
    path_regex: str | None = None

    def admits(self, request: web.Request, operation: Operation) -> bool:
        """Whether the fault strikes this request."""
        return (
            self.service in {None, operation.service}
            and self.operation in {None, operation.name}
            and self.method in {None, request.method}
            and (self.path_regex is None or re.search(self.path_regex, request.path, re.IGNORECASE) is not None)
        )


class Answer(Section):
    """Refuse with this status, code, message and headers, in the envelope of the service that was asked."""

    status: int = Field(ge=400, le=599)
    code: str
    message: str = "The simulator was told to answer this."
    headers: dict[str, str] = Field(default_factory=dict)

    def refusal(self) -> Refusal:
        """The refusal to speak."""
        return Refusal(status=self.status, code=self.code, message=self.message, headers=self.headers)


class FaultOrder(Section):
    """A fault as it is ordered: strike `times` matching requests (None: all) after letting `skip` pass.

    Exactly one effect: `answer` refuses; `lose` drops the connection before ("request") or after
    ("response") the request is carried out; `delay` waits real seconds and goes on; `tokenExpired` treats a valid
    token as expired; `operationError` makes the long-running operation that the request starts end as failed.
    """

    match: Match = Match()
    times: int | None = Field(default=1, ge=1)
    skip: int = Field(default=0, ge=0)
    answer: Answer | None = None
    lose: Literal["request", "response"] | None = None
    delay: float | None = Field(default=None, gt=0)
    token_expired: Literal[True] | None = None
    operation_error: Answer | None = None

    @model_validator(mode="after")
    def _one_effect(self) -> "FaultOrder":
        effects = (self.answer, self.lose, self.delay, self.token_expired, self.operation_error)
        if sum(effect is not None for effect in effects) != 1:
            raise ValueError("a fault has exactly one effect: answer, lose, delay, tokenExpired or operationError")
        return self


@dataclass(slots=True, kw_only=True)
class Fault:
    """An ordered fault and how often it has struck and let pass."""

    number: int
    order: FaultOrder
    passed: int = 0
    struck: int = 0

    def strikes(self, request: web.Request, operation: Operation) -> bool:
        """Whether this request is struck; counts it."""
        if self.spent or not self.order.match.admits(request, operation):
            return False
        if self.passed < self.order.skip:
            self.passed += 1
            return False
        self.struck += 1
        return True

    @property
    def spent(self) -> bool:
        """Whether it has struck as often as it was told."""
        return self.order.times is not None and self.struck >= self.order.times

    def document(self) -> dict[str, Any]:
        """The fault as the control API shows it."""
        order = self.order.model_dump(by_alias=True, exclude_none=True, mode="json")
        return {"id": self.number, **order, "passed": self.passed, "struck": self.struck, "spent": self.spent}


class Faults:
    """The ordered faults; the oldest one that strikes a request is the only one that does."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._faults: list[Fault] = []

    def order(self, order: FaultOrder) -> Fault:
        """Add a fault."""
        fault = Fault(number=next(self._numbers), order=order)
        self._faults.append(fault)
        return fault

    def all(self) -> tuple[Fault, ...]:
        """Every fault since the last clearing, spent ones too."""
        return tuple(self._faults)

    def clear(self) -> None:
        """Forget every fault."""
        self._faults.clear()

    def striking(self, request: web.Request, operation: Operation) -> FaultOrder | None:
        """The fault that strikes this request, if any; counts it."""
        for fault in self._faults:
            if fault.strikes(request, operation):
                return fault.order
        return None


FAULT = web.RequestKey("fault", FaultOrder)
