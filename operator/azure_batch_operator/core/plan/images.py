"""The next step for a gallery image that is to be kept: source, gallery, definition, version, replicas, in order."""

from collections.abc import Callable, Iterator

from azure_batch_operator.core.image_version import allows_removal, create_body, missing_tags, patch_body
from azure_batch_operator.core.images import ObservedDefinition, ObservedVersion
from azure_batch_operator.core.json import JsonObject
from azure_batch_operator.core.names import OWNER_TAG, same
from azure_batch_operator.core.ownership import Ownership, refusal
from azure_batch_operator.core.plan.image_checks import (
    definition_objection,
    gallery_id_in_words,
    gallery_owner_tag,
    made_by_us,
    source_objections,
)
from azure_batch_operator.core.plan.image_deletion import deletion_step
from azure_batch_operator.core.plan.image_steps import (
    READS,
    WRITES,
    CreateGallery,
    CreateVersion,
    DeleteVersion,
    ImageStep,
    Nothing,
    PatchVersion,
    PutDefinition,
    ReadDefinition,
    ReadVersion,
    Retry,
    Stop,
    Wait,
    failures_of,
    replication_of,
)
from azure_batch_operator.core.plan.image_view import ImageView, owner_tag
from azure_batch_operator.core.replica_plan import ReplicaPlan, target_regions

_SWITCH = "safetyProfile.allowDeletionOfReplicatedLocations"


def next_step(view: ImageView) -> ImageStep:
    """The one step that brings Azure closer to what is wanted; a view of an image that goes yields its deletion."""
    if view.wanted.deleting:
        return deletion_step(view)
    steps = (check(view) for check in _CHECKS)
    return next((step for step in steps if step is not None), Nothing())


def _claim(view: ImageView) -> ImageStep | None:
    """While there is nothing in Azure, age decides who of several claimants goes first; afterwards the tag does."""
    if view.rival is None or view.definition is not None:
        return None
    return Stop(
        reason="OwnedByAnother",
        message=f"GalleryImage {view.rival} is older and names the same image definition: give this one another "
        f"definition.name.",
    )


def _gallery(view: ImageView) -> ImageStep | None:
    if view.gallery is None:
        return _missing_gallery(view)
    name = view.wanted.name.definition.gallery
    match view.gallery.provisioning_state.casefold():
        case "deleting":
            return Wait(reason="GalleryDeleting", message=f"{gallery_id_in_words(name)} is being deleted.")
        case "failed" if made_by_us(view) and view.may_retry(name.id):
            return _missing_gallery(view)
        case "failed":
            return Retry(reason="GalleryFailed", message=f"{gallery_id_in_words(name)} failed to be made.")
        case "creating":
            return Wait(reason="CreatingGallery", message=f"{gallery_id_in_words(name)} is being made.")
        case _:
            return None


def _missing_gallery(view: ImageView) -> ImageStep:
    name, wanted = view.wanted.name.definition.gallery, view.wanted.gallery
    if not wanted.create or wanted.location is None:
        return Wait(
            reason="DependencyNotReady",
            message=f"There is no {gallery_id_in_words(name)}: make it, or write create: true and a location into "
            f"spec.gallery.",
        )
    return CreateGallery(
        name=name,
        location=wanted.location,
        description=wanted.description,
        tags={**wanted.tags, OWNER_TAG: gallery_owner_tag(view.wanted.owner.operator_id)},
    )


def _source(view: ImageView) -> ImageStep | None:
    """Looked at only until the version exists, and before anything is made for it."""
    if view.current is not None:
        return None
    if view.source is None:
        return Wait(
            reason="DependencyNotReady",
            message=f"There is no managed image {view.wanted.managed_image_id}: make it, or name another source.",
        )
    if not same(view.source.provisioning_state, "Succeeded"):
        state = view.source.provisioning_state
        return Wait(reason="DependencyNotReady", message=f"{view.source.id} is {state or 'not finished'}.")
    objections = source_objections(view.wanted, view.source)
    if not objections:
        return None
    return Stop(reason=objections[0].reason, message=" ".join(objection.message for objection in objections))


