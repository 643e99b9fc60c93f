"""Jobs of a Batch account, as far as a pool that goes concerns them."""

from azure_batch_operator.cloud import operations
from azure_batch_operator.cloud.data_plane import BatchRequest, DataPlane
from azure_batch_operator.cloud.session import AzureSession
from azure_batch_operator.cloud.wire import text
from azure_batch_operator.core.accounts import Account


class Jobs:
    """The jobs of the Batch data plane; every method raises AzureFailure and nothing else."""

    def __init__(self, session: AzureSession) -> None:
        self._data_plane = DataPlane(session)

    async def active_on(self, account: Account, pool_id: str) -> tuple[str, ...]:
        """The ids of the active jobs whose tasks run on a pool.

        Azure filters them (learn.microsoft.com, "OData filters in Batch"), so it is one request for up to 1,000 jobs.
        """
        query = {"$filter": f"state eq 'active' and executionInfo/poolId eq '{pool_id}'", "$select": "id"}
        request = BatchRequest(operation=operations.JOBS_LIST, method="GET", path="/jobs", query=query)
        return await self._data_plane.listed(account, request, lambda job: text(job, "id"))
