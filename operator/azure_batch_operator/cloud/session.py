"""One signed-in principal's way to Azure: connections, clients, and the frame around every call."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import TracebackType
from uuid import uuid4

import aiohttp

from azure_batch_operator.cloud.clients import Clients
from azure_batch_operator.cloud.failures import TROUBLES, Call, Principal, endpoint_not_allowed, failure_of
from azure_batch_operator.cloud.hosts import TokenHosts
from azure_batch_operator.cloud.operations import Operation
from azure_batch_operator.runtime.budget import Monotonic
from azure_batch_operator.settings import Settings


class AzureSession:
    """Opened before the first call, in the loop that makes the calls; closed after the last."""

    def __init__(
        self,
        settings: Settings,
        *,
        monotonic: Monotonic = time.monotonic,
        before_write: Callable[[], None] = lambda: None,
    ) -> None:
        self.before_write = before_write
        """Called at the last moment before every write; raising keeps it back. The seam for leadership."""
        self.principal = Principal(tenant_id=settings.tenant_id, client_id=settings.client_id)
        self._settings = settings
        self._monotonic = monotonic
        self._hosts = TokenHosts(settings.token_hosts)
        self._connections: aiohttp.ClientSession | None = None
        self._clients: Clients | None = None

    async def open(self) -> None:
        """Make the connections that all clients share."""
        self._connections = connections_of(self._settings)
        self._clients = Clients(
            self._settings,
            self._connections,
            monotonic=self._monotonic,
            before_write=self._ask_before_write,
        )

    async def close(self) -> None:
        """Give everything back; a session that was never opened has nothing."""
        if self._clients is not None:
            await self._clients.close()
        if self._connections is not None:
            await self._connections.close()

    async def __aenter__(self) -> "AzureSession":
        await self.open()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    @property
    def clients(self) -> Clients:
        """The SDK clients of the open session."""
        if self._clients is None:
            raise RuntimeError("the session with Azure is not open")
        return self._clients

    def check_endpoint(self, endpoint: str) -> None:
        """Refuse a Batch endpoint that our token may not be sent to; raises AzureFailure `EndpointNotAllowed`."""
        if not self._hosts.admit(endpoint):
            raise endpoint_not_allowed(endpoint, self._settings.token_hosts)

    @asynccontextmanager
    async def call(
        self, operation: Operation, target: str, *, scope: str | None = None, request_id: str | None = None
    ) -> AsyncIterator[str]:
        """Around one request and the reading of its answer; yields its client-request-id, raises only AzureFailure."""
        call = Call(
            operation=operation, target=target, scope=scope or target, request_id=request_id or new_request_id()
        )
        try:
            async with asyncio.timeout(self._settings.request_timeout):
                yield call.request_id
        except TROUBLES as error:
            raise failure_of(error, call, self.principal) from None

    def _ask_before_write(self) -> None:
        self.before_write()


def new_request_id() -> str:
    """An id by which Azure's support finds a request again."""
    return str(uuid4())


def connections_of(settings: Settings) -> aiohttp.ClientSession:
    """Connections over TLS that trust the configured authorities, through the proxy of the environment if any."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(ssl=ssl.create_default_context(cafile=settings.ca_file)),
        cookie_jar=aiohttp.DummyCookieJar(),
        middlewares=(_once,),
        trust_env=True,
    )


async def _once(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Keep aiohttp from sending a GET, PUT or DELETE again when its connection broke: the turn decides that."""
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise aiohttp.ClientConnectionError(str(error)) from error
