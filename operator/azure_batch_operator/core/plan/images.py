"""The next step for a gallery image: source, gallery, definition, version, replicas, in order; or its deletion."""

from collections.abc import Callable

from azure_batch_operator.core.plan.image_definition import definition_step, owner_step
from azure_batch_operator.core.plan.image_deletion import deletion_step
from azure_batch_operator.core.plan.image_gallery import gallery_step
from azure_batch_operator.core.plan.image_pruning import pruning_step
from azure_batch_operator.core.plan.image_source import source_step
from azure_batch_operator.core.plan.image_steps import ImageStep, Nothing, Stop
from azure_batch_operator.core.plan.image_versions import new_version_step, serving_versions_step, versions_step
from azure_batch_operator.core.plan.image_view import ImageView


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


_CHECKS: tuple[Callable[[ImageView], ImageStep | None], ...] = (
    _claim,
    owner_step,
    serving_versions_step,
    source_step,
    gallery_step,
    definition_step,
    new_version_step,
    versions_step,
    pruning_step,
)
