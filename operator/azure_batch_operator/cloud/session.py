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
    sign_in_failure,
)
from azure_batch_operator.cloud.hosts import TokenHosts
from azure_batch_operator.cloud.operations import Operation
from azure_batch_operator.cloud.pipeline import OPERATION
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
            self.clients.observer.not_signed_in(as_operator=self.principal.secret is None)
            raise sign_in_failure(refused.trouble, self._settings.authority, self.principal) from None
        except TROUBLES as error:
            raise self._noted(failure_of(error, call, self.principal)) from None

    def _noted(self, failure: AzureFailure) -> AzureFailure:
        if failure.kind is FailureKind.THROTTLED:
            self.clients.observer.throttled(failure.operation, by_azure=failure.code != OWN_BUDGET)
        return failure


def new_request_id() -> str:
    """An id by which Azure's support finds a request again."""
    return str(uuid4())
