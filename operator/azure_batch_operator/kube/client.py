"""The one client of the API server: plain JSON over HTTPS, with a time limit on every request."""

import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any

import aiohttp
import kopf

from azure_batch_operator.core.json import Json, JsonObject

MANAGER = "azure-batch-operator"
"""Our distribution, which is also what `managedFields` calls us."""

MERGE_PATCH = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"

METADATA_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
"""Accept a list without specs and statuses."""

WATCH_FOR = 300
"""How many seconds a watch lasts: the API server ends it then, and whoever hears nothing for longer is cut off."""
_WATCHING = aiohttp.ClientTimeout(total=None, connect=30.0, sock_read=WATCH_FOR + 30.0)
_LOGIN_AGAIN_AFTER = 60.0  # a projected service account token is replaced long before it expires


@dataclass(kw_only=True, eq=False)
class ApiFailure(Exception):  # noqa: N818  # a failure is a value here; the exception is how it travels
    """A request that the API server refused, or did not answer."""

    method: str
    path: str
    message: str
    status: int | None = None
    """The HTTP status; None when there was no answer."""
    about: str | None = None
    """The name of the object that the refusal is about; None when it is about something else, like the whole kind."""

    def __str__(self) -> str:
        return f"{self.method} {self.path}: {self.status or 'no answer'}: {self.message}"

    @property
    def not_found(self) -> bool:
        """Whether the API server does not have the object, or does not serve the kind."""
        return self.status == 404


class KubeClient:
    """Requests to the API server, as whoever `login` says we are."""

    def __init__(
        self,
        login: Callable[[], kopf.ConnectionInfo],
        *,
        before_write: Callable[[], None] = lambda: None,
        answered: Callable[[str, int | None, float], None] = lambda *_: None,
        timeout: float = 30.0,
    ) -> None:
        """`before_write` is called at the last moment before every write; raising keeps it back.

        `answered` hears of every request's method, HTTP status (None: no answer), and seconds.
        """
        self._answered = answered
        self._login = login
        self._before_write = before_write
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._info: kopf.ConnectionInfo | None = None
        self._logged_in_at = float("-inf")
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()

    async def get(
        self, path: str, *, params: Mapping[str, str] | None = None, accept: str = "application/json"
    ) -> dict[str, Any]:
        """The object or list at `path`; raises ApiFailure."""
        return await self._request("GET", path, headers={"Accept": accept}, params=params or {})

    async def post(self, path: str, body: JsonObject) -> dict[str, Any]:
        """Create an object in the collection at `path`; raises ApiFailure."""
        return await self._write("POST", path, body, "application/json")

    async def patch(self, path: str, body: Json, *, content_type: str = MERGE_PATCH) -> dict[str, Any]:
        """Change the object at `path` and return it as it is now; raises ApiFailure."""
        return await self._write("PATCH", path, body, content_type)

    async def watch(self, path: str, *, params: Mapping[str, str]) -> AsyncIterator[dict[str, Any]]:
        """Every event at `path` as it happens, until the API server ends the watch; raises ApiFailure."""
        asked = {**params, "watch": "true", "timeoutSeconds": str(WATCH_FOR)}
        async for line in self._lines(path, asked):
            event = json.loads(line)
            if event["type"] == "ERROR":
                told = event["object"]
                raise ApiFailure(method="WATCH", path=path, message=told.get("message", ""), status=told.get("code"))
            yield event

    async def _lines(self, path: str, params: Mapping[str, str]) -> AsyncIterator[bytes]:
        """The lines of an answer that has no end, however long each of them is."""
        try:
            session, info = await self._connected()
            async with session.get(
                f"{info.server.rstrip('/')}{path}",
                headers=info.as_http_headers(),
                params=params,
                proxy=info.proxy_url,
                timeout=_WATCHING,
            ) as response:
                if response.status >= 400:
                    _parsed("WATCH", path, response.status, await response.text())
                rest = b""
                async for piece in response.content.iter_any():
                    *lines, rest = (rest + piece).split(b"\n")
                    for line in lines:
                        yield line
        except (TimeoutError, aiohttp.ClientError, OSError, kopf.LoginError) as trouble:
            raise ApiFailure(method="WATCH", path=path, message=str(trouble) or type(trouble).__name__) from trouble

    async def _write(self, method: str, path: str, body: Json, content_type: str) -> dict[str, Any]:
        return await self._request(
            method,
            path,
            headers={"Content-Type": content_type},
            params={"fieldManager": MANAGER},
            data=json.dumps(body).encode(),
            before=self._before_write,
        )

    async def _request(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        try:
            return await self._answer(method, path, **request)
        except ApiFailure as failure:
            if failure.status != 401 or not await self._log_in():
                raise
        return await self._answer(method, path, **request)

    async def _answer(
        self,
        method: str,
        path: str,
        *,
        headers: dict[str, str],
        params: Mapping[str, str],
        data: bytes | None = None,
        before: Callable[[], None] = lambda: None,
    ) -> dict[str, Any]:
        begun, status = time.monotonic(), None
        try:
            session, info = await self._connected()
            before()
            async with session.request(
                method,
                f"{info.server.rstrip('/')}{path}",
                headers=headers | info.as_http_headers(),
                params=params,
                data=data,
                proxy=info.proxy_url,
            ) as response:
                text = await response.text()
                status = response.status
        except (TimeoutError, aiohttp.ClientError, OSError, kopf.LoginError) as trouble:
            raise ApiFailure(method=method, path=path, message=str(trouble) or type(trouble).__name__) from trouble
        finally:
            self._answered(method, status, time.monotonic() - begun)
        return _parsed(method, path, status, text)

    async def _connected(self) -> tuple[aiohttp.ClientSession, kopf.ConnectionInfo]:
        if time.monotonic() - self._logged_in_at > _LOGIN_AGAIN_AFTER:
            await self._log_in()
        if self._session is None or self._info is None:
            raise kopf.LoginError("not logged in")
        return self._session, self._info

    async def _log_in(self) -> bool:
        """Read the credentials again; True when they are others than before."""
        before, self._info = self._info, self._login()
        self._logged_in_at = time.monotonic()
        if before is None or replace(before, token=None) != replace(self._info, token=None):
            await self.close()
            self._session = self._new_session(self._info)
        return before != self._info

    def _new_session(self, info: kopf.ConnectionInfo) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=info.as_ssl_context()),
            timeout=self._timeout,
            headers={"User-Agent": f"{MANAGER}/{version(MANAGER)}"},
        )


def _parsed(method: str, path: str, status: int, text: str) -> dict[str, Any]:
    try:
        body = json.loads(text)
    except ValueError:
        body = {"message": text.strip()[:200]}
    if status < 400 and isinstance(body, dict):
        return body
    refusal = body if isinstance(body, dict) else {}
    details = refusal.get("details") or {}
    message = str(refusal.get("message") or "no reason given")
    raise ApiFailure(method=method, path=path, status=status, message=message, about=details.get("name"))
