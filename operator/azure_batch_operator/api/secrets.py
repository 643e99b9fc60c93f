"""How a spec names a Secret: always of its own namespace."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from azure_batch_operator.api.model import Model, Rule

SecretForm = Literal["text", "object"]
"""What a value of a Secret is read as: a text, or the JSON of an object."""

SecretName = Annotated[
    str,
    Field(max_length=253, description="Name of the Secret, in the namespace of this object."),
    Rule(
        "self.matches('^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$')",
        "write the metadata.name of a Secret: lower-case letters, digits, dashes and dots",
    ),
]


class SecretRef(Model):
    """A Secret of the same namespace."""

    name: SecretName


class SecretKeyRef(SecretRef):
    """One value of a Secret of the same namespace."""

    key: Annotated[
        str,
        Field(max_length=253, description="Key of the value within the Secret."),
        Rule(
            "self.matches('^[-._a-zA-Z0-9]+$')",
            "write a key of the Secret's data: letters, digits, dashes, underscores and dots",
        ),
    ]


@dataclass(frozen=True, slots=True)
class StandsFor:
    """Marks a property that names a Secret in place of the property of Azure's that gets the value."""

    name: str
    """Azure's property, in the same object."""
    form: SecretForm = "text"
