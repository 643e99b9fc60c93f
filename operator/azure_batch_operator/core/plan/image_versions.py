"""The versions of an image: published from the source, replicated where pools need them, each planned alike."""

from collections.abc import Iterator

from azure_batch_operator.core.image_version import create_body
from azure_batch_operator.core.images import ObservedVersion
from azure_batch_operator.core.origin import origin_tags
from azure_batch_operator.core.plan.image_failures import busy_step, failed_change_step, failed_step
from azure_batch_operator.core.plan.image_patch import change_step, told_changes
from azure_batch_operator.core.plan.image_refusal import refused
from azure_batch_operator.core.plan.image_steps import READS, WRITES, CreateVersion, ImageStep, Stop, Wait
from azure_batch_operator.core.plan.image_view import ImageView
from azure_batch_operator.core.replica_plan import ReplicaPlan, target_regions
from azure_batch_operator.core.sources import SourceReady


def serving_versions_step(view: ImageView) -> ImageStep | None:
    """While the wanted version has yet to come, whatever keeps it from coming must not hold back those that serve."""
    if view.current is not None:
        return None
    steps = (_version(view, version) for version in view.owned())
    return next((step for step in steps if isinstance(step, (*WRITES, *READS))), None)


def new_version_step(view: ImageView) -> ImageStep | None:
    """Publishes the wanted version where its source is."""
    plan, source, wanted = view.plan(), view.source, view.wanted
    if view.current is not None or plan is None or not isinstance(source, SourceReady):
        return None
    if wanted.end_of_life is not None and wanted.end_of_life <= view.now:
        return Stop(
            reason="EndOfLifePassed",
            message=f"spec.endOfLifeDate is {wanted.end_of_life:%Y-%m-%d}, and Azure makes no version whose end of "
            f"life has passed: write a later date, or leave it out.",
        )
    return CreateVersion(
        name=wanted.name,
        source=source.told,
        regions=plan.regions,
        body=create_body(
            location=source.location,
            storage_profile=source.storage_profile,
            regions=target_regions(plan, None),
            tags=view.tags(),
            publishing=view.publishing(wanted.name),
            origin=origin_tags(source.origin),
        ),
    )


def versions_step(view: ImageView) -> ImageStep | None:
    """All versions are planned alike, the wanted one first; a write to any of them goes before waiting for another."""
    steps = [step for version in _in_order(view) if (step := _version(view, version)) is not None]
    active = (step for step in steps if isinstance(step, (*WRITES, *READS)))
    return next(active, steps[0] if steps else None)


def _in_order(view: ImageView) -> Iterator[ObservedVersion]:
    current = view.current
    yield from () if current is None else (current,)
    yield from (version for version in view.owned() if version is not current)
    yield from (v for v in view.adoptable() if v is not current and view.may_adopt(v.tags))


def _version(view: ImageView, version: ObservedVersion) -> ImageStep | None:
    if view.is_ours(version.tags):
        return _in_state(view, version, view.plan_of(version))
    if view.may_adopt(version.tags):
        return _adopted(view, version, view.plan_of(version))
    changes = f"{told_changes(view, version)} of it"
    return refused(view, f"Version {version.name.version}", version.tags, changes=changes)


def _adopted(view: ImageView, version: ObservedVersion, plan: ReplicaPlan) -> ImageStep | None:
    """What is not ours yet becomes so before anything else is done about its state."""
    return change_step(view, version, plan) if version.settled else _in_state(view, version, plan)


def _in_state(view: ImageView, version: ObservedVersion, plan: ReplicaPlan) -> ImageStep | None:
    match version.provisioning_state.casefold():
        case "succeeded":
            return change_step(view, version, plan) or _unfinished(view, version, plan)
        case "failed":
            return failed_step(view, version, plan)
        case "deleting":
            return _leaving(view, version)
        case "creating":
            return busy_step(view, version, plan, reason="Publishing", doing="is being published")
        case _:
            return busy_step(view, version, plan, reason="Replicating", doing="is changing")


def _leaving(view: ImageView, version: ObservedVersion) -> ImageStep | None:
    """Only the wanted version is missed when it goes."""
    if version is not view.current:
        return None
    return Wait(reason="VersionDeleting", message=f"Version {version.name.version} is being deleted.")


def _unfinished(view: ImageView, version: ObservedVersion, plan: ReplicaPlan) -> ImageStep | None:
    """Waits until every region that the plan needs is done; what others added is none of our business."""
    planned = {region.need.key for region in plan.regions}
    states = {region.state for region in version.regions if region.key in planned}
    if states <= {"Completed"}:
        return None
    if "Failed" in states:
        return failed_change_step(view, version, plan)
    return busy_step(view, version, plan, reason="Replicating", doing="replicates")
