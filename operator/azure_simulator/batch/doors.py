"""The door of the data plane: requests become values here, answers leave in the service's own form."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from aiohttp import web
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from azure_simulator.access import caller_of, refuse_shared_key, require
from azure_simulator.answers import BatchError, http_date, operation_of
from azure_simulator.batch import errors
from azure_simulator.batch.bodies.body import UNKNOWN_PROPERTY, Body
from azure_simulator.batch.conditions import Stamp, check_write
from azure_simulator.batch.lists import next_link
from azure_simulator.batch.nodes import Node
from azure_simulator.batch.pools import Pool
from azure_simulator.batch.service import BatchService
from azure_simulator.batch.stamps import etag_of, ticks
from azure_simulator.batch.versions import VERSIONS
from azure_simulator.batch_accounts.models import BatchAccount
from azure_simulator.world import ACCOUNT, WORLD

READ = "Microsoft.Batch/batchAccounts/pools/read"
WRITE = "Microsoft.Batch/batchAccounts/pools/write"
DELETE = "Microsoft.Batch/batchAccounts/pools/delete"
READ_ACCOUNT = "Microsoft.Batch/batchAccounts/read"
READ_APPLICATIONS = "Microsoft.Batch/batchAccounts/applications/read"

_CONTENT_TYPE = "application/json;odata=minimalmetadata"
_BASE_HEADERS = {"DataServiceVersion": "3.0"}

Parsed = TypeVar("Parsed", bound=Body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request whose api-version is known and whose caller may do what it asks for."""

    request: web.Request
    account: BatchAccount
    service: BatchService
    version: str
    operation: str

    @classmethod
    def of(cls, request: web.Request, action: str, *, data_action: bool = False) -> "Call":
        """Check the api-version and the right to `action` on the account."""
        account = request.app[ACCOUNT]
        version = _version(request)
        require(request, action, account.id, data_action=data_action)
        return cls(
            request=request,
            account=account,
            service=request.app[WORLD].batch,
            version=version,
            operation=operation_of(request).name,
        )

    @property
    def url(self) -> str:
        """The address of the request at the account's endpoint, without its query."""
        return f"{self.account.endpoint}{self.request.path}"

    def allows(self, action: str, scope: str) -> bool:
        """Whether the caller may do `action` at `scope`; refuses a shared key, which gives no rights elsewhere."""
        refuse_shared_key(self.request)
        return self.request.app[WORLD].rights.allows(caller_of(self.request), action, scope)

    def pool(self) -> Pool:
        """The pool that the path names."""
        return self.service.pools(self.account).get(self.request.match_info["pool_id"])

    def pool_to_write(self) -> Pool:
        """The pool that the path names, if the conditional headers hold."""
        pool = self.pool()
        check_write(self.request.headers, stamp_of(pool))
        return pool

    async def body(self, kind: type[Parsed]) -> Parsed:
        """The body as a value of `kind`; refuses what the api-version does not know."""
        media = self.request.content_type
        if media != "application/json":
            raise errors.invalid_header("Content-Type", self.request.headers.get("Content-Type", ""))
        return parse_body(kind, await self.request.read(), self.version)

    async def optional_body(self, kind: type[Parsed]) -> Parsed | None:
        """The body as a value of `kind`, or None when there is none."""
        return await self.body(kind) if await self.request.read() else None

    def done(self, status: int, stamp: Stamp | None = None, *, location: str | None = None) -> web.Response:
        """An answer without a body to a write."""
        stamps = {} if stamp is None else stamp_headers(stamp)
        headers = {**_BASE_HEADERS, "DataServiceId": self.url, **stamps}
        if location is not None:
            headers["Location"] = location
        return web.Response(status=status, headers=headers)

    def entity(self, document: Mapping[str, Any], kind: str, stamp: Stamp) -> web.Response:
        """An answer with one JSON object; `kind` is its OData type."""
        return self._json(json.dumps({**self._metadata(kind), **document}), stamp_headers(stamp))

    def entities(self, texts: Sequence[str], kind: str, position: str | None) -> web.Response:
        """An answer with a list of JSON texts, and the link to the next page behind `position`."""
        link = {}
        if position is not None:
            link = {"odata.nextLink": next_link(self.url, self.request.query, position)}
        head = json.dumps({**self._metadata(kind), **link})
        return self._json(f'{head[:-1]},"value":[{",".join(texts)}]}}', {})

    def _json(self, text: str, stamps: Mapping[str, str]) -> web.Response:
        headers = {**_BASE_HEADERS, "Content-Type": _CONTENT_TYPE, **stamps}
        return web.Response(body=text.encode(), headers=headers)

    def _metadata(self, kind: str) -> dict[str, str]:
        return {"odata.metadata": f"{self.account.endpoint}/$metadata#{kind}"}


def stamp_of(pool: Pool) -> Stamp:
    """What conditional headers are compared with."""
    return Stamp(etag=pool.etag, modified=pool.modified)


def node_stamp(node: Node) -> Stamp:
    """The stamp of a node: it changes with the node's state."""
    since = node.cohort.since
    return Stamp(etag=etag_of(ticks(since)), modified=since)


def stamp_headers(stamp: Stamp) -> dict[str, str]:
    """`ETag` (unquoted, as the service sends it) and `Last-Modified`."""
    return {"ETag": stamp.etag, "Last-Modified": http_date(stamp.modified)}


def not_modified(pool: Pool) -> web.Response:
    """The answer to a read of a pool whose conditions do not hold."""
    return unmodified(stamp_of(pool))


def unmodified(stamp: Stamp) -> web.Response:
    """The answer to a read whose conditions do not hold."""
    return web.Response(status=304, headers={**_BASE_HEADERS, **stamp_headers(stamp)})


def parse_body(kind: type[Parsed], data: bytes, version: str) -> Parsed:
    """A body as a value; raises BatchError as the service refuses it."""
    try:
        return kind.model_validate_json(data or b"", context={"version": version})
    except ValidationError as error:
        raise _refusal(error.errors(include_url=False)[0]) from error


def _refusal(error: ErrorDetails) -> BatchError:
    name = str(next((part for part in reversed(error["loc"]) if isinstance(part, str)), ""))
    given = error["input"]
    if error["type"] in (UNKNOWN_PROPERTY, "json_invalid") or not name:
        return errors.invalid_body(error["msg"])
    if error["type"] == "missing" or given is None:
        return errors.missing_property(name)
    value = str(given) if isinstance(given, str | int | float) else None
    return errors.invalid_property(name, error["msg"].removeprefix("Value error, "), value)


def _version(request: web.Request) -> str:
    version = request.query.get("api-version")
    if version is None:
        raise errors.missing_query("api-version")
    if version not in VERSIONS:
        raise errors.unsupported_version(version)
    return version
