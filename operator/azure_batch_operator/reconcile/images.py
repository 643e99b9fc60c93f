"""One turn for a GalleryImage: look, decide, take at most one step, account for it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import assert_never

from azure_batch_operator.core.conditions import Progressing, Stalled, Verdict
from azure_batch_operator.core.failures import AzureFailure
from azure_batch_operator.core.images import WantedImage
from azure_batch_operator.core.json import JsonObject
from azure_batch_operator.core.plan.image_advice import ends_of_life
from azure_batch_operator.core.plan.image_steps import (
    READS,
    WRITES,
    CreateGallery,
    CreateVersion,
    DeleteDefinition,
    DeleteGallery,
    DeleteVersion,
    Finish,
    ImageStep,
    Nothing,
    PatchVersion,
    PutDefinition,
    ReadDefinition,
    ReadVersion,
    Retry,
    ShowAdoption,
    Stop,
    Wait,
    verdict_of_step,
)
from azure_batch_operator.core.plan.image_view import ImageView
from azure_batch_operator.core.plan.images import next_step
from azure_batch_operator.core.plan.snapshot_steps import CreateSnapshot, DeleteSnapshot
from azure_batch_operator.core.replica_plan import after
from azure_batch_operator.metrics.registry import Metrics
from azure_batch_operator.reconcile.beliefs import Beliefs
from azure_batch_operator.reconcile.desired import BadSpec, Desired, ImageStore
from azure_batch_operator.reconcile.failures import Failures, detail_of
from azure_batch_operator.reconcile.image_access import ImageDoor
from azure_batch_operator.reconcile.image_memory import ImageMemory
from azure_batch_operator.reconcile.image_notes import note_of, note_of_publication, notes_of_change, notes_of_end
from azure_batch_operator.reconcile.image_refusals import final, learnt, patient
from azure_batch_operator.reconcile.image_sight import ImageSight, Looked
from azure_batch_operator.reconcile.image_snapshots import SnapshotMemory, captured
from azure_batch_operator.reconcile.image_wakes import ImageWakes, waits_for_accounts
from azure_batch_operator.reconcile.keys import ImageKey
from azure_batch_operator.reconcile.outcome import FinalizerChange, Note, Outcome
from azure_batch_operator.reconcile.status.images import ImageReport, carried_status, suspended_status
from azure_batch_operator.reconcile.unreadable import IMAGE_SEEN, as_last_understood, farewell, way_out
from azure_batch_operator.reconcile.usage import Usage
from azure_batch_operator.reconcile.versions import ready_of

SUSPENDED = Progressing(
    reason="Suspended",
    message="The deletion waits: take spec.suspend away, or set deletionPolicy: Retain to leave all in Azure.",
)


@dataclass(slots=True, kw_only=True)
class ImageReconciler:
    """Turns for GalleryImages; all waiting is done by coming back."""

    door: ImageDoor
    beliefs: Beliefs
    usage: Usage
    store: ImageStore
    memory: ImageMemory
    snapshots: SnapshotMemory
    failures: Failures
    metrics: Metrics
    now: Callable[[], datetime]
    resync_interval: float
    moving_interval: float

    async def turn(self, key: ImageKey) -> Outcome:
        """One turn; whatever Azure answers becomes part of the outcome."""
        desired = self.store.get(key)
        if desired is None:
            self.memory.forget(key)
            self.metrics.image_ends.forget(key.namespace, key.name)
            self.snapshots.forget(key)
            self.door.forget(key)
            self.failures.went_well(key)
            return Outcome()
        if desired.deleting and not desired.has_finalizer:
            return Outcome()
        self.memory.seed(key, desired)
        wanted = as_last_understood(desired, self.store.body(key), self.usage.wanted_image(key))
        if isinstance(wanted, BadSpec):
            return self._not_understood(key, desired, wanted)
        if wanted.suspended and not _leaves_all(wanted):
            return self._suspended(desired)
        return await self._attend(key, desired, wanted)

    async def _attend(self, key: ImageKey, desired: Desired[WantedImage], wanted: WantedImage) -> Outcome:
        try:
            access = await self.door.open(key, desired, wanted)
            looked, step = await self._decide(access.sight, key, desired, wanted)
        except AzureFailure as failure:
            return self._failed(key, desired, failure)
        if isinstance(step, WRITES) and not desired.has_finalizer:
            status = self._status(desired, looked, verdict_of_step(step))
            return Outcome(status=status, finalizer=FinalizerChange.ADD, again=0, step="AddFinalizer")
        if isinstance(step, CreateSnapshot) and self.snapshots.expect(key, captured(looked.view)):
            status = self._status(desired, looked, verdict_of_step(step))
            return Outcome(status=status, again=0, step="TellSnapshot")
        try:
            if isinstance(step, WRITES):
                await access.actions.take(step)
        except AzureFailure as failure:
            if learnt(self.memory, desired, looked.view, step, failure):
                return Outcome(again=0, step=type(step).__name__, detail=detail_of(failure))
            return self._failed(key, desired, failure, step=step, looked=looked)
        self.failures.went_well(key)
        return self._account(key, desired, looked, step)

    async def _decide(
        self, sight: ImageSight, key: ImageKey, desired: Desired[WantedImage], wanted: WantedImage
    ) -> tuple[Looked, ImageStep]:
        """A change builds on a look of this very turn, so the decision may have to be made anew."""
        looked = await sight.look(key, desired, wanted)
        step = next_step(looked.view)
        while isinstance(step, READS):
            looked = await sight.read(looked, step)
            step = next_step(looked.view)
        if looked.view.source_failure is not None and not isinstance(step, WRITES):
            raise looked.view.source_failure
        for version in looked.view.owned():
            self.memory.remember_plan(looked.view, version)
        return looked, step

    def _account(self, key: ImageKey, desired: Desired[WantedImage], looked: Looked, step: ImageStep) -> Outcome:
        verdict = verdict_of_step(step)
        self.memory.answered(desired)
        self.metrics.image_ends.show(key.namespace, key.name, ends_of_life(looked.view))
        asked = (note_of(step),) if isinstance(step, (*WRITES, ShowAdoption)) else ()
        self._remember_adoption(desired, step)
        return Outcome(
            status=self._status(desired, looked, verdict),
            notes=(*asked, *self._transitions(desired, looked, verdict), *notes_of_end(step)),
            finalizer=FinalizerChange.REMOVE if isinstance(step, Finish) else None,
            wake=frozenset(ImageWakes(beliefs=self.beliefs, usage=self.usage).after(key, looked, step)),
            again=self._pause(looked.view, step),
            step=type(step).__name__,
        )

    def _remember_adoption(self, desired: Desired[WantedImage], step: ImageStep) -> None:
        match step:
            case ShowAdoption(ids=ids):
                self.memory.showed(desired, ids)
            case PutDefinition(adopts=True) | PatchVersion(adopts=True):
                self.memory.adopted(desired, step.name.id)
            case _:
                pass

    def _status(self, desired: Desired[WantedImage], looked: Looked, verdict: Verdict) -> JsonObject:
        """While it is deleted the rest of the status stays as it was: less and less of it can be seen."""
        if desired.deleting:
            return carried_status(desired, verdict, looked.view.now)
        ready = partial(ready_of, self.beliefs)
        return ImageReport(desired=desired, view=looked.view, verdict=verdict, ready=ready).status()

    def _transitions(self, desired: Desired[WantedImage], looked: Looked, verdict: Verdict) -> Iterator[Note]:
        yield from notes_of_change(self.memory, desired, verdict)
        current = looked.view.current
        if current is None or desired.deleting or not looked.view.is_published(current):
            return
        if looked.view.is_ours(current.tags) and self.memory.is_newly_published(desired.uid, current.name.id):
            yield note_of_publication(current.name.version)

    def _pause(self, view: ImageView, step: ImageStep) -> float | None:
        match step:
            case Finish():
                return None
            case CreateVersion() | PatchVersion():
                return self.moving_interval  # the definition's own turn looks at it at once
            case (
                CreateGallery()
                | PutDefinition()
                | DeleteVersion()
                | DeleteDefinition()
                | DeleteGallery()
                | (CreateSnapshot() | DeleteSnapshot())
            ):
                return 0
            case Wait(reason="InUse") | Stop():
                return self.resync_interval
            case Wait() | ReadVersion() | ReadDefinition() | ShowAdoption():
                return self.moving_interval
            case Retry() | Nothing():
                return self._rest(view)
            case _:
                assert_never(step)

    def _rest(self, view: ImageView) -> float:
        """Until the next thing is due by itself: a pause after a failure, or a surplus that has lasted."""
        if any(use.region is None for use in view.uses) or waits_for_accounts(view):
            return min(self.moving_interval, self.resync_interval)
        delay = view.wanted.replication.scale_down_delay
        plans = (view.plan_of(version) for version in view.owned())
        surplus = (after(delay, since, view.now) for plan in plans for since in plan.surplus().values())
        retries = (after(timedelta(), moment, view.now) for moment in view.retry_at.values())
        return min((self.resync_interval, *(pause for pause in (*surplus, *retries) if pause > 0)))

    def _failed(
        self,
        key: ImageKey,
        desired: Desired[WantedImage],
        failure: AzureFailure,
        *,
        step: ImageStep | None = None,
        looked: Looked | None = None,
    ) -> Outcome:
        """Where only a write failed, what was seen before it is told; else the status stays as it was."""
        judgement, refused = self.failures.judge(key, failure), final(step, failure)
        verdict = refused or patient(step, failure) or judgement.verdict
        seen = self._status(desired, looked, verdict) if looked else None
        return Outcome(
            status=seen or carried_status(desired, verdict, self.now()),
            notes=tuple(notes_of_change(self.memory, desired, verdict)),
            again=self.resync_interval if refused else judgement.again,
            failed=judgement.backs_off and not refused,
            step=type(step).__name__ if step else "Observe",
            detail=judgement.detail,
        )

    def _not_understood(self, key: ImageKey, desired: Desired[WantedImage], problem: BadSpec) -> Outcome:
        if desired.deleting and (why := farewell(desired, self.store.body(key), seen=IMAGE_SEEN)):
            notes = tuple(notes_of_end(Finish(kept=(why,))))
            return Outcome(notes=notes, finalizer=FinalizerChange.REMOVE, step="Finish")
        message = f"{problem.message} {way_out(desired, seen=IMAGE_SEEN)}" if desired.deleting else problem.message
        verdict = Stalled(reason="InvalidSpec", message=message)
        notes = tuple(notes_of_change(self.memory, desired, verdict))
        return Outcome(status=carried_status(desired, verdict, self.now()), notes=notes)

    def _suspended(self, desired: Desired[WantedImage]) -> Outcome:
        notes = tuple(notes_of_change(self.memory, desired, SUSPENDED)) if desired.deleting else ()
        return Outcome(status=suspended_status(desired, self.now()), notes=notes)


def _leaves_all(wanted: WantedImage) -> bool:
    return wanted.deleting and wanted.deletion_policy == "Retain"
