"""What a pool's turn knows of its image: which it is, whether it is there, and whether its replicas suffice."""

from dataclasses import dataclass, replace

from azure_batch_operator.core.accounts import Account
from azure_batch_operator.core.conditions import Advice
from azure_batch_operator.core.failures import AzureFailure, FailureKind
from azure_batch_operator.core.images import WantedImage
from azure_batch_operator.core.names import VersionName, gallery_image_from_id, same
from azure_batch_operator.core.plan.pool_steps import ImageAnswer, ImageAwaited, ImageKnown
from azure_batch_operator.core.pools import ObservedPool, WantedPool
from azure_batch_operator.core.preflight import warnings
from azure_batch_operator.core.replicas import GateAnswer, GateClosed
from azure_batch_operator.core.sharing import unavailable_id, unavailable_reference
from azure_batch_operator.reconcile.beliefs import Beliefs
from azure_batch_operator.reconcile.desired import BadSpec, ImageStore
from azure_batch_operator.reconcile.gate import GateRequest, ReplicaGate
from azure_batch_operator.reconcile.keys import ImageKey, PoolKey
from azure_batch_operator.reconcile.pool_uses import literal_image_id
from azure_batch_operator.reconcile.unmanaged_images import UnmanagedImages
from azure_batch_operator.reconcile.usage import Usage

UNAVAILABLE = "DependencyNotReady"
"""The reason for an image that is not there, and for one that is not for the pool: nobody shall tell them apart."""

_PASSING = frozenset({FailureKind.THROTTLED, FailureKind.UNAVAILABLE})
"""Kinds of failures after which the same look tells, a little later."""


