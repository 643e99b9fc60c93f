"""Every request that the simulator was sent, as tests, benchmarks and people read it."""

import json
import re
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from azure_simulator.access import CALLER
from azure_simulator.answers import BODY, Operation

_KEPT = 200_000
_MASK = "***"
_SIGNATURE = re.compile(r"([?&]sig=)[^&]*")
"""What makes the address of a blob open it (learn.microsoft.com, "Create a service SAS")."""
_SECRET_WORDS = ("secret", "password", "accountkey", "saskey", "sshprivatekey", "assertion", "protectedsettings")
_RESPONSE_HEADERS = ("Azure-AsyncOperation", "ETag", "Location", "Retry-After", "x-ms-request-id", "request-id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One request and how it was answered; `status` is None when the answer was lost on purpose."""

    sequence: int
    simulated_time: datetime
    real_time: datetime
    service: str
    operation: str
    method: str
    path: str
    query: dict[str, str]
    api_version: str | None
    caller: str | None
    status: int | None
    seconds: float
    client_request_id: str | None
    if_match: str | None
    body: Any
    account: str | None = None
    error_code: str | None = None
    response_headers: dict[str, str] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """The entry as the control API shows it."""
        times = {"simulated_time": self.simulated_time.isoformat(), "real_time": self.real_time.isoformat()}
        return {_camel(key): value for key, value in (asdict(self) | times).items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Which entries somebody wants: each criterion that is given must hold (service, operation, method)."""

    since: int = 0
    service: str | None = None
    operation: str | None = None
    method: str | None = None

    def admits(self, entry: Entry) -> bool:
        """Whether `entry` answers the question."""
        return (
            entry.sequence > self.since
            and self.service in {None, entry.service}
            and self.operation in {None, entry.operation}
            and self.method in {None, entry.method}
        )


class Journal:
    """The newest requests in the order in which they arrived; the sequence counts from 1."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=_KEPT)
        self._sequence = 0

    @property
    def sequence(self) -> int:
        """The number of the newest request (0 before the first)."""
        return self._sequence

    def begin(self) -> int:
        """Number a request that has just arrived."""
        self._sequence += 1
        return self._sequence

    def add(self, entry: Entry) -> None:
        """Remember an answered request."""
        self._entries.append(entry)

    def ask(self, question: Question) -> Iterator[Entry]:
        """The entries that answer `question`, oldest first."""
        return (entry for entry in self._entries if question.admits(entry))


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """The moment a request came in."""

    sequence: int
    simulated_time: datetime
    real_seconds: float


def entry_of(
    request: web.Request,
    arrival: Arrival,
    operation: Operation,
    response: web.StreamResponse | None,
    *,
    account: str | None,
    error_code: str | None,
) -> Entry:
    """What the journal keeps of `request` and its `response` (None: no answer was given)."""
    headers = {} if response is None else response.headers
    caller = request.get(CALLER)
    return Entry(
        sequence=arrival.sequence,
        simulated_time=arrival.simulated_time,
        real_time=datetime.now(UTC),
        service=operation.service,
        operation=operation.name,
        method=request.method,
        path=request.path,
        query=_masked_query(request),
        api_version=request.query.get("api-version"),
        caller=None if caller is None else caller.app_id,
        status=None if response is None else response.status,
        seconds=time.monotonic() - arrival.real_seconds,
        client_request_id=request.headers.get("client-request-id") or request.headers.get("x-ms-client-request-id"),
        if_match=request.headers.get("If-Match"),
        body=_masked_body(request.get(BODY, b""), request.content_type),
        account=account,
        error_code=error_code,
        response_headers={name: headers[name] for name in _RESPONSE_HEADERS if name in headers},
    )


def _masked_query(request: web.Request) -> dict[str, str]:
    return {key: _MASK if _is_secret(key) else value for key, value in request.query.items()}


def _masked_body(body: bytes, content_type: str) -> Any:
    if not body:
        return None
    if content_type == "application/x-www-form-urlencoded":
        return _masked_form(body.decode(errors="replace"))
    try:
        return masked(json.loads(body))
    except ValueError:
        return None


def _masked_form(text: str) -> dict[str, str]:
    return {key: _MASK if _is_secret(key) else value for key, value in parse_qsl(text)}


def masked(value: Any) -> Any:
    """A JSON document whose secrets are masked; its shape stays."""
    match value:
        case dict():
            return {key: hidden(inner) if _is_secret(key) else masked(inner) for key, inner in value.items()}
        case list():
            return [masked(inner) for inner in value]
        case str():
            return _SIGNATURE.sub(rf"\1{_MASK}", value)
        case _:
            return value


def hidden(value: Any) -> Any:
    """A JSON document with a mask for each value; its shape stays."""
    match value:
        case dict():
            return {key: hidden(inner) for key, inner in value.items()}
        case list():
            return [hidden(inner) for inner in value]
        case None:
            return None
        case _:
            return _MASK


def _is_secret(name: str) -> bool:
    lowered = name.replace("_", "").casefold()
    return any(word in lowered for word in _SECRET_WORDS)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
