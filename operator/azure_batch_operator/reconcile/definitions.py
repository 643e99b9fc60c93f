"""Bulk observation of one image definition: one list of its versions, and a look at those that move."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from azure_batch_operator.cloud.azure import Azure
from azure_batch_operator.core.failures import AzureFailure, FailureKind
from azure_batch_operator.core.images import ObservedVersion, WantedImage
from azure_batch_operator.core.names import DefinitionName
from azure_batch_operator.reconcile.beliefs import Beliefs, CompleteList
from azure_batch_operator.reconcile.failures import detail_of
from azure_batch_operator.reconcile.keys import DefinitionKey, Key
from azure_batch_operator.reconcile.outcome import Outcome
from azure_batch_operator.reconcile.sign_ins import SignIns
from azure_batch_operator.reconcile.usage import Usage
from azure_batch_operator.reconcile.versions import News, carried, forget, moving, take_note


@dataclass(slots=True, kw_only=True)
class DefinitionObserver:
    """Looks at image definitions that GalleryImages name, often while a version moves."""

    sign_ins: SignIns
    beliefs: Beliefs
    usage: Usage
    resync_interval: float
    moving_interval: float

    async def turn(self, key: DefinitionKey) -> Outcome:
        """List the versions, and wake whom a change concerns; a failed look changes nothing."""
        claimants = self._claimants(key)
        if not claimants:
            self._forget(key)
            return Outcome()
        name = claimants[0].name.definition
        try:
            return await self.sign_ins.as_one_of(claimants, partial(self._observe, key, name))
        except AzureFailure as failure:
            if failure.kind is FailureKind.NOT_FOUND:
                return self._without_definition(key, name)
            return Outcome(
                again=failure.retry_after,
                failed=failure.retry_after is None,
                step="Observe",
                detail=detail_of(failure),
            )

    async def _observe(self, key: DefinitionKey, name: DefinitionName, azure: Azure) -> Outcome:
        sent_at = self.beliefs.monotonic()
        listed = await azure.images.list_versions(name)
        news = [await self._take_note(azure, version, sent_at) for version in listed]
        gone = self._doubt_others(name, listed)
        self.beliefs.version_lists[key.id] = _complete(sent_at, listed)
        changed = gone or any(each.changed for each in news)
        serving = gone or any(each.serving for each in news)
        return Outcome(wake=self._concerned(key, changed=changed, serving=serving), again=self._pause(name))

    async def _take_note(self, azure: Azure, listed: ObservedVersion, sent_at: float) -> News:
        """A list tells nothing of replication: what moves, or was never read, is looked at by itself."""
        before = self.beliefs.versions.believed(listed.name.id)
        known = carried(listed, before.value if before else None)
        if not moving(known):
            return take_note(self.beliefs, known, sent_at=sent_at)
        sent_at = self.beliefs.monotonic()
        version = await azure.images.get_version(listed.name, replication=True)
        if version is None:
            self.beliefs.versions.doubt(listed.name.id)
            return News(changed=True, serving=True)
        return take_note(self.beliefs, version, sent_at=sent_at)

    def _doubt_others(self, name: DefinitionName, listed: Iterable[ObservedVersion]) -> bool:
        """Versions that were believed to be there and that the list does not show: a hint for the image's turn."""
        shown = {version.name.id.casefold() for version in listed}
        missing = [version_id for version_id in self._believed(name) if version_id not in shown]
        for version_id in missing:
            self.beliefs.versions.doubt(version_id)
        return bool(missing)

    def _believed(self, name: DefinitionName) -> Mapping[str, ObservedVersion]:
        return self.beliefs.versions.group(name.id.casefold())

    def _without_definition(self, key: DefinitionKey, name: DefinitionName) -> Outcome:
        """No definition, no versions; whether that is so the image's own turn finds out."""
        known = self.beliefs.definitions.believed(name.id)
        gone = self._doubt_others(name, ()) or (known is not None and known.value is not None)
        self.beliefs.definitions.doubt(name.id)
        self.beliefs.version_lists.pop(key.id, None)
        return Outcome(wake=self._concerned(key, changed=gone, serving=gone), again=self.resync_interval)

    def _forget(self, key: DefinitionKey) -> None:
        """Nobody names the definition any more: what was seen of it grows old."""
        self.beliefs.version_lists.pop(key.id, None)
        self.beliefs.definitions.forget(key.id)
        for version_id in tuple(self.beliefs.versions.group(key.id)):
            self.beliefs.versions.forget(version_id)
            forget(self.beliefs, version_id)

    def _concerned(self, key: DefinitionKey, *, changed: bool, serving: bool) -> frozenset[Key]:
        images = self.usage.claims(key.id)
        pools = {pool for image in images for pool in self.usage.pools_of(image)} if serving else set[Key]()
        return frozenset({*(images if changed else ()), *pools})

    def _pause(self, name: DefinitionName) -> float:
        moves = any(moving(version) for version in self._believed(name).values())
        return self.moving_interval if moves else self.resync_interval

    def _claimants(self, key: DefinitionKey) -> list[WantedImage]:
        wanted = (self.usage.wanted_image(image) for image in sorted(self.usage.claims(key.id)))
        return [found for found in wanted if found is not None]


def _complete(sent_at: float, listed: Iterable[ObservedVersion]) -> CompleteList:
    return CompleteList(sent_at=sent_at, keys=frozenset(version.name.id.casefold() for version in listed))
