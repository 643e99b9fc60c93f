"""What every Kubernetes object has: metadata and conditions."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from azure_batch_operator.api.model import Int64, Model

ConditionStatus = Literal["True", "False", "Unknown"]

ObservedGeneration = Annotated[Int64 | None, Field(description="The metadata.generation that this status is about.")]
HandledReconcile = Annotated[
    str | None,
    Field(description="Value of the annotation azurebatch.io/reconcile-requested-at that was last acted on."),
]


class ObjectMeta(Model):
    """The part of an object's metadata that the operator reads."""

    name: str
    namespace: str
    uid: str = ""
    resource_version: str = ""
    generation: int = 0
    creation_timestamp: datetime | None = None
    deletion_timestamp: datetime | None = None
    finalizers: tuple[str, ...] = ()
    labels: dict[str, str] = Field(default_factory=dict)
    annotations: dict[str, str] = Field(default_factory=dict)

    @property
    def deleting(self) -> bool:
        """Whether somebody asked for the object to be deleted."""
        return self.deletion_timestamp is not None


class Condition(Model):
    """One aspect of the object's state, as the Kubernetes API conventions define it."""

    type: Annotated[str, Field(max_length=316, description="Name of the condition, unique in the list.")]
    status: Annotated[ConditionStatus, Field(description="Whether the condition holds.")]
    observed_generation: Annotated[
        Int64 | None, Field(description="The metadata.generation that the condition was computed from.")
    ] = None
    last_transition_time: Annotated[datetime, Field(description="When status last changed.")]
    reason: Annotated[str, Field(max_length=1024, description="Why, as one word in CamelCase that a program can read.")]
    message: Annotated[str, Field(max_length=32768, description="Why, in words, and what to do next.")]
