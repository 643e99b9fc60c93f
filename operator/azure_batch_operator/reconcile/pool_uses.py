"""How pools use the versions of one image: which they boot from, and what they weigh, in specs and in Azure."""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass

from azure_batch_operator.core.accounts import Account
from azure_batch_operator.core.images import ObservedVersion, PoolUse, WantedImage
from azure_batch_operator.core.names import VersionName, gallery_image_from_id, same
from azure_batch_operator.core.pools import ObservedPool, WantedPool
from azure_batch_operator.reconcile.beliefs import Beliefs, definition_of, pool_key
from azure_batch_operator.reconcile.keys import PoolKey


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolUses:
    """Weighs pools for one image by what is believed of them."""

    beliefs: Beliefs
    image: WantedImage
    definition: str
    """Folded id of the image's definition."""

    def of_ours(self, key: PoolKey, wanted: WantedPool) -> Iterator[PoolUse]:
        """A BatchPool's use of the version that it will boot from and, where that is another, of the one it runs."""
        looked = self.beliefs.accounts.believed(wanted.account.key)
        account = looked.value if looked else None
        name = pool_key(account.key, wanted.pool_id) if account else ""
        sighting = self.beliefs.pools.believed(name)
        seen = sighting.value if sighting else None
        missing = looked is not None and account is None
        if wanted.deleting and (missing or (sighting is not None and seen is None)):
            return
        wished = None if wanted.deleting and seen else self._wished_version(wanted)
        for version_id in _distinct_ids((wished, self._version_of(seen))):
            yield PoolUse(
                version_id=version_id,
                region=account.region if account else wanted.account.location,
                wanted=0 if wanted.deleting or self._leaves(version_id, wished, seen) else wanted.planned_nodes,
                in_azure=seen.nodes if seen else self._just_asked(name, wanted),
                namespace=key.namespace,
                name=key.name,
                url=seen.url if seen else None,
                deleting=wanted.deleting,
                unseen=not missing and (sighting is None or account is None or account.region is None),
            )

    def seen_only(self, described: Collection[str], named: Callable[[str], PoolKey | None]) -> Iterator[PoolUse]:
        """Pools that boot from the image in Azure, apart from those `described`; `named` tells which BatchPool is one.

        Both speak of pools by their `pool_key`.
        """
        booting = self.beliefs.pools.group(self.definition)
        for key in sorted(booting.keys() - set(described)):
            pool, region, ours = booting[key], self._region(key), named(key)
            version_id = self._version_of(pool)
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

    def _leaves(self, version_id: str, wished: str | None, seen: ObservedPool | None) -> bool:
        """Whether a pool will grow with another version than this one, which no node of it boots."""
        if wished is None or same(version_id, wished) or seen is None or not seen.empty:
            return False
        target = self.beliefs.versions.believed(wished)
        if target is None:
            return not self.beliefs.lacks_version(wished)
        return target.value is not None and target.value.published

    def _just_asked(self, name: str, wanted: WantedPool) -> int:
        """What we asked Azure for counts at once, not only when the next look shows it."""
        asked_for = 0 if wanted.deleting or wanted.auto_scaled else wanted.nodes
        return asked_for if self.beliefs.pools.is_unseen_since_our_write(name) else 0

    def _region(self, key: str) -> str | None:
        accounts: Iterable[Account] = self.beliefs.accounts.group(key.rsplit("/", 1)[0]).values()
        return next((account.region for account in accounts if account.region), None)

    def _wished_version(self, pool: WantedPool) -> str | None:
        if pool.image is None:
            return self._resolved(literal_image_id(pool))
        name = self.image.name
        pinned = pool.image.version
        return VersionName(definition=name.definition, version=pinned).id if pinned else name.id

    def _version_of(self, pool: ObservedPool | None) -> str | None:
        return self._resolved(pool.image_id) if pool else None

    def _resolved(self, image_id: str | None) -> str | None:
        """The version of the image that an image id means; an id without version means Azure's latest."""
        if definition_of(image_id) != self.definition:
            return None
        named = gallery_image_from_id(image_id)
        return named.id if isinstance(named, VersionName) else self._latest()

    def _latest(self) -> str | None:
        known = self.beliefs.versions.group(self.definition).values()
        counted = [version for version in known if version.publishing_profile.get("excludeFromLatest") is not True]
        return max(counted, key=_rank).name.id if counted else None


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
