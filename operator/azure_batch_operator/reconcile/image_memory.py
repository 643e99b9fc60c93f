"""What image turns remember of each other: times that only we can know, and what was tried and told already."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pydantic import ValidationError

from azure_batch_operator.api.image_status import GalleryImageStatus
from azure_batch_operator.core.images import ObservedVersion, WantedImage
from azure_batch_operator.core.replica_plan import ReplicaPlan
from azure_batch_operator.reconcile.beliefs import Beliefs
from azure_batch_operator.reconcile.desired import Desired
from azure_batch_operator.reconcile.keys import ImageKey


@dataclass(slots=True, kw_only=True)
class _Failing:
    """An object in Azure that failed, and when it may be tried again; None: a new try is under way."""

    tries: int = 0
    retry_at: datetime | None = None


@dataclass(slots=True, kw_only=True)
class ImageMemory:
    """One per process; losing it costs a delay, never a wrong action."""

    beliefs: Beliefs
    retry_base: float
    """Seconds of the first pause after something failed in Azure; each further one is twice as long."""
    retry_cap: float
    surplus_since: dict[tuple[str, str], datetime] = field(default_factory=dict)
    """By (folded version id, region)."""
    two_step_removal: set[str] = field(default_factory=set)
    """Folded ids of versions of which Azure refused to remove a region in one step."""
    _failing: dict[str, _Failing] = field(default_factory=dict)
    _uids: dict[ImageKey, str] = field(default_factory=dict)
    _reasons: dict[str, str] = field(default_factory=dict)
    """The last reason of Ready, by uid."""
    _published: dict[str, str] = field(default_factory=dict)
    """The version whose publication was told last, by uid."""

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
        if status.version_id is None:
            return
        version_id = status.version_id.casefold()
        self._published[desired.uid] = version_id
        for region in status.regions:
            if region.ready_replicas:
                self.beliefs.ready_replicas.setdefault((version_id, region.name), region.ready_replicas)
            if region.surplus_since:
                self.surplus_since.setdefault((version_id, region.name), region.surplus_since)

    def forget(self, key: ImageKey) -> None:
        """The resource is gone, or a namesake has taken its place."""
        uid = self._uids.pop(key, "")
        self._reasons.pop(uid, None)
        self._published.pop(uid, None)

    def remember_surplus(self, version_id: str, plan: ReplicaPlan) -> None:
        """Keep since when each region of a version has had more than it needs."""
        folded = version_id.casefold()
        for key in [key for key in self.surplus_since if key[0] == folded]:
            del self.surplus_since[key]
        self.surplus_since.update({(folded, region): since for region, since in plan.surplus().items()})

    def note_states(self, versions: Iterable[ObservedVersion], now: datetime) -> None:
        """Begin a pause for each version that failed, and end the trouble of those that are well."""
        for version in versions:
            if failing(version):
                self.failed(version.name.id, now)
            elif version.provisioning_state.casefold() == "succeeded":
                self._failing.pop(version.name.id.casefold(), None)

    def failed(self, object_id: str, now: datetime) -> None:
        """An object was seen failed: it may be tried again after a pause that grows with every try."""
        found = self._failing.setdefault(object_id.casefold(), _Failing())
        if found.retry_at is None:
            found.retry_at = now + timedelta(seconds=min(self.retry_cap, self.retry_base * 2**found.tries))

    def tried(self, object_id: str) -> None:
        """An object is written: if it had failed, this is a new try."""
        found = self._failing.get(object_id.casefold())
        if found is not None:
            found.tries += 1
            found.retry_at = None

    def retry_times(self) -> Mapping[str, datetime]:
        """When each failed object may be tried again, by folded id."""
        return {key: found.retry_at for key, found in self._failing.items() if found.retry_at is not None}

    def served(self) -> frozenset[str]:
        """Folded ids of versions that are known to have had ready replicas."""
        return frozenset(version_id for version_id, _ in self.beliefs.ready_replicas)

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


def failing(version: ObservedVersion) -> bool:
    """Whether the version's last operation, or its replication to a region, failed."""
    state = version.provisioning_state.casefold()
    return state == "failed" or (state == "succeeded" and any(region.state == "Failed" for region in version.regions))
