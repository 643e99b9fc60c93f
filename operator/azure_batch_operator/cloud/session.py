"""One principal's way to Azure: its clients, and the frame around every call."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

from azure_batch_operator.cloud.clients import Clients
from azure_batch_operator.cloud.failures import (
    TROUBLES,
    Call,
    Principal,
    endpoint_not_allowed,
    failure_of,
)
from azure_batch_operator.cloud.hosts import TokenHosts
from azure_batch_operator.cloud.operations import Operation
from azure_batch_operator.cloud.pipeline import OPERATION
from azure_batch_operator.cloud.sign_in_failures import sign_in_failure
from azure_batch_operator.cloud.tokens import SignInError
from azure_batch_operator.core.failures import OWN_BUDGET, AzureFailure, FailureKind
from azure_batch_operator.settings import Settings


class AzureSession:
    """Calls over the clients of a principal; several may share them, each under its own name."""

    def __init__(self, settings: Settings, clients: Clients, principal: Principal) -> None:
        self.clients = clients
        self.principal = principal
        self._settings = settings
        self._hosts = TokenHosts(settings.token_hosts)

    def check_endpoint(self, endpoint: str) -> None:
        """Refuse a Batch endpoint that our token may not be sent to; raises AzureFailure `EndpointNotAllowed`."""
        if not self._hosts.admit(endpoint):
            raise endpoint_not_allowed(endpoint, self._settings.token_hosts)

    async def sign_in(self) -> None:
        """Sign in once more where that was refused the last time; raises AzureFailure when it still is."""
        try:
            async with asyncio.timeout(self._settings.request_timeout):
                await self.clients.tokens.prove()
        except SignInError as refused:
            raise self._without_token(refused.trouble) from None
        except TimeoutError as late:
            raise self._without_token(late) from None

    @asynccontextmanager
    async def call(
        self, operation: Operation, target: str, *, scope: str | None = None, request_id: str | None = None
    ) -> AsyncIterator[str]:
        """Around one request and the reading of its answer; yields its client-request-id, raises only AzureFailure."""
        call = Call(
            operation=operation, target=target, scope=scope or target, request_id=request_id or new_request_id()
        )
        OPERATION.set(operation.name)
        try:
            async with asyncio.timeout(self._settings.request_timeout):
                yield call.request_id
        except SignInError as refused:
            raise self._without_token(refused.trouble) from None
        except TROUBLES as error:
            raise self._noted(failure_of(error, call, self.principal)) from None

    def _without_token(self, trouble: Exception) -> AzureFailure:
        self.clients.observer.not_signed_in(as_operator=self.principal.secret is None)
        return sign_in_failure(trouble, self.principal)

    def _noted(self, failure: AzureFailure) -> AzureFailure:
        if failure.kind is FailureKind.THROTTLED:
            self.clients.observer.throttled(failure.operation, by_azure=failure.code != OWN_BUDGET)
        return failure


def new_request_id() -> str:
    """An id by which Azure's support finds a request again."""
    return str(uuid4())
