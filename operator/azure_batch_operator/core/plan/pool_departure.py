"""What becomes of a pool when its BatchPool is deleted, and of one that somebody else deletes."""

from azure_batch_operator.core.ownership import Ownership
from azure_batch_operator.core.plan.pool_steps import Delete, PoolStep, PoolView, Release, Wait, progressing
from azure_batch_operator.core.pools import ObservedPool

_STUCK = "If this lasts for hours, look for locks on resources of the pool, and for what others put into its network."
"""Microsoft: "Delete a pool": a deletion that hangs is tried on by Batch until what holds the pool is gone."""


def departure(view: PoolView) -> PoolStep:
    """The step towards a pool that is gone, or let go of."""
    name = view.wanted.pool_id
    if view.wanted.deletion_policy == "Retain":
        return Release(message=f"Pool {name} stays in Azure: deletionPolicy is Retain.")
    if view.found is None:
        return Release(message=f"Pool {name} is gone from Azure.")
    if view.ownership is not Ownership.OURS:
        return Release(message=f"Pool {name} stays in Azure: it was never this resource's.")
    if view.found.state == "deleting":
        return progressing("Deleting", f"{_under_way(view.found)} Running tasks go back to their queue. {_STUCK}")
    if view.wanted.suspended:
        return progressing("Suspended", "Deletion waits: set suspend: false, or deletionPolicy: Retain.")
    return Delete()


def disappearing(view: PoolView, found: ObservedPool) -> Wait | None:
    """A pool that is being deleted is waited for, and made again."""
    if found.state != "deleting":
        return None
    change = tuple(each.field for each in (*view.waiting, *view.impossible))
    if change and view.wanted.rollout == "Recreate":
        again = f"It is made again with {', '.join(change)} as the spec says."
        return progressing("DeletingForChange", f"{_under_way(found)} {again} {_STUCK}")
    return progressing("PoolDeleting", f"{_under_way(found)} Somebody asked for that; it is made again. {_STUCK}")


def _under_way(found: ObservedPool) -> str:
    since = f" since {found.state_changed_at:%Y-%m-%dT%H:%M:%SZ}" if found.state_changed_at else ""
    return f"Azure shows pool {found.pool_id} as {found.state}{since}, with {found.nodes:,} nodes left."
