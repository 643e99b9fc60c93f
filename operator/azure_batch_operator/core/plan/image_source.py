"""Whether a version can be made from its source, and what stands against it."""

from collections.abc import Iterator

from azure_batch_operator.core.images import ObservedManagedImage, WantedImage
from azure_batch_operator.core.json import JsonObject
from azure_batch_operator.core.names import same
from azure_batch_operator.core.plan.image_steps import ImageStep, Stop, Wait
from azure_batch_operator.core.plan.image_view import ImageView
from azure_batch_operator.core.sources import (
    ManagedImageSource,
    Objection,
    SourceAnswer,
    SourceAwaited,
    SourceReady,
    SourceRefused,
)


def source_step(view: ImageView) -> ImageStep | None:
    """Looked at only until the version exists, and before anything is made for it."""
    if view.current is not None:
        return None
    match view.source:
        case SourceReady():
            return None
        case SourceAwaited(message=message):
            return Wait(reason="DependencyNotReady", message=message)
        case SourceRefused(objections=objections):
            return Stop(reason=objections[0].reason, message=" ".join(each.message for each in objections))
        case None:
            return Stop(
                reason="SourceMissing",
                message=f"There is no version {view.wanted.name.version} to adopt: write spec.source, from which it "
                f"is made.",
            )


def judged_managed_image(
    wanted: WantedImage, source: ManagedImageSource, found: ObservedManagedImage | None
) -> SourceAnswer:
    """A managed image must be finished, generalized, and fit the definition."""
    if found is None:
        return SourceAwaited(
            reason="SourceNotFound",
            message=f"There is no managed image {source.id}: make it, or name another source.",
        )
    if not same(found.provisioning_state, "Succeeded"):
        state = found.provisioning_state
        return SourceAwaited(reason="SourceNotFinished", message=f"{found.id} is {state or 'not finished'}.")
    if objections := tuple(_objections(wanted.definition, found)):
        return SourceRefused(objections=objections)
    return SourceReady(location=found.location, storage_profile={"source": {"id": found.id}}, told=found.id)


def _objections(definition: JsonObject, source: ObservedManagedImage) -> Iterator[Objection]:
    if not same(source.os_state, "Generalized"):
        yield Objection(
            reason="SourceNotGeneralized",
            message=f"{source.id} is {source.os_state or 'in an unknown state'}: Batch boots from generalized images "
            f"only; generalize its virtual machine and make the managed image again.",
        )
    if not same(str(definition.get("osType")), source.os_type):
        yield Objection(
            reason="SourceMismatch",
            message=f"{source.id} holds {source.os_type}, spec.definition.osType is {definition.get('osType')}: "
            f"name another source, or make another GalleryImage.",
        )
    if not same(str(definition.get("hyperVGeneration")), source.hyper_v_generation):
        yield Objection(
            reason="SourceMismatch",
            message=f"{source.id} is of generation {source.hyper_v_generation}, spec.definition.hyperVGeneration is "
            f"{definition.get('hyperVGeneration')}: name another source, or make another GalleryImage.",
        )
