"""Takes a pool's step in Azure: one call, begun and never waited for."""

from dataclasses import dataclass
from typing import TypeAlias, assert_never

from azure_batch_operator.cloud.pool_identities import PoolIdentities
from azure_batch_operator.cloud.pools import Pools
from azure_batch_operator.core.accounts import Account
from azure_batch_operator.core.plan.pool_steps import Create, Delete, Patch, ReplaceProperties, Resize, StopResize
from azure_batch_operator.core.pool_arm import arm_pool
from azure_batch_operator.core.pools import ObservedPool, WantedPool
from azure_batch_operator.reconcile.beliefs import Beliefs, pool_key

Write: TypeAlias = Create | Patch | ReplaceProperties | Resize | StopResize | Delete
"""The steps that change something in Azure."""


@dataclass(slots=True, kw_only=True)
class PoolActions:
    """Writes to pools; after a write, whatever its end, what was seen before is not believed any more."""

    beliefs: Beliefs
    pools: Pools
    identities: PoolIdentities

    async def take(self, step: Write, account: Account, wanted: WantedPool, found: ObservedPool | None) -> None:
        """Take the step; the ETag of what was `found` goes with every call that takes one. Raises AzureFailure."""
        async with self.beliefs.writing(self.beliefs.pools, pool_key(account.key, wanted.pool_id)):
            if isinstance(step, Create):
                await self._create(step, account, wanted)
            elif found is not None:
                await self._change(step, account, found)

    async def _create(self, step: Create, account: Account, wanted: WantedPool) -> None:
        if step.identities:
            await self.identities.create(account, wanted.pool_id, arm_pool(step.body, step.identities))
        else:
            await self.pools.create(account, step.body)

    async def _change(
        self, step: Patch | ReplaceProperties | Resize | StopResize | Delete, account: Account, found: ObservedPool
    ) -> None:
        name, etag = found.pool_id, found.etag
        match step:
            case Patch():
                await self._patch(step, account, found)
            case ReplaceProperties():
                await self.pools.replace_properties(account, name, step.body)
            case Resize():
                await self._resize(step, account, found)
            case StopResize():
                await self.pools.stop_resize(account, name, etag=etag)
            case Delete():
                await self.pools.delete(account, name, etag=etag)
            case _:
                assert_never(step)

    async def _patch(self, step: Patch, account: Account, found: ObservedPool) -> None:
        if step.identities is None:
            await self.pools.patch(account, found.pool_id, step.changes, etag=found.etag)
        else:
            await self.identities.change(account, found.pool_id, arm_pool(step.changes, step.identities))

    async def _resize(self, step: Resize, account: Account, found: ObservedPool) -> None:
        await self.pools.resize(
            account,
            found.pool_id,
            dedicated=step.size.dedicated,
            spot=step.size.spot,
            timeout=step.timeout,
            node_deallocation_option=step.deallocation,
            etag=found.etag,
        )
