"""One turn for a Batch account: a complete list of its pools, whom the news concerns, and node counts that matter."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial

from azure_batch_operator.cloud.azure import Azure
from azure_batch_operator.cloud.pools import Pools
from azure_batch_operator.core.accounts import Account, AccountRef
from azure_batch_operator.core.failures import AzureFailure
from azure_batch_operator.core.names import VersionName, gallery_image_from_id
from azure_batch_operator.core.node_health import on_the_way, worth_watching
from azure_batch_operator.core.pools import NodeCounts, ObservedPool, WantedPool
from azure_batch_operator.core.resize_errors import Shortfall, explain
from azure_batch_operator.reconcile.account_lookup import HOUR, AccountLookup
from azure_batch_operator.reconcile.beliefs import Beliefs, CompleteList, pool_key
from azure_batch_operator.reconcile.failures import detail_of
from azure_batch_operator.reconcile.keys import AccountKey, ImageKey, PoolKey
from azure_batch_operator.reconcile.outcome import Outcome
from azure_batch_operator.reconcile.sign_ins import SignIns
from azure_batch_operator.reconcile.usage import Usage

RESYNCS_PER_COUNT = 10
"""Node counts of all pools are read once in so many resyncs."""

COUNTS_PER_PAGE = 10
"""Pools in one page of node counts: the Batch API's `maxresults` for them is 10 at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _News:
    """A pool before and after one look; None where there was none."""

    key: str
    before: ObservedPool | None
    after: ObservedPool | None


