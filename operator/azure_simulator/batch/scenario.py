"""How fast pools and nodes move, and which undocumented answers the Batch service gives."""

from typing import Literal

from pydantic import Field

from azure_simulator.sections import Section, Span, span


class NodeCreation(Section):
    """The model of how fast nodes are obtained: a model, not a measurement.

    Creating one VM takes `seconds` when nothing else is created from the same image. Its source is read by
    everybody at once, so with c creations under way per ready replica of the image in the region the speed
    is 1 / (1 + c / `halfSpeedAt`): a continuous function that falls to one half at `halfSpeedAt`. A resize
    keeps at most `atOnce` creations under way. Marketplace images have as many sources as
    `marketplaceReplicas` says.
    """

    seconds: float = Field(default=60.0, gt=0)
    half_speed_at: float = Field(default=50.0, gt=0)
    at_once: int = Field(default=500, ge=1)
    marketplace_replicas: int = Field(default=10, ge=1)
    spread: float = Field(default=0.15, ge=0, lt=1)
    steps: int = Field(default=20, ge=1)
    """Nodes arrive in batches of the remaining number divided by this, at least one at a time."""


class BatchPace(Section):
    """Durations of the Batch data plane in simulated seconds."""

    creation: NodeCreation = NodeCreation()
    shortest_resize: Span = span(1.9, 2.3)
    stop: Span = span(2, 6)
    joining: Span = span(10, 30)
    starting: Span = span(40, 100)
    start_task: Span = span(5, 30)
    unusable_after: Span = span(240, 420)
    node_removal: Span = span(15, 45)
    pool_deletion: Span = span(3, 10)
    reboot: Span = span(40, 120)
    deallocation: Span = span(30, 90)
    scheduling: Span = span(1, 3)
    """Until a task that may run is sent to a free node, or one whose node has gone is noticed."""
    task: Span = span(30, 300)
    """What tasks take whose command line does not say it (`sleep 60` takes 60 seconds)."""
    job_transition: Span = span(1, 5)
    spot_restore: Span = span(600, 1800)
    spot_restore_window: float = 48 * 3600.0


RefusalWithNodes = Literal["OperationInvalidForCurrentState", "PropertyCannotBeUpdated"]
"""How a change of what nodes are made of is refused while there are nodes."""


class BatchSwitches(Section):
    """Behaviour of the Batch service that Microsoft documents nowhere, each with its answers."""

    patch_of_pool_with_nodes: RefusalWithNodes = "OperationInvalidForCurrentState"
    """PATCH of a node-bound property on a pool with nodes: 409 with the first code or 400 with the second."""

    missing_region_replica: Literal["create", "resize"] = "resize"
    """An image without a replica in the region: 400 when the pool is created, or `resizeErrors`."""

    etag_follows_allocation: bool = False
    """Becoming steady gives a pool a new ETag; recorded traffic of 2020 and 2024 keeps the old one."""

    etag_follows_stop: bool = False
    """Stopping a resize gives a pool a new ETag; recorded traffic keeps the old one."""

    etag_follows_disabled_autoscale: bool = False
    """Disabling autoscale gives a pool a new ETag; recorded traffic keeps the old one."""

    after_drain_timeout: Literal["keepRunning", "remove"] = "keepRunning"
    """Nodes whose tasks outlast the timeout of a shrinking resize stay and run on, or leave all the same."""

    mismatched_node_agent: Literal["unusable", "starting"] = "unusable"
    """What nodes end as whose node agent does not fit the image's operating system."""

    lower_case_vm_size: bool = True
    """`vmSize` is answered in lower case as in recorded traffic; else as it was given."""
