"""Gathers all that one decision about a pool needs: from beliefs where they suffice, else from Azure."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from azure_batch_operator.cloud.pools import Pools
from azure_batch_operator.core.accounts import Account
from azure_batch_operator.core.conditions import Advice, Progressing, Retrying, Stalled
from azure_batch_operator.core.core_quotas import short_of_cores
from azure_batch_operator.core.diff import Cost, Difference, differences
from azure_batch_operator.core.names import OWNER_TAG, gallery_image_from_id, same
from azure_batch_operator.core.ownership import Ownership, known_owner, ownership
from azure_batch_operator.core.plan.pool_changes import due_while_empty
from azure_batch_operator.core.plan.pool_rollout import aimed_size, interrupting
from azure_batch_operator.core.plan.pool_steps import PoolView
from azure_batch_operator.core.pools import ObservedPool, WantedPool
from azure_batch_operator.core.preflight import advice, violations
from azure_batch_operator.core.preflight_facts import PoolFacts
from azure_batch_operator.core.replicas import GateAnswer, GateClosed
from azure_batch_operator.core.resize_errors import Shortfall, explain
from azure_batch_operator.core.sizing import Size, current, exceeds, target, wanted_size
from azure_batch_operator.reconcile.beliefs import Beliefs, pool_key
from azure_batch_operator.reconcile.desired import Desired, PoolStore
from azure_batch_operator.reconcile.keys import PoolKey
from azure_batch_operator.reconcile.pool_facts import PoolFactsReader, Subject
from azure_batch_operator.reconcile.pool_image import PoolImages
from azure_batch_operator.reconcile.pool_memory import GateWait, Pace, PoolMemory
from azure_batch_operator.reconcile.pool_nodes import PoolNodes
from azure_batch_operator.reconcile.pool_restarts import PoolRestarts
from azure_batch_operator.reconcile.pool_secrets import PoolSecrets
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
    secrets_awaited: Progressing | Retrying | Stalled | None = None
    """Why values of Secrets are not known that the pool's body needs."""

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
    secrets: PoolSecrets
    facts: PoolFactsReader
    usage: Usage
    former_operator_ids: tuple[str, ...]
    namespaces: frozenset[str]
    """The namespaces that are watched; none: all."""
    nodes: PoolNodes
    restarts: PoolRestarts
    pace: Pace
    resync_interval: float

    async def gather(self, case: PoolCase, account: Account, *, look: bool) -> Gathered:
        """Everything about the pool; with `look`, or where nothing is believed, by a GET. Raises AzureFailure."""
        if case.asks_for_a_look:
            case.memory.forget_pauses()
            case.memory.scaling.ask(case.desired.reconcile_requested_at)
        case = await self._with_secrets(case)
        name = pool_key(account.key, case.wanted.pool_id)
        since = self.beliefs.monotonic() - RESYNCS_BELIEVED * self.resync_interval
        seen = None if look else self.beliefs.pools.believed(name, since=since)
        found = seen.value if seen else await self._get(account, case.wanted.pool_id)
        if found is None:
            return await self._of_nothing(case, account, direct=seen is None)
        view = await self._of_pool(case, account, found)
        return Gathered(view=view, direct=seen is None, advice=self.images.advice(case.key, case.wanted, account))

    async def _with_secrets(self, case: PoolCase) -> PoolCase:
        """A pool that goes needs no secrets any more, and its namespace may have lost them."""
        if case.wanted.deleting:
            return case
        asked = await self.secrets.ask(case.wanted, anew=case.asks_for_a_look)
        return replace(case, wanted=asked.wanted, secrets_awaited=asked.awaited)

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
        facts = await self._facts(case, account, None)
        gate = self._gate(case, account, None, boots=self.images.wanted_id(case.key, wanted))
        view = PoolView(
            wanted=wanted,
            found=None,
            secrets_awaited=case.secrets_awaited,
            image=await self.images.answer(case.key, wanted, None),
            gate=gate,
            gate_late=self._is_late(case, case.memory.growth, gate, None),
            violated=violations(facts),
            rival=self._rival(case, account),
        )
        told = (*self.images.advice(case.key, wanted, account), *advice(facts))
        return Gathered(view=view, direct=direct, advice=told)

    async def _of_pool(self, case: PoolCase, account: Account, found: ObservedPool) -> PoolView:
        wanted = case.wanted
        image = await self.images.answer(case.key, wanted, found)
        counts = self.beliefs.node_counts.get(pool_key(account.key, wanted.pool_id))
        view = PoolView(
            wanted=wanted,
            found=found,
            secrets_awaited=case.secrets_awaited,
            differences=differences(wanted, found, image_id=image.image_id),
            image=image,
            preempted=min(counts.preempted, found.current_spot) if counts else 0,
            unrestarted=await self.restarts.due(found, account, case.memory.restarts),
            refilling=case.memory.refilling,
            made_in_vain=case.memory.made_in_vain(case.desired.generation, image.image_id),
        )
        view = self._with_owner(case, account, view, found)
        view = await self._with_gates(case, account, view, found)
        view = await self._with_nodes(case, account, view, found)
        return replace(
            view,
            short_of_cores=await self._short_of_cores(account, view, found),
            checked=case.memory.scaling.check_of(wanted.body.get("autoScaleFormula"), self.beliefs.monotonic()),
            formula_pause=case.memory.scaling.formula_pause(self.beliefs.monotonic()),
            resize_pause=self._resize_pause(case, account, found, aimed_size(view, found)),
        )

    async def _short_of_cores(self, account: Account, view: PoolView, found: ObservedPool) -> str:
        """Cores are counted only where a resize came to the end of a quota."""
        if not any(explain(error).shortfall is Shortfall.QUOTA for error in found.resize_errors):
            return ""
        known = self.beliefs.pools.values().items()
        pools = (pool for name, pool in known if name.startswith(f"{account.key}/"))
        size = target(found) if found.auto_scaled else aimed_size(view, found)
        return short_of_cores(size, found, account, await self.facts.vm_sizes(account), pools)

    async def _with_nodes(self, case: PoolCase, account: Account, view: PoolView, found: ObservedPool) -> PoolView:
        """Single nodes matter only to whoever sizes the pool."""
        if case.wanted.deleting or view.ownership is not Ownership.OURS:
            return view
        scaling = case.memory.scaling
        view = await self.nodes.judged(view, found, account, scaling, asked=case.asks_for_a_look)
        return await self.nodes.seen(view, found, account, scaling)

    def _with_owner(self, case: PoolCase, account: Account, view: PoolView, found: ObservedPool) -> PoolView:
        whose = self._ownership(case.wanted, found)
        if whose is Ownership.OURS:
            return view
        shown = case.memory.shown == case.desired.generation
        return replace(view, ownership=whose, rival=self._rival(case, account), adoption_shown=shown)

    async def _with_gates(self, case: PoolCase, account: Account, view: PoolView, found: ObservedPool) -> PoolView:
        """What a change needs is looked for when the pool takes it now, and when nodes are to make room for it."""
        due, change = due_while_empty(view.waiting, found, view.image), interrupting(view, found)
        gate = self._gate(case, account, found, boots=self._next_image(case, found, due))
        next_gate = self._change_gate(case, account, found) if change else None
        facts = await self._facts(case, account, found) if due or change else None
        return replace(
            view,
            gate=gate,
            gate_late=self._is_late(case, case.memory.growth, gate, found),
            change_gate=next_gate,
            change_gate_late=self._is_late(case, case.memory.change, next_gate, found),
            violated=violations(facts) if facts else None,
            repair_pause=self._repair_pause(case, view.differences, due),
        )

    def _next_image(self, case: PoolCase, found: ObservedPool, due: tuple[Difference, ...]) -> str | None:
        """What the next nodes boot: what the pool has, but for a pool that is about to be changed."""
        return self.images.wanted_id(case.key, case.wanted) if due else found.image_id

    async def _facts(self, case: PoolCase, account: Account, found: ObservedPool | None) -> PoolFacts:
        """What preflight checks need."""
        return await self.facts.read(
            Subject(
                wanted=case.wanted,
                found=found,
                account=account,
                image=gallery_image_from_id(self.images.wanted_id(case.key, case.wanted)),
                managed=self.usage.image_of(case.key) is not None,
            )
        )

    def _ownership(self, wanted: WantedPool, found: ObservedPool) -> Ownership:
        tag = found.metadata.get(OWNER_TAG)
        orphans = (tag,) if tag is not None and self._is_orphan(wanted, tag) else ()
        return ownership(tag, wanted.owner, self.former_operator_ids, orphans=orphans)

    def _is_orphan(self, wanted: WantedPool, tag: str) -> bool:
        """Only of namespaces that are watched it is known which resources they have."""
        named = known_owner(tag, wanted.owner, self.former_operator_ids)
        if named is None or (self.namespaces and named.namespace not in self.namespaces):
            return False
        return self.store.body(PoolKey(named.namespace, named.name)) is None

    def _gate(
        self, case: PoolCase, account: Account, found: ObservedPool | None, *, boots: str | None
    ) -> GateAnswer | None:
        """The gate is asked only about nodes that are not there yet, or an image that the pool does not have yet."""
        wanted, size = case.wanted, wanted_size(case.wanted, found)
        if wanted.deleting or (
            found is not None and not _asks_for_more(found, size, boots, by_formula=wanted.auto_scaled)
        ):
            return None
        nodes = wanted.planned_nodes if wanted.auto_scaled else size.total
        return self.images.may_boot(case.key, wanted, boots, region=account.region, nodes=nodes)

    def _change_gate(self, case: PoolCase, account: Account, found: ObservedPool) -> GateAnswer | None:
        """Asked for all nodes that the pool is to have again, where they will boot another image."""
        boots = self.images.wanted_id(case.key, case.wanted)
        if boots is None or same(boots, found.image_id or ""):
            return None
        nodes = case.wanted.planned_nodes if case.wanted.auto_scaled else wanted_size(case.wanted, found).total
        return self.images.may_boot(case.key, case.wanted, boots, region=account.region, nodes=nodes)

    def _is_late(self, case: PoolCase, wait: GateWait, gate: GateAnswer | None, found: ObservedPool | None) -> bool:
        if not isinstance(gate, GateClosed) or not gate.short:
            wait.is_over()
            return False
        waited = wait.waited(wanted_size(case.wanted, found), self.beliefs.monotonic())
        return waited >= case.wanted.gate_timeout.total_seconds()

    def _resize_pause(self, case: PoolCase, account: Account, found: ObservedPool, size: Size) -> float:
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


def _asks_for_more(found: ObservedPool, size: Size, boots: str | None, *, by_formula: bool) -> bool:
    switches = boots is not None and not same(boots, found.image_id or "")
    return switches or (not found.auto_scaled and (by_formula or exceeds(size, current(found))))


def _seniority(key: PoolKey, desired: Desired[WantedPool]) -> tuple[str, PoolKey]:
    return (desired.created, key)
