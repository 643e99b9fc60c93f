"""Pools through Resource Manager, the only interface that gives them identities; the data plane does all the rest."""

from azure.core import MatchConditions

from azure_batch_operator.cloud import operations
from azure_batch_operator.cloud.resource_manager import ResourceManager
from azure_batch_operator.cloud.session import AzureSession
from azure_batch_operator.cloud.wire import plain, text
from azure_batch_operator.core.accounts import Account
from azure_batch_operator.core.json import JsonObject


class PoolIdentities:
    """Makes and changes pools of accounts that are known by name; every method raises AzureFailure and nothing else."""

    def __init__(self, session: AzureSession) -> None:
        self._arm = ResourceManager(session)

    async def create(self, account: Account, pool_id: str, pool: JsonObject) -> None:
        """Make a pool from a Pool of Resource Manager; one of that id is a failure STALE, and is left as it is."""
        ref = account.ref
        pools = self._arm.clients.batch_management(str(ref.subscription_id)).pool
        await self._arm.begin(
            operations.POOL_ARM_PUT,
            _id(account, pool_id),
            lambda request_id: pools.create(
                str(ref.resource_group),
                str(ref.name),
                pool_id,
                plain(pool),
                match_condition=MatchConditions.IfMissing,
                request_id=request_id,
            ),
        )

    async def change(self, account: Account, pool_id: str, pool: JsonObject) -> None:
        """Change the identity and those properties that `pool` has, each as a whole.

        Goes with the ETag of a look right before: a pool that is gone is a failure NOT_FOUND, one that somebody changes
        meanwhile a failure STALE.
        """
        ref = account.ref
        etag = await self._etag(account, pool_id)
        pools = self._arm.clients.batch_management(str(ref.subscription_id)).pool
        await self._arm.begin(
            operations.POOL_ARM_PATCH,
            _id(account, pool_id),
            lambda request_id: pools.update(
                str(ref.resource_group),
                str(ref.name),
                pool_id,
                plain(pool),
                etag=etag,
                match_condition=MatchConditions.IfNotModified,
                request_id=request_id,
            ),
        )

    async def _etag(self, account: Account, pool_id: str) -> str:
        """Resource Manager's own ETag, which is not the data plane's."""
        ref = account.ref
        pools = self._arm.clients.batch_management(str(ref.subscription_id)).pool
        return await self._arm.read(
            operations.POOL_ARM_GET,
            _id(account, pool_id),
            lambda request_id: pools.get(str(ref.resource_group), str(ref.name), pool_id, request_id=request_id),
            lambda body: text(body, "etag"),
        )


def _id(account: Account, pool_id: str) -> str:
    return f"{account.ref.arm_id}/pools/{pool_id}"