@dataclass(slots=True, kw_only=True)
class PoolImages:
    """Answers for one pool at a time, from the stores and beliefs; reads Azure only for what nobody else observes."""

    beliefs: Beliefs
    usage: Usage
    store: ImageStore
    gate: ReplicaGate
    unmanaged: UnmanagedImages

    def wanted_id(self, key: PoolKey, wanted: WantedPool) -> str | None:
        """The gallery image id that the spec means, whether or not it is there.

        None where no gallery is meant, and where the pool may not know more of it.
        """
        if self.usage.is_refused(key):
            return None
        if wanted.image is None:
            return literal_image_id(wanted)
        image = self.usage.wanted_image(ImageKey(wanted.image.namespace, wanted.image.name))
        return _version_id(wanted, image) if image else None

    def advice(self, key: PoolKey, wanted: WantedPool, account: Account) -> tuple[Advice, ...]:
        """What the image asks of people outside this cluster."""
        named = gallery_image_from_id(self.wanted_id(key, wanted))
        return warnings(named, account_subscription=account.ref.subscription_id)

    async def answer(self, key: PoolKey, wanted: WantedPool, found: ObservedPool | None) -> ImageAnswer:
        """Whether the wanted image can be booted from; a pool that runs it already needs no answer."""
        if self.usage.is_refused(key):
            return ImageAwaited(reason=UNAVAILABLE, message=_unavailable(key, wanted))
        image_id = self.wanted_id(key, wanted)
        manager = self.usage.image_of(key)
        if found is not None and image_id is not None and same(found.image_id or "", image_id):
            return _known(wanted, image_id)
        if manager is not None:
            return self._managed(manager, wanted, image_id)
        if image_id is not None and (found is None or found.empty or wanted.rollout != "OnEmpty"):
            return await self._unmanaged(key, wanted, image_id)
        return _known(wanted, image_id)

    def may_boot(
        self, key: PoolKey, wanted: WantedPool, image_id: str | None, *, region: str | None, nodes: int
    ) -> GateAnswer | None:
        """Whether so many nodes may boot an image: what the replica gate says, and whether they may have it at all.

        None where no GalleryImage manages the image, or the region is unknown.
        """
        if self.usage.is_refused(key):
            return GateClosed(reason=UNAVAILABLE, message=_unavailable(key, wanted))
        manager = self._manager(key, image_id)
        if manager is not None and image_id is not None and not self.usage.allows(manager, key.namespace):
            return GateClosed(reason=UNAVAILABLE, message=unavailable_id(image_id, namespace=key.namespace))
        version_id = self._version(key, manager, image_id)
        if manager is None or version_id is None or region is None:
            return None
        request = GateRequest(pool=key, image=manager, version_id=version_id, region=region, nodes=nodes)
        return self.gate.ask(request)

    def _managed(self, manager: ImageKey, wanted: WantedPool, image_id: str | None) -> ImageAnswer:
        name = f"GalleryImage {manager.namespace}/{manager.name}"
        desired = self.store.get(manager)
        if desired is None:
            return ImageAwaited(reason="DependencyNotReady", message=f"There is no {name}: apply it.")
        meant = _known(wanted, image_id)
        if isinstance(desired.wanted, BadSpec):
            message = f"{name}: {desired.wanted.message}"
            return ImageAwaited(reason="DependencyNotReady", message=message, image_id=meant.image_id)
        if desired.deleting:
            message = f"{name} is being deleted and takes no new pool."
            return ImageAwaited(reason="ImageDeleting", message=message, image_id=meant.image_id)
        if image_id is None or self._is_published(image_id):
            return meant
        awaited = self._unpublished(name, image_id, suspended=desired.wanted.suspended)
        return replace(awaited, image_id=meant.image_id)

    def _is_published(self, image_id: str) -> bool:
        """An id without a version means whatever is newest: Azure judges that."""
        if not isinstance(gallery_image_from_id(image_id), VersionName):
            return True
        seen = self.beliefs.versions.believed(image_id)
        return seen is not None and seen.value is not None and seen.value.published

    def _unpublished(self, name: str, image_id: str, *, suspended: bool) -> ImageAwaited:
        if self.beliefs.versions.believed(image_id) is None and not self.beliefs.lacks_version(image_id):
            return ImageAwaited(reason="ImageNotRead", message=f"{image_id} is being looked at in Azure.")
        if suspended:
            message = f"{name} is suspended, and has not published {image_id}: set suspend: false there."
            return ImageAwaited(reason="ImageSuspended", message=message)
        return ImageAwaited(reason="ImageNotPublished", message=f"{name} has not published {image_id} yet.")

    async def _unmanaged(self, key: PoolKey, wanted: WantedPool, image_id: str) -> ImageAnswer:
        named = gallery_image_from_id(image_id)
        if not isinstance(named, VersionName):
            return ImageKnown()
        try:
            there = await self.unmanaged.version(named)
        except AzureFailure as failure:
            if failure.kind in _PASSING:
                raise
            return ImageKnown()  # no right to read is unknown, and unknown never blocks
        if there is None:
            return ImageAwaited(reason=UNAVAILABLE, message=_unavailable(key, wanted), unobserved=True)
        return ImageKnown()

    def _manager(self, key: PoolKey, image_id: str | None) -> ImageKey | None:
        """The GalleryImage that looks after the replicas of this image id."""
        named = gallery_image_from_id(image_id)
        if named is None:
            return None
        definition = named.definition if isinstance(named, VersionName) else named
        mine = self.usage.image_of(key)
        wanted = self.usage.wanted_image(mine) if mine else None
        if wanted is not None and same(wanted.name.definition.id, definition.id):
            return mine
        return self.usage.image_of_definition(definition.id)

    def _version(self, key: PoolKey, manager: ImageKey | None, image_id: str | None) -> str | None:
        if manager is None or isinstance(gallery_image_from_id(image_id), VersionName):
            return image_id
        mine = (use for use in self.usage.uses(manager) if (use.namespace, use.name) == (key.namespace, key.name))
        return next((use.version_id for use in mine), None)


def _version_id(pool: WantedPool, image: WantedImage) -> str:
    pinned = pool.image.version if pool.image else None
    return VersionName(definition=image.name.definition, version=pinned or image.name.version).id


def _unavailable(key: PoolKey, wanted: WantedPool) -> str:
    """The same sentence for an image that is not there and for one that the pool's namespace may not use."""
    if wanted.image is None:
        return unavailable_id(literal_image_id(wanted) or "", namespace=key.namespace)
    return unavailable_reference(f"{wanted.image.namespace}/{wanted.image.name}", namespace=key.namespace)


def _known(wanted: WantedPool, image_id: str | None) -> ImageKnown:
    return ImageKnown(image_id=image_id if wanted.image is not None else None)
