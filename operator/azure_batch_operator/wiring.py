"""What the operator is made of: clients, adapters, memories and reconcilers, put together once."""

import time
from collections.abc import AsyncIterator, Callable, Hashable, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial

from azure_batch_operator.cloud.azure import Azure
from azure_batch_operator.cloud.principals import Principals
from azure_batch_operator.core.images import WantedImage
from azure_batch_operator.core.pools import WantedPool
from azure_batch_operator.metrics.registry import Metrics
from azure_batch_operator.reconcile.account_lookup import AccountLookup
from azure_batch_operator.reconcile.accounts import AccountObserver
from azure_batch_operator.reconcile.beliefs import Beliefs, Monotonic
from azure_batch_operator.reconcile.definitions import DefinitionObserver
from azure_batch_operator.reconcile.desired import ImageStore, PoolStore
from azure_batch_operator.reconcile.failures import Failures
from azure_batch_operator.reconcile.galleries import GalleryObserver
from azure_batch_operator.reconcile.gate import ReplicaGate
from azure_batch_operator.reconcile.image_access import ImageAccess, ImageDoor
from azure_batch_operator.reconcile.image_actions import ImageActions
from azure_batch_operator.reconcile.image_memory import ImageMemory
from azure_batch_operator.reconcile.image_sight import ImageSight
from azure_batch_operator.reconcile.image_snapshots import SnapshotMemory, SnapshotSight
from azure_batch_operator.reconcile.image_source import ImageSources
from azure_batch_operator.reconcile.images import ImageReconciler
from azure_batch_operator.reconcile.keys import (
    AccountKey,
    DefinitionKey,
    GalleryKey,
    ImageKey,
    Key,
    PoolKey,
    ResourceKey,
)
from azure_batch_operator.reconcile.measures import measure
from azure_batch_operator.reconcile.node_agents import NodeAgents
from azure_batch_operator.reconcile.outcome import Outcome
from azure_batch_operator.reconcile.pool_access import PoolAccess, PoolDoor
from azure_batch_operator.reconcile.pool_actions import PoolActions
from azure_batch_operator.reconcile.pool_facts import PoolFactsReader
from azure_batch_operator.reconcile.pool_gatherer import PoolGatherer
from azure_batch_operator.reconcile.pool_image import PoolImages
from azure_batch_operator.reconcile.pool_jobs import PoolJobs
from azure_batch_operator.reconcile.pool_memory import Pace
from azure_batch_operator.reconcile.pool_nodes import PoolNodes
from azure_batch_operator.reconcile.pool_restarts import PoolRestarts
from azure_batch_operator.reconcile.pool_secrets import PoolSecrets
from azure_batch_operator.reconcile.pools import PoolReconciler
from azure_batch_operator.reconcile.secrets import KeyReader, SecretReader
from azure_batch_operator.reconcile.sign_ins import SignIns
from azure_batch_operator.reconcile.unmanaged_images import UnmanagedImages
from azure_batch_operator.reconcile.usage import Usage
from azure_batch_operator.reconcile.wanted.images import ImageParser
from azure_batch_operator.reconcile.wanted.pools import PoolParser
from azure_batch_operator.settings import Settings


