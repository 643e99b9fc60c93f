"""Requests to the data plane of a Batch account.

They go through azure-batch's client and its pipeline, but not through its operations: those put a bare ETag in quotes;
their `begin_*`, given a header or a request id, end in a TypeError after the request was sent; and their models are
slow on long lists.
"""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar
from urllib.parse import parse_qs, quote, urlsplit

from azure.core.rest import AsyncHttpResponse, HttpRequest

from azure_batch_operator.cloud.clients import BATCH_API_VERSION
from azure_batch_operator.cloud.operations import Operation
from azure_batch_operator.cloud.session import AzureSession
from azure_batch_operator.cloud.wire import answer, children, optional_text, plain
from azure_batch_operator.core.accounts import Account
from azure_batch_operator.core.json import JsonObject

_JSON = "application/json; odata=minimalmetadata"

Seen = TypeVar("Seen")


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRequest:
    """One request to an account's data plane."""

    operation: Operation
    method: str
    path: str
    """From the account's root; or the whole URL of a list's next page."""
    query: Mapping[str, str] = field(default_factory=dict)
    body: JsonObject | None = None
    etag: str | None = None
    """Bare; the request is refused with 412 when the object has another by then."""

    def on_wire(self) -> HttpRequest:
        """The request as it is sent."""
        headers = {"Accept": "application/json"}
        if self.etag is not None:
            headers["If-Match"] = self.etag
        if self.body is not None:
            headers["Content-Type"] = _JSON
        content = None if self.body is None else json.dumps(plain(self.body))
        return HttpRequest(self.method, self.path, params=self._versioned(), headers=headers, content=content)

    def _versioned(self) -> dict[str, str]:
        named = "api-version" in parse_qs(urlsplit(self.path).query)
        return dict(self.query) if named else {**self.query, "api-version": BATCH_API_VERSION}


def pool_path(pool_id: str, verb: str = "") -> str:
    """The path of a pool, or of something to be done with it."""
    path = f"/pools/{quote(pool_id, safe='')}"
    return f"{path}/{verb}" if verb else path


class DataPlane:
    """Sends requests to an account; raises AzureFailure and nothing else."""

    def __init__(self, session: AzureSession) -> None:
        self._session = session

    async def ask(self, account: Account, request: BatchRequest, read: Callable[[JsonObject], Seen]) -> Seen:
        """Send a request whose answer has a body, and read it."""
        return await self._send(account, request, lambda response: read(answer(response.json())))

    async def tell(self, account: Account, request: BatchRequest) -> None:
        """Send a request whose answer says no more than yes."""
        await self._send(account, request, lambda _: None)

    async def listed(
        self, account: Account, request: BatchRequest, read: Callable[[JsonObject], Seen]
    ) -> tuple[Seen, ...]:
        """What all pages of a list show; a page that fails fails the list."""
        seen: list[Seen] = []
        page: BatchRequest | None = request
        while page is not None:
            items, next_link = await self.ask(account, page, lambda body: _page(body, read))
            seen += items
            page = None if next_link is None else replace(request, path=next_link, query={})
        return tuple(seen)

    async def dated_page(
        self, account: Account, request: BatchRequest, read: Callable[[JsonObject], Seen]
    ) -> tuple[tuple[Seen, ...], datetime | None]:
        """The first page of a list, and what time it was in Azure when it answered."""

        def dated(response: AsyncHttpResponse) -> tuple[tuple[Seen, ...], datetime | None]:
            items, _ = _page(answer(response.json()), read)
            return tuple(items), _moment(response)

        return await self._send(account, request, dated)

    async def _send(self, account: Account, request: BatchRequest, read: Callable[[AsyncHttpResponse], Seen]) -> Seen:
        self._session.check_endpoint(account.endpoint)
        client = self._session.clients.batch(account.endpoint)
        target = f"{account.key}{urlsplit(request.path).path}"
        async with self._session.call(request.operation, target, scope=_scope(account)) as request_id:
            return read(await client.send_request(request.on_wire(), request_id=request_id))


def _page(body: JsonObject, read: Callable[[JsonObject], Seen]) -> tuple[list[Seen], str | None]:
    next_link = optional_text(body, "odata.nextLink")
    return [read(item) for item in children(body, "value")], _literal(next_link) if next_link else None


def _moment(response: AsyncHttpResponse) -> datetime | None:
    with suppress(ValueError):
        return parsedate_to_datetime(response.headers.get("Date", ""))
    return None


def _literal(url: str) -> str:
    """A URL in which the client's own formatting finds nothing to fill in."""
    return url.replace("{", "%7B").replace("}", "%7D")


def _scope(account: Account) -> str:
    """Where a role is granted: the account's Resource Manager id, or what the spec tells of it."""
    return account.ref.arm_id if account.ref.name is not None else f"the Batch account {account.key}"
