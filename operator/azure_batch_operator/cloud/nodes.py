"""Single nodes of pools: those that are ill or were taken back, and removing nodes by name."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from azure_batch_operator.cloud import operations
from azure_batch_operator.cloud.data_plane import BatchRequest, DataPlane, pool_path
from azure_batch_operator.cloud.node_wire import node_from, removal_body
from azure_batch_operator.cloud.session import AzureSession
from azure_batch_operator.cloud.wire import text
from azure_batch_operator.core.accounts import Account
from azure_batch_operator.core.nodes import NodesSeen, NodeState

MOST_REMOVED = 100
"""Nodes that one call removes at most (Batch API, Remove Nodes)."""


class Nodes:
    """Nodes through the Batch data plane; every method raises AzureFailure and nothing else."""

    def __init__(self, session: AzureSession) -> None:
        self._data_plane = DataPlane(session)

    async def first(
        self, account: Account, pool_id: str, states: Iterable[NodeState], *, most: int = MOST_REMOVED
    ) -> NodesSeen:
        """Up to `most` nodes that are in one of the states, by one request."""
        request = BatchRequest(
            operation=operations.NODES_LIST,
            method="GET",
            path=pool_path(pool_id, "nodes"),
            query={"$filter": " or ".join(f"state eq '{state}'" for state in states), "maxresults": str(most)},
        )
        nodes, at = await self._data_plane.dated_page(account, request, node_from)
        return NodesSeen(nodes=nodes, at=at)

    async def booted_before(self, account: Account, pool_id: str, moment: datetime) -> int:
        """How many nodes have not started since; one request for each 1,000 of them."""
        before = f"lastBootTime lt datetime'{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}'"
        query = {"$filter": before, "$select": "id"}
        path = pool_path(pool_id, "nodes")
        request = BatchRequest(operation=operations.NODES_LIST, method="GET", path=path, query=query)
        return len(await self._data_plane.listed(account, request, lambda node: text(node, "id")))

    async def remove(
        self,
        account: Account,
        pool_id: str,
        node_ids: Sequence[str],
        *,
        timeout: timedelta,  # noqa: ASYNC109  # Batch's own timeout for the nodes, sent with the request
        node_deallocation_option: str,
        etag: str,
    ) -> None:
        """Begin to remove these nodes, 100 at most; the pool's targets fall by as many."""
        body = removal_body(node_ids, timeout=timeout, node_deallocation_option=node_deallocation_option)
        await self._data_plane.tell(
            account,
            BatchRequest(
                operation=operations.POOL_REMOVE_NODES,
                method="POST",
                path=pool_path(pool_id, "removenodes"),
                body=body,
                etag=etag,
            ),
        )
