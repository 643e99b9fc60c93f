"""The status of a GalleryImage, from what one turn saw and came to."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from azure_batch_operator.api.image_status import (
    MOST_LISTED,
    GalleryImageStatus,
    ImageSummary,
    ImageUser,
    PublishedVersion,
    RegionStatus,
)
from azure_batch_operator.api.model import wire
from azure_batch_operator.api.objects import Condition as StoredCondition
from azure_batch_operator.core.conditions import (
    Advice,
    Condition,
    ConditionStatus,
    ConditionType,
    Verdict,
    advisory,
    timed,
    verdict_conditions,
)
from azure_batch_operator.core.images import ObservedVersion, PoolUse, WantedImage
from azure_batch_operator.core.json import JsonObject
from azure_batch_operator.core.names import VersionName, gallery_image_from_id, same
from azure_batch_operator.core.plan.image_advice import versions_advice
from azure_batch_operator.core.plan.image_gallery import gallery_advice
from azure_batch_operator.core.plan.image_steps import failures_of, replication_of
from azure_batch_operator.core.plan.image_view import ImageView
from azure_batch_operator.core.replica_plan import RegionPlan, ReplicaPlan
from azure_batch_operator.reconcile.desired import Desired
from azure_batch_operator.reconcile.status.image_source import (
    intermediate_snapshots,
    source_advice,
    source_origin,
    source_ready,
)

ReadyReplicas = Callable[[ObservedVersion, str], int]
"""Replicas of a version that serve nodes in a region now."""

_VERDICTS = frozenset({ConditionType.READY, ConditionType.RECONCILING, ConditionType.STALLED})
_VERDICT_TYPES = frozenset(kind.value for kind in _VERDICTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageReport:
    """What a status is made of."""

    desired: Desired[WantedImage]
    view: ImageView
    verdict: Verdict
    ready: ReadyReplicas
    plan: ReplicaPlan | None = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "plan", self.view.plan())

    def status(self) -> JsonObject:
        """The whole status in wire form."""
        view, published = self.view, _published(self.view)
        regions = tuple(self._regions())
        versions = tuple(_version(view, version) for version in sorted(view.owned(), key=_number))
        return wire(
            GalleryImageStatus(
                observed_generation=self.desired.generation,
                conditions=self._conditions(),
                gallery_id=view.wanted.name.definition.gallery.id if view.gallery else None,
                definition_id=view.wanted.name.definition.id if view.definition else None,
                version_id=published.name.id if published else None,
                version=published.name.version if published else None,
                source=source_origin(view),
                node_agent_sku_ids=view.node_agents[:MOST_LISTED],
                intermediate_snapshots=intermediate_snapshots(view)[:MOST_LISTED],
                regions=regions[:MOST_LISTED],
                pools=tuple(_user(use) for use in view.uses[:MOST_LISTED]),
                pool_count=len({use.pool for use in view.uses}),
                versions=versions[:MOST_LISTED],
                version_count=len(versions),
                summary=_summary(regions),
                last_handled_reconcile_at=_handled(self.desired),
            )
        )

    def _conditions(self) -> tuple[StoredCondition, ...]:
        conditions = (
            *verdict_conditions(self.verdict),
            source_ready(self.view),
            _published_condition(self.view),
            self._replicas_ready(),
            *advisory(self._advice()),
        )
        stored = timed(
            conditions,
            generation=self.desired.generation,
            now=self.view.now,
            previous=_conditions_of(self.desired.status),
        )
        return tuple(StoredCondition.model_validate(each) for each in stored)

    def _advice(self) -> Iterator[Advice]:
        yield from gallery_advice(self.view)
        yield from source_advice(self.view)
        yield from versions_advice(self.view)

    def _replicas_ready(self) -> Condition:
        if self.plan is None or self.view.current is None:
            return _condition(ConditionType.REPLICAS_READY, "False", "NotPublished", "There is no version yet.")
        ready = {region.need.key: self.ready(self.view.current, region.need.key) for region in self.plan.regions}
        short = [region for region in self.plan.regions if ready[region.need.key] < region.required]
        if not short:
            return _condition(ConditionType.REPLICAS_READY, "True", "Succeeded", "Every region has its replicas.")
        counts = ", ".join(f"{region.need.key} has {ready[region.need.key]} of {region.required}" for region in short)
        return _condition(ConditionType.REPLICAS_READY, "False", "Replicating", f"Replicas: {counts}.")

    def _regions(self) -> Iterator[RegionStatus]:
        planned = self.plan.regions if self.plan else ()
        for region in planned:
            yield self._region(region.need.key, region)
        keys = {region.need.key for region in planned}
        for seen in self.view.current.regions if self.view.current else ():
            if seen.key not in keys:
                yield self._region(seen.key, None)

    def _region(self, key: str, plan: RegionPlan | None) -> RegionStatus:
        """One region; `plan` None: somebody else added it, and we need nothing of it."""
        current = self.view.current
        seen = current.region(key) if current else None
        return RegionStatus(
            name=key,
            nodes=plan.need.nodes if plan else 0,
            required_replicas=plan.required if plan else 0,
            replicas=seen.replicas if seen else 0,
            ready_replicas=self.ready(current, key) if current else 0,
            state=seen.state if seen else None,
            progress=_in_tens(seen.progress) if seen else None,
            surplus_since=_seconds(plan.surplus_since) if plan else None,
        )


_NOT_BEGUN = Condition(
    type=ConditionType.READY,
    status="Unknown",
    reason="Suspended",
    message="spec.suspend has been true from the beginning: nothing of it was looked at in Azure.",
)


def carried_status(desired: Desired[WantedImage], verdict: Verdict, now: datetime) -> JsonObject:
    """The status as stored with another verdict: for turns that came to no view of Azure."""
    kept = [c for c in _conditions_of(desired.status) if c.get("type") not in _VERDICT_TYPES]
    fresh = timed(
        verdict_conditions(verdict),
        generation=desired.generation,
        now=now,
        previous=_conditions_of(desired.status),
    )
    conditions = [*fresh, *({**condition, "observedGeneration": desired.generation} for condition in kept)]
    return _with_handled(desired, {"observedGeneration": desired.generation, "conditions": conditions})


def suspended_status(desired: Desired[WantedImage], now: datetime) -> JsonObject:
    """The status as stored, without Reconciling and Stalled: Ready and observedGeneration stay as they were.

    Suspended from the beginning, it was never looked at, and says so.
    """
    gone = {ConditionType.RECONCILING.value, ConditionType.STALLED.value}
    kept = [condition for condition in _conditions_of(desired.status) if condition.get("type") not in gone]
    if any(condition.get("type") == ConditionType.READY.value for condition in kept):
        return _with_handled(desired, {"conditions": kept})
    unknown = timed((_NOT_BEGUN,), generation=desired.generation, now=now)
    return _with_handled(desired, {"observedGeneration": desired.generation, "conditions": [*unknown, *kept]})


def _with_handled(desired: Desired[WantedImage], changes: JsonObject) -> JsonObject:
    handled = _handled(desired)
    return {**desired.status, **changes, **({"lastHandledReconcileAt": handled} if handled else {})}


def _handled(desired: Desired[WantedImage]) -> str | None:
    before = desired.status.get("lastHandledReconcileAt")
    return desired.reconcile_requested_at or (str(before) if before else None)


def _published_condition(view: ImageView) -> Condition:
    kind, version = ConditionType.PUBLISHED, view.current
    if version is None:
        return _condition(kind, "False", "NotPublished", f"Version {view.wanted.name.version} does not exist yet.")
    if view.is_published(version):
        return _condition(kind, "True", "Succeeded", f"Version {version.name.version} is published.")
    if same(version.provisioning_state, "Failed"):
        return _condition(kind, "False", "PublishFailed", f"Azure failed to publish it: {failures_of(version)}.")
    return _condition(kind, "False", "Publishing", f"Azure publishes it: {replication_of(version)}.")


def _published(view: ImageView) -> ObservedVersion | None:
    """The wanted version once it is published; until then the newest other one of ours that is."""
    if view.current is not None and view.is_published(view.current):
        return view.current
    others = [version for version in view.owned() if version is not view.current and view.is_published(version)]
    return max(others, key=_number, default=None)


def _number(version: ObservedVersion) -> tuple[int, ...]:
    return version.name.number


def _version(view: ImageView, version: ObservedVersion) -> PublishedVersion:
    return PublishedVersion(
        version=version.name.version,
        id=version.name.id,
        published_date=_seconds(version.published_at),
        in_use=bool(view.users_of(version.name.id)),
    )


def _user(use: PoolUse) -> ImageUser:
    return ImageUser(
        namespace=use.namespace,
        name=use.name,
        url=None if use.name else use.url,
        region=use.region,
        nodes=use.nodes,
        version=_version_in(use.version_id),
    )


def _version_in(version_id: str) -> str | None:
    named = gallery_image_from_id(version_id)
    return named.version if isinstance(named, VersionName) else None


def _summary(regions: tuple[RegionStatus, ...]) -> ImageSummary:
    needed = [region for region in regions if region.required_replicas]
    ready = [min(region.ready_replicas or 0, region.required_replicas or 0) for region in needed]
    done = sum(have == region.required_replicas for have, region in zip(ready, needed, strict=True))
    return ImageSummary(
        regions=f"{done}/{len(needed)}",
        replicas=f"{sum(ready)}/{sum(region.required_replicas or 0 for region in needed)}",
        nodes=sum(region.nodes or 0 for region in regions),
    )


def _conditions_of(status: JsonObject) -> list[JsonObject]:
    found = status.get("conditions")
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, (list, tuple)) else []


def _in_tens(percent: int | None) -> int | None:
    """Progress in steps of ten, so that a status is not written for each per cent."""
    return None if percent is None else percent // 10 * 10


def _seconds(moment: datetime | None) -> datetime | None:
    """Times as Kubernetes writes them, without fractions of a second."""
    return moment.replace(microsecond=0) if moment else None


def _condition(kind: ConditionType, status: ConditionStatus, reason: str, message: str) -> Condition:
    return Condition(type=kind, status=status, reason=reason, message=message)
