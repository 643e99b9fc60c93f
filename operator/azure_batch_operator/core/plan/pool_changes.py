"""Putting the properties of a pool right: those that change at any time, and those that need a pool without nodes."""

from azure_batch_operator.core.diff import IDENTITY, Cost, Difference
from azure_batch_operator.core.ownership import Ownership
from azure_batch_operator.core.plan.pool_gate import held_back
from azure_batch_operator.core.plan.pool_steps import (
    ImageAnswer,
    ImageAwaited,
    Patch,
    PoolStep,
    PoolView,
    ReplaceProperties,
    Wait,
    progressing,
    retrying,
)
from azure_batch_operator.core.pool_body import MACHINES, live_body, patch_body
from azure_batch_operator.core.pools import ObservedPool


def live_properties(view: PoolView, found: ObservedPool) -> PoolStep | None:
    """Write what changes on a pool with nodes, too."""
    live = [each for each in view.differences if each.cost is Cost.LIVE_PATCH]
    if not live:
        return None
    fields = tuple(each.field for each in live)
    if view.repair_pause > 0:
        return _not_taken_over(fields)
    properties = sorted({each.top for each in live})
    adopts = view.ownership is not Ownership.OURS
    if "startTask" in properties and view.wanted.body.get("startTask") is None:
        return ReplaceProperties(body=live_body(view.wanted, found), fields=fields, adopts=adopts)
    return Patch(changes=patch_body(view.wanted, found, properties), fields=fields, adopts=adopts)


def properties_of_empty_pool(view: PoolView, found: ObservedPool) -> PoolStep | None:
    """Before the pool grows: its nodes are made of what it has by then. One with nodes keeps what they are made of."""
    due = due_while_empty(view.waiting, found, view.image)
    if not due:
        return None
    if view.violated is not None:
        return Wait(verdict=view.violated)
    fields = tuple(each.field for each in due)
    if view.repair_pause > 0:
        return _not_taken_over(fields)
    properties = {each.top for each in due}
    changes = patch_body(view.wanted, found, sorted(properties - {IDENTITY}), image_id=view.image.image_id)
    identities = view.wanted.identities if IDENTITY in properties else None
    return held_back(view) or Patch(changes=changes, fields=fields, of_empty_pool=True, identities=identities)


def due_while_empty(waiting: tuple[Difference, ...], found: ObservedPool, image: ImageAnswer) -> tuple[Difference, ...]:
    """What can be written now, because the pool has no nodes: all that waits for that, once its image is there."""
    needs_image = any(each.top == MACHINES for each in waiting)
    return () if not found.empty or (needs_image and isinstance(image, ImageAwaited)) else waiting


def _not_taken_over(fields: tuple[str, ...]) -> Wait:
    return retrying("NotTakenOver", f"Azure does not show as written: {', '.join(fields)}. Writing it again soon.")


def image_awaited(view: PoolView, found: ObservedPool) -> Wait | None:
    """Only a pool that would be changed at once waits for the image: one with nodes goes on with what it runs."""
    if not isinstance(view.image, ImageAwaited) or not (found.empty and view.waiting):
        return None
    return progressing(view.image.reason, view.image.message)
