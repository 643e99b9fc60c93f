"""What one turn says about a pool as a whole: the verdict of its step, and advice beside it."""

from collections.abc import Iterator
from typing import TypeAlias, assert_never

from azure_batch_operator.core import durations
from azure_batch_operator.core.conditions import Advice, Converged, Progressing, Verdict
from azure_batch_operator.core.diff import pending
from azure_batch_operator.core.plan.pool_gate import goes_on_without_replicas
from azure_batch_operator.core.plan.pool_size import preemption
from azure_batch_operator.core.plan.pool_stages import stage
from azure_batch_operator.core.plan.pool_steps import (
    Create,
    Delete,
    DisableAutoScale,
    EnableAutoScale,
    EvaluateAutoScale,
    ImageAwaited,
    Nothing,
    Patch,
    PoolStep,
    PoolView,
    Release,
    RemoveNodes,
    ReplaceProperties,
    Resize,
    Scaling,
    ShowAdoption,
    StopResize,
    Wait,
)
from azure_batch_operator.core.replicas import GateClosed
from azure_batch_operator.core.sizing import current, target, too_short

_Doing: TypeAlias = Create | Patch | ReplaceProperties | Scaling | EvaluateAutoScale | Delete | Release | ShowAdoption


def step_verdict(step: PoolStep, view: PoolView) -> Verdict:
    """What the step says about the pool."""
    match step:
        case Wait():
            return stage(view, step) or step.verdict
        case Nothing():
            return Converged(message=_as_wanted(view))
        case _:
            return stage(view, step) or _under_way(step)


def _under_way(step: _Doing) -> Progressing:
    reason, message = _said(step)
    return Progressing(reason=reason, message=message)


def _said(step: _Doing) -> tuple[str, str]:
    match step:
        case Create():
            said = ("Creating", f"Making the pool with {step.size} nodes.")
        case Patch() | ReplaceProperties():
            said = ("Updating", f"Putting right: {', '.join(step.fields)}.")
        case Delete():
            said = ("Deleting", "Azure is asked to delete the pool.")
        case Release():
            said = ("Deleting", step.message)
        case ShowAdoption():
            said = ("Adopting", f"Adopting the pool, which changes {', '.join(step.changes)}.")
        case _:
            said = _said_of_size(step)
    return said


def _said_of_size(step: Scaling | EvaluateAutoScale) -> tuple[str, str]:
    match step:
        case Resize():
            change = f"{step.size} nodes again" if step.repeats else f"{step.before} → {step.size} nodes"
            said = ("Resizing", f"{change}, timeout {durations.in_words(step.timeout)}.")
        case StopResize():
            said = ("Stopping", f"The resize to {step.running} nodes is stopped: {step.wanted} are wanted.")
        case RemoveNodes():
            said = ("RemovingNodes", f"Removing {len(step.node_ids):,} nodes that do no work.")
        case EvaluateAutoScale():
            said = ("EvaluatingFormula", "Azure is asked what it makes of the formula.")
        case EnableAutoScale():
            said = ("EnablingAutoScale", f"The formula is to size the pool; differs: {', '.join(step.fields)}.")
        case DisableAutoScale():
            said = ("DisablingAutoScale", f"The formula is taken away; the pool stays at {step.size} nodes first.")
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
    if view.unrestarted:
        yield Advice(reason="RestartNeeded", message=_restarts_due(view.unrestarted))
    if view.preempted:
        yield Advice(reason="SpotPreempted", message=preemption(view.preempted))


def _restarts_due(nodes: int) -> str:
    behind = "1 node has" if nodes == 1 else f"{nodes:,} nodes have"
    return (
        f"{behind} not started since the pool's start task or application packages changed, so that the former ones "
        "still count there: reboot when the work allows."
    )


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
