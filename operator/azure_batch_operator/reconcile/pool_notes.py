"""The Events of a BatchPool: what a step did, and what a pool has begun to wait for."""

from typing import Literal, assert_never

from azure_batch_operator.core import durations
from azure_batch_operator.core.conditions import Converged, Progressing, Retrying, Stalled, Verdict
from azure_batch_operator.core.plan.pool_steps import (
    Create,
    Delete,
    Nothing,
    Patch,
    PoolStep,
    Release,
    ReplaceProperties,
    Resize,
    StopResize,
    Wait,
)
from azure_batch_operator.reconcile.outcome import Note

_UNTOLD = frozenset({"Resizing", "Stopping", "Deleting", "ImageNotRead"})
"""Reasons of waiting that the Event of a step has told already, or that pass at once."""


def step_notes(step: PoolStep, *, outside: bool) -> tuple[Note, ...]:
    """The Event of a step that was taken; `outside`: what it puts right was changed by somebody else."""
    notes: tuple[Note, ...]
    match step:
        case Create():
            notes = (_note("Created", "Create", _created(step)),)
        case Patch() | ReplaceProperties():
            notes = (_properties_note(step, outside=outside),)
        case Resize():
            notes = (_resize_note(step, outside=outside and not step.repeats),)
        case StopResize():
            message = f"Stopped growing to {step.running} nodes: {step.wanted} are wanted"
            notes = (_note("ResizeStopped", "StopResize", message),)
        case Delete():
            notes = (_note("Deleting", "Delete", "Asked Azure to delete the pool"),)
        case Release():
            notes = (_note("Deleted", "Release", step.message),)
        case Wait() | Nothing():
            notes = ()
        case _:
            assert_never(step)
    return notes


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


def _created(step: Create) -> str:
    if step.timeout is None:
        return "Created the pool; its formula sizes it"
    return f"Created the pool with {step.size} nodes, timeout {durations.in_words(step.timeout)}"


def _properties_note(step: Patch | ReplaceProperties, *, outside: bool) -> Note:
    fields = ", ".join(step.fields)
    verb = "was" if len(step.fields) == 1 else "were"
    if outside:
        return _note("Repaired", "Update", f"{fields} {verb} changed outside; put back", kind="Warning")
    return _note("Updated", "Update", f"{fields} {verb} changed as the spec says")


def _resize_note(step: Resize, *, outside: bool) -> Note:
    within = durations.in_words(step.timeout)
    if outside:
        message = f"The size was changed outside to {step.before} nodes; put back to {step.size}, timeout {within}"
        return _note("Repaired", "Resize", message, kind="Warning")
    if step.repeats:
        return _note("Resized", "Resize", f"Asked again for {step.size} nodes, timeout {within}")
    return _note("Resized", "Resize", f"{step.before} → {step.size} nodes, timeout {within}")


def _note(reason: str, action: str, message: str, *, kind: Literal["Normal", "Warning"] = "Normal") -> Note:
    return Note(type=kind, reason=reason, action=action, message=message)
