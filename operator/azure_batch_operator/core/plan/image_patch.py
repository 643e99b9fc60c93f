"""A change of an image version: one PATCH for all wishes, built on what was read in this very turn."""

from azure_batch_operator.core.image_drift import changeable_drift
from azure_batch_operator.core.image_version import allows_removal, patch_body
from azure_batch_operator.core.images import ObservedVersion
from azure_batch_operator.core.plan.image_steps import ImageStep, PatchVersion, ReadVersion, Retry, told_regions
from azure_batch_operator.core.plan.image_view import ImageView
from azure_batch_operator.core.replica_plan import ReplicaPlan, target_regions
from azure_batch_operator.core.tags import tag_drift

_SWITCH = "safetyProfile.allowDeletionOfReplicatedLocations"


def change_step(view: ImageView, version: ObservedVersion, plan: ReplicaPlan) -> ImageStep | None:
    """What is to be changed now; a region leaves only with the switch on, which is off at all other times."""
    drift = _drift(view, version, plan)
    if not (plan.changes() or drift or _is_left_open(version, plan)):
        return None
    return patch_step(view, version, plan)


def patch_step(
    view: ImageView,
    version: ObservedVersion,
    plan: ReplicaPlan,
    *,
    retries: bool = False,
    taken_out: tuple[str, ...] = (),
    while_busy: Retry | None = None,
) -> ImageStep:
    """The whole of what is planned, drifted fields included, as one PATCH; or first a look, if there was none yet."""
    removing = bool(plan.removals())
    planned = plan.keeping_all() if removing and _must_unlock_first(view, version) else plan
    return unread_step(view, version) or PatchVersion(
        name=version.name,
        body=patch_body(
            version,
            regions=target_regions(planned, version),
            tags=view.tags(),
            publishing=view.publishing(version.name),
            allow_removal=removing,
            now=view.now,
        ),
        changes=planned.changes(),
        restored=(*_drift(view, version, plan), *_lock(version, plan)),
        retries=retries,
        taken_out=taken_out,
        while_busy=while_busy,
        adopts=not view.is_ours(version.tags),
    )


def told_changes(view: ImageView, version: ObservedVersion) -> str:
    """Everything that a change of the version would bring, for a person: fields and tags, regions and replicas."""
    plan = view.plan_of(version)
    replicas = (told_regions(plan.changes()),) if plan.changes() else ()
    return ", ".join((*_drift(view, version, plan), *_lock(version, plan), *replicas))


def unread_step(view: ImageView, version: ObservedVersion) -> ReadVersion | None:
    """The look that comes before a change; None where it was taken in this turn."""
    if version.name.id.casefold() in view.fresh:
        return None
    return ReadVersion(name=version.name, because="a change builds on what is there now")


def _drift(view: ImageView, version: ObservedVersion, plan: ReplicaPlan) -> tuple[str, ...]:
    fields = changeable_drift(
        version, regions=target_regions(plan, version), publishing=view.publishing(version.name), now=view.now
    )
    return (*fields, *(f"tags.{name}" for name in tag_drift(version.tags, view.tags())))


def _lock(version: ObservedVersion, plan: ReplicaPlan) -> tuple[str, ...]:
    return (_SWITCH,) if _is_left_open(version, plan) else ()


def _is_left_open(version: ObservedVersion, plan: ReplicaPlan) -> bool:
    """Whether regions may be removed although none is to leave; a failed one may be about to."""
    failed = any(region.state == "Failed" for region in version.regions)
    return allows_removal(version) and not plan.removals() and not failed


def _must_unlock_first(view: ImageView, version: ObservedVersion) -> bool:
    return version.name.id.casefold() in view.two_step_removal and not allows_removal(version)
