"""Bulk observation of one gallery: one list of its definitions, whose drift is noticed here."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from azure_batch_operator.cloud.azure import Azure
from azure_batch_operator.core.failures import AzureFailure, FailureKind
from azure_batch_operator.core.images import ObservedDefinition
from azure_batch_operator.core.names import GalleryName
from azure_batch_operator.reconcile.beliefs import Beliefs, CompleteList
from azure_batch_operator.reconcile.failures import detail_of
from azure_batch_operator.reconcile.keys import GalleryKey, ImageKey
from azure_batch_operator.reconcile.outcome import Outcome
from azure_batch_operator.reconcile.sign_ins import SignIns
from azure_batch_operator.reconcile.usage import Usage


@dataclass(slots=True, kw_only=True)
class GalleryObserver:
    """Looks at the galleries that GalleryImages name."""

    sign_ins: SignIns
    beliefs: Beliefs
    usage: Usage
    resync_interval: float

    async def turn(self, key: GalleryKey) -> Outcome:
        """List the definitions, and wake the images whose own changed; a failed look changes nothing."""
        name = self._name(key)
        if name is None:
            self.beliefs.definition_lists.pop(key.id, None)
            self.beliefs.galleries.forget(key.id)
            return Outcome()
        try:
            return await self.sign_ins.as_one_of(self.usage.specs_in(name), partial(self._observe, key, name))
        except AzureFailure as failure:
            if failure.kind is FailureKind.NOT_FOUND:
                return self._without_gallery(key, name)
            return Outcome(
                again=failure.retry_after,
                failed=failure.retry_after is None,
                step="Observe",
                detail=detail_of(failure),
            )

    async def _observe(self, key: GalleryKey, name: GalleryName, azure: Azure) -> Outcome:
        sent_at = self.beliefs.monotonic()
        listed = await azure.images.list_definitions(name)
        ours = [definition for definition in listed if self.usage.claims(definition.name.id)]
        changed = {
            definition.name.id
            for definition in ours
            if self.beliefs.definitions.see(definition.name.id, definition, sent_at=sent_at)
        }
        missing = self._doubt_others(name, listed)
        keys = frozenset(definition.name.id.casefold() for definition in listed)
        self.beliefs.definition_lists[key.id] = CompleteList(sent_at=sent_at, keys=keys)
        return Outcome(wake=self._claimants(changed | missing), again=self.resync_interval)

    def _doubt_others(self, name: GalleryName, listed: Iterable[ObservedDefinition]) -> set[str]:
        """Definitions that were believed to be there and that the list does not show: a hint for the image's turn."""
        shown = {definition.name.id.casefold() for definition in listed}
        missing = self.beliefs.definitions.group(name.id.casefold()).keys() - shown
        for key in missing:
            self.beliefs.definitions.doubt(key)
        return missing

    def _without_gallery(self, key: GalleryKey, name: GalleryName) -> Outcome:
        self.beliefs.galleries.doubt(name.id)
        self.beliefs.definition_lists.pop(key.id, None)
        return Outcome(wake=self._claimants(self._doubt_others(name, ())), again=self.resync_interval)

    def _claimants(self, definitions: Iterable[str]) -> frozenset[ImageKey]:
        return frozenset(image for definition in definitions for image in self.usage.claims(definition))

    def _name(self, key: GalleryKey) -> GalleryName | None:
        return self.usage.gallery(key.id)
