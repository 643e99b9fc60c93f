"""The size of a pool: when to ask for another one, and what to say while Azure goes there."""

from azure_batch_operator.core.conditions import Retrying
from azure_batch_operator.core.plan.pool_gate import held_back
from azure_batch_operator.core.plan.pool_rollout import aimed_size, empties, interrupting
from azure_batch_operator.core.plan.pool_steps import (
    PoolStep,
    PoolView,
    RemoveNodes,
    Resize,
    StopResize,
    Wait,
    progressing,
    stalled,
)
from azure_batch_operator.core.pools import ObservedPool
from azure_batch_operator.core.resize_errors import explain_all
from azure_batch_operator.core.sizing import (
    Size,
    current,
    deallocation,
    drain_timeout,
    exceeds,
    resize_timeout,
    target,
)


def running_resize(view: PoolView, found: ObservedPool) -> PoolStep | None:
    """A pool that moves is left to it, but for a resize that the spec lets be stopped for another size."""
    if found.allocation_state == "steady":
        return None
    if found.allocation_state == "stopping":
        return progressing("Stopping", f"The resize is being stopped at {current(found)} nodes.")
    size = aimed_size(view, found)
    if not found.auto_scaled and _interrupts(view, found, size):
        return StopResize(running=target(found), wanted=size)
    return progressing("Resizing", f"Going to {target(found)} nodes; there are {current(found)}.{_queued(view, found)}")


def _queued(view: PoolView, found: ObservedPool) -> str:
    size = aimed_size(view, found)
    if view.wanted.auto_scaled:
        return "" if found.auto_scaled else " Then: as the formula says."
    return "" if found.auto_scaled or size == target(found) else f" Then: {size} nodes."


def _interrupts(view: PoolView, found: ObservedPool, size: Size) -> bool:
    """Whether what runs is stopped for `size`; a growth that cannot begin yet is no reason to stop anything."""
    mode = view.wanted.interrupt_resize
    if mode == "Never" or view.removing:
        return False
    can_begin = not (exceeds(size, current(found)) and _growth_held_back(view))
    return _is_unwanted_growth(size, found) or (mode == "Always" and size != target(found) and can_begin)


def _is_unwanted_growth(size: Size, found: ObservedPool) -> bool:
    asked, there = target(found), current(found)
    return (size.dedicated < asked.dedicated and there.dedicated < asked.dedicated) or (
        size.spot < asked.spot and there.spot < asked.spot
    )


def size_as_wanted(view: PoolView, found: ObservedPool) -> PoolStep | None:
    """Ask for the wanted size, once its replicas are there and the pause after a try in vain is over."""
    size = aimed_size(view, found)
    if found.auto_scaled:
        return None
    if size == target(found) == current(found):
        return _without_given_up(view)
    if exceeds(size, current(found)) and view.breaker is not None:
        return growth_broken(view, found)
    if size == target(found):
        return Wait(verdict=_fell_short(view, found)) if view.resize_pause > 0 else _resize(view, found, size)
    if exceeds(size, current(found)):
        return held_back(view) or _resize(view, found, size)
    return _named_first(view) or _resize(view, found, size)


def growth_broken(view: PoolView, _: ObservedPool) -> Wait | None:
    """A pool whose new nodes break does not grow, until somebody changes something."""
    return stalled("NodesBreak", view.breaker.message) if view.breaker is not None else None


def _growth_held_back(view: PoolView) -> Wait | None:
    return stalled("NodesBreak", view.breaker.message) if view.breaker is not None else held_back(view)


def _named_first(view: PoolView) -> RemoveNodes | None:
    """Of a pool that shrinks, nodes that do no work leave first; Azure chooses among the others."""
    return _removal(view, view.leaving, restored=False) if view.leaving else None


def _without_given_up(view: PoolView) -> RemoveNodes | None:
    """Nodes that Batch does not restore any more make room for others, which the resize after this asks for."""
    return _removal(view, view.given_up, restored=True) if view.given_up else None


def _removal(view: PoolView, node_ids: tuple[str, ...], *, restored: bool) -> RemoveNodes:
    return RemoveNodes(
        node_ids=node_ids,
        timeout=drain_timeout(view.wanted),
        deallocation=deallocation(view.wanted),
        restored=restored,
    )


def _resize(view: PoolView, found: ObservedPool, size: Size) -> Resize:
    shrinks = exceeds(current(found), size)
    change = interrupting(view, found) if empties(view, found) else ()
    return Resize(
        size=size,
        before=target(found),
        timeout=resize_timeout(view.wanted, size, found),
        deallocation=deallocation(view.wanted) if shrinks else None,
        change=tuple(each.field for each in change),
    )


def formula_fell_short(view: PoolView, found: ObservedPool) -> Wait | None:
    """A formula asks again by itself: what it did not get is told."""
    short = found.auto_scaled and found.resize_errors and exceeds(target(found), current(found))
    return Wait(verdict=_fell_short(view, found)) if short else None


def _fell_short(view: PoolView, found: ObservedPool) -> Retrying:
    counts = f"{current(found)} of {target(found)} nodes."
    explained = explain_all(found.resize_errors)
    if explained is None:
        return Retrying(reason="ResizeFellShort", message=f"{counts} Azure gives no reason; the resize is repeated.")
    cores = f"{view.short_of_cores} " if view.short_of_cores else ""
    return Retrying(reason=explained.reason, message=f"{counts} {cores}{explained.message}")


def preempted(view: PoolView, _: ObservedPool) -> Wait | None:
    """Batch restores Spot nodes by itself for a while."""
    if view.preempted == 0:
        return None
    return progressing("SpotPreempted", preemption(view.preempted))


def preemption(nodes: int) -> str:
    """The sentence about Spot nodes that Azure took back (Microsoft: "Use Spot VMs with Batch workloads")."""
    return f"Azure took {nodes:,} Spot nodes back; Batch tries to restore them for 48 hours."
