"""Making a pool that is not there."""

from azure_batch_operator.core.plan.pool_gate import held_back
from azure_batch_operator.core.plan.pool_steps import (
    Create,
    ImageAwaited,
    PoolStep,
    PoolView,
    Wait,
    progressing,
    stalled,
)
from azure_batch_operator.core.pool_body import create_body
from azure_batch_operator.core.sizing import creation_timeout


def creation(view: PoolView) -> PoolStep:
    """The step towards a pool that is made right the first time."""
    if view.rival is not None:
        return stalled(
            "OwnedByAnother",
            f"BatchPool {view.rival} is older and asks for the same pool {view.wanted.pool_id}: choose another poolId.",
        )
    if view.violated is not None:
        return Wait(verdict=view.violated)
    if isinstance(view.image, ImageAwaited):
        return progressing(view.image.reason, view.image.message)
    return held_back(view) or Create(
        body=create_body(view.wanted, image_id=view.image.image_id),
        size=view.size,
        timeout=None if view.wanted.auto_scaled else creation_timeout(view.wanted, view.size),
        identities=view.wanted.identities or (),
    )
