"""The way of every request: named, checked, budgeted, signed, and sent once.

The SDKs' own pipelines retry with sleeps (also a POST, when the answer carries Retry-After), follow redirects with the
token, and register resource providers on their own, polling every 10 s. Nothing of that may happen inside a turn,
so the clients get this pipeline instead.
"""

import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeAlias

from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import (
    AsyncBearerTokenCredentialPolicy,
    AsyncHTTPPolicy,
    RequestIdPolicy,
    SansIOHTTPPolicy,
    UserAgentPolicy,
)
from azure.core.rest import AsyncHttpResponse, HttpRequest

from azure_batch_operator.cloud.failures import endpoint_not_allowed
from azure_batch_operator.cloud.hosts import authority_of
from azure_batch_operator.cloud.observer import RequestObserver
from azure_batch_operator.cloud.retry_after import retry_after
from azure_batch_operator.cloud.tokens import Tokens
from azure_batch_operator.runtime.budget import Budget

Request: TypeAlias = PipelineRequest[HttpRequest]
Response: TypeAlias = PipelineResponse[HttpRequest, AsyncHttpResponse]
Policy: TypeAlias = "AsyncHTTPPolicy[Any, Any] | SansIOHTTPPolicy[Any, Any]"

OPERATION: ContextVar[str] = ContextVar("operation")
"""The name of the operation that a call is for: the SDKs do not tell it to their pipelines."""

_READS = frozenset({"GET", "HEAD"})
_UNTOLD_PAUSE = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Where a client's requests go, and what they may cost."""

    endpoint: str
    """`https://host[:port]`; requests to any other host, by a next link for instance, are refused."""
    token_scope: str
    request_id_header: str
    budget: Budget


def policies(route: Route, tokens: Tokens, before_write: Callable[[], None], observer: RequestObserver) -> list[Policy]:
    """The pipeline of one client, in the order in which a request passes."""
    return [
        RequestIdPolicy(request_id_header_name=route.request_id_header),
        UserAgentPolicy("azure-batch-operator"),
        Door(route, tokens),
        AsyncBearerTokenCredentialPolicy(tokens, route.token_scope),
        Fence(before_write),
        Meter(observer),
    ]


class Door(AsyncHTTPPolicy[HttpRequest, AsyncHttpResponse]):
    """Lets a request out only to the client's own host and only within the budget, before a token is even fetched."""

    def __init__(self, route: Route, tokens: Tokens) -> None:
        super().__init__()
        self._route = route
        self._tokens = tokens

    async def send(self, request: Request) -> Response:
        """Pass the request on; raises AzureFailure or BudgetClosed instead of sending it."""
        if authority_of(request.http_request.url) != authority_of(self._route.endpoint):
            raise endpoint_not_allowed(authority_of(request.http_request.url), (self._route.endpoint,))
        self._route.budget.spend(write=is_write(request))
        response = await self.next.send(request)
        self._heed(response.http_response)
        return response

    def _heed(self, response: AsyncHttpResponse) -> None:
        if response.status_code == 401:
            self._tokens.forget()
        if (pause := pause_of(response)) is not None:
            self._route.budget.close(pause)


class Fence(SansIOHTTPPolicy[HttpRequest, AsyncHttpResponse]):
    """The last look before a write leaves: whatever `before_write` raises keeps it back."""

    def __init__(self, before_write: Callable[[], None]) -> None:
        self._before_write = before_write

    def on_request(self, request: Request) -> None:
        """Ask, if this is a write."""
        if is_write(request):
            self._before_write()


class Meter(AsyncHTTPPolicy[HttpRequest, AsyncHttpResponse]):
    """Tells how each request that leaves was answered, and how long that took."""

    def __init__(self, observer: RequestObserver) -> None:
        super().__init__()
        self._observer = observer

    async def send(self, request: Request) -> Response:
        """Pass the request on."""
        begun, status = time.monotonic(), None
        try:
            response = await self.next.send(request)
            status = response.http_response.status_code
        finally:
            self._observer.answered(OPERATION.get(), status, time.monotonic() - begun)
        return response


def is_write(request: Request) -> bool:
    """Whether the request may change something."""
    return request.http_request.method not in _READS


def pause_of(response: AsyncHttpResponse) -> float | None:
    """Seconds for which the whole scope must rest: 429 always, 408 and 5xx where Azure says how long."""
    if response.status_code == 429:
        told = retry_after(response.headers)
        return _UNTOLD_PAUSE if told is None else told
    if response.status_code == 408 or response.status_code >= 500:
        return retry_after(response.headers)
    return None
