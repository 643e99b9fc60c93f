"""Gathers all that one decision about a pool needs: from beliefs where they suffice, else from Azure."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from azure_batch_operator.cloud.pools import Pools
from azure_batch_operator.core.accounts import Account
from azure_batch_operator.core.conditions import Advice
from azure_batch_operator.core.diff import Cost, Difference, differences
from azure_batch_operator.core.names import OWNER_TAG, same
from azure_batch_operator.core.ownership import Ownership, ownership
from azure_batch_operator.core.plan.pool_changes import due_while_empty
from azure_batch_operator.core.plan.pool_steps import PoolView
from azure_batch_operator.core.pools import ObservedPool, WantedPool
from azure_batch_operator.core.preflight import unchecked, violations
from azure_batch_operator.core.replicas import GateAnswer, GateClosed
from azure_batch_operator.core.sizing import Size, current, exceeds, target, wanted_size
from azure_batch_operator.reconcile.beliefs import Beliefs, pool_key
from azure_batch_operator.reconcile.desired import Desired, PoolStore
from azure_batch_operator.reconcile.keys import PoolKey
from azure_batch_operator.reconcile.pool_image import PoolImages
from azure_batch_operator.reconcile.pool_memory import Pace, PoolMemory
from azure_batch_operator.reconcile.usage import Usage

RESYNCS_BELIEVED = 3
"""What so many resyncs did not renew is stale: the account's list fails, and the pool must ask for itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolCase:
    """One BatchPool in one turn."""

    key: PoolKey
    desired: Desired[WantedPool]
    wanted: WantedPool
    memory: PoolMemory

    @property
    def asks_for_a_look(self) -> bool:
        """Whether somebody asked, by annotation, for a turn now."""
        asked = self.desired.reconcile_requested_at
        return asked is not None and asked != self.desired.status.get("lastHandledReconcileAt")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What a turn decides on."""

    view: PoolView
    direct: bool
    """Whether the pool was looked at by a GET of this very turn."""
    advice: tuple[Advice, ...] = ()
    """What the image asks of people."""


@dataclass(slots=True, kw_only=True)
class PoolGatherer:
    """Builds the views that `core.plan.pools` decides on."""

    store: PoolStore
    beliefs: Beliefs
    pools: Pools
    images: PoolImages
    usage: Usage
    former_operator_ids: tuple[str, ...]
    pace: Pace
    resync_interval: float

    async def gather(self, case: PoolCase, account: Account, *, look: bool) -> Gathered:
        """Everything about the pool; with `look`, or where nothing is believed, by a GET. Raises AzureFailure."""
        name = pool_key(account.key, case.wanted.pool_id)
        since = self.beliefs.monotonic() - RESYNCS_BELIEVED * self.resync_interval
        seen = None if look else self.beliefs.pools.believed(name, since=since)
        found = seen.value if seen else await self._get(account, case.wanted.pool_id)
        if found is None:
            return await self._of_nothing(case, account, direct=seen is None)
        view = await self._of_pool(case, account, found)
        return Gathered(view=view, direct=seen is None, advice=self.images.advice(case.key, case.wanted, account))

    async def _get(self, account: Account, pool_id: str) -> ObservedPool | None:
        sent_at = self.beliefs.monotonic()
        found = await self.pools.get(account, pool_id)
        self.beliefs.pools.see(pool_key(account.key, pool_id), found, sent_at=sent_at)
        return found

    async def _of_nothing(self, case: PoolCase, account: Account, *, direct: bool) -> Gathered:
        """Where there is no pool, what Azure would refuse or never start is worth knowing first."""
        wanted = case.wanted
        if wanted.deleting:
            return Gathered(view=PoolView(wanted=wanted, found=None), direct=direct)
        facts = await self.images.facts(case.key, wanted, account)
        gate = self._gate(case, account, None, boots=self.images.wanted_id(case.key, wanted))
        view = PoolView(
            wanted=wanted,
            found=None,
            image=await self.images.answer(case.key, wanted, None),
            gate=gate,
            gate_late=self._is_late(case, gate, None),
            violated=violations(facts),
            rival=self._rival(case, account),
        )
        told = (*self.images.advice(case.key, wanted, account), *unchecked(facts))
        return Gathered(view=view, direct=direct, advice=told)

    async def _of_pool(self, case: PoolCase, account: Account, found: ObservedPool) -> PoolView:
        wanted = case.wanted
        image = await self.images.answer(case.key, wanted, found)
        counts = self.beliefs.node_counts.get(pool_key(account.key, wanted.pool_id))
        view = PoolView(
            wanted=wanted,
            found=found,
            ownership=self._ownership(wanted, found),
            differences=differences(wanted, found, image_id=image.image_id),
            image=image,
            preempted=min(counts.preempted, found.current_spot) if counts else 0,
            resize_pause=self._resize_pause(case, account, found),
        )
        due = due_while_empty(view.waiting, found, image)
        gate = self._gate(case, account, found, boots=self._next_image(case, found, due))
        return replace(
            view,
            gate=gate,
            gate_late=self._is_late(case, gate, found),
            violated=violations(await self.images.facts(case.key, wanted, account)) if due else None,
            repair_pause=self._repair_pause(case, view.differences, due),
        )

    def _next_image(self, case: PoolCase, found: ObservedPool, due: tuple[Difference, ...]) -> str | None:
        """What the next nodes boot: what the pool has, but for a pool that is about to be changed."""
        return self.images.wanted_id(case.key, case.wanted) if due else found.image_id

    def _ownership(self, wanted: WantedPool, found: ObservedPool) -> Ownership:
        return ownership(found.metadata.get(OWNER_TAG), wanted.owner, self.former_operator_ids)

    def _gate(
        self, case: PoolCase, account: Account, found: ObservedPool | None, *, boots: str | None
    ) -> GateAnswer | None:
        """The gate is asked only about nodes that are not there yet, or an image that the pool does not have yet."""
        wanted, size = case.wanted, wanted_size(case.wanted, found)
        if wanted.deleting or (found is not None and not _asks_for_more(found, size, boots)):
            return None
        nodes = wanted.planned_nodes if wanted.auto_scaled else size.total
        return self.images.may_boot(case.key, wanted, boots, region=account.region, nodes=nodes)

    def _is_late(self, case: PoolCase, gate: GateAnswer | None, found: ObservedPool | None) -> bool:
        if not isinstance(gate, GateClosed) or not gate.short:
            case.memory.gate_opened()
            return False
        waited = case.memory.waited(wanted_size(case.wanted, found), self.beliefs.monotonic())
        return waited >= case.wanted.gate_timeout.total_seconds()

    def _resize_pause(self, case: PoolCase, account: Account, found: ObservedPool) -> float:
        size = wanted_size(case.wanted, found)
        if not found.steady or size != target(found) or size == current(found):
            return 0.0
        return case.memory.resize_pause(size, found, account, self.beliefs.monotonic(), pace=self.pace)

    def _repair_pause(self, case: PoolCase, differ: tuple[Difference, ...], due: tuple[Difference, ...]) -> float:
        live = tuple(each.field for each in differ if each.cost is Cost.LIVE_PATCH)
        fields = live or tuple(each.field for each in due)
        return case.memory.repair_pause(fields, self.beliefs.monotonic(), pace=self.pace)

    def _rival(self, case: PoolCase, account: Account) -> str | None:
        """An older BatchPool that asks for the same pool; while there is none in Azure, age decides."""
        mine = _seniority(case.key, case.desired)
        seniority = {key: _seniority(key, desired) for key, desired in self._claims(case, account)}
        oldest = min(seniority, key=lambda key: seniority[key], default=None)
        return f"{oldest.namespace}/{oldest.name}" if oldest and seniority[oldest] < mine else None

    def _claims(self, case: PoolCase, account: Account) -> Iterator[tuple[PoolKey, Desired[WantedPool]]]:
        for key in self.usage.describing(pool_key(account.key, case.wanted.pool_id)) - {case.key}:
            desired = self.store.get(key)
            if desired and not desired.deleting:
                yield key, desired


def _asks_for_more(found: ObservedPool, size: Size, boots: str | None) -> bool:
    switches = boots is not None and not same(boots, found.image_id or "")
    return switches or (not found.auto_scaled and exceeds(size, current(found)))


def _seniority(key: PoolKey, desired: Desired[WantedPool]) -> tuple[str, PoolKey]:
    return (desired.created, key)
