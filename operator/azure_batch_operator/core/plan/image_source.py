"""Whether a version can be made from its source, and what stands against it."""

from collections.abc import Iterator, Mapping

from azure_batch_operator.core.images import (
    ObservedDefinition,
    ObservedManagedImage,
    ObservedVersion,
    WantedImage,
)
from azure_batch_operator.core.json import Json
from azure_batch_operator.core.machines import ObservedDisk
from azure_batch_operator.core.names import same
from azure_batch_operator.core.origin import origin_in
from azure_batch_operator.core.plan.image_steps import ImageStep, Stop, Wait
from azure_batch_operator.core.plan.image_view import ImageView
from azure_batch_operator.core.plan.source_rules import (
    System,
    disk_objections,
    plan_of,
    security_type_of,
    system_objections,
)
from azure_batch_operator.core.sources import (
    ManagedImageSource,
    Objection,
    SnapshotsNeeded,
    SnapshotsSource,
    SourceAnswer,
    SourceAwaited,
    SourceReady,
    SourceRefused,
    VersionSource,
)


def source_step(view: ImageView) -> ImageStep | None:
    """Looked at only until the version exists, and before anything is made for it."""
    if view.current is not None:
        return None
    match view.source:
        case SourceReady() | SnapshotsNeeded():
            return None
        case SourceAwaited(message=message):
            return Wait(reason="DependencyNotReady", message=message)
        case SourceRefused(objections=objections, message=message):
            return Stop(reason=objections[0].reason, message=message)
        case None:
            return Stop(
                reason="SourceMissing",
                message=f"There is no version {view.wanted.name.version} to adopt: write spec.source, from which it "
                f"is made.",
            )


def missing_source(words: str) -> SourceAwaited:
    """What the spec names is not there yet."""
    return SourceAwaited(reason="SourceNotFound", message=f"There is no {words}: make it, or name another source.")


def malformed_source(resource_id: str, words: str) -> SourceRefused:
    """What the spec names cannot be such a thing."""
    message = f"That is no id of a {words}: correct spec.source."
    return SourceRefused(told=resource_id, objections=(Objection(reason="SourceMalformed", message=message),))


def judged_managed_image(
    wanted: WantedImage, source: ManagedImageSource, found: ObservedManagedImage | None
) -> SourceAnswer:
    """A managed image must be finished, generalized, and fit the definition."""
    if found is None:
        return missing_source(f"managed image {source.id}")
    if not same(found.provisioning_state, "Succeeded"):
        return _unfinished(found.id, found.provisioning_state)
    if objections := tuple(_image_objections(wanted, found)):
        return SourceRefused(told=found.id, objections=objections)
    return SourceReady(location=found.location, storage_profile={"source": {"id": found.id}}, told=found.id)


def judged_snapshots(wanted: WantedImage, source: SnapshotsSource, found: Mapping[str, ObservedDisk]) -> SourceAnswer:
    """Every snapshot (or disk; `found` by id as the spec writes it) must be complete, and keep every rule."""
    listed = (source.os_disk, *(disk.id for disk in source.data_disks))
    if missing := [each for each in listed if each not in found]:
        return missing_source(f"snapshot or disk {', '.join(missing)}")
    if moving := [found[each] for each in listed if not found[each].done]:
        return _incomplete(moving[0])
    if objections := tuple(dict.fromkeys(_snapshot_objections(wanted, source, found))):
        return SourceRefused(told="the disks of spec.source.snapshots", objections=objections)
    return SourceReady(
        location=found[source.os_disk].location,
        storage_profile={
            "osDiskImage": {"source": {"id": source.os_disk}},
            "dataDiskImages": [{"lun": disk.lun, "source": {"id": disk.id}} for disk in source.data_disks],
        },
        told=source.os_disk,
        origin=found[source.os_disk].origin,
    )


