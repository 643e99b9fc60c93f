"""The next step for a Batch pool: one at a time, chosen from what is wanted and what was found."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

from azure_batch_operator.core.conditions import Progressing, Retrying, Stalled
from azure_batch_operator.core.diff import Cost, Difference
from azure_batch_operator.core.json import JsonObject
from azure_batch_operator.core.names import OWNER_TAG
from azure_batch_operator.core.ownership import Ownership, refusal
from azure_batch_operator.core.pool_body import MACHINES, create_body, live_properties, patch_body
from azure_batch_operator.core.pools import ObservedPool, WantedPool
from azure_batch_operator.core.replicas import GateAnswer, GateClosed
from azure_batch_operator.core.resize_errors import explain_all
from azure_batch_operator.core.sizing import (
    Size,
    creation_timeout,
    current,
    deallocation,
    exceeds,
    resize_timeout,
    target,
    wanted_size,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageKnown:
    """The image that the pool should boot from; `image_id` None: the body names it by itself."""

    image_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageAwaited:
    """The image is not there yet, or may not be used now."""

    reason: str
    message: str
    image_id: str | None = None
    """As of an image that is known; None also where it cannot be told which image is meant."""
    unobserved: bool = False
    """Whether nobody else looks out for it, so that the pool has to."""


ImageAnswer: TypeAlias = ImageKnown | ImageAwaited


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolView:
    """Everything that one decision needs."""

    wanted: WantedPool
    found: ObservedPool | None
    """None: a GET of this turn said that there is no such pool."""
    ownership: Ownership = Ownership.OURS
    """Whose the found pool is."""
    differences: tuple[Difference, ...] = ()
    image: ImageAnswer = ImageKnown()
    gate: GateAnswer | None = None
    """What the replica gate says to the wanted size; None where no gallery image is managed here."""
    gate_late: bool = False
    """Whether the pool has waited for replicas as long as its spec allows."""
    violated: Stalled | None = None
    """What preflight checks found that Azure could only refuse, or that would never start."""
    rival: str | None = None
    """An older BatchPool, `namespace/name`, that asks for the same pool."""
    preempted: int = 0
    """Spot nodes that Azure took back."""
    resize_pause: float = 0.0
    """Seconds before a resize that moved nothing is sent again."""
    repair_pause: float = 0.0
    """Seconds before the properties that come next, and that Azure did not take over, are written again."""

    @property
    def size(self) -> Size:
        """The size that the spec asks for."""
        return wanted_size(self.wanted, self.found)

    @property
    def waiting(self) -> tuple[Difference, ...]:
        """What differs and can be written only while the pool has no nodes."""
        return tuple(each for each in self.differences if each.cost is Cost.EMPTY_POOL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Create:
    """Make the pool."""

    body: JsonObject
    size: Size
    timeout: timedelta | None
    """None for a pool that a formula sizes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """Put properties right, each of them whole."""

    changes: JsonObject
    fields: tuple[str, ...]
    """What differed, as paths for people."""
    of_empty_pool: bool = False
    """Whether they are such as change only while the pool has no nodes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaceProperties:
    """The same where a start task must go: PATCH cannot take one away. Has no ETag, so it follows a GET at once."""

    body: JsonObject
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Resize:
    """Ask for another size, or for the same one again."""

    size: Size
    before: Size
    """What Azure was asked for until now."""
    timeout: timedelta
    deallocation: str | None
    """What becomes of tasks on nodes that leave; None where none does."""

    @property
    def repeats(self) -> bool:
        """Whether Azure was asked for this size already and fell short."""
        return self.size == self.before


@dataclass(frozen=True, slots=True, kw_only=True)
class StopResize:
    """End a growth that nobody wants any more: it costs money."""

    running: Size
    wanted: Size


@dataclass(frozen=True, slots=True, kw_only=True)
class Delete:
    """Delete the pool."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """Nothing of ours is left, or should go: the resource may disappear."""

    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Do nothing now; the verdict says for what, until when or for whom."""

    verdict: Progressing | Retrying | Stalled


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """The pool is as it should be."""


PoolStep: TypeAlias = Create | Patch | ReplaceProperties | Resize | StopResize | Delete | Release | Wait | Nothing
_Check: TypeAlias = Callable[[PoolView, ObservedPool], PoolStep | None]


