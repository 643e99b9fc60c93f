"""Whom a gallery image's turn concerns besides: bulk looks that are due because of it, and pools that may go on."""

from collections.abc import Iterator
from dataclasses import dataclass

from azure_batch_operator.core.plan.image_pruning import waits_for_usage
from azure_batch_operator.core.plan.image_steps import CreateVersion, ImageStep, PatchVersion
from azure_batch_operator.core.plan.image_view import ImageView
from azure_batch_operator.reconcile.beliefs import Beliefs
from azure_batch_operator.reconcile.image_sight import Looked
from azure_batch_operator.reconcile.keys import AccountKey, DefinitionKey, GalleryKey, ImageKey, Key
from azure_batch_operator.reconcile.usage import Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageWakes:
    """Looks at what is believed, and at who uses whom."""

    beliefs: Beliefs
    usage: Usage

    def after(self, key: ImageKey, looked: Looked, step: ImageStep) -> Iterator[Key]:
        """The keys to wake after a turn; all of them where somebody asked for a look at everything."""
        definition = looked.view.wanted.name.definition
        if looked.anew or isinstance(step, (CreateVersion, PatchVersion)) or self._has_unlisted_versions(looked.view):
            yield DefinitionKey(definition.id.casefold())
        if looked.anew or self._is_unlisted(looked.view):
            yield GalleryKey(definition.gallery.id.casefold())
        if looked.serving_changed:
            yield from self.usage.pools_of(key)
        yield from self._accounts(key, looked)

    def _has_unlisted_versions(self, view: ImageView) -> bool:
        listed = view.wanted.name.definition.id.casefold() in self.beliefs.version_lists
        return view.definition is not None and not listed

    def _is_unlisted(self, view: ImageView) -> bool:
        listed = view.wanted.name.definition.gallery.id.casefold() in self.beliefs.definition_lists
        return view.gallery is not None and not listed

    def _accounts(self, key: ImageKey, looked: Looked) -> Iterator[Key]:
        if looked.anew:
            yield from (AccountKey(ref.key) for ref in self.usage.accounts_of(key))
        urgent = waits_for_accounts(looked.view)
        for ref in self.usage.unread_accounts(key):
            if urgent or ref.key not in self.beliefs.pool_lists:
                yield AccountKey(ref.key)


def waits_for_accounts(view: ImageView) -> bool:
    """Whether something is held back until all watched accounts are read."""
    return not view.complete if view.wanted.deleting else waits_for_usage(view)
