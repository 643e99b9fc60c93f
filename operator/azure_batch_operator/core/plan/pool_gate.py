"""Whether more nodes, or nodes of another image, wait until the image has the replicas for them."""

from azure_batch_operator.core.plan.pool_steps import PoolView, Wait, progressing
from azure_batch_operator.core.replicas import GateAnswer, GateClosed


def held_back(view: PoolView) -> Wait | None:
    """The wait for replicas; None where nodes may be made now."""
    return _wait(view, view.gate, late=view.gate_late)


def change_held_back(view: PoolView) -> Wait | None:
    """The wait for the replicas of the image to which a pool with nodes is to be changed."""
    return _wait(view, view.change_gate, late=view.change_gate_late)


def goes_on_without_replicas(view: PoolView) -> bool:
    """Whether the pool may grow although the image has too few replicas: by the spec's word, or after its patience."""
    return _goes_on(view, view.gate, late=view.gate_late)


def _wait(view: PoolView, gate: GateAnswer | None, *, late: bool) -> Wait | None:
    if not isinstance(gate, GateClosed) or _goes_on(view, gate, late=late):
        return None
    return progressing(gate.reason, gate.message)


def _goes_on(view: PoolView, gate: GateAnswer | None, *, late: bool) -> bool:
    short = isinstance(gate, GateClosed) and gate.short
    return short and (late or view.wanted.gate_mode == "Ignore")
