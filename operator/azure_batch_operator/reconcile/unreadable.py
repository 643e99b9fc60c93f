"""A GalleryImage whose spec cannot be understood any more, and that is to be deleted all the same."""

from collections.abc import Mapping
from dataclasses import replace

from azure_batch_operator.core.images import WantedImage
from azure_batch_operator.core.json import JsonObject
from azure_batch_operator.reconcile.desired import BadSpec, Desired


def as_last_understood(
    desired: Desired[WantedImage], body: JsonObject | None, last: WantedImage | None
) -> WantedImage | BadSpec:
    """What is wanted; of a resource that goes, and that cannot be understood, as it was understood last."""
    if isinstance(desired.wanted, WantedImage) or not desired.deleting or last is None:
        return desired.wanted
    return replace(last, deleting=True, deletion_policy="Retain" if retains(body) else last.deletion_policy)


def retains(body: JsonObject | None) -> bool:
    """Whether the spec says that all is to be left in Azure; that much can be read of any spec."""
    spec = (body or {}).get("spec")
    return isinstance(spec, Mapping) and spec.get("deletionPolicy") == "Retain"


def farewell(desired: Desired[WantedImage], body: JsonObject | None) -> tuple[str, ...]:
    """Why a resource that was never understood may go without a look at Azure; nothing: it may not."""
    if retains(body):
        return ("deletionPolicy is Retain: whatever there is of it stays in Azure.",)
    if not desired.status.get("definitionId"):
        return ("Its spec cannot be understood, and no image definition of it was ever seen in Azure.",)
    return ()


def advice(desired: Desired[WantedImage]) -> str:
    """What somebody can do who wants it gone."""
    definition = desired.status.get("definitionId")
    return f"The deletion waits for that: correct it, or write deletionPolicy: Retain to leave {definition} in Azure."
