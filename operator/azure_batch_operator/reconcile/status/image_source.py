"""What a GalleryImage's status tells of the source of its version, and of the snapshots in between."""

from collections.abc import Iterator

from azure_batch_operator.api.image_status import SourceOrigin
from azure_batch_operator.core.conditions import Advice, Condition, ConditionStatus, ConditionType
from azure_batch_operator.core.plan.image_view import ImageView
from azure_batch_operator.core.sources import SnapshotsNeeded, SourceAwaited, SourceReady, SourceRefused


def source_ready(view: ImageView) -> Condition:
    """Whether the version can be made from its source; every rule that it violates is told.

    A version whose publication failed is not made: its source is looked at again.
    """
    if view.current is not None and (view.source is None or view.is_published(view.current)):
        return _condition("True", "Published", "The version is made; its source is not looked at any more.")
    match view.source:
        case SourceReady(told=source):
            return _condition("True", "Succeeded", f"{source} keeps every rule.")
        case SnapshotsNeeded(told=source, captures=disks):
            words = f"{source} keeps every rule; disks of which snapshots are taken: {len(disks)}."
            return _condition("False", "CapturingDisks", words)
        case SourceAwaited(reason=reason, message=message):
            return _condition("False", reason, message)
        case SourceRefused(objections=objections, message=message):
            return _condition("False", objections[0].reason, message)
        case None:
            return _condition("False", "SourceMissing", "The spec names no source, and there is no version yet.")


def source_origin(view: ImageView) -> SourceOrigin | None:
    """The Marketplace image that the version's machine began as, where anything tells it."""
    if view.origin is None:
        return None
    return SourceOrigin(publisher=view.origin.publisher, offer=view.origin.offer, sku=view.origin.sku)


def intermediate_snapshots(view: ImageView) -> tuple[str, ...]:
    """Ids of the snapshots of ours that are there, or that are going to be made."""
    captures = view.source.captures if isinstance(view.source, SnapshotsNeeded) else ()
    there = [snapshot.name for snapshot in view.snapshots if view.is_ours(snapshot.tags)]
    names = {name.key: name for name in (*(disk.snapshot for disk in captures), *there)}
    return tuple(name.id for _, name in sorted(names.items()))


def source_advice(view: ImageView) -> Iterator[Advice]:
    """Where it is not known whether something of ours is left."""
    if view.unsearched:
        yield Advice(reason="SnapshotsUnread", message=" ".join(view.unsearched))


def _condition(status: ConditionStatus, reason: str, message: str) -> Condition:
    return Condition(type=ConditionType.SOURCE_READY, status=status, reason=reason, message=message)
