"""Versions that Azure failed at, or never finishes with: what is tried again, how, and what only a person can mend."""

from azure_batch_operator.core.image_version import added_regions
from azure_batch_operator.core.images import ObservedRegion, ObservedVersion
from azure_batch_operator.core.names import same
from azure_batch_operator.core.plan.image_patch import patch_step, unread_step
from azure_batch_operator.core.plan.image_steps import (
    DeleteVersion,
    ImageStep,
    Retry,
    Stop,
    Wait,
    failures_of,
    replication_of,
)
from azure_batch_operator.core.plan.image_view import ImageView, Stuck
from azure_batch_operator.core.publish_failures import why_hopeless
from azure_batch_operator.core.replica_plan import ReplicaPlan
from azure_batch_operator.core.sources import SnapshotsNeeded, SourceReady


def failed_step(view: ImageView, version: ObservedVersion, plan: ReplicaPlan) -> ImageStep | None:
    """A publication that never succeeded anywhere begins anew; a failed change is asked for again."""
    if _was_published(view, version):
        return failed_change_step(view, version, plan)
    if is_debris(view, version):
        return None
    if hopeless := why_hopeless(_details(version)):
        return Stop(reason="PublishFailed", message=_told_hopeless(version, hopeless))
    if _may_publish_anew(view, version):
        return unread_step(view, version) or DeleteVersion(
            name=version.name, because="its publication failed and is tried again", retries=True
        )
    return Retry(
        reason="PublishFailed",
        message=f"Azure failed to publish version {version.name.version}: {failures_of(version)}.",
    )


def failed_change_step(view: ImageView, version: ObservedVersion, plan: ReplicaPlan) -> ImageStep:
    """The change is asked for again; where that did not help, failed regions leave, and come back with the next one.

    Both as Azure advises in its own words about failed replication jobs.
    """
    if not view.may_retry(version.name.id):
        return Retry(
            reason="ReplicationFailed",
            message=f"Azure failed to replicate version {version.name.version}: {failures_of(version)}.",
        )
    tried = view.tries.get(version.name.id.casefold(), 0) > 0
    leaving = tuple(r.key for r in version.regions if _may_leave(view, version, plan, r)) if tried else ()
    return patch_step(view, version, plan.without(leaving), retries=True, taken_out=leaving)


def busy_step(view: ImageView, version: ObservedVersion, plan: ReplicaPlan, *, reason: str, doing: str) -> ImageStep:
    """Azure works at it: waited for; after six hours told, and asked once more at growing pauses, as Azure advises."""
    stuck = view.stuck.get(version.name.id.casefold())
    if stuck is None:
        return Wait(reason=reason, message=f"Version {version.name.version} {doing}: {replication_of(version)}.")
    told = _told_stuck(view, version, stuck, doing)
    creating = same(version.provisioning_state, "Creating")
    return patch_step(view, version, plan, retries=True, while_busy=told) if stuck.ask_again and not creating else told


def is_debris(view: ImageView, version: ObservedVersion) -> bool:
    """Whether a publication failed that nobody wants any more: it is no trouble of the image's."""
    failed = same(version.provisioning_state, "Failed") and not _was_published(view, version)
    return failed and version is not view.current and not view.users_of(version.name.id)


def _was_published(view: ImageView, version: ObservedVersion) -> bool:
    return version.name.id.casefold() in view.served or any(r.state == "Completed" for r in version.regions)


def _may_publish_anew(view: ImageView, version: ObservedVersion) -> bool:
    """Only the wanted version, only from a source that is there, and only while no pool can hold on to it."""
    sound = isinstance(view.source, (SourceReady, SnapshotsNeeded))
    unused = view.complete and not any(use.url for use in view.users_of(version.name.id))
    return version is view.current and sound and unused and view.may_retry(version.name.id)


def _may_leave(view: ImageView, version: ObservedVersion, plan: ReplicaPlan, region: ObservedRegion) -> bool:
    """Only a region of ours that has nothing to lose: no replica that was ever ready, and no node."""
    planned = plan.region(region.key)
    wanted = planned is not None and planned.target > 0
    ours = region.key != version.location and region.key in added_regions(version.tags)
    bare = (version.name.id.casefold(), region.key) not in view.ready_in
    return region.state == "Failed" and wanted and ours and bare and _is_empty(view, version, region.key)


def _is_empty(view: ImageView, version: ObservedVersion, key: str) -> bool:
    users = (use for use in view.users_of(version.name.id) if use.region == key)
    return view.complete and not any(use.in_azure > 0 for use in users)


def _details(version: ObservedVersion) -> tuple[str, ...]:
    return tuple(region.details for region in version.regions if region.state == "Failed")


def _told_hopeless(version: ObservedVersion, hopeless: str) -> str:
    return (
        f"Azure failed to publish version {version.name.version}, and will again, for {hopeless}: "
        f"{failures_of(version)}. Write a new version with a source that fits, or delete this one in Azure to have it "
        f"published once more."
    )


def _told_stuck(view: ImageView, version: ObservedVersion, stuck: Stuck, doing: str) -> Retry:
    hours = int((view.now - stuck.since).total_seconds() // 3600)
    return Retry(
        reason="ReplicationStuck",
        message=f"Version {version.name.version} {doing} for {hours} h without an end: {replication_of(version)}. "
        f"It is asked for again at growing pauses; if that does not help, ask Azure's support.",
    )
