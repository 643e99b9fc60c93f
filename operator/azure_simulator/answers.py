"""What every service answers alike: named operations, error envelopes, and the seconds of Retry-After."""

import math
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiohttp import web
from typing_extensions import override

from azure_simulator.clock import Clock

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """The name that Azure's own documents give a request, and the service (folder) that answers it.

    `versions` are the api-versions that Azure Resource Manager accepts for it, newest first;
    an empty tuple leaves the check to the service. A public operation needs no token.
    """

    name: str
    service: str
    versions: tuple[str, ...] = ()
    public: bool = False


_OPERATIONS: dict[Handler, Operation] = {}
_UNKNOWN = Operation(name="Unknown", service="unknown")


def operation(name: str, *, versions: tuple[str, ...] = (), public: bool = False) -> Callable[[Handler], Handler]:
    """Name the operation that a route handler answers: for the journal, faults, contracts and the 501 answer."""

    def named(handler: Handler) -> Handler:
        service = handler.__module__.split(".")[1]
        _OPERATIONS[handler] = Operation(name=name, service=service, versions=versions, public=public)
        return handler

    return named


BODY = web.RequestKey("body", bytes)
"""What the client sent, whole; missing when it was too large to be read."""

_NAMED = web.RequestKey("operation", Operation)


def name_operation(request: web.Request, found: Operation) -> None:
    """Name the operation of a request whose route alone does not tell it."""
    request[_NAMED] = found


def operation_of(request: web.Request) -> Operation:
    """The operation that the matched route answers; `Unknown` when no route matched."""
    return request.get(_NAMED) or _OPERATIONS.get(request.match_info.handler, _UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """What an error body repeats about the answer it is in."""

    request_id: str
    time: datetime
    origin: str


class ServiceError(Exception, ABC):
    """A refusal: HTTP status, Azure's error code, a sentence, and extra headers."""

    content_type = "application/json"

    def __init__(self, status: int, code: str, message: str, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})

    @abstractmethod
    def body(self, stamp: Stamp) -> dict[str, Any]:
        """The JSON document of the envelope."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorDetail:
    """One entry of `details` in a Resource Manager error."""

    code: str
    message: str
    target: str | None = None

    def body(self) -> dict[str, Any]:
        """The JSON document of this entry."""
        target = {} if self.target is None else {"target": self.target}
        return {"code": self.code, **target, "message": self.message}


class ArmError(ServiceError):
    """A refusal in the envelope of Azure Resource Manager: `{"error": {"code", "message", ...}}`."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        target: str | None = None,
        details: Iterable[ErrorDetail] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, code, message, headers=headers)
        self.detail = ErrorDetail(code=code, message=message, target=target)
        self.details = tuple(details)

    def error(self) -> dict[str, Any]:
        """The inner error object, as asynchronous operations carry it too."""
        details = {"details": [detail.body() for detail in self.details]} if self.details else {}
        return {**self.detail.body(), **details}

    @override
    def body(self, stamp: Stamp) -> dict[str, Any]:
        return {"error": self.error()}


class BatchError(ServiceError):
    """A refusal in the envelope of the Batch service (learn.microsoft.com, "Batch status and error codes")."""

    content_type = "application/json;odata=minimalmetadata"

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        values: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, code, message, headers=headers)
        self.values = dict(values or {})

    @override
    def body(self, stamp: Stamp) -> dict[str, Any]:
        kind = "Microsoft.Azure.Batch.Protocol.Entities.Container.errors/@Element"
        values = [{"key": key, "value": value} for key, value in self.values.items()]
        text = f"{self.message}\nRequestId:{stamp.request_id}\nTime:{batch_time(stamp.time)}"
        return {
            "odata.metadata": f"{stamp.origin}/$metadata#{kind}",
            "code": self.code,
            "message": {"lang": "en-US", "value": text},
            **({"values": values} if values else {}),
        }


class EntraError(ServiceError):
    """A refusal of Microsoft Entra ID: OAuth's `error` word, and an AADSTS number in the description."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        number: int = 0,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, code, message, headers=headers)
        self.number = number

    @override
    def body(self, stamp: Stamp) -> dict[str, Any]:
        moment = f"{stamp.time:%Y-%m-%d %H:%M:%S}Z"
        text = f"AADSTS{self.number}: {self.message}" if self.number else self.message
        return {
            "error": self.code,
            "error_description": (
                f"{text} Trace ID: {stamp.request_id} Correlation ID: {stamp.request_id} Timestamp: {moment}"
            ),
            "error_codes": [self.number] if self.number else [],
            "timestamp": moment,
            "trace_id": stamp.request_id,
            "correlation_id": stamp.request_id,
        }


class ImdsError(ServiceError):
    """A refusal of a machine's metadata endpoint: OAuth's two words, and nothing else."""

    @override
    def body(self, stamp: Stamp) -> dict[str, Any]:
        return {"error": self.code, "error_description": self.message}


_ENVELOPES: dict[str, type[ArmError] | type[BatchError] | type[EntraError] | type[ImdsError]] = {
    "batch": BatchError,
    "identity": EntraError,
    "instance_metadata": ImdsError,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A refusal that does not know yet which service speaks it (faults, tokens, unknown operations)."""

    status: int
    code: str
    message: str
    headers: Mapping[str, str] = field(default_factory=dict)

    def spoken_by(self, service: str) -> ServiceError:
        """The same refusal in the envelope of `service`."""
        envelope = _ENVELOPES.get(service, ArmError)
        return envelope(self.status, self.code, self.message, headers=self.headers)


def not_simulated(name: str, service: str) -> Handler:
    """A handler for an operation that Azure has and this simulator has not: 501 with the operation's name."""
    refusal = Refusal(
        status=501,
        code="NotImplemented",
        message=f"The Azure simulator does not simulate the operation {name}.",
    )

    async def refuse(_request: web.Request) -> web.StreamResponse:
        raise refusal.spoken_by(service)

    _OPERATIONS[refuse] = Operation(name=name, service=service)
    return refuse


def retry_after(clock: Clock, seconds: float) -> dict[str, str]:
    """Retry-After headers for `seconds` of simulated time.

    Retry-After is a whole number, at least 1, since most clients parse an integer; the exact value is in
    `x-ms-retry-after-ms`, the header that Azure's SDKs know for it.
    """
    real = clock.real_seconds(seconds)
    return {
        "Retry-After": str(max(1, math.ceil(real))),
        "x-ms-retry-after-ms": str(math.ceil(real * 1000)),
    }


def batch_time(moment: datetime) -> str:
    """A time as the Batch service writes it: seven decimals and Z."""
    # Long lists are full of times, and isoformat is several times as quick as strftime.
    return f"{moment.isoformat(timespec='microseconds')[:26]}0Z"


def http_date(moment: datetime) -> str:
    """A time as HTTP headers write it (RFC 1123), whatever the locale."""
    day = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[moment.weekday()]
    month = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")[moment.month - 1]
    return f"{day}, {moment:%d} {month} {moment:%Y %H:%M:%S} GMT"
