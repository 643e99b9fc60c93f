"""Who uses whom: BatchPools, GalleryImages and foreign pools, in both directions, and how far that is known."""

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field

from azure_batch_operator.core.accounts import AccountRef
from azure_batch_operator.core.credentials import SecretRef
from azure_batch_operator.core.images import PoolUse, WantedImage
from azure_batch_operator.core.names import GalleryName, owner_from_tag
from azure_batch_operator.core.plan.image_view import owner_tag
from azure_batch_operator.core.pools import WantedPool
from azure_batch_operator.core.sharing import may_refer
from azure_batch_operator.reconcile.beliefs import Beliefs, definition_of
from azure_batch_operator.reconcile.desired import BadSpec
from azure_batch_operator.reconcile.keys import ImageKey, PoolKey
from azure_batch_operator.reconcile.pool_uses import PoolUses, Sought, literal_image_id

NEVER = float("-inf")


@dataclass(frozen=True, slots=True)
class _Standing:
    """How a BatchPool stands with the image that it means."""

    image: ImageKey | None
    refused: bool


@dataclass(slots=True, kw_only=True)
class Usage:
    """The index of who uses whom, kept by every change of a custom resource and read by both reconcilers."""

    beliefs: Beliefs
    watched: tuple[AccountRef, ...] = ()
    """Accounts that the setting `watch_accounts` names: their pools count although no BatchPool is there."""
    _pools: dict[PoolKey, WantedPool] = field(default_factory=dict)
    _images: dict[ImageKey, WantedImage] = field(default_factory=dict)
    _pools_by_image: defaultdict[ImageKey, set[PoolKey]] = field(default_factory=lambda: defaultdict(set))
    """All that name it, also those that may not use it."""
    _pools_by_definition: defaultdict[str, set[PoolKey]] = field(default_factory=lambda: defaultdict(set))
    """All with a literal id inside it."""
    _pools_by_account: defaultdict[str, set[PoolKey]] = field(default_factory=lambda: defaultdict(set))
    """By `AccountRef.key`."""
    _pools_by_id: defaultdict[tuple[str, str], set[PoolKey]] = field(default_factory=lambda: defaultdict(set))
    """By `AccountRef.key` and folded pool id."""
    _claims: defaultdict[str, set[ImageKey]] = field(default_factory=lambda: defaultdict(set))
    """By folded definition id."""
    _images_by_gallery: defaultdict[str, set[ImageKey]] = field(default_factory=lambda: defaultdict(set))
    """By folded gallery id."""
    _watching: defaultdict[str, dict[ImageKey, AccountRef]] = field(default_factory=lambda: defaultdict(dict))
    """Images that name the account in `watchAccounts`, by `AccountRef.key`."""
    _changed: dict[ImageKey | str, float] = field(default_factory=dict)
    """Monotonic seconds of the last change, by image (references) or folded definition id (literal ids)."""
    _sorted: dict[ImageKey, tuple[tuple[int, int], tuple[PoolKey, ...]]] = field(default_factory=dict)
    """The pools of an image in order, with the revisions of this index and of the definitions that they follow from."""
    _revision: int = 0
    _uses: PoolUses = field(init=False)

    def __post_init__(self) -> None:
        """Weigh pools by the same beliefs."""
        self._uses = PoolUses(beliefs=self.beliefs)

    def pool_seen(self, key: PoolKey, wanted: WantedPool | BadSpec) -> None:
        """A BatchPool is as shown; one that cannot be understood counts as it was last understood."""
        if isinstance(wanted, BadSpec):
            return
        before = self._pools.get(key)
        self._pools[key] = wanted
        if before is None or _refers(before) != _refers(wanted):
            self._unlink(key, before)
            self._link(key, wanted)

    def pool_gone(self, key: PoolKey) -> None:
        """The BatchPool is gone from the API server."""
        self._unlink(key, self._pools.pop(key, None))
        self._uses.forget(key)

    def image_seen(self, key: ImageKey, wanted: WantedImage | BadSpec) -> frozenset[PoolKey]:
        """A GalleryImage is as shown; the BatchPools that boot from it, did, or may now.

        One that cannot be understood counts as it was last understood.
        """
        before = self._images.get(key)
        if isinstance(wanted, BadSpec) or wanted == before:
            return frozenset()
        stood = self._standings(key)
        self._images[key] = wanted
        if before is None or _scope(before) != _scope(wanted):
            self._unclaim(key, before)
            self._claim(key, wanted)
        return self._concerned(key, stood)

    def image_gone(self, key: ImageKey) -> frozenset[PoolKey]:
        """The GalleryImage is gone from the API server; the BatchPools that booted from it, or may boot now."""
        stood = self._standings(key)
        self._unclaim(key, self._images.pop(key, None))
        self._changed.pop(key, None)
        self._sorted.pop(key, None)
        return self._concerned(key, stood)

    def pools_of(self, image: ImageKey) -> frozenset[PoolKey]:
        """The BatchPools that boot from the image: by reference, or by a literal id inside its definition."""
        return frozenset(self._sorted_pools_of(image))

    def wanted_pool(self, pool: PoolKey) -> WantedPool | None:
        """The pool's spec as it was last understood."""
        return self._pools.get(pool)

    def pools_in(self, account: str) -> dict[PoolKey, WantedPool]:
        """The BatchPools of an account, by `AccountRef.key`, as they were last understood."""
        return {key: self._pools[key] for key in self._pools_by_account.get(account, ())}

    def describing(self, pool: str) -> frozenset[PoolKey]:
        """The BatchPools that describe a pool, given by its `pool_key`, whatever they call its account."""
        host, _, pool_id = pool.rpartition("/")
        refs = self.beliefs.accounts.group(host)
        return frozenset(key for ref in refs for key in self._pools_by_id.get((ref, pool_id), ()))

    def image_of(self, pool: PoolKey) -> ImageKey | None:
        """The GalleryImage that a BatchPool boots from: the one it names, or the one that manages its literal id.

        None also where that image is not for its namespace.
        """
        meant = self._meant(pool)
        return meant if meant and self.allows(meant, pool.namespace) else None

    def is_refused(self, pool: PoolKey) -> bool:
        """Whether a BatchPool means an image of another namespace that is not there, or not for it."""
        meant = self._meant(pool)
        return meant is not None and not self.allows(meant, pool.namespace)

    def allows(self, image: ImageKey, namespace: str) -> bool:
        """Whether BatchPools of a namespace may boot from the image; one that is not there allows only its own."""
        wanted = self._images.get(image)
        return image.namespace == namespace or (wanted is not None and may_refer(wanted, namespace))

    def image_of_definition(self, definition_id: str) -> ImageKey | None:
        """The GalleryImage that manages a definition: of those that claim it, the one that its tag names.

        Before the definition has been seen, it is the first by name; who claims what is another's manages nothing.
        """
        claims = self.claims(definition_id)
        sighting = self.beliefs.definitions.believed(definition_id) if claims else None
        if sighting is None or sighting.value is None:
            return min(claims, default=None)
        owner = owner_from_tag(owner_tag(sighting.value.tags))
        named = ImageKey(owner.namespace, owner.name) if owner else None
        return named if named in claims else None

    def claims(self, definition_id: str) -> frozenset[ImageKey]:
        """Every GalleryImage whose spec names the definition."""
        return frozenset(self._claims.get(definition_id.casefold(), ()))

    def images_in(self, gallery: GalleryName) -> frozenset[ImageKey]:
        """Every GalleryImage whose spec names the gallery."""
        return frozenset(self._images_by_gallery.get(gallery.id.casefold(), ()))

    def gallery(self, gallery_id: str) -> GalleryName | None:
        """The gallery of that id, in any letter case, as a GalleryImage names it; None when none does."""
        naming = self._images_by_gallery.get(gallery_id.casefold(), ())
        return next((self._images[key].name.definition.gallery for key in naming), None)

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
        if self._is_common(account.key):
            return ()
        return tuple(self._images[key] for key in sorted(self._watching.get(account.key, ())))

    def parties_of(self, account: AccountRef) -> tuple[WantedPool | WantedImage, ...]:
        """The resources as one of which an account is looked at, each naming it itself, in order of their keys.

        None where the setting names it, or a BatchPool without credentials of its own: then it is the operator.
        """
        pools = self.pools_in(account.key)
        named = any(ref.key == account.key for ref in self.watched)
        if named or any(wanted.secret is None for wanted in pools.values()):
            return ()
        images = (self._images[key] for key in sorted(self._watching.get(account.key, ())))
        return (*(pools[key] for key in sorted(pools)), *images)

    def secrets(self) -> frozenset[SecretRef]:
        """Every Secret with credentials that an image or a pool names."""
        of_images = {wanted.secret for wanted in self._images.values()}
        of_pools = {wanted.secret for wanted in self._pools.values()}
        return frozenset(secret for secret in of_images | of_pools if secret is not None)

    def signing_in_by(self, secrets: Container[SecretRef | None]) -> frozenset[ImageKey | PoolKey]:
        """The resources that name one of these Secrets; None stands for none, which is the operator itself."""
        images = (key for key, wanted in self._images.items() if wanted.secret in secrets)
        pools = (key for key, wanted in self._pools.items() if wanted.secret in secrets)
        return frozenset((*images, *pools))

    def changed_at(self, image: ImageKey) -> float:
        """Monotonic seconds when it last changed who uses the image; lists sent before say nothing about it."""
        wanted = self._images.get(image)
        literal = self._changed.get(_definition(wanted), NEVER) if wanted else NEVER
        return max(self._changed.get(image, NEVER), literal)

    def uses(self, image: ImageKey) -> tuple[PoolUse, ...]:
        """Every pool that boots, or will boot, from a version of the image; a pool in rollout counts for both.

        What boots from it although it may not, or has no BatchPool, is foreign: it counts as Azure shows it.
        """
        wanted = self._images.get(image)
        if wanted is None:
            return ()
        sought = Sought(wanted=wanted, definition=_definition(wanted))
        ours = [self._uses.of_ours(sought, key, self._pools[key]) for key in self._sorted_pools_of(image)]
        described = {weighed.name for weighed in ours}
        foreign = self._uses.seen_only(sought, described, lambda pool: self._told(image, pool))
        return (*(use for weighed in ours for use in weighed.uses), *foreign)

    def accounts(self) -> frozenset[AccountRef]:
        """Every watched account: those of BatchPools, of the setting, and of the images' own lists."""
        of_images = (next(iter(refs.values())) for refs in self._watching.values() if refs)
        return _distinct((*self._common_accounts(), *of_images))

    def account(self, key: str) -> AccountRef | None:
        """The watched account of that `AccountRef.key`; None when nobody watches it."""
        by_pool = (self._pools[pool].account for pool in self._pools_by_account.get(key, ()))
        by_image = self._watching.get(key, {}).values()
        return next((ref for ref in (*self.watched, *by_pool, *by_image) if ref.key == key), None)

    def accounts_of(self, image: ImageKey) -> frozenset[AccountRef]:
        """The accounts whose pools may boot from the image."""
        wanted = self._images.get(image)
        return _distinct((*self._common_accounts(), *(wanted.watch_accounts if wanted else ())))

    def unread_accounts(self, image: ImageKey) -> tuple[AccountRef, ...]:
        """Accounts without a complete list sent after the last change: while there are any, not read is not zero."""
        changed = self.changed_at(image)
        unread = (ref for ref in self.accounts_of(image) if not self._listed_since(ref, changed))
        return tuple(sorted(unread, key=lambda ref: ref.key))

    def waiting_for(self, ref: AccountRef) -> frozenset[ImageKey]:
        """The images to which an account is unread."""
        concerned: Iterable[ImageKey] = self._images if self._is_common(ref.key) else self._watching.get(ref.key, ())
        return frozenset(image for image in concerned if not self._listed_since(ref, self.changed_at(image)))

    def _listed_since(self, ref: AccountRef, moment: float) -> bool:
        found = self.beliefs.pool_lists.get(ref.key)
        return found is not None and found.sent_at > moment

    def _common_accounts(self) -> Iterator[AccountRef]:
        yield from self.watched
        yield from (self._pools[next(iter(keys))].account for keys in self._pools_by_account.values() if keys)

    def _is_common(self, account: str) -> bool:
        return bool(self._pools_by_account.get(account)) or any(ref.key == account for ref in self.watched)

    def _sorted_pools_of(self, image: ImageKey) -> tuple[PoolKey, ...]:
        revisions = (self._revision, self.beliefs.definitions.revision)
        before = self._sorted.get(image)
        if before is not None and before[0] == revisions:
            return before[1]
        pools = tuple(sorted(pool for pool in self._naming(image) if self.image_of(pool) == image))
        self._sorted[image] = (revisions, pools)
        return pools

    def _naming(self, image: ImageKey) -> set[PoolKey]:
        """Every BatchPool that means the image or an id inside its definition, whether or not it may use it."""
        wanted = self._images.get(image)
        literal = self._pools_by_definition.get(_definition(wanted), set()) if wanted else set()
        return self._pools_by_image.get(image, set()) | literal

    def _meant(self, pool: PoolKey) -> ImageKey | None:
        wanted = self._pools.get(pool)
        if wanted is None:
            return None
        if wanted.image is not None:
            return ImageKey(wanted.image.namespace, wanted.image.name)
        definition = definition_of(literal_image_id(wanted))
        return self.image_of_definition(definition) if definition else None

    def _standings(self, image: ImageKey) -> dict[PoolKey, _Standing]:
        naming = self._naming(image)
        return {pool: _Standing(image=self.image_of(pool), refused=self.is_refused(pool)) for pool in naming}

    def _concerned(self, image: ImageKey, before: dict[PoolKey, _Standing]) -> frozenset[PoolKey]:
        """Pools of the image before or now, and others that now stand otherwise; the rest must not notice anything."""
        now = self._standings(image)
        pools = before.keys() | now.keys()
        return frozenset(
            pool
            for pool in pools
            if before.get(pool) != now.get(pool) or image in {stood.image for stood in (before[pool], now[pool])}
        )

    def _link(self, key: PoolKey, wanted: WantedPool) -> None:
        for linked in self._links(wanted):
            linked.add(key)
        self._note_change(wanted)

    def _unlink(self, key: PoolKey, wanted: WantedPool | None) -> None:
        if wanted is None:
            return
        for linked in self._links(wanted):
            linked.discard(key)
        self._note_change(wanted)

    def _links(self, pool: WantedPool) -> Iterator[set[PoolKey]]:
        """The sets that a BatchPool belongs to."""
        yield self._pools_by_account[pool.account.key]
        yield self._pools_by_id[pool.account.key, pool.pool_id.casefold()]
        if pool.image is not None:
            yield self._pools_by_image[ImageKey(pool.image.namespace, pool.image.name)]
        elif definition := definition_of(literal_image_id(pool)):
            yield self._pools_by_definition[definition]

    def _note_change(self, pool: WantedPool) -> None:
        named = ImageKey(pool.image.namespace, pool.image.name) if pool.image else definition_of(literal_image_id(pool))
        if named is not None:
            self._changed[named] = self.beliefs.monotonic()
        self._revision += 1

    def _claim(self, key: ImageKey, wanted: WantedImage) -> None:
        self._claims[_definition(wanted)].add(key)
        self._images_by_gallery[wanted.name.definition.gallery.id.casefold()].add(key)
        for ref in wanted.watch_accounts:
            self._watching[ref.key][key] = ref
        self._changed[key] = self.beliefs.monotonic()
        self._revision += 1

    def _unclaim(self, key: ImageKey, wanted: WantedImage | None) -> None:
        if wanted is None:
            return
        self._revision += 1
        self._claims[_definition(wanted)].discard(key)
        self._images_by_gallery[wanted.name.definition.gallery.id.casefold()].discard(key)
        for ref in wanted.watch_accounts:
            self._watching[ref.key].pop(key, None)

    def _told(self, image: ImageKey, pool: str) -> PoolKey | None:
        """The BatchPool of a pool in Azure, where it is one that may use the image."""
        return min((key for key in self.describing(pool) if self.allows(image, key.namespace)), default=None)


def _definition(image: WantedImage) -> str:
    return image.name.definition.id.casefold()


def _refers(pool: WantedPool) -> tuple[object, ...]:
    return (pool.account.key, pool.pool_id, pool.image, literal_image_id(pool))


def _scope(image: WantedImage) -> tuple[object, ...]:
    return (_definition(image), tuple(ref.key for ref in image.watch_accounts), image.allowed_namespaces)


def _distinct(refs: Iterable[AccountRef]) -> frozenset[AccountRef]:
    return frozenset({ref.key: ref for ref in refs}.values())