def next_step(view: PoolView) -> PoolStep:
    """The one step that brings the pool closer to its spec."""
    if view.wanted.deleting:
        return _departure(view)
    if view.found is None:
        return _creation(view)
    for check in _CHECKS:
        if step := check(view, view.found):
            return step
    return Nothing()


def _departure(view: PoolView) -> PoolStep:
    name = view.wanted.pool_id
    if view.wanted.deletion_policy == "Retain":
        return Release(message=f"Pool {name} stays in Azure: deletionPolicy is Retain.")
    if view.found is None:
        return Release(message=f"Pool {name} is gone from Azure.")
    if view.ownership is not Ownership.OURS:
        return Release(message=f"Pool {name} stays in Azure: it was never this resource's.")
    if view.found.state == "deleting":
        return _progressing("Deleting", f"Azure is deleting pool {name}; running tasks go back to their queue.")
    if view.wanted.suspended:
        return _progressing("Suspended", "Deletion waits: set suspend: false, or deletionPolicy: Retain.")
    return Delete()


def _creation(view: PoolView) -> PoolStep:
    if view.rival is not None:
        return _stalled(
            "OwnedByAnother",
            f"BatchPool {view.rival} is older and asks for the same pool {view.wanted.pool_id}: choose another poolId.",
        )
    if view.violated is not None:
        return Wait(verdict=view.violated)
    if isinstance(view.image, ImageAwaited):
        return _progressing(view.image.reason, view.image.message)
    return _held_back(view) or Create(
        body=create_body(view.wanted, image_id=view.image.image_id),
        size=view.size,
        timeout=None if view.wanted.auto_scaled else creation_timeout(view.wanted, view.size),
    )


def _held_back(view: PoolView) -> Wait | None:
    if not isinstance(view.gate, GateClosed) or goes_on_without_replicas(view):
        return None
    return _progressing(view.gate.reason, view.gate.message)


def goes_on_without_replicas(view: PoolView) -> bool:
    """Whether the pool may grow although the image has too few replicas: by the spec's word, or after its patience."""
    short = isinstance(view.gate, GateClosed) and view.gate.short
    return short and (view.gate_late or view.wanted.gate_mode == "Ignore")


def _not_ours(view: PoolView, found: ObservedPool) -> Wait | None:
    if view.ownership is Ownership.OURS:
        return None
    return _stalled("OwnedByAnother", refusal(f"Pool {found.pool_id}", found.metadata.get(OWNER_TAG)))


def _disappearing(_: PoolView, found: ObservedPool) -> Wait | None:
    if found.state != "deleting":
        return None
    return _progressing("PoolDeleting", "Somebody deletes the pool in Azure; it is made again once it is gone.")


def _live_properties(view: PoolView, found: ObservedPool) -> PoolStep | None:
    live = [each for each in view.differences if each.cost is Cost.LIVE_PATCH]
    if not live:
        return None
    fields = tuple(each.field for each in live)
    if view.repair_pause > 0:
        return _not_taken_over(fields)
    properties = sorted({each.top for each in live})
    if "startTask" in properties and view.wanted.body.get("startTask") is None:
        return ReplaceProperties(body=live_properties(view.wanted, found), fields=fields)
    return Patch(changes=patch_body(view.wanted, found, properties), fields=fields)


def _properties_of_empty_pool(view: PoolView, found: ObservedPool) -> PoolStep | None:
    """Before the pool grows: its nodes are made of what it has by then. One with nodes keeps what they are made of."""
    due = due_while_empty(view.waiting, found, view.image)
    if not due:
        return None
    if view.violated is not None:
        return Wait(verdict=view.violated)
    fields = tuple(each.field for each in due)
    if view.repair_pause > 0:
        return _not_taken_over(fields)
    properties = sorted({each.top for each in due})
    changes = patch_body(view.wanted, found, properties, image_id=view.image.image_id)
    return _held_back(view) or Patch(changes=changes, fields=fields, of_empty_pool=True)


def due_while_empty(waiting: tuple[Difference, ...], found: ObservedPool, image: ImageAnswer) -> tuple[Difference, ...]:
    """What can be written now, because the pool has no nodes: all that waits for that, once its image is there."""
    needs_image = any(each.top == MACHINES for each in waiting)
    return () if not found.empty or (needs_image and isinstance(image, ImageAwaited)) else waiting


def _not_taken_over(fields: tuple[str, ...]) -> Wait:
    return _retrying("NotTakenOver", f"Azure does not show as written: {', '.join(fields)}. Writing it again soon.")


