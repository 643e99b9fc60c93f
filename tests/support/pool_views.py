"""What one decision about a pool sees, and what it comes to, in tests."""

from typing import Any

from azure_batch_operator.core.conditions import Progressing, Retrying, Stalled
from azure_batch_operator.core.diff import differences
from azure_batch_operator.core.plan.pool_steps import ImageKnown, PoolView, Wait
from azure_batch_operator.core.plan.pools import next_step
from azure_batch_operator.core.pools import ObservedPool, ResizeError, WantedPool
from azure_batch_operator.core.replicas import GateClosed, GateOpen
from tests.support.batch_pools import IMAGE_ID, observed_pool, wanted_pool

NEWER = IMAGE_ID.replace("1.0.0", "2.0.0")
OPEN = GateOpen(ready=5, needed=5)
SHORT = GateClosed(
    reason="WaitingForReplicas", message="westeurope has 1 of the 5 replicas.", short=True, ready=1, needed=5
)
ABSENT = GateClosed(reason="ImageNotInRegion", message="no replica in westeurope")
QUOTA = ResizeError(code="AccountCoreQuotaReached", message="The account has reached its quota")


def view(wanted: WantedPool | None = None, found: ObservedPool | None = None, **changes: Any) -> PoolView:
    """What is decided on, with the differences that there are."""
    spec = wanted or wanted_pool()
    image = changes.setdefault("image", ImageKnown(image_id=IMAGE_ID))
    differ = differences(spec, found, image_id=image.image_id) if found else ()
    return PoolView(wanted=spec, found=found, differences=differ, **changes)


def waiting(seen: PoolView) -> Progressing | Retrying | Stalled:
    """The verdict of a turn that waits."""
    step = next_step(seen)
    assert isinstance(step, Wait)
    return step.verdict


def nodes(dedicated: int, *, current: int | None = None, **changes: Any) -> ObservedPool:
    """A pool with that target, all of its nodes there unless told otherwise."""
    there = dedicated if current is None else current
    return observed_pool(target_dedicated=dedicated, current_dedicated=there, **changes)
