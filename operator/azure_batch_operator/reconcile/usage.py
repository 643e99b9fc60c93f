"""Who uses whom: BatchPools, GalleryImages and foreign pools, in both directions, and how far that is known."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from azure_batch_operator.core.accounts import Account, AccountRef
from azure_batch_operator.core.credentials import SecretRef
from azure_batch_operator.core.images import ObservedVersion, PoolUse, WantedImage
from azure_batch_operator.core.names import DefinitionName, GalleryName, VersionName, gallery_image_from_id, same
from azure_batch_operator.core.pools import ObservedPool, WantedPool
from azure_batch_operator.reconcile.beliefs import Beliefs, pool_key
from azure_batch_operator.reconcile.desired import BadSpec
from azure_batch_operator.reconcile.keys import ImageKey, PoolKey

NEVER = float("-inf")


@dataclass(slots=True, kw_only=True)
class Usage:
    """The index of who uses whom, kept by every change of a custom resource and read by both reconcilers."""

    beliefs: Beliefs
    watched: tuple[AccountRef, ...] = ()
    """Accounts that the setting `watch_accounts` names: their pools count although no BatchPool is there."""
    _pools: dict[PoolKey, WantedPool] = field(default_factory=dict)
    _images: dict[ImageKey, WantedImage] = field(default_factory=dict)
    _pools_by_image: defaultdict[ImageKey, set[PoolKey]] = field(default_factory=lambda: defaultdict(set))
    _pools_by_account: defaultdict[str, set[PoolKey]] = field(default_factory=lambda: defaultdict(set))
    """By `AccountRef.key`."""
    _pools_by_definition: defaultdict[str, set[PoolKey]] = field(default_factory=lambda: defaultdict(set))
    _claims: defaultdict[str, set[ImageKey]] = field(default_factory=lambda: defaultdict(set))
    _changed: dict[ImageKey | str, float] = field(default_factory=dict)
    """Monotonic seconds of the last change, by image (references) or folded definition id (literal ids)."""

    def pool_seen(self, key: PoolKey, wanted: WantedPool | BadSpec) -> None:
        """A BatchPool is as shown; one that cannot be understood counts as it was last understood."""
        if isinstance(wanted, BadSpec):
            return
        before = self._pools.get(key)
        self._pools[key] = wanted
        self._move(key, before, wanted)
        if before is None or _refers(before) != _refers(wanted):
            self._unlink(key, before)
            self._link(key, wanted)

    def pool_gone(self, key: PoolKey) -> None:
        """The BatchPool is gone from the API server."""
        before = self._pools.pop(key, None)
        self._move(key, before, None)
        self._unlink(key, before)

    def image_seen(self, key: ImageKey, wanted: WantedImage | BadSpec) -> None:
        """A GalleryImage is as shown; one that cannot be understood counts as it was last understood."""
        if isinstance(wanted, BadSpec):
            return
        before = self._images.get(key)
        self._images[key] = wanted
        if before is None or _scope(before) != _scope(wanted):
            self._unclaim(key, before)
            self._claims[wanted.name.definition.id.casefold()].add(key)
            self._changed[key] = self.beliefs.monotonic()

    def image_gone(self, key: ImageKey) -> None:
        """The GalleryImage is gone from the API server."""
        self._unclaim(key, self._images.pop(key, None))
        self._changed.pop(key, None)

    def pools_of(self, image: ImageKey) -> frozenset[PoolKey]:
        """The BatchPools that boot from the image: by reference, or by a literal id inside its definition."""
        wanted = self._images.get(image)
        literal = self._pools_by_definition.get(wanted.name.definition.id.casefold(), set()) if wanted else set()
        return frozenset(self._pools_by_image.get(image, set()) | {p for p in literal if self.image_of(p) == image})

    def pools_in(self, account: str) -> dict[PoolKey, WantedPool]:
        """The BatchPools of an account, by `AccountRef.key`, as they were last understood."""
        return {key: self._pools[key] for key in self._pools_by_account.get(account, ())}

    def image_of(self, pool: PoolKey) -> ImageKey | None:
        """The GalleryImage that a BatchPool boots from: the one it names, or the one that manages its literal id.

        A literal id reaches only images of the pool's own namespace.
        """
        wanted = self._pools.get(pool)
        if wanted is None:
            return None
        if wanted.image is not None:
            return ImageKey(wanted.image.namespace, wanted.image.name)
        definition = _definition_of(literal_image_id(wanted))
        found = self.image_of_definition(definition.id) if definition else None
        return found if found and found.namespace == pool.namespace else None

    def image_of_definition(self, definition_id: str) -> ImageKey | None:
        """The GalleryImage that manages a definition; of several that claim it, the first by name."""
        return min(self.claims(definition_id), default=None)

    def claims(self, definition_id: str) -> frozenset[ImageKey]:
        """Every GalleryImage whose spec names the definition."""
        return frozenset(self._claims.get(definition_id.casefold(), ()))

    def images_in(self, gallery: GalleryName) -> frozenset[ImageKey]:
        """Every GalleryImage whose spec names the gallery."""
        return frozenset(
            key for key, wanted in self._images.items() if same(wanted.name.definition.gallery.id, gallery.id)
        )

    def gallery(self, gallery_id: str) -> GalleryName | None:
        """The gallery of that id, in any letter case, as a GalleryImage names it; None when none does."""
        named = (wanted.name.definition.gallery for wanted in self._images.values())
        return next((gallery for gallery in named if same(gallery.id, gallery_id)), None)

    def wanted_image(self, image: ImageKey) -> WantedImage | None:
        """The image's spec as it was last understood."""
        return self._images.get(image)

    def specs_in(self, gallery: GalleryName) -> tuple[WantedImage, ...]:
        """What each GalleryImage asks for whose spec names the gallery, in order of their keys."""
        return tuple(self._images[key] for key in sorted(self.images_in(gallery)))

    def only_watched_by(self, account: AccountRef) -> tuple[WantedImage, ...]:
        """The images whose own lists name an account, in order of their keys.

        None where a BatchPool or the setting names it, too: then the operator itself looks at it.
        """
        if account.key in {ref.key for ref in self._common_accounts()}:
            return ()
        watching = (self._images[key] for key in sorted(self._images))
        return tuple(image for image in watching if account.key in {ref.key for ref in image.watch_accounts})

    def secrets(self) -> frozenset[SecretRef]:
        """Every Secret with credentials that an image names."""
        return frozenset(wanted.secret for wanted in self._images.values() if wanted.secret is not None)

    def changed_at(self, image: ImageKey) -> float:
        """Monotonic seconds when it last changed who uses the image; lists sent before say nothing about it."""
        wanted = self._images.get(image)
        literal = self._changed.get(wanted.name.definition.id.casefold(), NEVER) if wanted else NEVER
        return max(self._changed.get(image, NEVER), literal)

    def uses(self, image: ImageKey) -> tuple[PoolUse, ...]:
        """Every pool that boots, or will boot, from a version of the image; a pool in rollout counts for both."""
        wanted = self._images.get(image)
        if wanted is None:
            return ()
        sought = _Sought(wanted=wanted, definition=wanted.name.definition.id.casefold())
        ours = sorted(self.pools_of(image), key=lambda key: (key.namespace, key.name))
        mine = (use for key in ours for use in self._uses_of(key, sought))
        return (*mine, *self._seen_only(sought, frozenset(ours)))

    def accounts(self) -> frozenset[AccountRef]:
        """Every watched account: those of BatchPools, of the setting, and of the images' own lists."""
        of_images = (ref for wanted in self._images.values() for ref in wanted.watch_accounts)
        return _distinct((*self._common_accounts(), *of_images))

    def accounts_of(self, image: ImageKey) -> frozenset[AccountRef]:
        """The accounts whose pools may boot from the image."""
        wanted = self._images.get(image)
        return _distinct((*self._common_accounts(), *(wanted.watch_accounts if wanted else ())))

    def unread_accounts(self, image: ImageKey) -> tuple[AccountRef, ...]:
        """Accounts without a complete list sent after the last change: while there are any, not read is not zero."""
        changed = self.changed_at(image)
        unread = (ref for ref in self.accounts_of(image) if not self._listed_since(ref, changed))
        return tuple(sorted(unread, key=lambda ref: ref.key))

    def _listed_since(self, ref: AccountRef, moment: float) -> bool:
        found = self.beliefs.pool_lists.get(ref.key)
        return found is not None and found.sent_at > moment

    def _common_accounts(self) -> Iterator[AccountRef]:
        yield from self.watched
        yield from (self._pools[next(iter(keys))].account for keys in self._pools_by_account.values() if keys)

    def _move(self, key: PoolKey, before: WantedPool | None, after: WantedPool | None) -> None:
        if before is not None:
            self._pools_by_account[before.account.key].discard(key)
        if after is not None:
            self._pools_by_account[after.account.key].add(key)

    def _link(self, key: PoolKey, wanted: WantedPool) -> None:
        if wanted.image is not None:
            image = ImageKey(wanted.image.namespace, wanted.image.name)
            self._pools_by_image[image].add(key)
            self._changed[image] = self.beliefs.monotonic()
        elif definition := _definition_of(literal_image_id(wanted)):
            self._pools_by_definition[definition.id.casefold()].add(key)
            self._changed[definition.id.casefold()] = self.beliefs.monotonic()

    def _unlink(self, key: PoolKey, wanted: WantedPool | None) -> None:
        if wanted is None:
            return
        if wanted.image is not None:
            image = ImageKey(wanted.image.namespace, wanted.image.name)
            self._pools_by_image[image].discard(key)
            self._changed[image] = self.beliefs.monotonic()
        elif definition := _definition_of(literal_image_id(wanted)):
            self._pools_by_definition[definition.id.casefold()].discard(key)
            self._changed[definition.id.casefold()] = self.beliefs.monotonic()

    def _unclaim(self, key: ImageKey, wanted: WantedImage | None) -> None:
        if wanted is not None:
            self._claims[wanted.name.definition.id.casefold()].discard(key)

    def _uses_of(self, key: PoolKey, image: "_Sought") -> Iterator[PoolUse]:
        wanted = self._pools[key]
        looked = self.beliefs.accounts.believed(wanted.account.key)
        account = looked.value if looked else None
        name = pool_key(account.key, wanted.pool_id) if account else ""
        sighting = self.beliefs.pools.believed(name)
        seen = sighting.value if sighting else None
        asked_for = 0 if wanted.deleting or wanted.auto_scaled else wanted.nodes
        missing = looked is not None and account is None
        if wanted.deleting and (missing or (sighting is not None and seen is None)):
            return
        wished = None if wanted.deleting and seen else self._wished_version(wanted, image)
        for version_id in _distinct_ids((wished, self._version_of(seen, image))):
            yield PoolUse(
                version_id=version_id,
                region=account.region if account else wanted.account.location,
                wanted=asked_for,
                in_azure=seen.nodes if seen else self._just_asked(name, asked_for),
                namespace=key.namespace,
                name=key.name,
                url=seen.url if seen else None,
                deleting=wanted.deleting,
                unseen=not missing and (sighting is None or account is None or account.region is None),
            )

    def _just_asked(self, name: str, nodes: int) -> int:
        """What we asked Azure for counts at once, not only when the next look shows it."""
        return nodes if self.beliefs.pools.is_unseen_since_our_write(name) else 0

    def _account_of(self, pool: WantedPool) -> Account | None:
        sighting = self.beliefs.accounts.believed(pool.account.key)
        return sighting.value if sighting else None

    def _wished_version(self, pool: WantedPool, image: "_Sought") -> str | None:
        if pool.image is None:
            return self._resolved(literal_image_id(pool), image)
        name = image.wanted.name
        pinned = pool.image.version
        return VersionName(definition=name.definition, version=pinned).id if pinned else name.id

    def _version_of(self, pool: ObservedPool | None, image: "_Sought") -> str | None:
        return self._resolved(pool.image_id, image) if pool else None

    def _resolved(self, image_id: str | None, image: "_Sought") -> str | None:
        """The version of the image that an image id means; an id without version means Azure's latest."""
        named = _parsed(image_id)
        if named is None or named.definition != image.definition:
            return None
        return named.version or self._latest(image)

    def _latest(self, image: "_Sought") -> str | None:
        listed = (
            known for key, known in self.beliefs.versions.values().items() if key.startswith(f"{image.definition}/")
        )
        counted = [version for version in listed if version.publishing_profile.get("excludeFromLatest") is not True]
        return max(counted, key=_rank).name.id if counted else None

    def _seen_only(self, image: "_Sought", ours: frozenset[PoolKey]) -> Iterator[PoolUse]:
        """Pools that boot from the image in Azure although no BatchPool of `ours` says so."""
        described = self._in_azure(ours)
        others = {key: pool for key, pool in self.beliefs.pools.values().items() if key not in described}
        booting = {key: version for key, pool in others.items() if (version := self._version_of(pool, image))}
        named = self._in_azure(self._pools) if booting else {}
        regions = {account.key: account.region for account in self.beliefs.accounts.values().values()}
        for key, version_id in sorted(booting.items()):
            pool = named.get(key)
            yield PoolUse(
                version_id=version_id,
                region=regions.get(key.rsplit("/", 1)[0]),
                wanted=0,
                in_azure=others[key].nodes,
                unseen=regions.get(key.rsplit("/", 1)[0]) is None,
                namespace=pool.namespace if pool else None,
                name=pool.name if pool else None,
                url=others[key].url,
            )

    def _in_azure(self, pools: Iterable[PoolKey]) -> dict[str, PoolKey]:
        """BatchPools by the key of the pool that each describes, as far as its account is known."""
        found = ((self._account_of(self._pools[key]), key) for key in pools)
        return {pool_key(account.key, self._pools[key].pool_id): key for account, key in found if account}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sought:
    """An image whose users are looked for."""

    wanted: WantedImage
    definition: str
    """Folded id of its definition."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Named:
    """What an image id names."""

    definition: str
    """Folded id of the definition."""
    version: str | None
    """Id of the version; None where the id has none."""


def literal_image_id(pool: WantedPool) -> str | None:
    """The gallery image id that a pool's own body names, with or without a version."""
    machine = pool.body.get("virtualMachineConfiguration")
    reference = machine.get("imageReference") if isinstance(machine, dict) else None
    image_id = reference.get("virtualMachineImageId") if isinstance(reference, dict) else None
    return image_id if isinstance(image_id, str) else None


def _definition_of(image_id: str | None) -> DefinitionName | None:
    named = gallery_image_from_id(image_id)
    return named.definition if isinstance(named, VersionName) else named


@lru_cache(maxsize=4096)
def _parsed(image_id: str | None) -> _Named | None:
    named = gallery_image_from_id(image_id)
    match named:
        case None:
            return None
        case VersionName():
            return _Named(definition=named.definition.id.casefold(), version=named.id)
        case DefinitionName():
            return _Named(definition=named.id.casefold(), version=None)


def _refers(pool: WantedPool) -> tuple[object, ...]:
    return (pool.account.key, pool.pool_id, pool.image, literal_image_id(pool))


def _scope(image: WantedImage) -> tuple[object, ...]:
    return (image.name.definition.id.casefold(), tuple(ref.key for ref in image.watch_accounts))


def _distinct(refs: Iterable[AccountRef]) -> frozenset[AccountRef]:
    return frozenset({ref.key: ref for ref in refs}.values())


def _distinct_ids(ids: Iterable[str | None]) -> Iterable[str]:
    return {found.casefold(): found for found in ids if found is not None}.values()


def _rank(version: ObservedVersion) -> tuple[int, ...]:
    return tuple(int(part) for part in version.name.version.split("."))
