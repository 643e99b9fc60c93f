"""What every region of one image version should have: bounds, Azure's limit per version, and delayed scale-down."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from azure_batch_operator.core.conditions import Advice
from azure_batch_operator.core.image_version import TargetRegion, added_regions
from azure_batch_operator.core.images import (
    FollowTemplate,
    ListedRegion,
    ObservedVersion,
    PoolUse,
    ReplicationPolicy,
    WantedImage,
)
from azure_batch_operator.core.json import JsonObject
from azure_batch_operator.core.names import same
from azure_batch_operator.core.replicas import MOST_REPLICAS, required_replicas, share


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What is remembered of one version's regions, by normalised name."""

    surplus_since: Mapping[str, datetime] = field(default_factory=dict)
    """Since when a region has had more replicas than it needs."""
    needed_lately: Mapping[str, int] = field(default_factory=dict)
    """The most that it needed within the delay before replicas go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionNeed:
    """Why a version should be in a region, and within which bounds; `maximum` 0: nobody needs it there any more."""

    key: str
    name: str
    nodes: int = 0
    used: bool = False
    minimum: int = 1
    maximum: int = MOST_REPLICAS
    storage_account_type: str | None = None
    encryption: JsonObject | None = None
    exclude_from_latest: bool | None = None

    def wish(self, policy: ReplicationPolicy) -> int:
        """Replicas before Azure's limit per version is looked at; a maximum that is that limit bounds no wish."""
        wished = required_replicas(self.nodes, policy.nodes_per_replica) + (policy.headroom if self.used else 0)
        bounded = min(self.maximum, wished) if self.maximum < MOST_REPLICAS else wished
        return max(self.minimum, bounded)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionPlan:
    """What is decided for one region."""

    need: RegionNeed
    required: int
    """Replicas after bounds and Azure's limit; 0: the region is to be left."""
    current: int
    """Replicas that Azure was asked for last; 0: no target region."""
    target: int
    """Replicas to ask for now; 0: not to be in the list."""
    surplus_since: datetime | None = None
    """Since when fewer would do."""

    @property
    def grows(self) -> bool:
        """Whether replicas are to be added now."""
        return self.target > self.current


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicaPlan:
    """The whole plan of one version."""

    regions: tuple[RegionPlan, ...]
    advice: tuple[Advice, ...] = ()
    waits_for_usage: bool = False
    """Whether something would shrink now if it were known who uses the version."""

    def region(self, key: str) -> RegionPlan | None:
        """The plan for one region, by normalised name."""
        return next((plan for plan in self.regions if plan.need.key == key), None)

    def changes(self) -> tuple[RegionPlan, ...]:
        """The regions whose replicas are to change now."""
        return tuple(plan for plan in self.regions if plan.target != plan.current)

    def removals(self) -> frozenset[str]:
        """The regions that are to leave now."""
        return frozenset(plan.need.key for plan in self.regions if plan.current > 0 and plan.target == 0)

    def without(self, keys: Collection[str]) -> "ReplicaPlan":
        """The same plan with these regions taken out for now."""
        return replace(self, regions=tuple(replace(p, target=0) if p.need.key in keys else p for p in self.regions))

    def keeping_all(self) -> "ReplicaPlan":
        """The same plan without its removals: for Azure's two-step way, where the first only unlocks them."""
        kept = (replace(p, target=p.current) if p.current > 0 and p.target == 0 else p for p in self.regions)
        return replace(self, regions=tuple(kept))

    def surplus(self) -> dict[str, datetime]:
        """Since when each region has had more than it needs."""
        return {plan.need.key: plan.surplus_since for plan in self.regions if plan.surplus_since is not None}


def nodes_by_version(uses: Iterable[PoolUse]) -> dict[str, dict[str, int]]:
    """Nodes by folded version id and region; pools whose region is not known count nowhere."""
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for use in uses:
        if use.region is not None:
            found[use.version_id.casefold()][use.region] += use.nodes
    return {version_id: dict(nodes) for version_id, nodes in found.items()}


