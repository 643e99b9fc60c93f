"""Whose an Azure object is: its tag (or pool metadata item) decides; a former id of this operator counts as ours."""

from collections.abc import Collection
from enum import Enum

from azure_batch_operator.core.names import OWNER_TAG, Owner, owner_from_tag


class Ownership(Enum):
    """To whom an Azure object belongs, seen from one custom resource."""

    OURS = "ours"
    NOBODYS = "nobody's"  # no tag: made by a person or another tool
    ANOTHERS = "another's"


def ownership(tag: str | None, owner: Owner, former_operator_ids: Collection[str] = ()) -> Ownership:
    """To whom the object with this `batch-operator-owner` value belongs.

    A cluster that was rebuilt from Git has the same resources under a new operator id: what carries a former id
    together with our kind, namespace and name is ours.
    """
    if not tag:
        return Ownership.NOBODYS
    named = owner_from_tag(tag)
    if named is None or (named.kind, named.namespace, named.name) != (owner.kind, owner.namespace, owner.name):
        return Ownership.ANOTHERS
    known = named.operator_id == owner.operator_id or named.operator_id in former_operator_ids
    return Ownership.OURS if known else Ownership.ANOTHERS


def refusal(thing: str, tag: str | None) -> str:
    """The sentence that says why an object that is not ours is left alone, and what to do."""
    if not tag:
        return (
            f"{thing} exists already and carries no tag {OWNER_TAG}: it was not made by this operator. "
            f"Choose another name, or remove it."
        )
    return (
        f"{thing} belongs to another owner: its tag {OWNER_TAG} is {tag}. "
        f"Choose another name, or remove it together with its owner."
    )
