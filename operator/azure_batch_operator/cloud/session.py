"""One signed-in principal's way to Azure: its SDK clients, made when first needed, and the frame around every call."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any
from uuid import uuid4

import aiohttp
from azure.batch.aio import BatchClient
from azure.core.pipeline.transport import AioHttpTransport
from azure.identity.aio import ClientSecretCredential
from azure.mgmt.batch.aio import BatchManagementClient
from azure.mgmt.compute.aio import ComputeManagementClient

from azure_batch_operator.cloud.failures import (
    TROUBLES,
    Call,
    Principal,
    endpoint_not_allowed,
    failure_of,
)
from azure_batch_operator.cloud.hosts import TokenHosts
from azure_batch_operator.cloud.operations import Operation
from azure_batch_operator.cloud.pipeline import Route, policies
from azure_batch_operator.cloud.tokens import Tokens
from azure_batch_operator.core.accounts import account_key
from azure_batch_operator.runtime.budget import Allowance, Budgets, Monotonic
from azure_batch_operator.settings import Settings

# learn.microsoft.com, "Understand how Azure Resource Manager throttles requests"
_ARM_READS = Allowance(burst=250, per_second=25)
_ARM_WRITES = Allowance(burst=200, per_second=10)
# Microsoft publishes no rates for Batch accounts; enough to make 100 pools at once
_BATCH_READS = Allowance(burst=250, per_second=25)
_BATCH_WRITES = Allowance(burst=250, per_second=25)

_MICROSOFT = ("microsoftonline.com", "microsoftonline.us", "chinacloudapi.cn", "partner.microsoftonline.cn")


class AzureSession:
    """Opened before the first call, in the loop that makes the calls; closed after the last."""

    def __init__(
        self,
        settings: Settings,
        *,
        monotonic: Monotonic = time.monotonic,
        before_write: Callable[[], None] = lambda: None,
    ) -> None:
        self._settings = settings
        self.before_write = before_write
        """Called at the last moment before every write; raising keeps it back. The seam for leadership."""
        self.principal = Principal(tenant_id=settings.tenant_id, client_id=settings.client_id)
        self._hosts = TokenHosts(settings.token_hosts)
        self._subscriptions = Budgets(reads=_ARM_READS, writes=_ARM_WRITES, monotonic=monotonic)
        self._accounts = Budgets(reads=_BATCH_READS, writes=_BATCH_WRITES, monotonic=monotonic)
        self._compute: dict[str, ComputeManagementClient] = {}
        self._batch_management: dict[str, BatchManagementClient] = {}
        self._batch: dict[str, BatchClient] = {}
        self._connections: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        """Make the connections that all clients share."""
        self._connections = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=_trust(self._settings)),
            cookie_jar=aiohttp.DummyCookieJar(),
            middlewares=(_once,),
            trust_env=True,
        )
        self._transport = AioHttpTransport(
            session=self._connections,
            session_owner=False,
            connection_timeout=self._settings.request_timeout,
            read_timeout=self._settings.request_timeout,
        )
        self._tokens = Tokens(self._sign_in, authority=self._settings.authority, principal=self.principal)

    async def close(self) -> None:
        """Give everything back; a session that was never opened has nothing."""
        if self._connections is not None:
            await self._tokens.close()
            await self._connections.close()
            self._connections = None

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

    def compute(self, subscription_id: str) -> ComputeManagementClient:
        """The client for galleries and images of a subscription."""
        key = subscription_id.casefold()
        if key not in self._compute:
            self._compute[key] = ComputeManagementClient(
                self._tokens,
                subscription_id,
                self._settings.resource_manager_endpoint,
                **self._options(self._arm_route(subscription_id)),
            )
        return self._compute[key]

    def batch_management(self, subscription_id: str) -> BatchManagementClient:
        """The client for Batch accounts of a subscription."""
        key = subscription_id.casefold()
        if key not in self._batch_management:
            self._batch_management[key] = BatchManagementClient(
                self._tokens,
                subscription_id,
                self._settings.resource_manager_endpoint,
                **self._options(self._arm_route(subscription_id)),
            )
        return self._batch_management[key]

    def batch(self, endpoint: str, *, api_version: str) -> BatchClient:
        """The client for the pools of an account; raises AzureFailure where our token may not go."""
        self.check_endpoint(endpoint)
        key = account_key(endpoint)
        if key not in self._batch:
            self._batch[key] = BatchClient(
                endpoint, self._tokens, api_version=api_version, **self._options(self._batch_route(endpoint))
            )
        return self._batch[key]

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

    def _sign_in(self) -> ClientSecretCredential:
        return ClientSecretCredential(
            self._settings.tenant_id,
            self._settings.client_id,
            self._settings.client_secret.get_secret_value(),
            authority=self._settings.authority,
            disable_instance_discovery=not _is_microsoft(self._settings.authority),
            transport=self._transport,
            retry_total=0,
        )

    def _arm_route(self, subscription_id: str) -> Route:
        return Route(
            endpoint=self._settings.resource_manager_endpoint,
            token_scope=f"{self._settings.resource_manager_audience}/.default",
            request_id_header="x-ms-client-request-id",
            budget=self._subscriptions.of(subscription_id),
        )

    def _batch_route(self, endpoint: str) -> Route:
        return Route(
            endpoint=endpoint,
            token_scope=f"{self._settings.batch_audience}/.default",
            request_id_header="client-request-id",
            budget=self._accounts.of(account_key(endpoint)),
        )

    def _options(self, route: Route) -> dict[str, Any]:
        return {
            "transport": self._transport,
            "policies": policies(route, self._tokens, self._ask_before_write),
            "retry_total": 0,
        }


def new_request_id() -> str:
    """An id by which Azure's support finds a request again."""
    return str(uuid4())


async def _once(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Keep aiohttp from sending a GET, PUT or DELETE again when its connection broke: the turn decides that."""
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise aiohttp.ClientConnectionError(str(error)) from error


def _trust(settings: Settings) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=settings.ca_file)


def _is_microsoft(authority: str) -> bool:
    return TokenHosts(_MICROSOFT).admit(authority)
