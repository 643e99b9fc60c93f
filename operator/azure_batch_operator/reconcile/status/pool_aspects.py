"""The conditions of a BatchPool beside Ready and UpToDate: ImageReady, Sized, NodesHealthy."""

from azure_batch_operator.core.conditions import Condition, ConditionType
from azure_batch_operator.core.names import same
from azure_batch_operator.core.node_health import ill
from azure_batch_operator.core.plan.pool_size import preemption
from azure_batch_operator.core.plan.pool_steps import ImageAwaited, PoolView
from azure_batch_operator.core.pools import NodeCounts, ObservedPool
from azure_batch_operator.core.replicas import GateClosed
from azure_batch_operator.core.resize_errors import explain_all
from azure_batch_operator.core.sizing import current, exceeds, target
from azure_batch_operator.reconcile.status.pool_verdict import grows_regardless


def image_ready(view: PoolView) -> Condition:
    """Whether nodes can boot from the image, as many as are wanted."""
    kind = ConditionType.IMAGE_READY
    if isinstance(view.image, ImageAwaited):
        return _no(kind, view.image.reason, view.image.message)
    if isinstance(view.gate, GateClosed) and not grows_regardless(view):
        return _no(kind, view.gate.reason, view.gate.message)
    if view.violated is not None and view.violated.reason.startswith("Image"):
        return _no(kind, view.violated.reason, view.violated.message)
    return _yes(kind, "ImageAvailable", _boots(view.image.image_id, view.found))


def _boots(image_id: str | None, found: ObservedPool | None) -> str:
    """What nodes boot from, where it is another image than the wanted one, too."""
    now = found.image_id if found else None
    if image_id is not None and now is not None and not same(image_id, now):
        return f"{image_id} is there. Nodes boot from {now} until the pool is changed."
    return f"Nodes boot from {image_id or now or 'the image that the spec names itself'}."


def sized(view: PoolView) -> Condition:
    """Whether the pool has the nodes that are wanted, none of them taken back."""
    kind, found = ConditionType.SIZED, view.found
    if found is None:
        return _no(kind, "NoPool", "There is no pool yet.")
    if found.allocation_state != "steady":
        return _no(kind, "Resizing", _numbers(view, found))
    short = explain_all(found.resize_errors) if exceeds(target(found), current(found)) else None
    if short is not None:
        cores = f"{view.short_of_cores} " if view.short_of_cores else ""
        return _no(kind, short.reason, f"{_numbers(view, found)} {cores}{short.message}")
    return _sized_at_rest(view, found)


def _sized_at_rest(view: PoolView, found: ObservedPool) -> Condition:
    kind = ConditionType.SIZED
    if found.auto_scaled:
        return _yes(kind, "AutoScaled", f"{current(found)} nodes, by the pool's formula.")
    if not view.size == target(found) == current(found):
        return _no(kind, "SizeDiffers", _numbers(view, found))
    if view.preempted:
        return _no(kind, "SpotPreempted", preemption(view.preempted))
    return _yes(kind, "Sized", _numbers(view, found))


def nodes_healthy(view: PoolView, counts: NodeCounts) -> Condition:
    """Whether no node is ill, as far as the last counts tell."""
    kind, sick = ConditionType.NODES_HEALTHY, ill(counts)
    if view.breaker is not None:
        return _no(kind, "NodesBreak", view.breaker.message)
    if not sick:
        return _yes(kind, "NodesHealthy", "No node is ill.")
    numbers = ", ".join(f"{number:,} {state}" for state, number in sick.items())
    advice = "they cost money and run no task. Look at a node's errors and at the output of its start task."
    return _no(kind, "NodesIll", f"{numbers}: {advice}")


def _numbers(view: PoolView, found: ObservedPool) -> str:
    return f"{current(found)} of {view.size} nodes."


def _yes(kind: ConditionType, reason: str, message: str) -> Condition:
    return Condition(type=kind, status="True", reason=reason, message=message)


def _no(kind: ConditionType, reason: str, message: str) -> Condition:
    return Condition(type=kind, status="False", reason=reason, message=message)
