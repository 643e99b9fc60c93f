"""One turn for a BatchPool: look at its pool, choose one step, take it, account for it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from azure_batch_operator.core.accounts import Account
from azure_batch_operator.core.breaker import tally
from azure_batch_operator.core.conditions import Progressing, Retrying, Stalled, Verdict
from azure_batch_operator.core.diff import pending
from azure_batch_operator.core.failures import OWN_BUDGET, AzureFailure, FailureKind
from azure_batch_operator.core.json import JsonObject
from azure_batch_operator.core.plan.pool_rollout import aimed_size
from azure_batch_operator.core.plan.pool_steps import (
    Create,
    Delete,
    DisableAutoScale,
    EvaluateAutoScale,
    ImageAwaited,
    Nothing,
    Patch,
    PoolStep,
    PoolView,
    Release,
    ReplaceProperties,
    Resize,
    ShowAdoption,
    Wait,
)
from azure_batch_operator.core.plan.pools import next_step
from azure_batch_operator.core.pools import NodeCounts, WantedPool
from azure_batch_operator.core.replicas import GateAnswer, GateClosed
from azure_batch_operator.core.sizing import target
from azure_batch_operator.reconcile.account_lookup import AccountLookup
from azure_batch_operator.reconcile.beliefs import Beliefs, pool_key
from azure_batch_operator.reconcile.desired import BadSpec, Desired, PoolStore
from azure_batch_operator.reconcile.failures import Failures, Judgement, detail_of
from azure_batch_operator.reconcile.keys import AccountKey, Key, PoolKey
from azure_batch_operator.reconcile.outcome import FinalizerChange, Note, Outcome
from azure_batch_operator.reconcile.pool_access import PoolAccess, PoolDoor
from azure_batch_operator.reconcile.pool_actions import Write
from azure_batch_operator.reconcile.pool_gatherer import Gathered, PoolCase
from azure_batch_operator.reconcile.pool_memory import GateWait, PoolMemory, Refusal
from azure_batch_operator.reconcile.pool_notes import step_notes, transition_notes
from azure_batch_operator.reconcile.pool_scaling_memory import FORMULA_PAUSE, Checked
from azure_batch_operator.reconcile.status.pool_verdict import advice, step_verdict
from azure_batch_operator.reconcile.status.pools import PoolReport, first_status, pool_status, suspended_status
from azure_batch_operator.reconcile.unreadable import POOL_SEEN, as_last_understood, farewell, way_out
from azure_batch_operator.reconcile.usage import Usage

_SOON = 1.0
"""Seconds; the shortest pause, so that a time that is up by a hair makes no turn of its own at once."""

TOO_MANY_FORMULAS = "TooManyEnableAutoScaleRequests"
"""Azure's code for a formula that comes within 30 seconds of another: nothing failed, it is only too early."""

CONFLICTS_WORTH_SHOWING = 3
"""Azure answers a conflict whenever somebody else was faster; in a row they mean that something is in the way."""