def plan_version(
    wanted: WantedImage,
    version_id: str,
    *,
    home: str,
    observed: ObservedVersion | None,
    nodes: Mapping[str, int],
    past: Past,
    now: datetime,
    complete: bool,
) -> ReplicaPlan:
    """Plan one version's regions from the nodes of the pools there; with `observed` None, for a version to be made.

    A region in `nodes` is used, even when it has no node yet. `complete` says that every watched account has been
    read: without it nothing shrinks and no region leaves.
    """
    alive = bool(nodes) or same(version_id, wanted.name.id)
    needs, advice = _needs(wanted, home=home, observed=observed, nodes=nodes, alive=alive)
    foreign = _others_replicas(observed, {need.key for need in needs})
    plan = plan_regions(
        needs,
        policy=wanted.replication,
        current={region.key: region.replicas for region in observed.regions} if observed else {},
        total=MOST_REPLICAS - foreign,
        past=past,
        now=now,
        complete=complete,
    )
    return replace(plan, advice=(*plan.advice, *advice))


def plan_regions(
    needs: Iterable[RegionNeed],
    *,
    policy: ReplicationPolicy,
    current: Mapping[str, int],
    total: int = MOST_REPLICAS,
    past: Past,
    now: datetime,
    complete: bool,
) -> ReplicaPlan:
    """Plan the regions of one version, where `total` replicas may be shared among them."""
    needed = {need.key: need for need in needs}
    wishes = {key: need.wish(policy) for key, need in needed.items()}
    required = share(total, floors={key: need.minimum for key, need in needed.items()}, wishes=wishes)
    had = {key: current.get(key, 0) for key in needed}
    since = {key: _since(key, required, had, past.surplus_since, now) for key in needed}
    due = {key: moment is not None and now - moment >= policy.scale_down_delay for key, moment in since.items()}
    lasting = {key: max(required[key], min(had[key], past.needed_lately.get(key, 0))) for key in needed}
    held = {key: lasting[key] if since[key] is None or (due[key] and complete) else had[key] for key in needed}
    begun = {key: now if due[key] and complete and held[key] > required[key] else since[key] for key in needed}
    target = share(total, floors=required if complete else had, wishes=held)
    return ReplicaPlan(
        regions=tuple(
            RegionPlan(
                need=need, required=required[key], current=had[key], target=target[key], surplus_since=begun[key]
            )
            for key, need in needed.items()
        ),
        advice=_limit_advice(total, wishes, required),
        waits_for_usage=not complete and any(due.values()),
    )


def target_regions(plan: ReplicaPlan, observed: ObservedVersion | None) -> tuple[TargetRegion, ...]:
    """The whole list for a PUT or PATCH: what is planned, and the regions of others as they are."""
    planned = {region.need.key for region in plan.regions}
    kept = observed.regions if observed else ()
    others = (TargetRegion(key=r.key, name=r.key, replicas=r.replicas) for r in kept if r.key not in planned)
    ours = (
        TargetRegion(
            key=region.need.key,
            name=region.need.name,
            replicas=region.target,
            storage_account_type=region.need.storage_account_type,
            encryption=region.need.encryption,
            exclude_from_latest=region.need.exclude_from_latest,
        )
        for region in plan.regions
        if region.target > 0
    )
    return (*ours, *others)


def _since(
    key: str, required: Mapping[str, int], had: Mapping[str, int], before: Mapping[str, datetime], now: datetime
) -> datetime | None:
    return min(before.get(key, now), now) if required[key] < had[key] else None


