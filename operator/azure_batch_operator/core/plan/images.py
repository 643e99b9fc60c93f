"""The next step for a gallery image: source, gallery, definition, version, replicas, in order; or its deletion."""

from collections.abc import Callable

from azure_batch_operator.core.plan.image_adoption import adoption_step, owner_step
from azure_batch_operator.core.plan.image_definition import definition_step
from azure_batch_operator.core.plan.image_deletion import deletion_step
from azure_batch_operator.core.plan.image_gallery import gallery_step
from azure_batch_operator.core.plan.image_pruning import pruning_step
from azure_batch_operator.core.plan.image_snapshots import capture_step, leftover_step
from azure_batch_operator.core.plan.image_source import source_step
from azure_batch_operator.core.plan.image_steps import READS, WRITES, ImageStep, Nothing, Stop
from azure_batch_operator.core.plan.image_versions import new_version_step, serving_versions_step, versions_step
from azure_batch_operator.core.plan.image_view import ImageView


def next_step(view: ImageView) -> ImageStep:
    """The one step that brings Azure closer to what is wanted; a view of an image that goes yields its deletion."""
    if view.wanted.deleting:
        return deletion_step(view)
    steps = (check(view) for check in _CHECKS)
    step = next((step for step in steps if step is not None), Nothing())
    if isinstance(step, (*WRITES, *READS)) or view.source_failure is not None:
        return step
    return leftover_step(view) or step


def _claim(view: ImageView) -> ImageStep | None:
    """While nothing in Azure says whose it is, age decides who of several claimants goes first; then the tag does."""
    settled = view.definition is not None and not view.is_free(view.definition.tags)
    if view.rival is None or settled:
        return None
    return Stop(
        reason="OwnedByAnother",
        message=f"GalleryImage {view.rival} is older and names the same image definition: give this one another "
        f"definition.name.",
    )


_CHECKS: tuple[Callable[[ImageView], ImageStep | None], ...] = (
    _claim,
    owner_step,
    serving_versions_step,
    source_step,
    gallery_step,
    adoption_step,
    definition_step,
    capture_step,
    new_version_step,
    versions_step,
    pruning_step,
)
