"""Resources whose spec cannot be understood any more, and that are to be deleted all the same."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

from azure_batch_operator.core.images import WantedImage
from azure_batch_operator.core.json import JsonObject
from azure_batch_operator.core.pools import WantedPool
from azure_batch_operator.reconcile.desired import BadSpec, Desired

W = TypeVar("W", WantedImage, WantedPool)

IMAGE_SEEN = "definitionId"
"""The member of a GalleryImage's status that names what there is of it in Azure."""

POOL_SEEN = "url"
"""The same of a BatchPool's status."""


def as_last_understood(desired: Desired[W], body: JsonObject | None, last: W | None) -> W | BadSpec:
    """What is wanted; of a resource that goes, and that cannot be understood, as it was understood last."""
    if not isinstance(desired.wanted, BadSpec) or not desired.deleting or last is None:
        return desired.wanted
    return replace(last, deleting=True, deletion_policy="Retain" if _retains(body) else last.deletion_policy)


def farewell(desired: Desired[W], body: JsonObject | None, *, seen: str) -> str | None:
    """Why a resource that was never understood may go without a look at Azure; None: it may not."""
    if _retains(body):
        return "deletionPolicy is Retain: whatever there is of it stays in Azure."
    if not desired.status.get(seen):
        return "Its spec cannot be understood, and nothing of it was ever seen in Azure."
    return None


def way_out(desired: Desired[W], *, seen: str) -> str:
    """What somebody can do who wants it gone."""
    return (
        f"The deletion waits for that: correct it, or write deletionPolicy: Retain to leave {desired.status.get(seen)} "
        f"in Azure."
    )


def _retains(body: JsonObject | None) -> bool:
    """Whether the spec says that all is to be left in Azure; that much can be read of any spec."""
    spec = (body or {}).get("spec")
    return isinstance(spec, Mapping) and spec.get("deletionPolicy") == "Retain"