def _serving_versions(view: ImageView) -> ImageStep | None:
    """While the wanted version has yet to come, whatever keeps it from coming must not hold back those that serve."""
    if view.current is not None:
        return None
    steps = (_version(view, version) for version in view.owned())
    return next((step for step in steps if isinstance(step, (*WRITES, *READS))), None)


def _owner_of_definition(view: ImageView) -> ImageStep | None:
    if view.definition is None or view.ownership(view.definition.tags) is Ownership.OURS:
        return None
    thing = f"Image definition {view.definition.name.definition}"
    return Stop(reason="OwnedByAnother", message=refusal(thing, owner_tag(view.definition.tags)))


def _definition(view: ImageView) -> ImageStep | None:
    definition = view.definition
    if definition is None:
        return _new_definition(view)
    if objection := definition_objection(view.wanted, definition):
        return Stop(reason=objection.reason, message=objection.message)
    return _definition_in_state(view, definition)


def _definition_in_state(view: ImageView, definition: ObservedDefinition) -> ImageStep | None:
    words = f"Image definition {definition.name.definition}"
    match definition.provisioning_state.casefold():
        case "deleting":
            return Wait(reason="DefinitionDeleting", message=f"{words} is being deleted.")
        case "failed" if view.may_retry(definition.name.id):
            return _restored_definition(view, definition, ("all",))
        case "failed":
            return Retry(reason="DefinitionFailed", message=f"{words} failed to be made.")
        case "succeeded":
            changed = _definition_drift(view, definition)
            return _restored_definition(view, definition, changed) if changed else None
        case state:
            return Wait(reason="CreatingDefinition", message=f"{words} is {state}.")


def _new_definition(view: ImageView) -> ImageStep | None:
    if view.gallery is None:
        return None
    return PutDefinition(
        name=view.wanted.name.definition,
        location=view.gallery.location,
        properties=view.wanted.definition,
        tags=view.tags(),
    )


def _definition_drift(view: ImageView, definition: ObservedDefinition) -> tuple[str, ...]:
    wanted = view.wanted.definition.get("description")
    described = () if wanted in (None, definition.properties.get("description")) else ("description",)
    return (*described, *(f"tags.{name}" for name in missing_tags(definition.tags, view.tags())))


def _restored_definition(view: ImageView, definition: ObservedDefinition, fields: tuple[str, ...]) -> ImageStep:
    """A PUT is the whole definition: what we do not model is repeated as read."""
    if definition.name.id.casefold() not in view.fresh:
        return ReadDefinition(name=definition.name)
    read = {name: value for name, value in definition.properties.items() if name != "provisioningState"}
    ours = {name.casefold() for name in view.tags()}
    foreign = {name: value for name, value in definition.tags.items() if name.casefold() not in ours}
    return PutDefinition(
        name=definition.name,
        location=definition.location,
        properties={**view.wanted.definition, **read, **_changeable(view.wanted.definition)},
        tags={**foreign, **view.tags()},
        restored=fields,
    )


def _changeable(definition: JsonObject) -> JsonObject:
    return {name: value for name, value in definition.items() if name == "description"}


def _new_version(view: ImageView) -> ImageStep | None:
    plan, source = view.plan(), view.source
    if view.current is not None or plan is None or source is None:
        return None
    return CreateVersion(
        name=view.wanted.name,
        source_id=source.id,
        regions=plan.regions,
        body=create_body(
            location=source.location, source_id=source.id, regions=target_regions(plan, None), tags=view.tags()
        ),
    )


def _versions(view: ImageView) -> ImageStep | None:
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
    sound = view.source is not None and not source_objections(view.wanted, view.source)
    unused = view.complete and not any(use.url for use in view.users_of(version.name.id))
    return version is view.current and sound and unused and view.may_retry(version.name.id)


_CHECKS: tuple[Callable[[ImageView], ImageStep | None], ...] = (
    _claim,
    _owner_of_definition,
    _serving_versions,
    _source,
    _gallery,
    _definition,
    _new_version,
    _versions,
)
