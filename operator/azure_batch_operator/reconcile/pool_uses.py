"""How pools use the versions of one image: which they boot from, and what they weigh, in specs and in Azure."""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field

from azure_batch_operator.core.accounts import Account
from azure_batch_operator.core.images import ObservedVersion, PoolUse, WantedImage
from azure_batch_operator.core.names import VersionName, gallery_image_from_id, same
from azure_batch_operator.core.pools import ObservedPool, WantedPool
from azure_batch_operator.reconcile.beliefs import Beliefs, definition_of, pool_key
from azure_batch_operator.reconcile.keys import PoolKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """An image whose users are looked for."""

    wanted: WantedImage
    definition: str
    """Folded id of its definition."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """What is believed of a BatchPool's pool."""

    name: str = ""
    """Its `pool_key`; empty while its account is not known."""
    account: Account | None = None
    missing: bool = False
    """Whether Azure said that there is no such account."""
    known: bool = False
    """Whether the pool, or its absence, has been seen since our last write."""
    seen: ObservedPool | None = None
    just_written: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """What a BatchPool weighs for an image."""

    name: str
    """The `pool_key` of its pool; empty while its account is not known."""
    uses: tuple[PoolUse, ...]


@dataclass(slots=True, kw_only=True)
class PoolUses:
    """Weighs pools by what is believed of them, each of them anew only when something about it is new."""

    beliefs: Beliefs
    _weighed: dict[PoolKey, tuple[tuple[object, ...], Weighed]] = field(default_factory=dict)
    """With what it was found from."""

    def of_ours(self, image: Sought, key: PoolKey, wanted: WantedPool) -> Weighed:
        """A BatchPool's use of the version that it will boot from and, where that is another, of the one it runs."""
        look = self._look(wanted)
        versions = (self.beliefs.versions.revision, self.beliefs.version_lists.get(image.definition))
        grounds = (image, wanted, look, versions)
        before = self._weighed.get(key)
        if before is not None and before[0] == grounds:
            return before[1]
        weighed = Weighed(name=look.name, uses=tuple(self._uses(image, key, wanted, look)))
        self._weighed[key] = (grounds, weighed)
        return weighed

    def forget(self, key: PoolKey) -> None:
        """The BatchPool is gone."""
        self._weighed.pop(key, None)

    def seen_only(
        self, image: Sought, described: Collection[str], named: Callable[[str], PoolKey | None]
    ) -> Iterator[PoolUse]:
        """Pools that boot from the image in Azure, apart from those `described`; `named` tells which BatchPool is one.

        Both speak of pools by their `pool_key`.
        """
        booting = self.beliefs.pools.group(image.definition)
        for key in sorted(booting.keys() - set(described)):
            pool, region, ours = booting[key], self._region(key), named(key)
            version_id = self._version_of(pool, image)
            if version_id is not None:
                yield PoolUse(
                    version_id=version_id,
                    region=region,
                    wanted=0,
                    in_azure=pool.nodes,
                    unseen=region is None,
                    namespace=ours.namespace if ours else None,
                    name=ours.name if ours else None,
                    url=pool.url,
                )

    def _look(self, wanted: WantedPool) -> _Look:
        looked = self.beliefs.accounts.believed(wanted.account.key)
        if looked is None or looked.value is None:
            return _Look(missing=looked is not None)
        name = pool_key(looked.value.key, wanted.pool_id)
        sighting = self.beliefs.pools.believed(name)
        return _Look(
            name=name,
            account=looked.value,
            known=sighting is not None,
            seen=sighting.value if sighting else None,
            just_written=self.beliefs.pools.is_unseen_since_our_write(name),
        )

    def _uses(self, image: Sought, key: PoolKey, wanted: WantedPool, look: _Look) -> Iterator[PoolUse]:
        account, seen = look.account, look.seen
        if wanted.deleting and (look.missing or (look.known and seen is None)):
            return
        wished = None if wanted.deleting and seen else _wished_version(wanted, image) or self._literal(wanted, image)
        for version_id in _distinct_ids((wished, self._version_of(seen, image))):
            yield PoolUse(
                version_id=version_id,
                region=account.region if account else wanted.account.location,
                wanted=0 if wanted.deleting or self._leaves(version_id, wished, seen) else wanted.planned_nodes,
                in_azure=seen.nodes if seen else _just_asked(wanted, look),
                namespace=key.namespace,
                name=key.name,
                url=seen.url if seen else None,
                deleting=wanted.deleting,
                unseen=not look.missing and (not look.known or account is None or account.region is None),
            )

    def _leaves(self, version_id: str, wished: str | None, seen: ObservedPool | None) -> bool:
        """Whether a pool will grow with another version than this one, which no node of it boots."""
        if wished is None or same(version_id, wished) or seen is None or not seen.empty:
            return False
        target = self.beliefs.versions.believed(wished)
        if target is None:
            return not self.beliefs.lacks_version(wished)
        return target.value is not None and target.value.published

    def _region(self, key: str) -> str | None:
        accounts: Iterable[Account] = self.beliefs.accounts.group(key.rsplit("/", 1)[0]).values()
        return next((account.region for account in accounts if account.region), None)

    def _literal(self, pool: WantedPool, image: Sought) -> str | None:
        return self._resolved(literal_image_id(pool), image)

    def _version_of(self, pool: ObservedPool | None, image: Sought) -> str | None:
        return self._resolved(pool.image_id, image) if pool else None

    def _resolved(self, image_id: str | None, image: Sought) -> str | None:
        """The version of the image that an image id means; an id without version means Azure's latest."""
        if definition_of(image_id) != image.definition:
            return None
        named = gallery_image_from_id(image_id)
        return named.id if isinstance(named, VersionName) else self._latest(image)

    def _latest(self, image: Sought) -> str | None:
        known = self.beliefs.versions.group(image.definition).values()
        counted = [version for version in known if version.publishing_profile.get("excludeFromLatest") is not True]
        return max(counted, key=_rank).name.id if counted else None


def _wished_version(pool: WantedPool, image: Sought) -> str | None:
    """The version that a reference means; None for a pool with a literal id."""
    if pool.image is None:
        return None
    name, pinned = image.wanted.name, pool.image.version
    return VersionName(definition=name.definition, version=pinned).id if pinned else name.id


def _just_asked(wanted: WantedPool, look: _Look) -> int:
    """What we asked Azure for counts at once, not only when the next look shows it."""
    return wanted.nodes if look.just_written and not (wanted.deleting or wanted.auto_scaled) else 0


def literal_image_id(pool: WantedPool) -> str | None:
    """The gallery image id that a pool's own body names, with or without a version."""
    machine = pool.body.get("virtualMachineConfiguration")
    reference = machine.get("imageReference") if isinstance(machine, dict) else None
    image_id = reference.get("virtualMachineImageId") if isinstance(reference, dict) else None
    return image_id if isinstance(image_id, str) else None


def _distinct_ids(ids: Iterable[str | None]) -> Iterable[str]:
    return {found.casefold(): found for found in ids if found is not None}.values()


def _rank(version: ObservedVersion) -> tuple[int, ...]:
    return tuple(int(part) for part in version.name.version.split("."))
