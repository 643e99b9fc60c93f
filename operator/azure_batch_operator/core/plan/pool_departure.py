"""What becomes of a pool when its BatchPool is deleted."""

from azure_batch_operator.core.ownership import Ownership
from azure_batch_operator.core.plan.pool_steps import Delete, PoolStep, PoolView, Release, progressing


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
        return progressing("Deleting", f"Azure is deleting pool {name}; running tasks go back to their queue.")
    if view.wanted.suspended:
        return progressing("Suspended", "Deletion waits: set suspend: false, or deletionPolicy: Retain.")
    return Delete()
