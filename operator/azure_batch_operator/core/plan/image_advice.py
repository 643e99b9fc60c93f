"""What the owner of an image should know of its versions, although all works."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from azure_batch_operator.core.conditions import Advice
from azure_batch_operator.core.image_drift import fixed_differences
from azure_batch_operator.core.image_version import added_regions
from azure_batch_operator.core.images import ObservedVersion
from azure_batch_operator.core.plan.image_deletion import unread
from azure_batch_operator.core.plan.image_failures import is_debris
from azure_batch_operator.core.plan.image_pruning import waits_for_usage
from azure_batch_operator.core.plan.image_steps import failures_of
from azure_batch_operator.core.plan.image_users import named_users
from azure_batch_operator.core.plan.image_view import ImageView
from azure_batch_operator.core.replica_plan import target_regions

TOLD_BEFORE = timedelta(days=30)
"""So long before an end of life its owner is told."""


def versions_advice(view: ImageView) -> Iterator[Advice]:
    """All advice on the versions that are wanted or in use, and on what is kept of others."""
    yield from _plans(view)
    for version in needed_versions(view):
        yield from _regions_in_use(view, version)
        yield from _regions_as_they_are(view, version)
        yield from _end_of_version(view, version)
    yield from _end_of_definition(view)
    yield from _usage_unknown(view)
    yield from _debris(view)


def needed_versions(view: ImageView) -> tuple[ObservedVersion, ...]:
    """The wanted version, and every other one of ours that a pool boots from or wants."""
    return tuple(v for v in view.owned() if v is view.current or view.users_of(v.name.id))


def ends_of_life(view: ImageView) -> dict[str, datetime]:
    """When each needed version ends: by its own date or that of its definition, whichever comes first."""
    ends = ((version.name.version, _end_of_life(view, version)) for version in needed_versions(view))
    return {version: end for version, end in ends if end is not None}


def _end_of_life(view: ImageView, version: ObservedVersion) -> datetime | None:
    dates = (version.end_of_life, view.definition.end_of_life if view.definition else None)
    return min((date for date in dates if date is not None), default=None)


def _plans(view: ImageView) -> Iterator[Advice]:
    if view.current is None and (plan := view.plan()) is not None:
        yield from plan.advice
    for version in needed_versions(view):
        told = "" if version is view.current else f"Version {version.name.version}: "
        for advice in view.plan_of(version).advice:
            yield Advice(reason=advice.reason, message=f"{told}{advice.message}")


def _regions_in_use(view: ImageView, version: ObservedVersion) -> Iterator[Advice]:
    """Regions of ours that would leave if no pool used them: neither listed nor followed."""
    if view.wanted.replication.follow_pools:
        return
    listed = {region.key for region in view.wanted.regions}
    ours = {region.key for region in version.regions} & added_regions(version.tags)
    for key in sorted(ours - listed):
        if users := [use for use in view.users_of(version.name.id) if use.region == key]:
            yield Advice(
                reason="RegionInUse",
                message=f"Version {version.name.version} stays in {key}, which the spec does not ask for, because of "
                f"{named_users(users)}: delete these, or list the region in spec.targetRegions.",
            )


def _regions_as_they_are(view: ImageView, version: ObservedVersion) -> Iterator[Advice]:
    planned = target_regions(view.plan_of(version), version)
    for key, field in fixed_differences(version, planned):
        cure = "publish a new version" if key == version.location else "remove the region and add it again"
        yield Advice(
            reason="RegionStaysAsItIs",
            message=f"Version {version.name.version} has another {field} in {key} than the spec says, and Azure never "
            f"changes it there: {cure}.",
        )


def _end_of_version(view: ImageView, version: ObservedVersion) -> Iterator[Advice]:
    yield from _told_end(f"version {version.name.version}", version.end_of_life, view.now)


def _end_of_definition(view: ImageView) -> Iterator[Advice]:
    definition = view.definition
    if definition is not None and needed_versions(view):
        yield from _told_end(f"image definition {definition.name.definition}", definition.end_of_life, view.now)


def _told_end(thing: str, moment: datetime | None, now: datetime) -> Iterator[Advice]:
    if moment is None or moment - now > TOLD_BEFORE:
        return
    yield Advice(
        reason="EndOfLife",
        message=f"The end of life of {thing} {'has passed' if moment <= now else 'comes'}, on {moment:%Y-%m-%d}: "
        f"publish a new version for the pools that use it, or write a later endOfLifeDate.",
    )


def _usage_unknown(view: ImageView) -> Iterator[Advice]:
    if waits_for_usage(view) and view.unread_accounts:
        yield Advice(
            reason="UsageUnknown",
            message=f"Replicas or versions stay although fewer would do: {unread(view)} must be read first.",
        )


def _debris(view: ImageView) -> Iterator[Advice]:
    for version in view.owned():
        if is_debris(view, version):
            yield Advice(
                reason="FailedVersionKept",
                message=f"Version {version.name.version} was never published ({failures_of(version)}) and is wanted no "
                f"more: delete it in Azure, or let spec.keepVersions do so.",
            )
