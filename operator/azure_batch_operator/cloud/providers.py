"""Whether subscriptions have registered Microsoft.Batch, without which Batch uses no image of theirs."""

from azure.core.rest import HttpRequest

from azure_batch_operator.cloud.operations import PROVIDER_GET
from azure_batch_operator.cloud.session import AzureSession
from azure_batch_operator.cloud.wire import answer, text_or
from azure_batch_operator.core.names import same

_API_VERSION = "2021-04-01"


class Providers:
    """Looks at registrations; raises AzureFailure and nothing else."""

    def __init__(self, session: AzureSession) -> None:
        self._session = session

    async def has_batch(self, subscription_id: str) -> bool:
        """Whether the subscription has registered Microsoft.Batch."""
        client = self._session.clients.batch_management(subscription_id)
        path = f"/subscriptions/{subscription_id}/providers/Microsoft.Batch"
        request = HttpRequest("GET", path, params={"api-version": _API_VERSION}, headers={"Accept": "application/json"})
        async with self._session.call(PROVIDER_GET, path) as request_id:
            response = await client.send_request(request, request_id=request_id)
            response.raise_for_status()
            return same(text_or(answer(response.json()), "registrationState", ""), "Registered")
