"""The size of a pool: when to ask for another one, and what to say while Azure goes there."""

from azure_batch_operator.core.conditions import Retrying
from azure_batch_operator.core.plan.pool_gate import held_back
from azure_batch_operator.core.plan.pool_steps import PoolStep, PoolView, Resize, StopResize, Wait, progressing, stalled
from azure_batch_operator.core.pools import ObservedPool
from azure_batch_operator.core.resize_errors import explain_all
from azure_batch_operator.core.sizing import Size, current, deallocation, exceeds, resize_timeout, target


def sized_otherwise(view: PoolView, found: ObservedPool) -> Wait | None:
    """Switching a formula on or off is a decision about the pool's whole sizing; it is named, not taken."""
    if view.wanted.auto_scaled == found.auto_scaled or (not view.wanted.auto_scaled and not _names_targets(view)):
        return None
    is_so, should = ("a formula", "targets") if found.auto_scaled else ("targets", "a formula")
    return stalled(
        "AutoScaleDiffers",
        f"The pool is sized by {is_so} in Azure and by {should} in the spec: change one of them, "
        "or delete the BatchPool and apply it again.",
    )


def running_resize(view: PoolView, found: ObservedPool) -> PoolStep | None:
    """A pool that moves is left to it, but for a growth that nobody wants any more."""
    if found.allocation_state == "steady":
        return None
    if found.allocation_state == "stopping":
        return progressing("Stopping", f"The resize is being stopped at {current(found)} nodes.")
    if not found.auto_scaled and _is_unwanted_growth(view.size, found):
        return StopResize(running=target(found), wanted=view.size)
    queued = "" if found.auto_scaled or view.size == target(found) else f" Then: {view.size} nodes."
    return progressing("Resizing", f"Going to {target(found)} nodes; there are {current(found)}.{queued}")


def _is_unwanted_growth(size: Size, found: ObservedPool) -> bool:
    asked, there = target(found), current(found)
    return (size.dedicated < asked.dedicated and there.dedicated < asked.dedicated) or (
        size.spot < asked.spot and there.spot < asked.spot
    )


def size_as_wanted(view: PoolView, found: ObservedPool) -> PoolStep | None:
    """Ask for the wanted size, once its replicas are there and the pause after a try in vain is over."""
    if found.auto_scaled or view.size == target(found) == current(found):
        return None
    if view.size == target(found):
        return Wait(verdict=_fell_short(found)) if view.resize_pause > 0 else _resize(view, found)
    return (held_back(view) if exceeds(view.size, current(found)) else None) or _resize(view, found)


def _resize(view: PoolView, found: ObservedPool) -> Resize:
    shrinks = exceeds(current(found), view.size)
    return Resize(
        size=view.size,
        before=target(found),
        timeout=resize_timeout(view.wanted, view.size, found),
        deallocation=deallocation(view.wanted) if shrinks else None,
    )


def formula_fell_short(_: PoolView, found: ObservedPool) -> Wait | None:
    """A formula asks again by itself: what it did not get is told."""
    short = found.auto_scaled and found.resize_errors and exceeds(target(found), current(found))
    return Wait(verdict=_fell_short(found)) if short else None


def _fell_short(found: ObservedPool) -> Retrying:
    counts = f"{current(found)} of {target(found)} nodes."
    explained = explain_all(found.resize_errors)
    if explained is None:
        return Retrying(reason="ResizeFellShort", message=f"{counts} Azure gives no reason; the resize is repeated.")
    return Retrying(reason=explained.reason, message=f"{counts} {explained.message}")


def preempted(view: PoolView, _: ObservedPool) -> Wait | None:
    """Batch restores Spot nodes by itself for a while."""
    if view.preempted == 0:
        return None
    return progressing("SpotPreempted", preemption(view.preempted))


def preemption(nodes: int) -> str:
    """The sentence about Spot nodes that Azure took back (Microsoft: "Use Spot VMs with Batch workloads")."""
    return f"Azure took {nodes:,} Spot nodes back; Batch tries to restore them for 48 hours."


def _names_targets(view: PoolView) -> bool:
    return view.wanted.dedicated is not None or view.wanted.spot is not None
