"""What a user sees for every reason of Azure's why a resize falls short, word for word; `make golden`."""

from datetime import UTC, datetime
from typing import Any

from azure_batch_operator.core.plan.pools import next_step
from azure_batch_operator.core.pools import ResizeError
from azure_batch_operator.reconcile.status.pool_verdict import step_verdict
from azure_batch_operator.reconcile.status.pools import PoolReport, pool_status
from tests.support.batch_pools import wanted_pool
from tests.support.golden import GOLDEN, Golden
from tests.support.pool_views import nodes, view

ERRORS = (
    ResizeError(
        code="AccountCoreQuotaReached",
        message="The specified account has reached core quota",
        values={"CoreQuota": "6400", "CoresInUse": "6400"},
    ),
    ResizeError(code="AccountLowPriorityCoreQuotaReached", message="The account has reached low priority core quota"),
    ResizeError(code="AccountSpotCoreQuotaReached", message="The account has reached Spot core quota"),
    ResizeError(code="AccountVMSeriesCoreQuotaReached", message="The account has reached VM series core quota"),
    ResizeError(code="AllocationFailed", message="Desired number of dedicated nodes could not be allocated"),
    ResizeError(
        code="AllocationFailed",
        message="GalleryImageNotFound: The gallery image render-node is not available in westeurope region. Please "
        "contact image owner to replicate to this region, or change your requested region.",
        values={"ProviderErrorCode": "GalleryImageNotFound"},
    ),
    ResizeError(
        code="AllocationTimedout",
        message="Desired number of dedicated nodes could not be allocated as the resize timeout was reached",
    ),
    ResizeError(code="OverconstrainedAllocationRequestError", message="Allocation failed. Zone is overconstrained"),
    ResizeError(code="CommunicationEnabledPoolReachedMaxVMCount", message="The pool has reached its maximum of VMs"),
    ResizeError(code="UnsupportedVMSize", message="The VM size is not supported"),
    ResizeError(code="IncompatibleVMSize", message="The VM size is not compatible with the image"),
    ResizeError(code="DependentResourceNotFound", message="A dependent resource specified for the Pool was not found"),
    ResizeError(code="DiskEncryptionFailure", message="The disks could not be encrypted"),
    ResizeError(code="FailedIdentityOperation", message="The identity could not be assigned"),
    ResizeError(code="MissingPublisherPropertyInMarketPlacePlan", message="The plan has no publisher"),
    ResizeError(code="RemoveNodesFailed", message="Nodes could not be removed"),
    ResizeError(
        code="ResizeStopped",
        message="Desired number of dedicated nodes could not be allocated due to a stop resize operation",
    ),
    ResizeError(code="Unknown", message="An unknown error occurred"),
)
"""Every code of the .NET client's `PoolResizeErrorCodes`, and one whose message relays another."""


def shown(error: ResizeError) -> dict[str, Any]:
    """The conditions of a pool of 1,200 nodes that should be 3,000, in the pause before the next try."""
    short = nodes(3000, current=1200, resize_errors=(error,))
    seen = view(wanted_pool(dedicated=3000), short, resize_pause=60)
    report = PoolReport(
        name="frames", generation=1, handled=None, view=seen, verdict=step_verdict(next_step(seen), seen)
    )
    status: Any = pool_status(report, now=datetime(2026, 11, 23, tzinfo=UTC), previous={})
    about_size = (each for each in status["conditions"] if each["type"] in {"Ready", "Reconciling", "Stalled", "Sized"})
    conditions = [{name: each[name] for name in ("type", "status", "reason", "message")} for each in about_size]
    return {"resizeErrors": status["resizeErrors"], "conditions": conditions}


def test_every_reason_why_a_resize_falls_short() -> None:
    golden = Golden(GOLDEN / "pools" / "every-reason-why-a-resize-falls-short.yaml")
    golden.holds([shown(error) for error in ERRORS])