@dataclass(slots=True, kw_only=True)
class AccountObserver:
    """Looks at Batch accounts in bulk."""

    beliefs: Beliefs
    sign_ins: SignIns
    accounts: AccountLookup
    usage: Usage
    resync_interval: float
    """Seconds between looks at an account at rest."""
    moving_interval: float
    """Seconds between looks while a pool of ours moves; no two looks are closer."""
    _looked_at: dict[str, float] = field(default_factory=dict)
    _counted_at: dict[str, float] = field(default_factory=dict)

    async def turn(self, key: AccountKey) -> Outcome:
        """List the account's pools, wake whom the news concerns, and say when to look again."""
        ref = self.usage.account(key.ref)
        if ref is None:
            self._forget(key)
            return Outcome()
        if wait := self._too_soon(key):
            return Outcome(again=wait, deferred=True)
        try:
            return await self.sign_ins.as_one_of(self.usage.parties_of(ref), partial(self._look, key, ref))
        except AzureFailure as failure:
            return _failed(failure)

    async def _look(self, key: AccountKey, ref: AccountRef, azure: Azure) -> Outcome:
        ours = self.usage.pools_in(ref.key)
        known = self.accounts.believed(ref)
        account = await self.accounts.find(ref, max_age=self._patience(ref, ours), accounts=azure.accounts)
        if account is None:
            self._nothing_there(key)
            lost = frozenset(ours if known else ())
            return Outcome(failed=True, wake=lost, step="Observe", detail={"missing": ref.key})
        waiting, first = self.usage.waiting_for(ref), key.ref not in self.beliefs.pool_lists
        news = await self._list(azure.pools, key, account)
        counted = await self._count_nodes(azure.pools, key, account, ours)
        pools = (*self._concerned(account, news, counted, ours), *(ours if first or account != known else ()))
        moves = any(self._moves(key, account, wanted) for wanted in ours.values())
        return Outcome(
            wake=frozenset({*pools, *self._images_of(news), *waiting}),
            again=self.moving_interval if moves else self.resync_interval,
        )

    def _nothing_there(self, key: AccountKey) -> None:
        """An account that Azure says does not exist has no pools: that is read, and completely."""
        self.beliefs.pool_lists[key.ref] = CompleteList(sent_at=self.beliefs.monotonic(), keys=frozenset())

    async def _list(self, pools: Pools, key: AccountKey, account: Account) -> list[_News]:
        sent_at = self.beliefs.monotonic()
        self._looked_at[key.ref] = sent_at
        listed = {pool_key(account.key, pool.pool_id): pool for pool in await pools.list(account)}
        news = [*self._shown(listed, sent_at), *self._vanished(account, listed, sent_at)]
        self.beliefs.pool_lists[key.ref] = CompleteList(sent_at=sent_at, keys=frozenset(listed))
        return news

    def _shown(self, listed: dict[str, ObservedPool], sent_at: float) -> Iterator[_News]:
        for name, pool in listed.items():
            before = self.beliefs.pools.believed(name)
            if self.beliefs.pools.see(name, pool, sent_at=sent_at):
                yield _News(key=name, before=before.value if before else None, after=pool)

    def _vanished(self, account: Account, listed: Iterable[str], sent_at: float) -> Iterator[_News]:
        """Pools that an earlier answer showed and this list does not: a hint, so whom it concerns must look."""
        there = set(listed)
        for name, pool in self.beliefs.pools.values().items():
            seen = self.beliefs.pools.believed(name)
            if name.startswith(f"{account.key}/") and name not in there and seen and seen.sent_at < sent_at:
                self.beliefs.pools.doubt(name)
                self.beliefs.node_counts.pop(name, None)
                yield _News(key=name, before=pool, after=None)

    async def _count_nodes(
        self, pools: Pools, key: AccountKey, account: Account, ours: dict[PoolKey, WantedPool]
    ) -> set[str]:
        """Read node counts, of all pools when that is due or cheaper; the keys of pools whose counts changed."""
        names = {pool_key(account.key, wanted.pool_id): wanted.pool_id for wanted in ours.values()}
        there = {name: pool_id for name, pool_id in names.items() if self._pool(name)}
        chosen = [pool_id for name, pool_id in there.items() if self._needs_count(name)]
        pages = -(-len(self.beliefs.pool_lists[key.ref].keys) // COUNTS_PER_PAGE)
        if there and (self._full_count_is_due(key) or len(chosen) > pages):
            self._counted_at[key.ref] = self.beliefs.monotonic()
            return self._counted(account, await pools.node_counts(account))
        counts = [each for pool_id in chosen for each in await pools.node_counts(account, pool_id)]
        return self._counted(account, counts)

    def _counted(self, account: Account, counts: Iterable[NodeCounts]) -> set[str]:
        named = {pool_key(account.key, each.pool_id): each for each in counts}
        changed = {name for name, each in named.items() if self.beliefs.node_counts.get(name) != each}
        self.beliefs.node_counts.update(named)
        return changed

    def _needs_count(self, name: str) -> bool:
        pool, counts = self._pool(name), self.beliefs.node_counts.get(name)
        if pool is None or counts is None:
            return counts is None
        return not pool.steady or worth_watching(counts) or counts.total != pool.current_dedicated + pool.current_spot

    def _full_count_is_due(self, key: AccountKey) -> bool:
        last = self._counted_at.get(key.ref)
        return last is None or self.beliefs.monotonic() - last >= RESYNCS_PER_COUNT * self.resync_interval

    def _moves(self, key: AccountKey, account: Account, wanted: WantedPool) -> bool:
        """Whether the pool will look different soon; one that was written to since it was listed does."""
        name = pool_key(account.key, wanted.pool_id)
        pool, counts = self._pool(name), self.beliefs.node_counts.get(name)
        if pool is None:
            return name in self.beliefs.pool_lists[key.ref].keys
        return not pool.steady or (counts is not None and on_the_way(counts) > 0)

    def _concerned(
        self, account: Account, news: Iterable[_News], counted: set[str], ours: dict[PoolKey, WantedPool]
    ) -> Iterator[PoolKey]:
        names = {each.key for each in news} | counted
        return (key for key, wanted in ours.items() if pool_key(account.key, wanted.pool_id) in names)

    def _images_of(self, news: Iterable[_News]) -> Iterator[ImageKey]:
        """Images whose replicas are planned anew: a pool of theirs came, went, or has another size."""
        for each in news:
            if _weight(each.before) != _weight(each.after):
                yield from (image for pool in (each.before, each.after) if pool for image in self._booted_by(pool))

    def _booted_by(self, pool: ObservedPool) -> Iterator[ImageKey]:
        named = gallery_image_from_id(pool.image_id)
        if named is not None:
            yield from self.usage.claims(named.definition.id if isinstance(named, VersionName) else named.id)

    def _patience(self, ref: AccountRef, ours: dict[PoolKey, WantedPool]) -> float:
        """How old a reading of the account may be: less than an hour where a pool stands at a quota."""
        account = self.accounts.believed(ref)
        found = [self._pool(pool_key(account.key, each.pool_id)) for each in ours.values()] if account else []
        short = any(
            explain(error).shortfall is Shortfall.QUOTA for pool in found if pool for error in pool.resize_errors
        )
        return min(HOUR, self.resync_interval / 2) if short else HOUR

    def _pool(self, name: str) -> ObservedPool | None:
        seen = self.beliefs.pools.believed(name)
        return seen.value if seen else None

    def _too_soon(self, key: AccountKey) -> float:
        last = self._looked_at.get(key.ref)
        return 0.0 if last is None else max(0.0, last + self.moving_interval - self.beliefs.monotonic())

    def _forget(self, key: AccountKey) -> None:
        """Nobody watches the account any more."""
        self.beliefs.pool_lists.pop(key.ref, None)
        self._looked_at.pop(key.ref, None)
        self._counted_at.pop(key.ref, None)


def _failed(failure: AzureFailure) -> Outcome:
    wait = failure.retry_after
    return Outcome(failed=wait is None, again=wait, step="Observe", detail=detail_of(failure))


def _weight(pool: ObservedPool | None) -> tuple[object, ...] | None:
    return (pool.nodes, pool.image_id, pool.state) if pool else None
