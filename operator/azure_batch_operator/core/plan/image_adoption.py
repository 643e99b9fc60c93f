"""Taking over what belongs to nobody: refused unless the spec consents, and shown before anything is written."""

from collections.abc import Iterator

from azure_batch_operator.core.plan.image_definition import definition_drift, definition_objection
from azure_batch_operator.core.plan.image_patch import told_changes
from azure_batch_operator.core.plan.image_refusal import refused
from azure_batch_operator.core.plan.image_steps import ImageStep, ShowAdoption
from azure_batch_operator.core.plan.image_view import ImageView


def owner_step(view: ImageView) -> ImageStep | None:
    """Whether the definition may be touched at all."""
    definition = view.definition
    if definition is None or view.is_ours(definition.tags) or view.may_adopt(definition.tags):
        return None
    changes = "; ".join(_changes(view))
    return refused(view, f"Image definition {definition.name.definition}", definition.tags, changes=changes)


def adoption_step(view: ImageView) -> ImageStep | None:
    """Shows what is about to be taken over, with every change, once."""
    definition = view.definition
    if definition is None or definition_objection(view.wanted, definition):
        return None
    ids = frozenset(_ids(view))
    return None if ids <= view.shown else ShowAdoption(ids=ids, changes=tuple(_changes(view)))


def _ids(view: ImageView) -> Iterator[str]:
    if view.definition is not None and view.may_adopt(view.definition.tags):
        yield view.definition.name.id.casefold()
    yield from (version.name.id.casefold() for version in view.adoptable() if view.may_adopt(version.tags))


def _changes(view: ImageView) -> Iterator[str]:
    """What taking over changes, as one clause for each object."""
    definition = view.definition
    if definition is not None and view.is_free(definition.tags):
        yield f"image definition {definition.name.definition} ({', '.join(definition_drift(view, definition))})"
    yield from (f"version {version.name.version} ({told_changes(view, version)})" for version in view.adoptable())
