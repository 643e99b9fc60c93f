"""Whether more nodes wait until the pool's image has the replicas for them."""

from azure_batch_operator.core.plan.pool_steps import PoolView, Wait, progressing
from azure_batch_operator.core.replicas import GateClosed


def held_back(view: PoolView) -> Wait | None:
    """The wait for replicas; None where nodes may be made now."""
    if not isinstance(view.gate, GateClosed) or goes_on_without_replicas(view):
        return None
    return progressing(view.gate.reason, view.gate.message)


def goes_on_without_replicas(view: PoolView) -> bool:
    """Whether the pool may grow although the image has too few replicas: by the spec's word, or after its patience."""
    short = isinstance(view.gate, GateClosed) and view.gate.short
    return short and (view.gate_late or view.wanted.gate_mode == "Ignore")