@dataclass(slots=True, kw_only=True)
class Wired:
    """The stores and everyone who takes turns on what is in them."""

    images: ImageStore
    pools: PoolStore
    usage: Usage
    sign_ins: SignIns
    image_reconciler: ImageReconciler
    pool_reconciler: PoolReconciler
    account_observer: AccountObserver
    definition_observer: DefinitionObserver
    gallery_observer: GalleryObserver
    metrics: Metrics
    _observed: set[Key] = field(default_factory=set)
    """Scopes of Azure that come back by themselves, because somebody referred to them when they were last looked at."""

    async def turn(self, key: Key) -> Outcome:
        """One turn of whoever is responsible for the key."""
        outcome = self._telling(key, await self._turn(key))
        measure(self.metrics, key, outcome, is_there=self._is_there(key))
        return outcome

    def _telling(self, key: Key, outcome: Outcome) -> Outcome:
        """Whose sign-in the turn found to be refused, or accepted again, all their resources are woken to show it."""
        turned = self.sign_ins.turned()
        if not turned:
            return outcome
        return replace(outcome, wake=outcome.wake | self.usage.signing_in_by(turned) - {key})

    async def _turn(self, key: Key) -> Outcome:
        match key:
            case ImageKey():
                return await self.image_reconciler.turn(key)
            case PoolKey():
                return await self.pool_reconciler.turn(key)
            case AccountKey():
                return self._observing(key, await self.account_observer.turn(key))
            case DefinitionKey():
                return self._observing(key, await self.definition_observer.turn(key))
            case GalleryKey():
                return self._observing(key, await self.gallery_observer.turn(key))

    def _is_there(self, key: Key) -> bool:
        match key:
            case ImageKey():
                return self.images.body(key) is not None
            case PoolKey():
                return self.pools.body(key) is not None
            case AccountKey() | DefinitionKey() | GalleryKey():
                return True

    def changed(self, key: ResourceKey) -> Iterable[Key]:
        """Keep the index of who uses whom; whom the change concerns, and scopes of Azure that are new."""
        match key:
            case ImageKey():
                return self._image_changed(key)
            case PoolKey():
                return self._pool_changed(key)

    def standing(self) -> Iterable[Key]:
        """The accounts that the settings name."""
        return [AccountKey(ref.key) for ref in self.usage.watched]

    def scope_of(self, key: Key) -> Hashable | None:
        """The Batch account that a key's turn talks to."""
        match key:
            case AccountKey():
                return key.ref
            case PoolKey():
                wanted = self._wanted_pool(key)
                return wanted.account.key if wanted else None
            case ImageKey() | DefinitionKey() | GalleryKey():
                return None

    def _image_changed(self, key: ImageKey) -> set[Key]:
        desired = self.images.get(key)
        if desired is None:
            return {*self._rivals(key), *self.usage.image_gone(key)}
        concerned = self.usage.image_seen(key, desired.wanted)
        return {*concerned, *self._unobserved(_scopes_of_image(self.usage.wanted_image(key)))}

    def _rivals(self, key: ImageKey) -> frozenset[ImageKey]:
        """The other GalleryImages that name the same definition."""
        wanted = self.usage.wanted_image(key)
        return self.usage.claims(wanted.name.definition.id) - {key} if wanted else frozenset()

    def _pool_changed(self, key: PoolKey) -> set[Key]:
        before = self.usage.image_of(key)
        desired = self.pools.get(key)
        if desired is None:
            self.usage.pool_gone(key)
        else:
            self.usage.pool_seen(key, desired.wanted)
        images = [image for image in (before, self.usage.image_of(key)) if image]
        return {*images, *self._unobserved(_scopes_of_pool(self._wanted_pool(key)))}

    def _wanted_pool(self, key: PoolKey) -> WantedPool | None:
        desired = self.pools.get(key)
        return desired.wanted if desired and isinstance(desired.wanted, WantedPool) else None

    def _unobserved(self, scopes: Iterable[Key]) -> set[Key]:
        new = set(scopes) - self._observed
        self._observed |= new
        return new

    def _observing(self, key: Key, outcome: Outcome) -> Outcome:
        """An observer that does not come back by itself found that nobody refers to its scope any more."""
        if outcome.again is None and not outcome.failed:
            self._observed.discard(key)
        return outcome


def utc_now() -> datetime:
    """The time of day, for conditions and for since when something lasts."""
    return datetime.now(UTC)