def _needs(
    wanted: WantedImage, *, home: str, observed: ObservedVersion | None, nodes: Mapping[str, int], alive: bool
) -> tuple[tuple[RegionNeed, ...], tuple[Advice, ...]]:
    listed = {region.key: region for region in wanted.regions} if alive else {}
    targets = {region.key for region in observed.regions} if observed else set()
    followed = [key for key in nodes if key in targets or wanted.replication.follow_pools]
    barred = [key for key in followed if key not in targets | set(listed) | {home} and _is_barred(wanted, observed)]
    leaving = added_regions(observed.tags) & targets if observed else frozenset()
    keys = dict.fromkeys((home, *listed, *sorted(set(followed) - set(barred)), *sorted(leaving)))
    bounds = _Bounds(wanted=wanted, home=home, observed=observed, listed=listed, nodes=nodes, alive=alive)
    return tuple(bounds.need(key) for key in keys), tuple(_needs_encryption(barred))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bounds:
    """What bounds the replicas of a version's regions."""

    wanted: WantedImage
    home: str
    observed: ObservedVersion | None
    listed: Mapping[str, ListedRegion]
    nodes: Mapping[str, int]
    alive: bool

    def need(self, key: str) -> RegionNeed:
        found = self.listed.get(key)
        low, high = self._bounds(key, found)
        asked = found or self._template(key)
        return RegionNeed(
            key=key,
            name=found.name if found else key,
            nodes=self.nodes.get(key, 0),
            used=key in self.nodes,
            minimum=low,
            maximum=max(low, high),
            storage_account_type=asked.storage_account_type if asked else None,
            encryption=asked.encryption if asked else None,
            exclude_from_latest=found.exclude_from_latest if found else None,
        )

    def _template(self, key: str) -> FollowTemplate | None:
        """What a region takes that is there for its pools only; one that somebody else added is none of ours."""
        theirs = self._of_others(key) > 0
        return None if key == self.home or theirs else self.wanted.replication.follow_template

    def _bounds(self, key: str, found: ListedRegion | None) -> tuple[int, int]:
        policy = self.wanted.replication
        if found is not None:
            return found.min_replicas or policy.min_replicas, found.max_replicas or policy.max_replicas
        if not self.alive:
            return (1, 1) if key == self.home else (0, 0)
        if key != self.home and key not in self.nodes:
            return 0, 0
        return max(policy.min_replicas, self._of_others(key)), policy.max_replicas

    def _of_others(self, key: str) -> int:
        """Replicas in a region that somebody else added: they may grow with our pools but never shrink by us."""
        seen = self.observed.region(key) if self.observed else None
        if self.observed is None or seen is None or key == self.home or key in added_regions(self.observed.tags):
            return 0
        return seen.replicas


def _others_replicas(observed: ObservedVersion | None, planned: set[str]) -> int:
    """Replicas that count towards Azure's limit although we do not plan them: other regions, other storage types."""
    regions = observed.regions if observed else ()
    additional = sum(_additional_replicas(region.raw) for region in regions)
    return additional + sum(region.replicas for region in regions if region.key not in planned)


def _additional_replicas(region: JsonObject) -> int:
    """Replicas of further storage types; a set without a number has one."""
    sets = region.get("additionalReplicaSets")
    listed = sets if isinstance(sets, (list, tuple)) else ()
    counts = (each.get("regionalReplicaCount", 1) for each in listed if isinstance(each, Mapping))
    return sum(count for count in counts if isinstance(count, int))


def _is_barred(wanted: WantedImage, observed: ObservedVersion | None) -> bool:
    """Whether a region that nobody described may not be added: the others are encrypted, and no template says how."""
    template = wanted.replication.follow_template
    if template is not None and template.encryption is not None:
        return False
    seen = (region.raw.get("encryption") for region in observed.regions) if observed else ()
    return any(region.encryption for region in wanted.regions) or any(seen)


def _needs_encryption(barred: list[str]) -> Iterator[Advice]:
    for key in barred:
        yield Advice(
            reason="RegionNeedsEncryption",
            message=f"Pools in {key} use the version, but its regions are encrypted: list {key} in "
            f"spec.targetRegions with its encryption, or write spec.replication.followTemplate.encryption.",
        )


def _limit_advice(total: int, wishes: Mapping[str, int], required: Mapping[str, int]) -> tuple[Advice, ...]:
    short = [f"{key} gets {required[key]} of {wishes[key]}" for key in wishes if required[key] < wishes[key]]
    if not short:
        return ()
    message = (
        f"The regions need {sum(wishes.values())} replicas together, Azure keeps {MOST_REPLICAS} per version "
        f"({total} of them ours to share): {', '.join(short)}."
    )
    return (Advice(reason="ReplicaLimit", message=message),)


def after(delay: timedelta, since: datetime, now: datetime) -> float:
    """Seconds from `now` until `delay` has passed since `since`; never negative."""
    return max(0.0, (since + delay - now).total_seconds())
