"""The versions of an image: published from the source, replicated where pools need them, each planned alike."""

from collections.abc import Iterator

from azure_batch_operator.core.image_version import allows_removal, create_body, missing_tags, patch_body
from azure_batch_operator.core.images import ObservedVersion
from azure_batch_operator.core.ownership import Ownership, refusal
from azure_batch_operator.core.plan.image_steps import (
    READS,
    WRITES,
    CreateVersion,
    DeleteVersion,
    ImageStep,
    PatchVersion,
    ReadVersion,
    Retry,
    Stop,
    Wait,
    failures_of,
    replication_of,
)
from azure_batch_operator.core.plan.image_view import ImageView, owner_tag
from azure_batch_operator.core.replica_plan import ReplicaPlan, target_regions
from azure_batch_operator.core.sources import SourceReady

_SWITCH = "safetyProfile.allowDeletionOfReplicatedLocations"


def serving_versions_step(view: ImageView) -> ImageStep | None:
    """While the wanted version has yet to come, whatever keeps it from coming must not hold back those that serve."""
    if view.current is not None:
        return None
    steps = (_version(view, version) for version in view.owned())
    return next((step for step in steps if isinstance(step, (*WRITES, *READS))), None)


def new_version_step(view: ImageView) -> ImageStep | None:
    """Publishes the wanted version where its source is."""
    plan, source = view.plan(), view.source
    if view.current is not None or plan is None or not isinstance(source, SourceReady):
        return None
    return CreateVersion(
        name=view.wanted.name,
        source=source.told,
        regions=plan.regions,
        body=create_body(
            location=source.location,
            storage_profile=source.storage_profile,
            regions=target_regions(plan, None),
            tags=view.tags(),
        ),
    )


def versions_step(view: ImageView) -> ImageStep | None:
    """All versions are planned alike, the wanted one first; a write to any of them goes before waiting for another."""
    steps = [step for version in _in_order(view) if (step := _version(view, version)) is not None]
    active = (step for step in steps if isinstance(step, (*WRITES, *READS)))
    return next(active, steps[0] if steps else None)


def _in_order(view: ImageView) -> Iterator[ObservedVersion]:
    yield from (version for version in view.versions if version is view.current)
    yield from (version for version in view.owned() if version is not view.current)


def _version(view: ImageView, version: ObservedVersion) -> ImageStep | None:
    if view.ownership(version.tags) is not Ownership.OURS:
        thing = f"Version {version.name.version}"
        return Stop(reason="OwnedByAnother", message=refusal(thing, owner_tag(version.tags)))
    plan = view.plan_of(version)
    match version.provisioning_state.casefold():
        case "succeeded":
            return _change(view, version, plan) or _unfinished(view, version, plan)
        case "failed":
            return _failed(view, version, plan)
        case "deleting":
            return Wait(reason="VersionDeleting", message=f"Version {version.name.version} is being deleted.")
        case "creating":
            return _busy(version, reason="Publishing", doing="is being published")
        case _:
            return _busy(version, reason="Replicating", doing="is changing")


def _busy(version: ObservedVersion, *, reason: str, doing: str) -> Wait:
    return Wait(reason=reason, message=f"Version {version.name.version} {doing}: {replication_of(version)}.")


def _change(view: ImageView, version: ObservedVersion, plan: ReplicaPlan) -> ImageStep | None:
    """One PATCH for all wishes; a region leaves only with the switch on, which is off at all other times."""
    changes, restored = plan.changes(), _version_drift(view, version)
    lock = allows_removal(version) and not plan.removals()
    if not (changes or restored or lock):
        return None
    return _patch(view, version, plan, restored=(*restored, *((_SWITCH,) if lock else ())))


def _patch(
    view: ImageView,
    version: ObservedVersion,
    plan: ReplicaPlan,
    *,
    restored: tuple[str, ...] = (),
    retries: bool = False,
) -> ImageStep:
    removing = bool(plan.removals())
    planned = plan.keeping_all() if removing and _must_unlock_first(view, version) else plan
    return _unread(view, version) or PatchVersion(
        name=version.name,
        body=patch_body(version, regions=target_regions(planned, version), tags=view.tags(), allow_removal=removing),
        changes=planned.changes(),
        restored=restored,
        retries=retries,
    )


def _unread(view: ImageView, version: ObservedVersion) -> ReadVersion | None:
    if version.name.id.casefold() in view.fresh:
        return None
    return ReadVersion(name=version.name, because="a change builds on what is there now")


def _must_unlock_first(view: ImageView, version: ObservedVersion) -> bool:
    return version.name.id.casefold() in view.two_step_removal and not allows_removal(version)


def _version_drift(view: ImageView, version: ObservedVersion) -> tuple[str, ...]:
    return tuple(f"tags.{name}" for name in missing_tags(version.tags, view.tags()))


def _unfinished(view: ImageView, version: ObservedVersion, plan: ReplicaPlan) -> ImageStep | None:
    """Waits until every region that the plan needs is done; what others added is none of our business."""
    planned = {region.need.key for region in plan.regions}
    states = {region.state for region in version.regions if region.key in planned}
    if states <= {"Completed"}:
        return None
    if "Failed" in states:
        return _failed_change(view, version, plan)
    return _busy(version, reason="Replicating", doing="replicates")


def _failed(view: ImageView, version: ObservedVersion, plan: ReplicaPlan) -> ImageStep:
    """A publication that never succeeded anywhere begins anew; a failed change is asked for again."""
    completed = any(region.state == "Completed" for region in version.regions)
    if completed or version.name.id.casefold() in view.served:
        return _failed_change(view, version, plan)
    if _may_publish_anew(view, version):
        return _unread(view, version) or DeleteVersion(
            name=version.name, because="its publication failed and is tried again", retries=True
        )
    return Retry(
        reason="PublishFailed",
        message=f"Azure failed to publish version {version.name.version}: {failures_of(version)}.",
    )


def _failed_change(view: ImageView, version: ObservedVersion, plan: ReplicaPlan) -> ImageStep:
    if view.may_retry(version.name.id):
        return _patch(view, version, plan, retries=True)
    return Retry(
        reason="ReplicationFailed",
        message=f"Azure failed to replicate version {version.name.version}: {failures_of(version)}.",
    )


def _may_publish_anew(view: ImageView, version: ObservedVersion) -> bool:
    """Only the wanted version, only from a source that is there, and only while no pool can hold on to it."""
    sound = isinstance(view.source, SourceReady)
    unused = view.complete and not any(use.url for use in view.users_of(version.name.id))
    return version is view.current and sound and unused and view.may_retry(version.name.id)