def _sized_otherwise(view: PoolView, found: ObservedPool) -> Wait | None:
    """Switching a formula on or off is a decision about the pool's whole sizing; it is named, not taken."""
    if view.wanted.auto_scaled == found.auto_scaled or (not view.wanted.auto_scaled and not _names_targets(view)):
        return None
    is_so, should = ("a formula", "targets") if found.auto_scaled else ("targets", "a formula")
    return _stalled(
        "AutoScaleDiffers",
        f"The pool is sized by {is_so} in Azure and by {should} in the spec: change one of them, "
        "or delete the BatchPool and apply it again.",
    )


def _running_resize(view: PoolView, found: ObservedPool) -> PoolStep | None:
    if found.allocation_state == "steady":
        return None
    if found.allocation_state == "stopping":
        return _progressing("Stopping", f"The resize is being stopped at {current(found)} nodes.")
    if not found.auto_scaled and _is_unwanted_growth(view.size, found):
        return StopResize(running=target(found), wanted=view.size)
    queued = "" if found.auto_scaled or view.size == target(found) else f" Then: {view.size} nodes."
    return _progressing("Resizing", f"Going to {target(found)} nodes; there are {current(found)}.{queued}")


def _is_unwanted_growth(size: Size, found: ObservedPool) -> bool:
    asked, there = target(found), current(found)
    return (size.dedicated < asked.dedicated and there.dedicated < asked.dedicated) or (
        size.spot < asked.spot and there.spot < asked.spot
    )


def _size(view: PoolView, found: ObservedPool) -> PoolStep | None:
    if found.auto_scaled or view.size == target(found) == current(found):
        return None
    if view.size == target(found):
        return Wait(verdict=_fell_short(found)) if view.resize_pause > 0 else _resize(view, found)
    return (_held_back(view) if exceeds(view.size, current(found)) else None) or _resize(view, found)


def _resize(view: PoolView, found: ObservedPool) -> Resize:
    shrinks = exceeds(current(found), view.size)
    return Resize(
        size=view.size,
        before=target(found),
        timeout=resize_timeout(view.wanted, view.size, found),
        deallocation=deallocation(view.wanted) if shrinks else None,
    )


def _formula_fell_short(_: PoolView, found: ObservedPool) -> Wait | None:
    short = found.auto_scaled and found.resize_errors and exceeds(target(found), current(found))
    return Wait(verdict=_fell_short(found)) if short else None


def _fell_short(found: ObservedPool) -> Retrying:
    counts = f"{current(found)} of {target(found)} nodes."
    explained = explain_all(found.resize_errors)
    if explained is None:
        return Retrying(reason="ResizeFellShort", message=f"{counts} Azure gives no reason; the resize is repeated.")
    return Retrying(reason=explained.reason, message=f"{counts} {explained.message}")


def _preempted(view: PoolView, _: ObservedPool) -> Wait | None:
    if view.preempted == 0:
        return None
    return _progressing("SpotPreempted", preemption(view.preempted))


def preemption(nodes: int) -> str:
    """The sentence about Spot nodes that Azure took back (Microsoft: "Use Spot VMs with Batch workloads")."""
    return f"Azure took {nodes:,} Spot nodes back; Batch tries to restore them for 48 hours."


def _image_awaited(view: PoolView, found: ObservedPool) -> Wait | None:
    """Only a pool that would be changed at once waits for the image: one with nodes goes on with what it runs."""
    if not isinstance(view.image, ImageAwaited) or not (found.empty and view.waiting):
        return None
    return _progressing(view.image.reason, view.image.message)


_CHECKS: tuple[_Check, ...] = (
    _not_ours,
    _disappearing,
    _live_properties,
    _sized_otherwise,
    _running_resize,
    _properties_of_empty_pool,
    _size,
    _formula_fell_short,
    _preempted,
    _image_awaited,
)


def _names_targets(view: PoolView) -> bool:
    return view.wanted.dedicated is not None or view.wanted.spot is not None


def _progressing(reason: str, message: str) -> Wait:
    return Wait(verdict=Progressing(reason=reason, message=message))


def _retrying(reason: str, message: str) -> Wait:
    return Wait(verdict=Retrying(reason=reason, message=message))


def _stalled(reason: str, message: str) -> Wait:
    return Wait(verdict=Stalled(reason=reason, message=message))
