"""What observers are told: every request together with its whole answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from aiohttp import web

from azure_simulator.answers import BODY, Operation


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A request and its answer as they went over the wire; `status` is None when the answer was lost on purpose.

    Bodies are the bytes that were sent, secrets included: whoever keeps them has to mask them.
    """

    service: str
    operation: str
    method: str
    path: str
    query: Mapping[str, str]
    request_body: bytes
    status: int | None
    headers: Mapping[str, str]
    body: bytes


Observer: TypeAlias = Callable[[Exchange], None]
"""Is called in the simulator's event loop after each answer is made, so it must be quick and must not raise."""


def exchange_of(request: web.Request, operation: Operation, response: web.StreamResponse | None) -> Exchange:
    """What observers are told of `request` and its `response` (None: no answer was given)."""
    return Exchange(
        service=operation.service,
        operation=operation.name,
        method=request.method,
        path=request.path,
        query=dict(request.query),
        request_body=request.get(BODY, b""),
        status=None if response is None else response.status,
        headers={} if response is None else dict(response.headers),
        body=response.body if isinstance(response, web.Response) and isinstance(response.body, bytes) else b"",
    )