def judged_version(
    wanted: WantedImage,
    source: VersionSource,
    *,
    definition: ObservedDefinition | None,
    version: ObservedVersion | None,
    preferred: str | None,
) -> SourceAnswer:
    """A version must be published, and its definition fit ours; it is copied in `preferred` (a region) if it can be."""
    if definition is None or version is None:
        return missing_source(f"image version {source.id}")
    ready = [region.key for region in version.regions if region.state == "Completed"]
    if not version.published or not ready:
        return _unfinished(source.id, version.provisioning_state)
    if objections := tuple(_version_objections(wanted, definition)):
        return SourceRefused(told=source.id, objections=objections)
    home = version.location if version.location in ready else ready[0]
    return SourceReady(
        location=preferred if preferred in ready else home,
        storage_profile={"source": {"id": version.name.id}},
        told=version.name.id,
        origin=origin_in(version.tags),
    )


def _image_objections(wanted: WantedImage, image: ObservedManagedImage) -> Iterator[Objection]:
    if not same(image.os_state, "Generalized"):
        yield Objection(
            reason="SourceNotGeneralized",
            message=f"It is {image.os_state or 'in an unknown state'}: Batch boots from generalized images "
            f"only; generalize its virtual machine and make the managed image again.",
        )
    system = System(told="It", os_type=image.os_type, generation=image.hyper_v_generation, tells_plan=False)
    yield from system_objections(wanted.definition, system)


def _snapshot_objections(
    wanted: WantedImage, source: SnapshotsSource, found: Mapping[str, ObservedDisk]
) -> Iterator[Objection]:
    os_disk = found[source.os_disk]
    if os_disk.os_type is None:
        yield Objection(
            reason="SourceMismatch",
            message=f"{os_disk.name.name} holds no operating system: name the one that does as "
            f"source.snapshots.osDisk.",
        )
    yield from disk_objections(os_disk, os_disk.name.name, is_os=True)
    for data in source.data_disks:
        disk = found[data.id]
        yield from disk_objections(disk, disk.name.name, is_os=False)
        if disk.location != os_disk.location:
            yield _elsewhere(disk, os_disk)
    system = System(
        told=os_disk.name.name,
        os_type=os_disk.os_type,
        generation=os_disk.hyper_v_generation,
        architecture=os_disk.architecture,
        security_type=os_disk.security_type,
        plan=os_disk.plan,
    )
    yield from system_objections(wanted.definition, system)


def _elsewhere(disk: ObservedDisk, os_disk: ObservedDisk) -> Objection:
    return Objection(
        reason="SourceInOtherRegion",
        message=f"{disk.name.name} is in {disk.location}, {os_disk.name.name} in {os_disk.location}: copy it there, a "
        f"version is made from one region only.",
    )


def _version_objections(wanted: WantedImage, definition: ObservedDefinition) -> Iterator[Objection]:
    properties = definition.properties
    if not same(str(properties.get("osState", "")), "Generalized"):
        yield Objection(
            reason="SourceNotGeneralized",
            message=f"It is {properties.get('osState')}: Batch boots from generalized images only; name a "
            f"version of a generalized definition.",
        )
    system = System(
        told="It",
        os_type=_text(properties.get("osType")),
        generation=_text(properties.get("hyperVGeneration")),
        architecture=_text(properties.get("architecture")),
        security_type=security_type_of(properties),
        plan=plan_of(properties.get("purchasePlan")),
    )
    yield from system_objections(wanted.definition, system)


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) else None


def _unfinished(told: str, state: str) -> SourceAwaited:
    return SourceAwaited(reason="SourceNotFinished", message=f"{told} is {state or 'not finished'}.")


def _incomplete(disk: ObservedDisk) -> SourceAwaited:
    if not same(disk.provisioning_state, "Succeeded"):
        return _unfinished(disk.name.id, disk.provisioning_state)
    return _unfinished(disk.name.id, f"copied to {disk.completion:.0f} %")
