"""What the operator reports about a BatchPool."""

from typing import Annotated

from pydantic import Field

from azure_batch_operator.api.durations import IsoDuration
from azure_batch_operator.api.model import ListMapBy, Model
from azure_batch_operator.api.objects import Condition, HandledReconcile, ObservedGeneration


class ResizeErrorStatus(Model):
    """Why the last resize fell short."""

    code: Annotated[str, Field(description="Azure's code, like AccountCoreQuotaReached.")]
    message: Annotated[str | None, Field(description="Azure's words, with its numbers.")] = None


class PendingChange(Model):
    """A difference between spec and pool that waits."""

    field: Annotated[str, Field(description="The property that differs, as a path below spec.")]
    effect: Annotated[
        str,
        Field(description="What the change needs: emptyPool (a pool without nodes) or newPool."),
    ]
    waits_for: Annotated[
        str | None,
        Field(
            description="What comes first: EmptyPool (the last node leaves in the course of work), Drain (nodes leave "
            "for the change), Deletion (of the pool), Recreate (as rollout.strategy in the spec), or a reason of Ready."
        ),
    ] = None


class AutoScaleRunStatus(Model):
    """The last evaluation of the pool's formula."""

    timestamp: Annotated[str | None, Field(description="When that was; written every 5 minutes at most.")] = None
    results: Annotated[
        str | None, Field(description="The variables that the formula set, like $TargetDedicatedNodes=3.")
    ] = None
    error: Annotated[str | None, Field(description="Azure's code and words where it failed.")] = None


class PoolSummary(Model):
    """Two numbers each, as the columns of kubectl get show them."""

    dedicated: Annotated[str | None, Field(description="Dedicated nodes had, of those wanted: 2/2.")] = None
    spot: Annotated[str | None, Field(description="Spot nodes had, of those wanted: 0/0.")] = None


class BatchPoolStatus(Model):
    """What was found and done."""

    observed_generation: ObservedGeneration = None
    conditions: Annotated[
        tuple[Condition, ...],
        Field(
            description="Ready; Reconciling, Stalled and Advisory only while true; ImageReady, Sized, UpToDate, "
            "NodesHealthy."
        ),
        ListMapBy("type"),
    ] = ()
    pool_id: Annotated[str | None, Field(description="Id of the pool in its Batch account.")] = None
    url: Annotated[str | None, Field(description="Address of the pool.")] = None
    state: Annotated[str | None, Field(description="State of the pool: active or deleting.")] = None
    allocation_state: Annotated[
        str | None, Field(description="Whether a resize is under way: steady, resizing or stopping.")
    ] = None
    image_id: Annotated[str | None, Field(description="Resource id of the image that the pool boots from.")] = None
    image_version: Annotated[str | None, Field(description="Version of that image.")] = None
    target_dedicated_nodes: Annotated[int | None, Field(description="Dedicated nodes that Azure was asked for.")] = None
    current_dedicated_nodes: Annotated[int | None, Field(description="Dedicated nodes in the pool.")] = None
    target_low_priority_nodes: Annotated[int | None, Field(description="Spot nodes that Azure was asked for.")] = None
    current_low_priority_nodes: Annotated[int | None, Field(description="Spot nodes in the pool.")] = None
    resize_timeout: Annotated[
        IsoDuration | None, Field(description="How long the last resize may take, like PT45M.")
    ] = None
    nodes: Annotated[
        dict[str, int] | None,
        Field(description="Nodes by Azure's names of their states, like idle, running, startTaskFailed."),
    ] = None
    resize_errors: Annotated[
        tuple[ResizeErrorStatus, ...],
        Field(max_length=20, description="Why the last resize fell short, in Azure's words."),
    ] = ()
    auto_scale_run: Annotated[
        AutoScaleRunStatus | None,
        Field(description="The last evaluation of the formula, where one sizes the pool."),
    ] = None
    pending_changes: Annotated[
        tuple[PendingChange, ...],
        Field(max_length=100, description="Differences between spec and pool that wait."),
        ListMapBy("field"),
    ] = ()
    summary: Annotated[PoolSummary | None, Field(description="Numbers for the columns of kubectl get.")] = None
    selector: Annotated[
        str | None, Field(description="A label selector for the scale subresource, unique to the pool.")
    ] = None
    last_handled_reconcile_at: HandledReconcile = None
