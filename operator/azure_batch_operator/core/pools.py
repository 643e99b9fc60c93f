"""What a Batch pool should be, and what one is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from azure_batch_operator.core.accounts import AccountRef
from azure_batch_operator.core.credentials import SecretRef
from azure_batch_operator.core.json import Json, JsonObject
from azure_batch_operator.core.names import Owner
from azure_batch_operator.core.secret_record import SecretRecord
from azure_batch_operator.core.secret_values import SecretUse

AllocationState = Literal["steady", "resizing", "stopping"]
DeletionPolicy = Literal["Delete", "Retain"]
AdoptionPolicy = Literal["Refuse", "Adopt"]
RolloutStrategy = Literal["OnEmpty", "InPlace", "Recreate"]
GateMode = Literal["Wait", "Ignore"]
InterruptResize = Literal["Never", "Shrink", "Always"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageChoice:
    """The gallery image that a pool names by reference to a GalleryImage, of its own namespace or another."""

    namespace: str
    name: str
    version: str | None = None
    """A pinned version; None follows the image's current one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedPool:
    """A BatchPool's spec as the planner reads it."""

    owner: Owner
    account: AccountRef
    pool_id: str
    body: JsonObject
    """The create body in wire form as far as the spec gives it, without `id`, node targets and `resizeTimeout`;
    with an `imageReference` only when the spec has a literal one. A value in a Secret is an InSecret until it is read,
    then Confidential."""
    image: ImageChoice | None
    """None when the body holds a literal image reference."""
    dedicated: int | None = None
    spot: int | None = None
    max_nodes: int | None = None
    """The most nodes that a formula will ask for, dedicated and Spot together; None: not said."""
    interrupt_resize: InterruptResize = "Shrink"
    """Which running resizes are stopped for another size: none, growth that is too much, or all."""
    secrets: tuple[SecretUse, ...] = ()
    """Every place in the body at which the value of a Secret belongs."""
    credentials: str | None = None
    """The Secret in the pool's own namespace to sign in with; None: the operator's own identity."""
    record: SecretRecord | None = None
    """Digests of those values; None until they are read."""
    identities: tuple[str, ...] | None = None
    """Resource Manager ids of the user-assigned identities that nodes have; None leaves them as Azure has them."""
    resize_timeout: timedelta | None = None
    drain_timeout: timedelta | None = None
    node_deallocation_option: str | None = None
    gate_mode: GateMode = "Wait"
    gate_timeout: timedelta = timedelta(hours=2)
    rollout: RolloutStrategy = "OnEmpty"
    """What may be done to running work for a change that a pool with nodes does not take."""
    deletion_policy: DeletionPolicy = "Delete"
    adoption_policy: AdoptionPolicy = "Refuse"
    suspended: bool = False
    deleting: bool = False

    @property
    def secret(self) -> SecretRef | None:
        """Where the credentials are that its calls to Azure are signed in with; None: the operator's own."""
        return SecretRef(namespace=self.owner.namespace, name=self.credentials) if self.credentials else None

    @property
    def auto_scaled(self) -> bool:
        """Whether Batch sizes the pool by a formula."""
        return self.body.get("enableAutoScale") is True

    @property
    def sized_by_targets(self) -> bool:
        """Whether no formula is to size the pool; one that says neither leaves the sizing as Azure has it."""
        named = self.dedicated is not None or self.spot is not None
        return not self.auto_scaled and (named or self.body.get("enableAutoScale") is False)

    @property
    def nodes(self) -> int:
        """Nodes that the spec asks for, dedicated and Spot together."""
        return (self.dedicated or 0) + (self.spot or 0)

    @property
    def planned_nodes(self) -> int:
        """Nodes that replicas are planned for: those asked for, or the most that a formula may bring."""
        return self.max_nodes or 0 if self.auto_scaled else self.nodes


@dataclass(frozen=True, slots=True, kw_only=True)
class ResizeError:
    """One reason why the last resize fell short, in Azure's words."""

    code: str
    message: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AutoScaleRun:
    """One evaluation of a formula."""

    timestamp: str
    """Azure's own time, as it wrote it."""
    results: str | None = None
    """The variables that the formula set, as Azure writes them: `$TargetDedicatedNodes=3;…`."""
    error: str | None = None
    """Azure's code and words where it could not be evaluated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedPool:
    """A pool as one answer of the Batch data plane showed it."""

    pool_id: str
    url: str
    etag: str
    """Bare: without quotes and without `W/`."""
    state: str
    """`active` or `deleting`."""
    allocation_state: AllocationState
    allocation_changed_at: datetime | None
    """Azure's time; only ever compared with Azure's times."""
    body: Mapping[str, Json] = field(repr=False)
    """Everything that can be compared with a create body, in wire form."""
    metadata: Mapping[str, str]
    auto_scaled: bool
    target_dedicated: int
    current_dedicated: int
    target_spot: int
    current_spot: int
    resize_timeout: timedelta | None
    resize_errors: tuple[ResizeError, ...] = ()
    auto_scale_run: AutoScaleRun | None = None
    """The last evaluation of the formula that sizes the pool."""
    image_id: str | None = None
    """`virtualMachineImageId` of the pool's image reference, when it has that form."""
    identities: tuple[str, ...] = ()
    """Resource Manager ids of its user-assigned identities."""
    state_changed_at: datetime | None = None
    """Since when it is in its state; Azure's time, too."""
    modified_at: datetime | None = None
    """When something of it was last changed; likewise."""

    @property
    def nodes(self) -> int:
        """What counts for replicas as Azure shows it: the larger of target and current, both kinds together."""
        return max(self.target_dedicated + self.target_spot, self.current_dedicated + self.current_spot)

    @property
    def steady(self) -> bool:
        """Whether no resize is under way and the pool is not being deleted."""
        return self.state == "active" and self.allocation_state == "steady"

    @property
    def empty(self) -> bool:
        """Whether it has no node and none is on its way: only then Azure changes what nodes are made of."""
        return self.steady and self.current_dedicated == self.current_spot == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeCounts:
    """Nodes of one pool by state, dedicated and Spot together; states as Azure names them (`startTaskFailed`)."""

    pool_id: str
    by_state: Mapping[str, int]
    preempted: int = 0

    @property
    def total(self) -> int:
        """Nodes in whatever state; other than the pool has now where the counts are older, or lag in Azure."""
        return sum(self.by_state.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportedImage:
    """A Marketplace image that Batch supports, and the node agent that fits its operating system."""

    node_agent_sku_id: str
    os_type: str
    """`linux` or `windows`, in Azure's letter case."""
    publisher: str
    offer: str
    sku: str
    verified: bool
    """Whether Batch tested the pair; unverified ones are expected to work."""
