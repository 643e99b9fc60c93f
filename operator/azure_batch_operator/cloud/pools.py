"""Pools of a Batch account through its data plane; a resize or a deletion is begun and never waited for."""

from datetime import timedelta

from azure_batch_operator.cloud import operations
from azure_batch_operator.cloud.data_plane import BatchRequest, DataPlane, pool_path
from azure_batch_operator.cloud.failures import is_gone
from azure_batch_operator.cloud.pool_wire import (
    auto_scale_run_from,
    enabling_body,
    node_counts_from,
    pool_from,
    resize_body,
    supported_image_from,
)
from azure_batch_operator.cloud.session import AzureSession
from azure_batch_operator.core.accounts import Account
from azure_batch_operator.core.failures import AzureFailure
from azure_batch_operator.core.json import JsonObject
from azure_batch_operator.core.pools import AutoScaleRun, NodeCounts, ObservedPool, SupportedImage


class Pools:
    """The Batch data plane as we use it; every method raises AzureFailure and nothing else."""

    def __init__(self, session: AzureSession) -> None:
        self._data_plane = DataPlane(session)

    async def list(self, account: Account) -> tuple[ObservedPool, ...]:
        """Every pool of the account."""
        request = BatchRequest(operation=operations.POOLS_LIST, method="GET", path="/pools")
        return await self._data_plane.listed(account, request, pool_from)

    async def get(self, account: Account, pool_id: str) -> ObservedPool | None:
        """The pool, or None where there is none."""
        request = BatchRequest(operation=operations.POOL_GET, method="GET", path=pool_path(pool_id))
        try:
            return await self._data_plane.ask(account, request, pool_from)
        except AzureFailure as failure:
            if is_gone(failure):
                return None
            raise

    async def create(self, account: Account, body: JsonObject) -> None:
        """Make a pool from a whole create body in wire form; a pool of that id is a failure CONFLICT `PoolExists`."""
        await self._data_plane.tell(
            account, BatchRequest(operation=operations.POOL_CREATE, method="POST", path="/pools", body=body)
        )

    async def patch(self, account: Account, pool_id: str, changes: JsonObject, *, etag: str) -> None:
        """Change the properties that `changes` has, each as a whole."""
        await self._data_plane.tell(
            account,
            BatchRequest(
                operation=operations.POOL_PATCH, method="PATCH", path=pool_path(pool_id), body=changes, etag=etag
            ),
        )

    async def replace_properties(self, account: Account, pool_id: str, body: JsonObject) -> None:
        """Replace start task (absent: removed), application packages and metadata; the API takes no ETag here."""
        await self._data_plane.tell(
            account,
            BatchRequest(
                operation=operations.POOL_REPLACE,
                method="POST",
                path=pool_path(pool_id, "updateproperties"),
                body=body,
            ),
        )

    async def resize(
        self,
        account: Account,
        pool_id: str,
        *,
        dedicated: int,
        spot: int,
        timeout: timedelta,  # noqa: ASYNC109  # Batch's own timeout for the nodes, sent with the request
        node_deallocation_option: str | None,
        etag: str,
    ) -> None:
        """Begin a resize to both targets."""
        body = resize_body(
            dedicated=dedicated, spot=spot, timeout=timeout, node_deallocation_option=node_deallocation_option
        )
        await self._data_plane.tell(
            account,
            BatchRequest(
                operation=operations.POOL_RESIZE,
                method="POST",
                path=pool_path(pool_id, "resize"),
                body=body,
                etag=etag,
            ),
        )

    async def stop_resize(self, account: Account, pool_id: str, *, etag: str) -> None:
        """Begin to stop a resize; the pool stays at the nodes it has by then."""
        await self._data_plane.tell(
            account,
            BatchRequest(
                operation=operations.POOL_STOP_RESIZE,
                method="POST",
                path=pool_path(pool_id, "stopresize"),
                etag=etag,
            ),
        )

    async def enable_auto_scale(
        self, account: Account, pool_id: str, *, formula: str, interval: str | None, etag: str
    ) -> None:
        """Have a formula size the pool; Azure checks it first, and takes one in 30 seconds at most."""
        await self._data_plane.tell(
            account,
            BatchRequest(
                operation=operations.POOL_ENABLE_AUTO_SCALE,
                method="POST",
                path=pool_path(pool_id, "enableautoscale"),
                body=enabling_body(formula=formula, interval=interval),
                etag=etag,
            ),
        )

    async def disable_auto_scale(self, account: Account, pool_id: str) -> None:
        """Take the formula away; the pool keeps its targets. The API takes no ETag here."""
        request = BatchRequest(
            operation=operations.POOL_DISABLE_AUTO_SCALE, method="POST", path=pool_path(pool_id, "disableautoscale")
        )
        await self._data_plane.tell(account, request)

    async def evaluate_auto_scale(self, account: Account, pool_id: str, formula: str) -> AutoScaleRun:
        """What the formula would come to now, without applying it; only for a pool that a formula sizes."""
        request = BatchRequest(
            operation=operations.POOL_EVALUATE_AUTO_SCALE,
            method="POST",
            path=pool_path(pool_id, "evaluateautoscale"),
            body={"autoScaleFormula": formula},
        )
        return await self._data_plane.ask(account, request, auto_scale_run_from)

    async def delete(self, account: Account, pool_id: str, *, etag: str) -> None:
        """Begin to delete the pool; what is gone already is done."""
        request = BatchRequest(operation=operations.POOL_DELETE, method="DELETE", path=pool_path(pool_id), etag=etag)
        try:
            await self._data_plane.tell(account, request)
        except AzureFailure as failure:
            if not is_gone(failure):
                raise

    async def node_counts(self, account: Account, pool_id: str | None = None) -> tuple[NodeCounts, ...]:
        """Nodes by state, of one pool or of all; Azure answers at most ten pools a page."""
        query = {} if pool_id is None else {"$filter": f"poolId eq '{pool_id}'"}
        request = BatchRequest(operation=operations.NODE_COUNTS_LIST, method="GET", path="/nodecounts", query=query)
        return await self._data_plane.listed(account, request, node_counts_from)

    async def supported_images(self, account: Account) -> tuple[SupportedImage, ...]:
        """The Marketplace images that Batch supports, with their node agents."""
        request = BatchRequest(operation=operations.SUPPORTED_IMAGES_LIST, method="GET", path="/supportedimages")
        return await self._data_plane.listed(account, request, supported_image_from)