@asynccontextmanager
async def wired(
    settings: Settings,
    *,
    operator_id: str,
    read_secret: SecretReader,
    read_key: KeyReader,
    before_write: Callable[[], None],
    metrics: Metrics | None = None,
    monotonic: Monotonic = time.monotonic,
    now: Callable[[], datetime] = utc_now,
) -> AsyncIterator[Wired]:
    """Everything below Kubernetes, with connections to Azure that close with the block.

    `read_secret` gets the Secrets that resources name, `read_key` the key by which the applied ones are recorded.
    `before_write` is called at the last moment before every write to Azure; raising keeps it back. `monotonic` is the
    clock by which observations age and pauses pass, `now` tells the time that statuses show.
    What is measured goes to `metrics`.
    """
    metrics = metrics or Metrics(now=now)
    async with Principals(
        settings, before_write=before_write, monotonic=monotonic, observer=metrics.azure
    ) as principals:
        sign_ins = SignIns(
            principals=principals,
            read=read_secret,
            monotonic=monotonic,
            max_age=settings.moving_interval,
            federated=settings.federated_token_file is not None,
        )
        secrets = PoolSecrets(
            read=read_secret, read_key=read_key, monotonic=monotonic, max_age=settings.moving_interval
        )
        beliefs = Beliefs(monotonic=monotonic)
        yield _Assembly(settings, operator_id, sign_ins, secrets, beliefs, metrics, now).wired()


