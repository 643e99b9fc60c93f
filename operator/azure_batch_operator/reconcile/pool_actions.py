"""Takes a pool's step in Azure: one call, begun and never waited for."""

from dataclasses import dataclass
from typing import TypeAlias, assert_never

from azure_batch_operator.cloud.nodes import Nodes
from azure_batch_operator.cloud.pool_identities import PoolIdentities
from azure_batch_operator.cloud.pools import Pools
from azure_batch_operator.core.accounts import Account
from azure_batch_operator.core.failures import AzureFailure, FailureKind
from azure_batch_operator.core.formulas import FormulaCheck
from azure_batch_operator.core.plan.pool_steps import (
    Create,
    Delete,
    DisableAutoScale,
    EnableAutoScale,
    EvaluateAutoScale,
    Patch,
    RemoveNodes,
    ReplaceProperties,
    Resize,
    Scaling,
    StopResize,
)
from azure_batch_operator.core.pool_arm import arm_pool
from azure_batch_operator.core.pools import ObservedPool, WantedPool
from azure_batch_operator.reconcile.beliefs import Beliefs, pool_key

Write: TypeAlias = Create | Patch | ReplaceProperties | Scaling | Delete
"""The steps that change something in Azure."""


@dataclass(slots=True, kw_only=True)
class PoolActions:
    """Writes to pools; after a write, whatever its end, what was seen before is not believed any more."""

    beliefs: Beliefs
    pools: Pools
    nodes: Nodes
    identities: PoolIdentities

    async def take(self, step: Write, account: Account, wanted: WantedPool, found: ObservedPool | None) -> None:
        """Take the step; the ETag of what was `found` goes with every call that takes one. Raises AzureFailure."""
        async with self.beliefs.writing(self.beliefs.pools, pool_key(account.key, wanted.pool_id)):
            if isinstance(step, Create):
                await self._create(step, account, wanted)
            elif found is not None:
                await self._change(step, account, found)

    async def evaluate(self, step: EvaluateAutoScale, account: Account, wanted: WantedPool) -> FormulaCheck:
        """What Azure says to a formula, in an answer or by refusing it; raises AzureFailure of any other kind."""
        try:
            run = await self.pools.evaluate_auto_scale(account, wanted.pool_id, step.formula)
        except AzureFailure as failure:
            if failure.kind is not FailureKind.REFUSED:
                raise
            return FormulaCheck(formula=step.formula, error=f"{failure.code}: {failure.message}")
        return FormulaCheck(formula=step.formula, error=run.error)

    async def _create(self, step: Create, account: Account, wanted: WantedPool) -> None:
        if step.identities:
            await self.identities.create(account, wanted.pool_id, arm_pool(step.body, step.identities))
        else:
            await self.pools.create(account, step.body)

    async def _change(
        self, step: Patch | ReplaceProperties | Scaling | Delete, account: Account, found: ObservedPool
    ) -> None:
        match step:
            case Patch():
                await self._patch(step, account, found)
            case ReplaceProperties():
                await self.pools.replace_properties(account, found.pool_id, step.body)
            case Delete():
                await self.pools.delete(account, found.pool_id, etag=found.etag)
            case _:
                await self._scale(step, account, found)

    async def _scale(self, step: Scaling, account: Account, found: ObservedPool) -> None:
        name, etag = found.pool_id, found.etag
        match step:
            case Resize():
                await self._resize(step, account, found)
            case StopResize():
                await self.pools.stop_resize(account, name, etag=etag)
            case RemoveNodes():
                await self._remove(step, account, found)
            case EnableAutoScale(formula=formula, interval=interval):
                await self.pools.enable_auto_scale(account, name, formula=formula, interval=interval, etag=etag)
            case DisableAutoScale():
                await self.pools.disable_auto_scale(account, name)
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

    async def _remove(self, step: RemoveNodes, account: Account, found: ObservedPool) -> None:
        await self.nodes.remove(
            account,
            found.pool_id,
            step.node_ids,
            timeout=step.timeout,
            node_deallocation_option=step.deallocation,
            etag=found.etag,
        )
