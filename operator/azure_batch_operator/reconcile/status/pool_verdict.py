"""What one turn says about a pool as a whole: the verdict of its step, and advice beside it."""

from collections.abc import Iterator
from typing import TypeAlias, assert_never

from azure_batch_operator.core import durations
from azure_batch_operator.core.conditions import Advice, Converged, Progressing, Verdict
from azure_batch_operator.core.diff import pending
from azure_batch_operator.core.plan.pool_gate import goes_on_without_replicas
from azure_batch_operator.core.plan.pool_size import preemption
from azure_batch_operator.core.plan.pool_steps import (
    Create,
    Delete,
    ImageAwaited,
    Nothing,
    Patch,
    PoolStep,
    PoolView,
    Release,
    ReplaceProperties,
    Resize,
    StopResize,
    Wait,
)
from azure_batch_operator.core.replicas import GateClosed
from azure_batch_operator.core.sizing import current, target, too_short

_Doing: TypeAlias = Create | Patch | ReplaceProperties | Resize | StopResize | Delete | Release


def step_verdict(step: PoolStep, view: PoolView) -> Verdict:
    """What the step says about the pool."""
    match step:
        case Wait():
            return step.verdict
        case Nothing():
            return Converged(message=_as_wanted(view))
        case _:
            reason, message = _under_way(step)
            return Progressing(reason=reason, message=message)


def _under_way(step: _Doing) -> tuple[str, str]:
    match step:
        case Create():
            said = ("Creating", f"Making the pool with {step.size} nodes.")
        case Patch() | ReplaceProperties():
            said = ("Updating", f"Putting right: {', '.join(step.fields)}.")
        case Resize():
            change = f"{step.size} nodes again" if step.repeats else f"{step.before} → {step.size} nodes"
            said = ("Resizing", f"{change}, timeout {durations.in_words(step.timeout)}.")
        case StopResize():
            said = ("Stopping", f"{step.running} nodes are too many: {step.wanted} are wanted.")
        case Delete():
            said = ("Deleting", "Azure is asked to delete the pool.")
        case Release():
            said = ("Deleting", step.message)
        case _:
            assert_never(step)
    return said


def advice(view: PoolView) -> Iterator[Advice]:
    """What works but that the owner should know."""
    needed = too_short(view.wanted, view.size)
    if needed is not None and view.wanted.resize_timeout is not None:
        given = durations.in_words(view.wanted.resize_timeout)
        yield Advice(
            reason="ResizeTimeoutShort",
            message=f"resizeTimeout is {given}; {view.size} nodes should get {durations.in_words(needed)}.",
        )
    if isinstance(view.gate, GateClosed) and view.gate.short and grows_regardless(view):
        yield Advice(reason="ReplicasLate", message=f"The pool grows without enough replicas: {view.gate.message}")
    if view.preempted:
        yield Advice(reason="SpotPreempted", message=preemption(view.preempted))


def grows_regardless(view: PoolView) -> bool:
    """Whether Azure was asked for the wanted size although the replica gate is closed to it, or will be now."""
    granted = view.found is not None and target(view.found) == view.size
    return granted or goes_on_without_replicas(view)


def _as_wanted(view: PoolView) -> str:
    found = view.found
    nodes = f"{current(found)} nodes" if found else "No pool"
    waiting = pending(view.differences)
    if waiting:
        return f"{nodes}; a change of {', '.join(waiting)} waits."
    return f"{nodes}, as wanted; see ImageReady." if isinstance(view.image, ImageAwaited) else f"{nodes}, as wanted."
