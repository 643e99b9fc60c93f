"""Looks at everything that one decision about a gallery image needs, and at no more."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar, assert_never

from azure_batch_operator.cloud.images import Images
from azure_batch_operator.core.failures import AzureFailure
from azure_batch_operator.core.images import (
    ObservedDefinition,
    ObservedGallery,
    ObservedVersion,
    WantedImage,
)
from azure_batch_operator.core.names import DefinitionName, GalleryName, VersionName, same
from azure_batch_operator.core.ownership import known_owner
from azure_batch_operator.core.plan.image_gallery import made_by_us
from azure_batch_operator.core.plan.image_steps import Read, ReadDefinition, ReadVersion
from azure_batch_operator.core.plan.image_view import ImageView, owner_tag
from azure_batch_operator.reconcile.beliefs import Beliefs
from azure_batch_operator.reconcile.desired import Desired, ImageStore
from azure_batch_operator.reconcile.image_memory import ImageMemory
from azure_batch_operator.reconcile.image_snapshots import SnapshotSight
from azure_batch_operator.reconcile.image_source import ImageSources
from azure_batch_operator.reconcile.keys import ImageKey
from azure_batch_operator.reconcile.node_agents import NodeAgents
from azure_batch_operator.reconcile.sightings import Sightings
from azure_batch_operator.reconcile.usage import Usage
from azure_batch_operator.reconcile.versions import carried, forget, take_note

HOUR = 3600.0
"""Seconds for which a gallery is believed: it is used as it is, and nothing of it is restored."""

NEVER = float("-inf")
T = TypeVar("T", ObservedGallery, ObservedDefinition)


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """A view, and whether looking found that what serves nodes has changed."""

    view: ImageView
    serving_changed: bool = False
    anew: bool = False
    """Whether somebody asked for it, so that nothing was believed."""


@dataclass(slots=True, kw_only=True)
class ImageSight:
    """Builds views: believes what may be believed, and asks Azure for the rest."""

    images: Images
    sources: ImageSources
    snapshots: SnapshotSight
    node_agents: NodeAgents
    beliefs: Beliefs
    usage: Usage
    store: ImageStore
    memory: ImageMemory
    now: Callable[[], datetime]
    former_operator_ids: frozenset[str] = field(default_factory=frozenset)
    namespaces: frozenset[str] = field(default_factory=frozenset)
    """The namespaces that are watched; none: all."""

    async def look(self, key: ImageKey, desired: Desired[WantedImage], wanted: WantedImage) -> Looked:
        """Everything that the next step depends on; raises AzureFailure."""
        view = self._known(key, desired, wanted)
        if wanted.deleting:
            return Looked(view=await self.snapshots.look(key, desired, await self._for_deletion(view)))
        anew = self.memory.is_asked(desired)
        if anew:
            self._doubt_all(wanted.name.definition)
            self.snapshots.memory.search_anew(key)
        gallery = await self._gallery(wanted.name.definition.gallery, max_age=HOUR)
        definition = await self._definition(wanted.name.definition) if gallery else None
        looked = Looked(view=replace(view, gallery=gallery, definition=definition), anew=anew)
        looked = await self._with_versions(looked)
        view = await self._with_source(key, desired, looked.view)
        return self._with_orphans(replace(looked, view=await self.node_agents.suggest(key, view)))

    async def read(self, looked: Looked, step: Read) -> Looked:
        """The same view with one object read anew."""
        match step:
            case ReadVersion():
                return self._with_orphans(await self._read_version(looked, step.name))
            case ReadDefinition():
                definition = await self._definition(step.name, fresh=True)
                fresh = looked.view.fresh | {step.name.id.casefold()}
                return self._with_orphans(
                    replace(looked, view=replace(looked.view, definition=definition, fresh=fresh))
                )
            case _:
                assert_never(step)

    async def _read_version(self, looked: Looked, name: VersionName) -> Looked:
        sent_at = self.beliefs.monotonic()
        version = await self.images.get_version(name, replication=True)
        changed = looked.serving_changed
        if version is not None:
            changed |= take_note(self.beliefs, version, sent_at=sent_at).serving
        else:
            self._is_gone(name, sent_at)
        others = tuple(found for found in looked.view.versions if not same(found.name.id, name.id))
        versions = (version, *others) if version is not None else others
        view = replace(looked.view, fresh=looked.view.fresh | {name.id.casefold()})
        return replace(looked, view=self._remembered(view, versions), serving_changed=changed)

    def _known(self, key: ImageKey, desired: Desired[WantedImage], wanted: WantedImage) -> ImageView:
        return ImageView(
            wanted=wanted,
            now=self.now(),
            uses=self.usage.uses(key),
            unread_accounts=tuple(ref.name or ref.key for ref in self.usage.unread_accounts(key)),
            rival=self._rival(key, desired, wanted),
            former_operator_ids=self.former_operator_ids,
            shown=self.memory.shown(desired),
            deleted_inside=self.memory.deleted_inside(desired),
            gallery_shared=wanted.deleting and self._is_shared(key, wanted),
        )

    async def _for_deletion(self, view: ImageView) -> ImageView:
        """Absence and emptiness are never believed: all is read in this turn, but nothing where all is retained."""
        if view.wanted.deletion_policy == "Retain":
            return view
        name = view.wanted.name.definition
        gallery = await self._gallery(name.gallery, max_age=0)
        definition = await self._definition(name, fresh=True) if gallery else None
        view = replace(view, gallery=gallery, definition=definition)
        if definition is not None:
            return self._remembered(view, await self._listed(name))
        if gallery is not None and made_by_us(view):
            return replace(view, gallery_definitions=await self.images.list_definitions(name.gallery))
        return view

    async def _listed(self, name: DefinitionName) -> tuple[ObservedVersion, ...]:
        known = self.beliefs.versions.group(name.id.casefold())
        return tuple(
            carried(version, known.get(version.name.id.casefold())) for version in await self.images.list_versions(name)
        )

    async def _with_versions(self, looked: Looked) -> Looked:
        """The wanted version, by a look unless it is known; the others as the lists show them."""
        view, name = looked.view, looked.view.wanted.name
        if view.definition is None:
            return replace(looked, view=self._remembered(view, ()))
        if looked.anew:
            return await self._all_versions(looked)
        known = tuple(self.beliefs.versions.group(name.definition.id.casefold()).values())
        looked = replace(looked, view=self._remembered(view, known))
        return looked if looked.view.current else await self._read_version(looked, name)

    async def _all_versions(self, looked: Looked) -> Looked:
        """Every version that is there now; those that are ours, wanted or in use with their replication."""
        name = looked.view.wanted.name
        looked = replace(looked, view=self._remembered(looked.view, await self._listed(name.definition)))
        view = looked.view
        looked_at = (v.name for v in view.versions if view.is_ours(v.tags) or view.users_of(v.name.id))
        for each in {found.id.casefold(): found for found in (name, *looked_at)}.values():
            looked = await self._read_version(looked, each)
        return looked

    async def _with_source(self, key: ImageKey, desired: Desired[WantedImage], view: ImageView) -> ImageView:
        """The source counts only until the version is made, or when its publication failed."""
        try:
            if view.current is None or same(view.current.provisioning_state, "Failed"):
                view = replace(view, source=await self.sources.answer(view))
            return await self.snapshots.look(key, desired, view)
        except AzureFailure as failure:
            return replace(view, source=None, source_failure=failure)

    def _doubt_all(self, name: DefinitionName) -> None:
        """Nothing is believed of the gallery and the definition, nor waited for after a failure."""
        self.beliefs.galleries.doubt(name.gallery.id)
        self.beliefs.definitions.doubt(name.id)
        self.memory.retry_at_once(name.id, name.gallery.id, self.now())

    async def _gallery(self, name: GalleryName, *, max_age: float) -> ObservedGallery | None:
        since = self.beliefs.monotonic() - max_age
        return await self._look(self.beliefs.galleries, name.id, lambda: self.images.get_gallery(name), since=since)

    async def _definition(self, name: DefinitionName, *, fresh: bool = False) -> ObservedDefinition | None:
        since = self.beliefs.monotonic() if fresh else NEVER
        return await self._look(
            self.beliefs.definitions, name.id, lambda: self.images.get_definition(name), since=since
        )

    async def _look(
        self, sightings: Sightings[T], key: str, read: Callable[[], Awaitable[T | None]], *, since: float
    ) -> T | None:
        """What is believed to be there and finished; everything else is asked for, absence above all."""
        known = sightings.believed(key, since=since)
        if known and known.value is not None and known.value.provisioning_state.casefold() == "succeeded":
            return known.value
        sent_at = self.beliefs.monotonic()
        value = await read()
        sightings.see(key, value, sent_at=sent_at)
        if value is not None and value.provisioning_state.casefold() == "failed":
            self.memory.failed(key, self.now())
        return value

    def _remembered(self, view: ImageView, versions: tuple[ObservedVersion, ...]) -> ImageView:
        self.memory.note_states(versions, view.now)
        return replace(
            view,
            versions=versions,
            surplus_since=self.memory.surplus_since(versions),
            needed_lately=self.memory.needed_lately(
                versions, view.now, within=view.wanted.replication.scale_down_delay
            ),
            retry_at=self.memory.retry_times(),
            tries=self.memory.tries(),
            stuck=self.memory.stuck(),
            served=self.memory.served(versions),
            ready_in=self.memory.ready_in(versions),
            two_step_removal=frozenset(self.memory.two_step_removal),
        )

    def _is_gone(self, name: VersionName, sent_at: float) -> None:
        self.beliefs.versions.see(name.id, None, sent_at=sent_at)
        forget(self.beliefs, name.id)

    def _rival(self, key: ImageKey, desired: Desired[WantedImage], wanted: WantedImage) -> str | None:
        """The older one of those that claim the same definition; of equal age, the first by name."""
        ours = (desired.created, key)
        older = sorted(
            (found.created, other)
            for other in self.usage.claims(wanted.name.definition.id) - {key}
            if (found := self.store.get(other)) is not None and not found.deleting
        )
        return f"{older[0][1].namespace}/{older[0][1].name}" if older and older[0] < ours else None

    def _with_orphans(self, looked: Looked) -> Looked:
        """Add which of the owner tags that were seen name a GalleryImage that is gone."""
        view = looked.view
        tagged = (view.definition.tags if view.definition else {}, *(version.tags for version in view.versions))
        orphans = frozenset(tag for tags in tagged if (tag := owner_tag(tags)) and self._is_orphan(view, tag))
        return replace(looked, view=replace(view, orphans=orphans))

    def _is_orphan(self, view: ImageView, tag: str) -> bool:
        """Only of namespaces that are watched it is known which resources they have."""
        named = known_owner(tag, view.wanted.owner, view.former_operator_ids)
        if named is None or (self.namespaces and named.namespace not in self.namespaces):
            return False
        return self.store.body(ImageKey(named.namespace, named.name)) is None

    def _is_shared(self, key: ImageKey, wanted: WantedImage) -> bool:
        others = self.usage.images_in(wanted.name.definition.gallery) - {key}
        found = (self.store.get(other) for other in others)
        return any(other is not None and not other.deleting for other in found)
