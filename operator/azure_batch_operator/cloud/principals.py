"""Everybody who signs in to Azure from this process: the operator itself, and whom Secrets in the cluster name."""

import time
from collections.abc import Callable, Collection
from functools import partial
from types import TracebackType

import aiohttp

from azure_batch_operator.cloud.azure import Azure, azure_through
from azure_batch_operator.cloud.clients import Clients
from azure_batch_operator.cloud.connections import connections_of
from azure_batch_operator.cloud.observer import RequestObserver, Unobserved
from azure_batch_operator.cloud.session import AzureSession
from azure_batch_operator.cloud.sign_in import own_credentials, principal_of
from azure_batch_operator.core.credentials import AnyCredentials, Credentials, SecretRef
from azure_batch_operator.runtime.budget import Monotonic
from azure_batch_operator.settings import Settings


class Principals:
    """Opened before the first call, in the loop that makes the calls; closed after the last.

    Equal credentials are one principal, however many Secrets hold them: one token for each audience, one budget of
    requests for each scope. All principals share the connections. `before_write` is called at the last moment before
    every write, whoever writes; raising keeps it back.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        monotonic: Monotonic = time.monotonic,
        before_write: Callable[[], None] = lambda: None,
        observer: RequestObserver | None = None,
    ) -> None:
        self._settings = settings
        self._observer = observer or Unobserved()
        self._before_write = before_write
        self._monotonic = monotonic
        self._own = own_credentials(settings)
        self._connections: aiohttp.ClientSession | None = None
        self._clients: dict[AnyCredentials, Clients] = {}
        self._turned: set[AnyCredentials] = set()

    async def open(self) -> None:
        """Make the connections that all principals share."""
        self._connections = connections_of(self._settings)

    async def close(self) -> None:
        """Give everything back; what was never opened has nothing."""
        for credentials in list(self._clients):
            await self._clients.pop(credentials).close()
        if self._connections is not None:
            await self._connections.close()

    async def __aenter__(self) -> "Principals":
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
    def own(self) -> Azure:
        """Azure as the operator itself reaches it."""
        return azure_through(self.session())

    def named(self, credentials: Credentials, secret: SecretRef) -> Azure:
        """Azure as the credentials in that Secret reach it; failures name the Secret."""
        return azure_through(self.session(credentials, secret))

    def session(self, credentials: Credentials | None = None, secret: SecretRef | None = None) -> AzureSession:
        """A session of the operator itself, or of the credentials in a Secret."""
        signing_in = credentials or self._own
        principal = principal_of(signing_in, self._settings, secret)
        return AzureSession(self._settings, self._clients_of(signing_in), principal)

    def turned(self) -> frozenset[AnyCredentials]:
        """Whose credentials were refused, or accepted again, since this was asked the last time."""
        turned = frozenset(self._turned)
        self._turned.clear()
        return turned

    def is_own(self, credentials: AnyCredentials) -> bool:
        """Whether the operator itself signs in with these credentials."""
        return credentials == self._own

    def keep_only(self, used: Collection[Credentials]) -> None:
        """Forget everybody but these and the operator itself, tokens and all; calls under way end as they began."""
        for credentials in [known for known in self._clients if known != self._own and known not in used]:
            del self._clients[credentials]

    def _clients_of(self, credentials: AnyCredentials) -> Clients:
        if self._connections is None:
            raise RuntimeError("the connections to Azure are not open")
        if credentials not in self._clients:
            self._clients[credentials] = Clients(
                self._settings,
                self._connections,
                credentials,
                monotonic=self._monotonic,
                before_write=self._before_write,
                observer=self._observer,
                turned=partial(self._turned.add, credentials),
            )
        return self._clients[credentials]