@dataclass(slots=True, kw_only=True)
class PoolReconciler:
    """Brings pools to what their BatchPools say, a step at a time."""

    store: PoolStore
    beliefs: Beliefs
    accounts: AccountLookup
    door: PoolDoor
    usage: Usage
    failures: Failures
    resync_interval: float
    moving_interval: float
    now: Callable[[], datetime]
    _memories: dict[PoolKey, PoolMemory] = field(default_factory=dict)

    async def turn(self, key: PoolKey) -> Outcome:
        """One turn; never raises for what Azure answers."""
        desired = self.store.get(key)
        if desired is None:
            if self._memories.pop(key, None) is not None:
                self.door.forget(key)
            return Outcome()
        wanted = as_last_understood(desired, self.store.body(key), self.usage.wanted_pool(key))
        if isinstance(wanted, BadSpec):
            return self._not_understood(desired, wanted, key)
        memory = self._memories.setdefault(key, PoolMemory())
        case = PoolCase(key=key, desired=desired, wanted=wanted, memory=memory)
        return self._without_azure(case) or await self._with_azure(case)

    def _without_azure(self, case: PoolCase) -> Outcome | None:
        desired, wanted = case.desired, case.wanted
        if desired.deleting:
            return self._quick_departure(case)
        if wanted.suspended:
            return Outcome(status=suspended_status(desired.status), step="Suspended")
        if not desired.has_finalizer:
            seen = first_status(desired.status, generation=desired.generation, now=self.now())
            return Outcome(status=seen, finalizer=FinalizerChange.ADD, again=0, step="AddFinalizer")
        return None

    def _quick_departure(self, case: PoolCase) -> Outcome | None:
        if not case.desired.has_finalizer:
            return Outcome()
        if case.wanted.deletion_policy != "Retain":
            return None
        step = next_step(PoolView(wanted=case.wanted, found=None))
        return self._released(case, step) if isinstance(step, Release) else None

    async def _with_azure(self, case: PoolCase) -> Outcome:
        try:
            outcome = await self._reconcile(case)
        except AzureFailure as failure:
            return self._failed(case, failure)
        self.failures.went_well(case.key)
        case.memory.conflicts = 0
        return outcome

    async def _reconcile(self, case: PoolCase) -> Outcome:
        known = self.accounts.believed(case.wanted.account)
        access = await self.door.open(case)
        account = await self.accounts.find(case.wanted.account, accounts=access.azure.accounts)
        if account is None:
            return self._without_account(case)
        if self._can_wait_for_list(case):
            wake = frozenset({AccountKey(account.ref.key), *self._readers(case)})
            return Outcome(wake=wake, again=self.moving_interval, step="AwaitList")
        look = case.asks_for_a_look or self.door.must_look(case, access)
        gathered = await access.gatherer.gather(case, account, look=look)
        self.door.saw(case, access)
        step = next_step(gathered.view)
        if not gathered.direct and _needs_a_look(step):
            gathered = await access.gatherer.gather(case, account, look=True)
            step = next_step(gathered.view)
        outcome = await self._take(case, access, account, gathered, step)
        news = self._readers(case) if known is None or gathered.direct else frozenset[Key]()
        return replace(outcome, wake=outcome.wake | news | self._to_be_listed(case, gathered))

    async def _take(
        self, case: PoolCase, access: PoolAccess, account: Account, gathered: Gathered, step: PoolStep
    ) -> Outcome:
        case.memory.view = gathered.view
        case.memory.advice = (*gathered.advice, *advice(gathered.view))
        match step:
            case Release():
                return self._released(case, step)
            case ShowAdoption():
                return self._adoption_shown(case, gathered, step)
            case Wait() | Nothing():
                return self._rested(case, gathered, step)
            case EvaluateAutoScale():
                return await self._evaluated(case, access, account, step)
            case _:
                return await self._write(case, access, account, gathered, step)

    async def _write(
        self, case: PoolCase, access: PoolAccess, account: Account, gathered: Gathered, step: Write
    ) -> Outcome:
        if refused := self._refused_before(case):
            return self._rested(case, gathered, Wait(verdict=refused))
        jobs = (await access.jobs.note(account, case.wanted.pool_id, step),) if isinstance(step, Delete) else ()
        try:
            await access.actions.take(step, account, case.wanted, gathered.view.found)
        except AzureFailure as failure:
            self._remember_refusal(case, failure)
            raise
        notes = (*jobs, *self._remember(case, account, gathered.view, step))
        verdict = self._verdict(case, step, gathered.view)
        return Outcome(
            status=self._status(case, verdict),
            notes=notes,
            wake=frozenset({AccountKey(case.wanted.account.key)}),
            again=0,
            step=type(step).__name__,
        )

    def _rested(self, case: PoolCase, gathered: Gathered, step: Wait | Nothing) -> Outcome:
        verdict = self._verdict(case, step, gathered.view)
        notes = transition_notes(verdict, before=case.memory.reason)
        case.memory.reason = verdict.reason
        if isinstance(step, Nothing):
            complete = not pending(gathered.view.differences)
            case.memory.settled(case.desired.generation, gathered.view.image.image_id, complete=complete)
        return Outcome(
            status=self._status(case, verdict),
            notes=notes,
            again=self._pause(case, gathered.view, verdict),
            step=type(step).__name__,
        )

    async def _evaluated(
        self, case: PoolCase, access: PoolAccess, account: Account, step: EvaluateAutoScale
    ) -> Outcome:
        """What Azure says is believed for a resync: a formula may fail today for want of samples."""
        check = await access.actions.evaluate(step, account, case.wanted)
        until = self.beliefs.monotonic() + self.resync_interval
        case.memory.scaling.checked = Checked(check=check, until=until)
        return Outcome(again=0, step="EvaluateAutoScale")

    def _adoption_shown(self, case: PoolCase, gathered: Gathered, step: ShowAdoption) -> Outcome:
        """Nothing is written in this turn: whoever sees what would change may still take back the consent."""
        case.memory.shown = case.desired.generation
        verdict = self._verdict(case, step, gathered.view)
        case.memory.reason = verdict.reason
        return Outcome(
            status=self._status(case, verdict),
            notes=step_notes(step, outside=False),
            again=self.moving_interval,
            step="ShowAdoption",
        )

    def _released(self, case: PoolCase, step: Release) -> Outcome:
        """Whoever waits for the pool's id, or counted its nodes, learns of it."""
        return Outcome(
            finalizer=FinalizerChange.REMOVE,
            notes=step_notes(step, outside=False),
            wake=frozenset({*self._readers(case), *self._rivals(case)}),
            step="Release",
        )

    def _without_account(self, case: PoolCase) -> Outcome:
        ref = case.wanted.account
        if case.desired.deleting:
            return self._released(
                case, Release(message=f"The Batch account {ref.name} is gone, and its pools with it.")
            )
        verdict = Progressing(
            reason="DependencyNotReady",
            message=f"There is no Batch account {ref.name} in resource group {ref.resource_group} of subscription "
            f"{ref.subscription_id}: create it, or correct spec.account.",
        )
        return self._shown_only(case, verdict, failed=True)

    def _not_understood(self, desired: Desired[WantedPool], bad: BadSpec, key: PoolKey) -> Outcome:
        if desired.deleting and (why := farewell(desired, self.store.body(key), seen=POOL_SEEN)):
            notes = step_notes(Release(message=why), outside=False)
            return Outcome(notes=notes, finalizer=FinalizerChange.REMOVE, step="Release")
        way = f" {way_out(desired, seen=POOL_SEEN)}" if desired.deleting else ""
        stalled = Stalled(reason="InvalidSpec", message=f"{bad.field}: {bad.message}{way}")
        report = PoolReport(
            name=key.name,
            generation=desired.generation,
            handled=desired.reconcile_requested_at,
            view=None,
            verdict=stalled,
        )
        status = pool_status(report, now=self.now(), previous=desired.status)
        return Outcome(status={**desired.status, **status}, step="InvalidSpec")

    def _failed(self, case: PoolCase, failure: AzureFailure) -> Outcome:
        judgement = self.failures.judge(case.key, failure, denied=_denied(failure))
        if failure.code == OWN_BUDGET:
            return Outcome(again=failure.retry_after, step="Throttled", detail=detail_of(failure))
        if failure.code == TOO_MANY_FORMULAS:
            case.memory.scaling.formula_set_at = self.beliefs.monotonic()
            return Outcome(again=failure.retry_after or FORMULA_PAUSE, step="AutoScaleWaits", detail=detail_of(failure))
        if failure.kind in (FailureKind.CONFLICT, FailureKind.STALE):
            self._doubt(case)
            case.memory.conflicts += 1
            if case.memory.conflicts < CONFLICTS_WORTH_SHOWING:
                return Outcome(failed=True, step="Conflict", detail=detail_of(failure))
        return self._told(case, judgement)

    def _told(self, case: PoolCase, judgement: Judgement) -> Outcome:
        outcome = self._shown_only(case, judgement.verdict, failed=judgement.backs_off)
        return replace(outcome, again=judgement.again, step="Failed", detail=judgement.detail)

    def _shown_only(self, case: PoolCase, verdict: Verdict, *, failed: bool) -> Outcome:
        notes = transition_notes(verdict, before=case.memory.reason)
        case.memory.reason = verdict.reason
        return Outcome(status=self._status(case, verdict), notes=notes, failed=failed, step="Wait")

    def _verdict(self, case: PoolCase, step: PoolStep, view: PoolView) -> Verdict:
        """The step's verdict; a shortfall is shown on while the same resize runs once more and moves nothing."""
        verdict, memory = step_verdict(step, view), case.memory
        if isinstance(verdict, Retrying) and view.resize_pause > 0:
            memory.shortfall = verdict
        if memory.shortfall is None or view.found is None or isinstance(step, Nothing):
            return verdict
        same_again = aimed_size(view, view.found) == target(view.found) and memory.is_hopeless(view.found)
        return memory.shortfall if same_again else verdict

    def _pause(self, case: PoolCase, view: PoolView, verdict: Verdict) -> float:
        """Seconds until this pool is looked at again, if nothing wakes it before."""
        if pause := max(view.resize_pause, view.repair_pause, view.formula_pause):
            return pause
        for wait, gate, late in _gates(case.memory, view):
            if isinstance(gate, GateClosed) and gate.short and not late:
                waited = wait.waited(view.size, self.beliefs.monotonic())
                left = case.wanted.gate_timeout.total_seconds() - waited
                return min(self.resync_interval, max(_SOON, left))
        unobserved = view.secrets_awaited or (isinstance(view.image, ImageAwaited) and view.image.unobserved)
        return self.moving_interval if unobserved and not isinstance(verdict, Stalled) else self.resync_interval

    def _remember(self, case: PoolCase, account: Account, view: PoolView, step: Write) -> tuple[Note, ...]:
        """Take note of what was written, for later turns and for people; what repeats in vain is told once."""
        memory = case.memory
        memory.refusal = None
        if isinstance(step, Create):
            memory.made_with = (case.desired.generation, view.image.image_id)
        if isinstance(step, Resize) and view.found is not None:
            memory.resized(step.size, view.found, account)
            memory.refilling |= bool(step.change)
        memory.scaling.took(step, tally(self._counts(case)), self.beliefs.monotonic())
        if isinstance(step, Patch | ReplaceProperties):
            memory.repaired(step.fields, self.beliefs.monotonic())
            memory.restarts.wrote(frozenset(field.split(".")[0] for field in step.fields))
            memory.shown = None
        if isinstance(step, Resize) and memory.sent is not None and memory.sent.fruitless > 0:
            return ()
        memory.reason = type(step).__name__
        return step_notes(step, outside=_came_from_outside(step, case, view))

    def _remember_refusal(self, case: PoolCase, failure: AzureFailure) -> None:
        verdict = self.failures.judge(case.key, failure).verdict
        if failure.kind is FailureKind.REFUSED and isinstance(verdict, Stalled):
            until = self.beliefs.monotonic() + self.resync_interval
            case.memory.refusal = Refusal(generation=case.desired.generation, verdict=verdict, until=until)

    def _refused_before(self, case: PoolCase) -> Stalled | None:
        """What Azure refused is not sent again until the spec changes, somebody asks, or a resync has passed."""
        refusal = case.memory.refusal
        if refusal is None or refusal.generation != case.desired.generation or case.asks_for_a_look:
            return None
        return refusal.verdict if self.beliefs.monotonic() < refusal.until else None

    def _doubt(self, case: PoolCase) -> None:
        account = self.accounts.believed(case.wanted.account)
        if account is not None:
            self.beliefs.pools.doubt(pool_key(account.key, case.wanted.pool_id))

    def _readers(self, case: PoolCase) -> frozenset[Key]:
        """Who plans with this pool's nodes, region and image."""
        image = self.usage.image_of(case.key)
        return frozenset({image}) if image else frozenset()

    def _can_wait_for_list(self, case: PoolCase) -> bool:
        """Before an account was ever listed, one list tells of all its pools; a pool waits for that once."""
        waits = not case.memory.awaited_list and case.wanted.account.key not in self.beliefs.pool_lists
        case.memory.awaited_list = True
        return waits

    def _to_be_listed(self, case: PoolCase, gathered: Gathered) -> frozenset[Key]:
        """The account, where it was never listed, or where the pool was seen to move by itself: lists follow it."""
        ref, found = case.wanted.account.key, gathered.view.found
        moves = gathered.direct and found is not None and not found.steady
        return frozenset({AccountKey(ref)}) if moves or ref not in self.beliefs.pool_lists else frozenset()

    def _rivals(self, case: PoolCase) -> frozenset[PoolKey]:
        """The other BatchPools that describe the same pool."""
        looked = self.beliefs.accounts.believed(case.wanted.account.key)
        if looked is None or looked.value is None:
            return frozenset()
        return self.usage.describing(pool_key(looked.value.key, case.wanted.pool_id)) - {case.key}

    def _status(self, case: PoolCase, verdict: Verdict) -> JsonObject:
        """The verdict of this turn, with what was last seen."""
        view = case.memory.view
        report = PoolReport(
            name=case.key.name,
            generation=case.desired.generation,
            handled=case.desired.reconcile_requested_at,
            view=replace(view, wanted=case.wanted) if view else None,
            verdict=verdict,
            advice=case.memory.advice,
            counts=self._counts(case),
        )
        return pool_status(report, now=self.now(), previous=case.desired.status)

    def _counts(self, case: PoolCase) -> NodeCounts | None:
        account = self.accounts.believed(case.wanted.account)
        name = pool_key(account.key, case.wanted.pool_id) if account else ""
        return self.beliefs.node_counts.get(name)


def _gates(memory: PoolMemory, view: PoolView) -> Iterator[tuple[GateWait, GateAnswer | None, bool]]:
    yield memory.growth, view.gate, view.gate_late
    yield memory.change, view.change_gate, view.change_gate_late


def _needs_a_look(step: PoolStep) -> bool:
    """Absence is believed, and a write without an ETag made, only right after a GET."""
    return isinstance(step, (Create, ReplaceProperties, Release, DisableAutoScale))


def _came_from_outside(step: Write, case: PoolCase, view: PoolView) -> bool:
    """Whether the step puts back what the spec did not change: neither did its Secrets, nor the image it follows."""
    if isinstance(step, Resize) and (step.change or case.memory.refilling):
        return False
    if isinstance(step, Patch) and any(each.rotated and each.field in step.fields for each in view.differences):
        return False
    if isinstance(step, Patch) and step.of_empty_pool:
        return case.memory.complete_with == (case.desired.generation, view.image.image_id)
    return case.memory.settled_generation == case.desired.generation


def _denied(failure: AzureFailure) -> str:
    """The reason for a missing right; where Batch names an image, it is the image that may not be read."""
    return "ImageAccessDenied" if "/microsoft.compute/" in failure.message.casefold() else "AccessDenied"
