"""The Events of a BatchPool: what a step did, and what a pool has begun to wait for."""

from typing import Literal, assert_never

from azure_batch_operator.core import durations
from azure_batch_operator.core.conditions import Converged, Progressing, Retrying, Stalled, Verdict
from azure_batch_operator.core.plan.pool_steps import (
    Create,
    Delete,
    DisableAutoScale,
    EnableAutoScale,
    EvaluateAutoScale,
    Nothing,
    Patch,
    PoolStep,
    Release,
    RemoveNodes,
    ReplaceProperties,
    Resize,
    Scaling,
    ShowAdoption,
    StopResize,
    Wait,
)
from azure_batch_operator.reconcile.outcome import Note

_UNTOLD = frozenset(
    {"Resizing", "Stopping", "Deleting", "ImageNotRead", "DrainingForChange", "Refilling", "DeletingForChange"}
)
"""Reasons of waiting that the Event of a step has told already, or that pass at once."""


def step_notes(step: PoolStep, *, outside: bool) -> tuple[Note, ...]:
    """The Event of a step that was taken; `outside`: what it puts right was changed by somebody else."""
    notes: tuple[Note, ...]
    match step:
        case Create():
            notes = (_note("Created", "Create", _created(step)),)
        case Patch() | ReplaceProperties():
            notes = (_properties_note(step, outside=outside),)
        case Delete():
            notes = (_note("Deleting", "Delete", _deleting(step)),)
        case ShowAdoption():
            notes = (_note("Adopting", "Adopt", f"Adopting the pool, which changes {', '.join(step.changes)}"),)
        case Release():
            notes = (_note("Deleted", "Release", step.message),)
        case Wait() | Nothing() | EvaluateAutoScale():
            notes = ()
        case _:
            notes = (_size_note(step, outside=outside),)
    return notes


def _size_note(step: Scaling, *, outside: bool) -> Note:
    match step:
        case Resize():
            note = _resize_note(step, outside=outside and not step.repeats)
        case StopResize():
            message = f"Stopped the resize to {step.running} nodes: {step.wanted} are wanted"
            note = _note("ResizeStopped", "StopResize", message)
        case RemoveNodes():
            note = _note("NodesRemoved", "RemoveNodes", _removed(step))
        case EnableAutoScale():
            message = f"{', '.join(step.fields)} changed as the spec says; the formula sizes the pool"
            note = _note("AutoScaleEnabled", "EnableAutoScale", message)
        case DisableAutoScale():
            note = _note("AutoScaleDisabled", "DisableAutoScale", _formula_gone(step))
        case _:
            assert_never(step)
    return note


def transition_notes(verdict: Verdict, *, before: str | None) -> tuple[Note, ...]:
    """The Event of a verdict with another reason than `before`; None: this process has shown none yet."""
    if verdict.reason == before or verdict.reason in _UNTOLD:
        return ()
    match verdict:
        case Converged():
            return () if before is None else (_note("Ready", "Observe", verdict.message),)
        case Progressing():
            return (_note(verdict.reason, "Wait", verdict.message),)
        case Retrying() | Stalled():
            return (_note(verdict.reason, "Observe", verdict.message, kind="Warning"),)
        case _:
            assert_never(verdict)


def _removed(step: RemoveNodes) -> str:
    count = len(step.node_ids)
    if step.restored:
        return f"Removed {count:,} preempted nodes that Batch does not restore any more; others are asked for"
    return f"Removed {count:,} nodes that did no work, before any others leave"


def _created(step: Create) -> str:
    if step.timeout is None:
        return "Created the pool; its formula sizes it"
    return f"Created the pool with {step.size} nodes, timeout {durations.in_words(step.timeout)}"


def _formula_gone(step: DisableAutoScale) -> str:
    if step.for_change:
        return (
            f"Took the formula away at {step.size} nodes, so that they can leave for a change; it comes back after it"
        )
    return f"Took the formula away as the spec says; the pool stays at {step.size} nodes until it is resized"


def _deleting(step: Delete) -> str:
    if not step.change:
        return "Asked Azure to delete the pool"
    return f"Asked Azure to delete the pool, to make it again with {', '.join(step.change)} as the spec says"


def _properties_note(step: Patch | ReplaceProperties, *, outside: bool) -> Note:
    fields = ", ".join(step.fields)
    if step.adopts:
        return _note("Adopted", "Adopt", f"Took the pool over, with {fields} as the spec says")
    verb = "was" if len(step.fields) == 1 else "were"
    if outside:
        return _note("Repaired", "Update", f"{fields} {verb} changed outside; put back", kind="Warning")
    return _note("Updated", "Update", f"{fields} {verb} changed as the spec says")


def _resize_note(step: Resize, *, outside: bool) -> Note:
    within = durations.in_words(step.timeout)
    if outside:
        message = f"The size was changed outside to {step.before} nodes; put back to {step.size}, timeout {within}"
        return _note("Repaired", "Resize", message, kind="Warning")
    if step.change and not step.repeats:
        message = f"{step.before} → {step.size} nodes so that {', '.join(step.change)} can change, timeout {within}"
        return _note("Draining", "Resize", message)
    if step.repeats:
        return _note("Resized", "Resize", f"Asked again for {step.size} nodes, timeout {within}")
    return _note("Resized", "Resize", f"{step.before} → {step.size} nodes, timeout {within}")


def _note(reason: str, action: str, message: str, *, kind: Literal["Normal", "Warning"] = "Normal") -> Note:
    return Note(type=kind, reason=reason, action=action, message=message)
