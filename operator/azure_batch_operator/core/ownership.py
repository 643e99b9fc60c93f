"""Whose an Azure object is: its tag (or pool metadata item) decides; a former id of this operator counts as ours."""

from collections.abc import Collection
from enum import Enum

from azure_batch_operator.core.names import OWNER_TAG, Owner, owner_from_tag


class Ownership(Enum):
    """To whom an Azure object belongs, seen from one custom resource."""

    OURS = "ours"
    NOBODYS = "nobody's"  # no tag: made by a person or another tool
    ORPHANED = "orphaned"  # made by this or a former operator for a resource that is gone
    ANOTHERS = "another's"


def ownership(
    tag: str | None, owner: Owner, former_operator_ids: Collection[str] = (), *, orphans: Collection[str] = ()
) -> Ownership:
    """To whom the object with this `batch-operator-owner` value belongs; `orphans`: tags whose resource is gone.

    A cluster that was rebuilt from Git has the same resources under a new operator id: what carries a former id
    together with our kind, namespace and name is ours.
    """
    if not tag:
        return Ownership.NOBODYS
    named = known_owner(tag, owner, former_operator_ids)
    if named is None:
        return Ownership.ANOTHERS
    if (named.namespace, named.name) == (owner.namespace, owner.name):
        return Ownership.OURS
    return Ownership.ORPHANED if tag in orphans else Ownership.ANOTHERS


def known_owner(tag: str | None, owner: Owner, former_operator_ids: Collection[str] = ()) -> Owner | None:
    """The resource of this cluster, of the same kind as `owner`, that a tag names; None: it names something else."""
    named = owner_from_tag(tag)
    if named is None or named.kind != owner.kind:
        return None
    known = named.operator_id == owner.operator_id or named.operator_id in former_operator_ids
    return named if known else None


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