class _Assembly:
    """Puts the parts together; each is made once."""

    def __init__(
        self,
        settings: Settings,
        operator_id: str,
        sign_ins: SignIns,
        secrets: PoolSecrets,
        beliefs: Beliefs,
        metrics: Metrics,
        now: Callable[[], datetime],
    ) -> None:
        self._settings = settings
        self._now = now
        self._metrics = metrics
        self._sign_ins = sign_ins
        self._secrets = secrets
        self._own = sign_ins.own
        self._beliefs = beliefs
        self._usage = Usage(beliefs=self._beliefs, watched=settings.watch_accounts)
        self._accounts = AccountLookup(accounts=self._own.accounts, beliefs=self._beliefs)
        self._images = ImageStore(
            ImageParser(
                operator_id=operator_id,
                subscription_id=settings.subscription_id,
                nodes_per_replica=settings.nodes_per_replica,
            )
        )
        self._pools = PoolStore(PoolParser(operator_id=operator_id, subscription_id=settings.subscription_id))

    def wired(self) -> Wired:
        self._metrics.resources.read(images=self._images.bodies, pools=self._pools.bodies)
        return Wired(
            images=self._images,
            pools=self._pools,
            usage=self._usage,
            sign_ins=self._sign_ins,
            metrics=self._metrics,
            image_reconciler=self._image_reconciler(),
            pool_reconciler=self._pool_reconciler(),
            account_observer=AccountObserver(
                beliefs=self._beliefs,
                sign_ins=self._sign_ins,
                accounts=self._accounts,
                usage=self._usage,
                resync_interval=self._settings.resync_interval,
                moving_interval=self._settings.moving_interval,
            ),
            definition_observer=DefinitionObserver(
                sign_ins=self._sign_ins,
                beliefs=self._beliefs,
                usage=self._usage,
                resync_interval=self._settings.resync_interval,
                moving_interval=self._settings.moving_interval,
            ),
            gallery_observer=GalleryObserver(
                sign_ins=self._sign_ins,
                beliefs=self._beliefs,
                usage=self._usage,
                resync_interval=self._settings.resync_interval,
            ),
        )

    def _image_reconciler(self) -> ImageReconciler:
        memory = ImageMemory(
            beliefs=self._beliefs, retry_base=self._settings.retry_base, retry_cap=self._settings.retry_cap
        )
        snapshots = SnapshotMemory()
        through = partial(self._image_access, memory, snapshots)
        return ImageReconciler(
            door=ImageDoor(sign_ins=self._sign_ins, usage=self._usage, through=through),
            snapshots=snapshots,
            beliefs=self._beliefs,
            usage=self._usage,
            store=self._images,
            memory=memory,
            failures=self._failures(),
            metrics=self._metrics,
            now=self._now,
            resync_interval=self._settings.resync_interval,
            moving_interval=self._settings.moving_interval,
        )

    def _image_access(self, memory: ImageMemory, snapshots: SnapshotMemory, azure: Azure) -> ImageAccess:
        """Made anew for each turn, because each image may have a principal of its own."""
        sight = ImageSight(
            images=azure.images,
            sources=ImageSources(images=azure.images, sources=azure.sources, read_secret=self._sign_ins.read),
            snapshots=SnapshotSight(sources=azure.sources, memory=snapshots, failures=memory),
            node_agents=NodeAgents(
                pools=self._own.pools, images_pools=azure.pools, beliefs=self._beliefs, usage=self._usage
            ),
            beliefs=self._beliefs,
            usage=self._usage,
            store=self._images,
            memory=memory,
            now=self._now,
            former_operator_ids=frozenset(self._settings.former_operator_ids),
            namespaces=frozenset(self._settings.namespaces),
        )
        actions = ImageActions(images=azure.images, sources=azure.sources, beliefs=self._beliefs, memory=memory)
        return ImageAccess(sight=sight, actions=actions)

    def _pool_reconciler(self) -> PoolReconciler:
        return PoolReconciler(
            store=self._pools,
            beliefs=self._beliefs,
            accounts=self._accounts,
            door=PoolDoor(sign_ins=self._sign_ins, usage=self._usage, through=self._pool_access),
            usage=self._usage,
            failures=self._failures(),
            resync_interval=self._settings.resync_interval,
            moving_interval=self._settings.moving_interval,
            now=self._now,
        )

    def _pool_access(self, azure: Azure) -> PoolAccess:
        """Made for each principal, because pools may have one of their own."""
        actions = PoolActions(
            beliefs=self._beliefs, pools=azure.pools, nodes=azure.nodes, identities=azure.pool_identities
        )
        return PoolAccess(
            azure=azure, gatherer=self._pool_gatherer(azure), actions=actions, jobs=PoolJobs(jobs=azure.jobs)
        )

    def _pool_gatherer(self, azure: Azure) -> PoolGatherer:
        unmanaged = UnmanagedImages(images=azure.images, monotonic=self._beliefs.monotonic)
        images = PoolImages(
            beliefs=self._beliefs,
            usage=self._usage,
            store=self._images,
            gate=ReplicaGate(usage=self._usage, beliefs=self._beliefs),
            unmanaged=unmanaged,
        )
        return PoolGatherer(
            store=self._pools,
            beliefs=self._beliefs,
            pools=azure.pools,
            images=images,
            secrets=self._secrets,
            facts=PoolFactsReader(azure=azure, beliefs=self._beliefs, unmanaged=unmanaged),
            usage=self._usage,
            former_operator_ids=self._settings.former_operator_ids,
            namespaces=frozenset(self._settings.namespaces),
            nodes=PoolNodes(beliefs=self._beliefs, nodes=azure.nodes),
            restarts=PoolRestarts(
                beliefs=self._beliefs, nodes=azure.nodes, resync_interval=self._settings.resync_interval
            ),
            pace=Pace(base=self._settings.retry_base, cap=self._settings.retry_cap),
            resync_interval=self._settings.resync_interval,
        )

    def _failures(self) -> Failures:
        return Failures(
            monotonic=self._beliefs.monotonic,
            rights_grace=self._settings.rights_grace,
            resync_interval=self._settings.resync_interval,
        )


def _scopes_of_image(wanted: WantedImage | None) -> Iterator[Key]:
    if wanted is not None:
        yield DefinitionKey(wanted.name.definition.id.casefold())
        yield GalleryKey(wanted.name.definition.gallery.id.casefold())
        yield from (AccountKey(ref.key) for ref in wanted.watch_accounts)


def _scopes_of_pool(wanted: WantedPool | None) -> Iterator[Key]:
    if wanted is not None:
        yield AccountKey(wanted.account.key)
