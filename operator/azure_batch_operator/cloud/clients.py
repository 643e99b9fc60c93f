"""The SDK clients of one principal over the shared connections; each is made when first needed and then kept."""

from collections.abc import Callable
from typing import Any

import aiohttp
from azure.batch.aio import BatchClient
from azure.mgmt.batch.aio import BatchManagementClient
from azure.mgmt.compute.aio import ComputeManagementClient

from azure_batch_operator.cloud.connections import transport_over
from azure_batch_operator.cloud.observer import RequestObserver
from azure_batch_operator.cloud.pipeline import Route, policies
from azure_batch_operator.cloud.sign_in import credential_of
from azure_batch_operator.cloud.tokens import Tokens
from azure_batch_operator.core.accounts import account_key
from azure_batch_operator.core.credentials import AnyCredentials
from azure_batch_operator.runtime.budget import Allowance, Budgets, Monotonic
from azure_batch_operator.settings import Settings

BATCH_API_VERSION = "2025-06-01"
"""The version of the Batch service API that azure-batch 15 speaks."""

# learn.microsoft.com, "Understand how Azure Resource Manager throttles requests"
_ARM_READS = Allowance(burst=250, per_second=25)
_ARM_WRITES = Allowance(burst=200, per_second=10)
# Microsoft publishes no rates for Batch accounts: enough to make a hundred pools at once
_BATCH_READS = Allowance(burst=250, per_second=25)
_BATCH_WRITES = Allowance(burst=250, per_second=25)


class Clients:
    """Clients that never retry, sleep or send a token elsewhere (see `pipeline`)."""

    def __init__(
        self,
        settings: Settings,
        connections: aiohttp.ClientSession,
        credentials: AnyCredentials,
        *,
        monotonic: Monotonic,
        before_write: Callable[[], None],
        observer: RequestObserver,
        turned: Callable[[], None],
    ) -> None:
        self.observer = observer
        self._settings = settings
        self._before_write = before_write
        self._transport = transport_over(connections, settings.request_timeout)
        self.tokens = Tokens(
            lambda: credential_of(credentials, settings, connections),
            monotonic=monotonic,
            pause=settings.retry_base,
            turned=turned,
        )
        self._subscriptions = Budgets(reads=_ARM_READS, writes=_ARM_WRITES, monotonic=monotonic)
        self._accounts = Budgets(reads=_BATCH_READS, writes=_BATCH_WRITES, monotonic=monotonic)
        self._compute: dict[str, ComputeManagementClient] = {}
        self._batch_management: dict[str, BatchManagementClient] = {}
        self._batch: dict[str, BatchClient] = {}

    def compute(self, subscription_id: str) -> ComputeManagementClient:
        """The client for galleries and images of a subscription."""
        key = subscription_id.casefold()
        if key not in self._compute:
            self._compute[key] = ComputeManagementClient(
                self.tokens,
                subscription_id,
                self._settings.resource_manager_endpoint,
                **self._options(self._to_resource_manager(subscription_id)),
            )
        return self._compute[key]

    def batch_management(self, subscription_id: str) -> BatchManagementClient:
        """The client for Batch accounts of a subscription."""
        key = subscription_id.casefold()
        if key not in self._batch_management:
            self._batch_management[key] = BatchManagementClient(
                self.tokens,
                subscription_id,
                self._settings.resource_manager_endpoint,
                **self._options(self._to_resource_manager(subscription_id)),
            )
        return self._batch_management[key]

    def batch(self, endpoint: str) -> BatchClient:
        """The client for the pools of an account; the endpoint must have been checked."""
        key = account_key(endpoint)
        if key not in self._batch:
            self._batch[key] = BatchClient(
                endpoint, self.tokens, api_version=BATCH_API_VERSION, **self._options(self._to_account(endpoint))
            )
        return self._batch[key]

    async def close(self) -> None:
        """Give up the credential; the connections belong to who opened them."""
        await self.tokens.close()

    def _to_resource_manager(self, subscription_id: str) -> Route:
        return Route(
            endpoint=self._settings.resource_manager_endpoint,
            token_scope=f"{self._settings.resource_manager_audience}/.default",
            request_id_header="x-ms-client-request-id",
            budget=self._subscriptions.of(subscription_id),
        )

    def _to_account(self, endpoint: str) -> Route:
        return Route(
            endpoint=endpoint,
            token_scope=f"{self._settings.batch_audience}/.default",
            request_id_header="client-request-id",
            budget=self._accounts.of(account_key(endpoint)),
        )

    def _options(self, route: Route) -> dict[str, Any]:
        return {
            "transport": self._transport,
            "policies": policies(route, self.tokens, self._before_write, self.observer),
            "retry_total": 0,
        }
