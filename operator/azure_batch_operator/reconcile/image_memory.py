"""What image turns remember of each other: times that only we can know, and what was tried and told already."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from pydantic import ValidationError

from azure_batch_operator.api.image_status import GalleryImageStatus
from azure_batch_operator.core.images import ObservedVersion, WantedImage
from azure_batch_operator.core.plan.image_view import ImageView, Stuck
from azure_batch_operator.core.recent_needs import RecentNeeds
from azure_batch_operator.reconcile.beliefs import Beliefs
from azure_batch_operator.reconcile.desired import Desired
from azure_batch_operator.reconcile.keys import ImageKey

T = TypeVar("T")

STUCK_AFTER = timedelta(hours=6)
"""How long a replication may take before it is asked for again (Microsoft's page on troubleshooting shared images)."""


@dataclass(slots=True, kw_only=True)
class _Failing:
    """An object in Azure that failed, and when it may be tried again; None: a new try is under way."""

    tries: int = 0
    retry_at: datetime | None = None


@dataclass(slots=True, kw_only=True)
class _Moving:
    """A version at which Azure works."""

    since: datetime
    looked_at: datetime
    times_asked: int = 0
    """How often it was asked for once more because nothing came of it."""

    @property
    def is_stuck(self) -> bool:
        """Whether it has lasted longer than it ever should."""
        return self.looked_at - self.since >= STUCK_AFTER

    @property
    def may_be_asked(self) -> bool:
        """Whether the pause since it was asked for last is over; each is twice as long."""
        periods: int = 2 ** (self.times_asked + 1) - 1
        return self.looked_at - self.since >= periods * STUCK_AFTER


@dataclass(slots=True, kw_only=True)
class ImageMemory:
    """One per process; losing it costs a delay, never a wrong action."""

    beliefs: Beliefs
    retry_base: float
    """Seconds of the first pause after something failed in Azure; each further one is twice as long."""
    retry_cap: float
    two_step_removal: set[str] = field(default_factory=set)
    """Folded ids of versions of which Azure refused to remove a region in one step."""
    _failing: dict[str, _Failing] = field(default_factory=dict)
    _surplus: dict[str, dict[str, datetime]] = field(default_factory=dict)
    """Since when there have been more replicas than were needed, by folded version id and region."""
    _needs: defaultdict[str, dict[str, RecentNeeds]] = field(default_factory=lambda: defaultdict(dict))
    """By folded version id and region."""
    _moving: dict[str, _Moving] = field(default_factory=dict)
    _taken_out: dict[str, frozenset[str]] = field(default_factory=dict)
    """Regions that left a version because it failed there, by its folded id: until they are back and well."""
    _uids: dict[ImageKey, str] = field(default_factory=dict)
    _reasons: dict[str, str] = field(default_factory=dict)
    """The last reason of Ready, by uid."""
    _published: dict[str, str] = field(default_factory=dict)
    """The version whose publication was told last, by uid."""
    _deleted_inside: dict[str, frozenset[str]] = field(default_factory=dict)
    """Folded ids of the definition and the gallery in which deleted versions are kept, by uid."""
    _answered: dict[str, str] = field(default_factory=dict)
    """The last request for a turn that was answered by a look at everything, by uid."""
    _shown: dict[str, tuple[int, frozenset[str]]] = field(default_factory=dict)
    """What is to be adopted as it was shown last: by uid, with the generation of the spec."""

    def seed(self, key: ImageKey, desired: Desired[WantedImage]) -> None:
        """After a restart, take from the status what only we could know: once per resource."""
        if self._uids.get(key) == desired.uid:
            return
        self.forget(key)
        self._uids[key] = desired.uid
        try:
            status = GalleryImageStatus.model_validate(desired.status)
        except ValidationError:
            return  # somebody else's hand: it is written anew anyway
        self._reasons[desired.uid] = next((c.reason for c in status.conditions if c.type == "Ready"), "")
        if status.last_handled_reconcile_at is not None:
            self._answered[desired.uid] = status.last_handled_reconcile_at
        if status.version_id is None:
            return
        version_id = status.version_id.casefold()
        self._published[desired.uid] = version_id
        for region in status.regions:
            if region.ready_replicas:
                self.beliefs.ready_replicas.setdefault(version_id, {}).setdefault(region.name, region.ready_replicas)
            if region.surplus_since:
                self._surplus.setdefault(version_id, {}).setdefault(region.name, region.surplus_since)

    def forget(self, key: ImageKey) -> None:
        """The resource is gone, or a namesake has taken its place."""
        uid = self._uids.pop(key, "")
        self._reasons.pop(uid, None)
        self._published.pop(uid, None)
        self._answered.pop(uid, None)
        self._shown.pop(uid, None)
        self._deleted_inside.pop(uid, None)

    def remember_plan(self, view: ImageView, version: ObservedVersion) -> None:
        """Keep what each region of a version needs, and since when it has had more than that.

        A region with pools that we just wrote to may need more than it seems: their nodes have not left yet.
        """
        folded, plan, unsure = version.name.id.casefold(), view.plan_of(version), view.unsure_regions(version)
        before, needs = self._surplus.get(folded, {}), self._needs[folded]
        self._surplus[folded] = {
            region: since for region, since in plan.surplus().items() if region not in unsure or region in before
        }
        for need in (region for region in plan.regions if region.need.key not in unsure):
            known = needs.get(need.need.key, RecentNeeds())
            delay = view.wanted.replication.scale_down_delay
            needs[need.need.key] = known.and_now(need.required, view.now, within=delay)

    def surplus_since(self, versions: Iterable[ObservedVersion]) -> Mapping[tuple[str, str], datetime]:
        """Since when regions of these versions have had more replicas than they need."""
        return _flat(self._surplus, versions)

    def needed_lately(
        self, versions: Iterable[ObservedVersion], now: datetime, *, within: timedelta
    ) -> Mapping[tuple[str, str], int]:
        """The most replicas that each region of these versions needed within that time."""
        return {key: needs.most(now, within=within) for key, needs in _flat(self._needs, versions).items()}

    def note_states(self, versions: Iterable[ObservedVersion], now: datetime) -> None:
        """Begin a pause for each version that failed, end the trouble of those that are well, time those that move."""
        for version in versions:
            self._note_movement(version, now)
            if failing(version):
                self.failed(version.name.id, now)
            elif version.provisioning_state.casefold() == "succeeded" and self._is_whole(version):
                self._failing.pop(version.name.id.casefold(), None)

    def failed(self, object_id: str, now: datetime) -> None:
        """An object was seen failed: it may be tried again after a pause that grows with every try."""
        found = self._failing.setdefault(object_id.casefold(), _Failing())
        if found.retry_at is None:
            found.retry_at = now + timedelta(seconds=min(self.retry_cap, self.retry_base * 2**found.tries))

    def tried(self, object_id: str) -> None:
        """An object is written: a new try if it had failed, and a new beginning unless it was stuck."""
        found = self._failing.get(object_id.casefold())
        if found is not None:
            found.tries += 1
            found.retry_at = None
        moving = self._moving.get(object_id.casefold())
        if moving is not None and moving.is_stuck:
            moving.times_asked += 1
        else:
            self._moving.pop(object_id.casefold(), None)

    def recovered(self, object_id: str) -> None:
        """An object was seen well: its trouble is over."""
        self._failing.pop(object_id.casefold(), None)

    def took_out(self, version_id: str, regions: Iterable[str]) -> None:
        """Regions leave a version because it failed there: its trouble is over only when they are back."""
        self._taken_out[version_id.casefold()] = self._taken_out.get(version_id.casefold(), frozenset()) | {*regions}

    def retry_times(self) -> Mapping[str, datetime]:
        """When each failed object may be tried again, by folded id."""
        return {key: found.retry_at for key, found in self._failing.items() if found.retry_at is not None}

    def tries(self) -> Mapping[str, int]:
        """How often each failed object was tried again, by folded id."""
        return {key: found.tries for key, found in self._failing.items()}

    def stuck(self) -> Mapping[str, Stuck]:
        """Versions at which Azure has worked for too long, by folded id."""
        found = ((key, moving) for key, moving in self._moving.items() if moving.is_stuck)
        return {key: Stuck(since=moving.since, ask_again=moving.may_be_asked) for key, moving in found}

    def ready_in(self, versions: Iterable[ObservedVersion]) -> frozenset[tuple[str, str]]:
        """Where these versions are known to have had ready replicas, by (folded version id, region)."""
        return frozenset(key for key, ready in _flat(self.beliefs.ready_replicas, versions).items() if ready)

    def served(self, versions: Iterable[ObservedVersion]) -> frozenset[str]:
        """Folded ids of those of these versions that are known to have had ready replicas."""
        return frozenset(version_id for version_id, _ in _flat(self.beliefs.ready_replicas, versions))

    def is_asked(self, desired: Desired[WantedImage]) -> bool:
        """Whether somebody asks for a look at everything that was not taken yet."""
        return desired.reconcile_requested_at not in (None, self._answered.get(desired.uid))

    def answered(self, desired: Desired[WantedImage]) -> None:
        """The look that was asked for is taken."""
        if desired.reconcile_requested_at is not None:
            self._answered[desired.uid] = desired.reconcile_requested_at

    def retry_at_once(self, definition_id: str, gallery_id: str, now: datetime) -> None:
        """End the pauses after failures of the gallery, the definition, and all in it."""
        for key, found in self._failing.items():
            if found.retry_at is not None and (
                key == gallery_id.casefold() or key.startswith(definition_id.casefold())
            ):
                found.retry_at = now

    def showed(self, desired: Desired[WantedImage], ids: frozenset[str]) -> None:
        """It was shown what adopting these objects changes."""
        self._shown[desired.uid] = (desired.generation, ids)

    def adopted(self, desired: Desired[WantedImage], object_id: str) -> None:
        """An object is ours now: should it ever not be, adopting it is shown again."""
        self._shown[desired.uid] = (desired.generation, self.shown(desired) - {object_id.casefold()})

    def shown(self, desired: Desired[WantedImage]) -> frozenset[str]:
        """The objects whose adoption was shown, for this generation of the spec."""
        generation, ids = self._shown.get(desired.uid, (desired.generation, frozenset[str]()))
        return ids if generation == desired.generation else frozenset()

    def keeps_deleted(self, desired: Desired[WantedImage], object_id: str) -> None:
        """Azure does not remove the definition or gallery, since deleted versions are kept there."""
        self._deleted_inside[desired.uid] = self.deleted_inside(desired) | {object_id.casefold()}

    def deleted_inside(self, desired: Desired[WantedImage]) -> frozenset[str]:
        """Folded ids of the definition and the gallery that stay because of that."""
        return self._deleted_inside.get(desired.uid, frozenset())

    def is_new_reason(self, uid: str, reason: str) -> bool:
        """Whether the resource's Ready reason is another one than last time."""
        before = self._reasons.get(uid)
        self._reasons[uid] = reason
        return before != reason

    def is_newly_published(self, uid: str, version_id: str) -> bool:
        """Whether the publication of this version has not been told yet."""
        before = self._published.get(uid)
        self._published[uid] = version_id.casefold()
        return before != version_id.casefold()

    def _note_movement(self, version: ObservedVersion, now: datetime) -> None:
        key = version.name.id.casefold()
        if not _moves(version):
            self._moving.pop(key, None)
            return
        self._moving.setdefault(key, _Moving(since=now, looked_at=now)).looked_at = now

    def _is_whole(self, version: ObservedVersion) -> bool:
        """Whether the regions that had left because of a failure are back and well."""
        key = version.name.id.casefold()
        well = {region.key for region in version.regions if region.state == "Completed"}
        if not self._taken_out.get(key, frozenset()) <= well:
            return False
        self._taken_out.pop(key, None)
        return True


def _flat(known: Mapping[str, Mapping[str, T]], versions: Iterable[ObservedVersion]) -> dict[tuple[str, str], T]:
    """What is known of these versions, by (folded version id, region), without a look at all others."""
    ids = (version.name.id.casefold() for version in versions)
    return {(each, region): value for each in ids for region, value in known.get(each, {}).items()}


def _moves(version: ObservedVersion) -> bool:
    at_work = version.provisioning_state.casefold() in {"creating", "updating"}
    return at_work or any(region.state == "Replicating" for region in version.regions)


def failing(version: ObservedVersion) -> bool:
    """Whether the version's last operation, or its replication to a region, failed."""
    state = version.provisioning_state.casefold()
    return state == "failed" or (state == "succeeded" and any(region.state == "Failed" for region in version.regions))
