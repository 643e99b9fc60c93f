"""Versions that are kept no longer: ours, unused, not the wanted one, oldest first."""

from datetime import UTC, datetime

from azure_batch_operator.core.images import ObservedVersion
from azure_batch_operator.core.plan.image_patch import unread_step
from azure_batch_operator.core.plan.image_steps import DeleteVersion, ImageStep
from azure_batch_operator.core.plan.image_view import ImageView

_NEVER_PUBLISHED = datetime.min.replace(tzinfo=UTC)


def pruning_step(view: ImageView) -> ImageStep | None:
    """Deletes one version too many; none while it is not known who uses the image."""
    spare = spare_versions(view)
    if not spare or not view.complete:
        return None
    kept = view.wanted.keep_versions
    return unread_step(view, spare[0]) or DeleteVersion(
        name=spare[0].name, because=f"spec.keepVersions is {kept}, and no pool uses it"
    )


def spare_versions(view: ImageView) -> tuple[ObservedVersion, ...]:
    """The versions that may go, oldest first; none before the wanted one is published, so that there is a way back."""
    keep, current = view.wanted.keep_versions, view.current
    if keep is None or current is None or not view.is_published(current):
        return ()
    standing = [version for version in view.owned() if version.provisioning_state.casefold() != "deleting"]
    free = sorted((version for version in standing if _may_go(view, version)), key=_age)
    return tuple(free[: max(0, len(standing) - keep)])


def waits_for_usage(view: ImageView) -> bool:
    """Whether replicas or versions stay only because it is not known who uses the image."""
    if view.complete:
        return False
    return bool(spare_versions(view)) or any(view.plan_of(version).waits_for_usage for version in view.owned())


def _may_go(view: ImageView, version: ObservedVersion) -> bool:
    unwanted = version is not view.current and not view.users_of(version.name.id)
    return unwanted and version.settled and not _is_protected(version, view.now)


def _is_protected(version: ObservedVersion, now: datetime) -> bool:
    """Azure deletes no such version before its end of life."""
    blocked = version.safety_profile.get("blockDeletionBeforeEndOfLife") is True
    return blocked and (version.end_of_life is None or version.end_of_life > now)


def _age(version: ObservedVersion) -> tuple[datetime, tuple[int, ...]]:
    return version.published_at or _NEVER_PUBLISHED, version.name.number
