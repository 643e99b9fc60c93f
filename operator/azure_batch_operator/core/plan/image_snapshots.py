"""Snapshots between a machine and its version: made when a version needs them, removed when none does any more."""

from azure_batch_operator.core.images import ObservedVersion
from azure_batch_operator.core.machines import ObservedDisk
from azure_batch_operator.core.names import VERSION_TAG, VersionName, same
from azure_batch_operator.core.ownership import refusal
from azure_batch_operator.core.plan.image_steps import ImageStep, ReadVersion, Retry, Stop, Wait
from azure_batch_operator.core.plan.image_view import ImageView
from azure_batch_operator.core.plan.snapshot_steps import CreateSnapshot, DeleteSnapshot
from azure_batch_operator.core.sources import CapturedDisk, SnapshotsNeeded, SourceReady


def capture_step(view: ImageView) -> ImageStep | None:
    """Takes the snapshots that the wanted version is published from, and waits until they are complete."""
    source = view.source
    if view.current is not None or not isinstance(source, SnapshotsNeeded):
        return None
    steps = [step for disk in source.captures if (step := _capture(view, source, disk)) is not None]
    in_order = (step for kind in (Stop, CreateSnapshot, Retry, Wait) for step in steps if isinstance(step, kind))
    return next(in_order, None)


def leftover_step(view: ImageView) -> ImageStep | None:
    """Removes the snapshots of ours that no version needs; each only after a look at its version in this turn."""
    left = [found for found in view.snapshots if view.is_ours(found.tags) and not is_needed(view, found)]
    if not left:
        return None
    for snapshot in left:
        version = _version_name(view, snapshot)
        if version is not None and version.id.casefold() not in view.fresh:
            return ReadVersion(name=version, because="the snapshots that it is published from go only afterwards")
    staying = [found for found in left if not _is_going(found)]
    if staying:
        return DeleteSnapshot(name=staying[0].name, because=_why(view, staying[0]))
    return Wait(reason="DeletingSnapshot", message=f"Snapshot {left[0].name.name} is being deleted.")


def is_needed(view: ImageView, snapshot: ObservedDisk) -> bool:
    """Whether a version is, or is going to be, published from the snapshot; or it is kept on wish."""
    if is_publishing_from(view, snapshot) or _will_be_published_from(view, snapshot):
        return True
    version = _version(view, snapshot)
    return version is not None and _is_kept(view, version)


def is_publishing_from(view: ImageView, snapshot: ObservedDisk) -> bool:
    """Whether Azure makes a version from the snapshot now."""
    version = _version(view, snapshot)
    return version is not None and same(version.provisioning_state, "Creating")


def _capture(view: ImageView, source: SnapshotsNeeded, disk: CapturedDisk) -> ImageStep | None:
    name, found = disk.snapshot, view.snapshot(disk.snapshot)
    if found is None:
        return _new_snapshot(view, source, disk)
    if not view.is_ours(found.tags):
        return Stop(reason="OwnedByAnother", message=refusal(f"Snapshot {name.id}", found.owner_tag))
    if found.done:
        return None
    state = (
        f"{found.completion // 10 * 10:.0f} % done" if same(found.provisioning_state, "Succeeded") else "being taken"
    )
    return Wait(reason="CapturingDisks", message=f"Snapshot {name.name} of the {disk.attached.words} is {state}.")


def _new_snapshot(view: ImageView, source: SnapshotsNeeded, disk: CapturedDisk) -> ImageStep:
    if not view.may_retry(disk.snapshot.id):
        return Retry(
            reason="SnapshotFailed",
            message=f"Azure failed to take snapshot {disk.snapshot.name} of the {disk.attached.words}; it is taken "
            f"again after a pause.",
        )
    return CreateSnapshot(
        name=disk.snapshot,
        location=source.location,
        disk=disk.disk,
        words=f"the {disk.attached.words}",
        tags={**view.tags(), VERSION_TAG: view.wanted.name.version},
    )


def _is_going(snapshot: ObservedDisk) -> bool:
    return same(snapshot.provisioning_state, "Deleting")


def _is_captured(view: ImageView, snapshot: ObservedDisk) -> bool:
    captures = view.source.captures if isinstance(view.source, (SnapshotsNeeded, SourceReady)) else ()
    return any(disk.snapshot.key == snapshot.name.key for disk in captures)


def _will_be_published_from(view: ImageView, snapshot: ObservedDisk) -> bool:
    """Whether the wanted version is to be made, or to be made once more, from the snapshot."""
    version = view.current
    if view.wanted.deleting or same(snapshot.provisioning_state, "Failed"):
        return False
    if version is not None and same(version.provisioning_state, "Deleting"):
        return version is _version(view, snapshot)
    return (version is None or not _has_served(view, version)) and _is_captured(view, snapshot)


def _has_served(view: ImageView, version: ObservedVersion) -> bool:
    known = version.name.id.casefold() in view.served
    return known or any(region.state == "Completed" for region in version.regions)


def _is_kept(view: ImageView, version: ObservedVersion) -> bool:
    leaves = view.wanted.deleting and view.wanted.deletion_policy == "Delete"
    return view.wanted.keep_intermediate and version.published and not leaves


def _version_name(view: ImageView, snapshot: ObservedDisk) -> VersionName | None:
    """For which version it was taken, as its tag tells."""
    tagged = (value for name, value in snapshot.tags.items() if same(name, VERSION_TAG))
    version = next(tagged, None)
    return VersionName(definition=view.wanted.name.definition, version=version) if version else None


def _version(view: ImageView, snapshot: ObservedDisk) -> ObservedVersion | None:
    name = _version_name(view, snapshot)
    return view.version(name) if name else None


def _why(view: ImageView, snapshot: ObservedDisk) -> str:
    version = _version(view, snapshot)
    if version is not None and version.published:
        return f"version {version.name.version} is published"
    if same(snapshot.provisioning_state, "Failed"):
        return "Azure failed to take it"
    return "no version is made from it"
