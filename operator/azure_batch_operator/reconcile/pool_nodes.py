"""Looks at single nodes of a pool, where its counts say that some are broken or were taken back."""

from dataclasses import dataclass, replace

from azure_batch_operator.cloud.nodes import Nodes
from azure_batch_operator.core.accounts import Account
from azure_batch_operator.core.breaker import OpenBreaker, recipe, tally
from azure_batch_operator.core.departing import RESTORE_WINDOW, age, first_to_leave, given_up, surplus
from azure_batch_operator.core.nodes import NodesSeen, NodeState
from azure_batch_operator.core.plan.pool_rollout import aimed_size
from azure_batch_operator.core.plan.pool_steps import PoolView
from azure_batch_operator.core.pools import ObservedPool
from azure_batch_operator.core.sizing import exceeds, target
from azure_batch_operator.reconcile.beliefs import Beliefs, pool_key
from azure_batch_operator.reconcile.pool_scaling_memory import ScalingMemory

_BROKEN: tuple[NodeState, ...] = ("starttaskfailed", "unusable")
_GO_FIRST: tuple[NodeState, ...] = (*_BROKEN, "preempted")


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolNodes:
    """Asks for single nodes only where a decision hangs on them, by one request each."""

    beliefs: Beliefs
    nodes: Nodes

    async def seen(self, view: PoolView, found: ObservedPool, account: Account, memory: ScalingMemory) -> PoolView:
        """The view with what single nodes add to it. Raises AzureFailure."""
        memory.removing &= not found.steady
        return replace(
            view,
            removing=memory.removing,
            leaving=await self._leaving(view, found, account),
            given_up=await self._given_up(view, found, account, memory),
        )

    async def judged(
        self, view: PoolView, found: ObservedPool, account: Account, memory: ScalingMemory, *, asked: bool
    ) -> PoolView:
        """The view with the breaker open, where most new nodes break; `asked`: somebody wants another try."""
        counts = self.beliefs.node_counts.get(pool_key(account.key, found.pool_id))
        new = memory.breaker.new_nodes(recipe(found), tally(counts), asked=asked)
        if not new.mostly_broken:
            return view
        if memory.breaker.trouble is None:
            memory.breaker.trouble = _trouble(await self.nodes.first(account, found.pool_id, _BROKEN, most=1))
        return replace(view, breaker=OpenBreaker(new=new, trouble=memory.breaker.trouble))

    async def _leaving(self, view: PoolView, found: ObservedPool, account: Account) -> tuple[str, ...]:
        size = aimed_size(view, found)
        room = surplus(size, found)
        if found.auto_scaled or not found.steady or not exceeds(target(found), size) or not room.total:
            return ()
        counts = self.beliefs.node_counts.get(pool_key(account.key, found.pool_id))
        if not tally(counts).broken and not view.preempted:
            return ()
        return first_to_leave((await self.nodes.first(account, found.pool_id, _GO_FIRST)).nodes, room)

    async def _given_up(
        self, view: PoolView, found: ObservedPool, account: Account, memory: ScalingMemory
    ) -> tuple[str, ...]:
        now = self.beliefs.monotonic()
        if found.auto_scaled or not found.steady or not view.preempted or now < memory.restoring_until:
            return ()
        seen = await self.nodes.first(account, found.pool_id, ("preempted",))
        over = given_up(seen)
        if not over:
            memory.restoring_until = now + _seconds_left(seen)
        return over


def _seconds_left(seen: NodesSeen) -> float:
    oldest = max((age(each, seen.at).total_seconds() for each in seen.nodes), default=0.0)
    return RESTORE_WINDOW.total_seconds() - oldest


def _trouble(seen: NodesSeen) -> str:
    return next((f"Node {each.node_id} says: {each.trouble}" for each in seen.nodes if each.trouble), "")
