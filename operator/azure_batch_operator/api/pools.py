"""BatchPool: one pool of an Azure Batch account."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, JsonValue

from azure_batch_operator.api.accounts import PoolAccount
from azure_batch_operator.api.batch_body import BatchPoolCreateOptions
from azure_batch_operator.api.durations import GoDuration
from azure_batch_operator.api.image_versions import ImageVersion
from azure_batch_operator.api.images import AdoptionPolicy, DeletionPolicy
from azure_batch_operator.api.model import API_VERSION, Model, Rule, fixed, wire
from azure_batch_operator.api.objects import ObjectMeta
from azure_batch_operator.api.pool_identity import PoolIdentity
from azure_batch_operator.api.pool_status import BatchPoolStatus
from azure_batch_operator.api.secrets import SecretRef

GateMode = Literal["Wait", "Ignore"]
RolloutStrategy = Literal["OnEmpty", "InPlace", "Recreate"]
InterruptResize = Literal["Never", "Shrink", "Always"]
NodeDeallocationOption = Literal["requeue", "terminate", "taskcompletion", "retaineddata"]

_AT_LEAST_5_MINUTES = "duration(self) >= duration('5m')"


class GalleryImageRef(Model):
    """The GalleryImage that the pool boots from."""

    namespace: Annotated[
        str | None,
        Field(
            max_length=63,
            description="Namespace of the GalleryImage, whose spec.allowedNamespaces must list the pool's own; the "
            "pool's own when left out.",
        ),
        Rule(
            "self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')",
            "write the name of a namespace: lower-case letters, digits and dashes",
        ),
    ] = None
    name: Annotated[
        str,
        Field(max_length=63, description="Name of the GalleryImage."),
        Rule(
            "self.matches('^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$')",
            "write the metadata.name of a GalleryImage: lower-case letters, digits, dashes and dots",
        ),
    ]
    version: Annotated[
        ImageVersion | None,
        Field(
            description="Pins the pool to this version; left out, the pool follows the GalleryImage's current one. "
            "A pool with nodes keeps the version that it runs until it has none, and lists the difference in "
            "status.pendingChanges."
        ),
    ] = None


class ReplicaGate(Model):
    """Whether more nodes wait until the image has the replicas for them."""

    mode: Annotated[
        GateMode | None,
        Field(description="Wait (meant when left out) for the replicas first, or Ignore them."),
    ] = None
    timeout: Annotated[
        GoDuration | None,
        Field(description="How long to wait before going on without the replicas, like 2h (meant when left out)."),
    ] = None


class Scaling(Model):
    """How the pool changes its size."""

    max_nodes: Annotated[
        int | None,
        Field(
            ge=1,
            description="With enableAutoScale: the most nodes, dedicated and Spot together, that the formula will ask "
            "for. Replicas are planned for so many; when left out, for the nodes that there are. It bounds nothing.",
        ),
    ] = None
    replica_gate: Annotated[
        ReplicaGate,
        Field(description="Whether more nodes wait until the image has the replicas for them."),
    ] = ReplicaGate()
    drain_timeout: Annotated[
        GoDuration | None,
        Field(
            description="How long removing nodes may take, 5m or more. When left out: 1h where tasks may finish "
            "(nodeDeallocationOption taskcompletion or retaineddata), else 15m."
        ),
        Rule(
            _AT_LEAST_5_MINUTES,
            "Batch allows no timeout under 5 minutes: write drainTimeout: 5m or more",
        ),
    ] = None
    node_deallocation_option: Annotated[
        NodeDeallocationOption | None,
        Field(
            description="What becomes of running tasks when nodes are removed: requeue, terminate, taskcompletion "
            "(meant when left out: wait for them) or retaineddata (wait for their retained data, too)."
        ),
    ] = None
    interrupt_resize: Annotated[
        InterruptResize | None,
        Field(
            description="Whether a running resize is stopped for another size: Shrink (meant when left out) stops a "
            "growth that is no longer wanted, since it costs money; Always stops any resize; Never waits for its end."
        ),
    ] = None


class Rollout(Model):
    """How the pool comes to changes that Azure does not make while it has nodes."""

    strategy: Annotated[
        RolloutStrategy | None,
        Field(
            description="OnEmpty (meant when left out): work is never interrupted, the change waits until the pool has "
            "no nodes. InPlace: nodes leave as scaling.nodeDeallocationOption says, the pool is changed, and gets its "
            "nodes back. Recreate: the pool is deleted and made again, also for what Azure changes on no pool; its "
            "running tasks go back to their queue."
        ),
    ] = None


class BatchPoolSpec(BatchPoolCreateOptions):
    """What is wanted: which account and image, and the body of the Batch API's create call."""

    account: Annotated[PoolAccount, Field(description="The Batch account that the pool lives in. Immutable.")]
    pool_id: Annotated[
        str | None,
        Field(
            max_length=64,
            description="Id of the pool in its account; metadata.name when left out. Immutable.",
        ),
        Rule(
            "self.matches('^[-a-zA-Z0-9_]+$')",
            "write the pool's id with letters, digits, dashes and underscores: Batch allows no dots in it",
        ),
    ] = None
    gallery_image_ref: Annotated[
        GalleryImageRef | None,
        Field(
            description="The GalleryImage that the pool boots from; instead of "
            "virtualMachineConfiguration.imageReference."
        ),
    ] = None
    identity: Annotated[
        PoolIdentity | None,
        Field(
            description="The managed identities of the pool's nodes; when left out, they stay as Azure has them. They "
            "are given through Resource Manager, so account must name the account by resourceGroup and name. Changed "
            "only while the pool has no nodes."
        ),
    ] = None
    scaling: Annotated[Scaling, Field(description="How the pool changes its size.")] = Scaling()
    rollout: Annotated[
        Rollout,
        Field(description="How the pool comes to changes that Azure does not make while it has nodes."),
    ] = Rollout()
    suspend: Annotated[bool | None, Field(description="true stops all changes in Azure until it is taken away.")] = None
    credentials_secret_ref: Annotated[
        SecretRef | None,
        Field(description="The Secret, of the same namespace, to sign in with; the operator's own identity without."),
    ] = None
    deletion_policy: Annotated[
        DeletionPolicy | None,
        Field(
            description="What becomes of the pool in Azure when this object is deleted: Delete (meant when left out) "
            "or Retain."
        ),
    ] = None
    adoption_policy: Annotated[
        AdoptionPolicy | None,
        Field(
            description="What to do with an existing pool of that id that belongs to no BatchPool: Refuse (meant when "
            "left out), or Adopt: take it over and make it what the spec says."
        ),
    ] = None

    rules: ClassVar[tuple[Rule, ...]] = (
        *BatchPoolCreateOptions.rules,
        fixed("poolId", "a pool cannot be renamed; make another BatchPool"),
        Rule(
            "has(self.galleryImageRef) != has(self.virtualMachineConfiguration.imageReference)",
            "name the image in one way: write galleryImageRef, or virtualMachineConfiguration.imageReference",
            ".galleryImageRef",
        ),
        Rule(
            "!has(self.scaling) || !has(self.scaling.maxNodes) || (has(self.enableAutoScale) && self.enableAutoScale)",
            "scaling.maxNodes is what replicas are planned for while a formula sizes the pool: remove it, or write "
            "enableAutoScale: true",
            ".scaling.maxNodes",
        ),
        Rule(
            "!has(self.identity) || has(self.account.name)",
            "only Resource Manager gives a pool identities: name the account by resourceGroup and name, not by "
            "endpoint, or remove identity",
            ".identity",
        ),
    )

    def body(self) -> dict[str, JsonValue]:
        """The create body of the Batch API in wire form, with only what the spec sets.

        Without `id`, which is the pool's name, and without `imageReference` where galleryImageRef names the image.
        """
        return wire(self, include=BatchPoolCreateOptions.model_fields.keys())


class BatchPool(Model):
    """One pool of an Azure Batch account."""

    api_version: str = API_VERSION
    kind: Literal["BatchPool"] = "BatchPool"
    metadata: ObjectMeta
    spec: Annotated[
        BatchPoolSpec,
        Field(description="What is wanted: which account and image, and the body of the Batch API's create call."),
    ]
    status: Annotated[
        BatchPoolStatus,
        Field(description="What was found and done; written by the operator."),
    ] = BatchPoolStatus()

    @property
    def pool_id(self) -> str:
        """Id of the pool in its Batch account."""
        return self.spec.pool_id or self.metadata.name
