"""Everything that one decision about a gallery image needs, gathered in one value."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from azure_batch_operator.core.compute_ids import ComputeName
from azure_batch_operator.core.failures import AzureFailure
from azure_batch_operator.core.image_version import Publishing
from azure_batch_operator.core.images import (
    ObservedDefinition,
    ObservedGallery,
    ObservedVersion,
    PoolUse,
    WantedImage,
)
from azure_batch_operator.core.machines import MarketplaceImage, ObservedDisk
from azure_batch_operator.core.names import OWNER_TAG, VersionName, same
from azure_batch_operator.core.origin import origin_in
from azure_batch_operator.core.ownership import Ownership, ownership
from azure_batch_operator.core.replica_plan import Past, ReplicaPlan, nodes_by_version, plan_version
from azure_batch_operator.core.sources import SnapshotsNeeded, SourceAnswer, SourceReady


@dataclass(frozen=True, slots=True, kw_only=True)
class Stuck:
    """A version at which Azure works for longer than it ever should."""

    since: datetime
    """Since when it was seen to move without an end."""
    ask_again: bool
    """Whether it is time to send the same change once more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageView:
    """What is wanted, what was seen, who uses it, and what we remember. None of an object: it does not exist."""

    wanted: WantedImage
    now: datetime
    gallery: ObservedGallery | None = None
    definition: ObservedDefinition | None = None
    versions: tuple[ObservedVersion, ...] = ()
    """All that are known of the definition."""
    source: SourceAnswer | None = None
    """Looked at only while the wanted version does not exist, or could not be published."""
    source_failure: AzureFailure | None = None
    """Why the source could not be looked at: that holds up the wanted version, and no other."""
    snapshots: tuple[ObservedDisk, ...] = ()
    """Those of ours that are known, and whatever stands under the names of those that the source needs."""
    unsearched: tuple[str, ...] = ()
    """Why snapshots of ours may be left that were not looked for, in sentences."""
    node_agents: tuple[str, ...] = ()
    """Ids of the node agents that fit the origin, as far as a Batch account is known that tells."""
    fresh: frozenset[str] = frozenset()
    """Folded ids of the definition and the versions that were read by a GET of this turn."""
    uses: tuple[PoolUse, ...] = ()
    unread_accounts: tuple[str, ...] = ()
    """Watched accounts that were not read completely since it last changed who uses the image."""
    rival: str | None = None
    """Another GalleryImage that claims the same definition and is older, as `namespace/name`."""
    former_operator_ids: frozenset[str] = frozenset()
    orphans: frozenset[str] = frozenset()
    """Owner tags of this or a former operator whose GalleryImage is gone from the cluster."""
    shown: frozenset[str] = frozenset()
    """Folded ids of what is to be adopted, as far as it was shown what adopting changes."""
    surplus_since: Mapping[tuple[str, str], datetime] = field(default_factory=dict)
    """By (folded version id, region)."""
    needed_lately: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """The most replicas that were needed within the delay, by (folded version id, region)."""
    retry_at: Mapping[str, datetime] = field(default_factory=dict)
    """When what failed may be tried again, by folded id."""
    tries: Mapping[str, int] = field(default_factory=dict)
    """How often what failed was tried again since, by folded id."""
    stuck: Mapping[str, Stuck] = field(default_factory=dict)
    """Versions at which Azure works for too long, by folded id."""
    served: frozenset[str] = frozenset()
    """Folded ids of versions that have had ready replicas: these are never published anew."""
    ready_in: frozenset[tuple[str, str]] = frozenset()
    """By (folded version id, region): where a version has had ready replicas, and still has some of them."""
    two_step_removal: frozenset[str] = frozenset()
    """Folded ids of versions of which Azure refused to remove a region in one step."""
    deleted_inside: frozenset[str] = frozenset()
    """Folded ids of the definition and the gallery that Azure does not remove: deleted versions are kept there."""
    gallery_definitions: tuple[ObservedDefinition, ...] | None = None
    """What the gallery holds; None: not listed."""
    gallery_shared: bool = False
    """Whether other GalleryImages name the gallery."""

    complete: bool = field(init=False)
    """Whether it is known who uses the image: else nothing shrinks, leaves or is deleted."""
    nodes: Mapping[str, Mapping[str, int]] = field(init=False)
    """Nodes by folded version id and region."""
    users: Mapping[str, tuple[PoolUse, ...]] = field(init=False)
    """The uses by folded version id."""

    def __post_init__(self) -> None:
        """Add up the uses once: plans ask for them often."""
        known = not any(use.unseen for use in self.uses)
        object.__setattr__(self, "complete", known and not self.unread_accounts)
        object.__setattr__(self, "nodes", nodes_by_version(self.uses))
        object.__setattr__(self, "users", _by_version(self.uses))

    @property
    def current(self) -> ObservedVersion | None:
        """The version that is wanted now."""
        return self.version(self.wanted.name)

    @property
    def home(self) -> str | None:
        """The region of the wanted version: its own, or that of its source; None while neither is there."""
        if self.current is not None:
            return self.current.location
        return self.source.location if isinstance(self.source, (SourceReady, SnapshotsNeeded)) else None

    @property
    def origin(self) -> MarketplaceImage | None:
        """The Marketplace image that the wanted version's machine began as, where its tag or its source tells."""
        if self.current is not None:
            return origin_in(self.current.tags)
        return self.source.origin if isinstance(self.source, (SourceReady, SnapshotsNeeded)) else None

    def version(self, name: VersionName) -> ObservedVersion | None:
        """The version of that name."""
        return next((found for found in self.versions if same(found.name.id, name.id)), None)

    def snapshot(self, name: ComputeName) -> ObservedDisk | None:
        """The snapshot of that name."""
        return next((found for found in self.snapshots if found.name.key == name.key), None)

    def owned(self) -> tuple[ObservedVersion, ...]:
        """The versions that are ours."""
        return tuple(version for version in self.versions if self.is_ours(version.tags))

    def ownership(self, tags: Mapping[str, str]) -> Ownership:
        """Whose the object with these tags is."""
        return ownership(owner_tag(tags), self.wanted.owner, self.former_operator_ids, orphans=self.orphans)

    def is_ours(self, tags: Mapping[str, str]) -> bool:
        """Whether the object with these tags belongs to this GalleryImage."""
        return self.ownership(tags) is Ownership.OURS

    def is_free(self, tags: Mapping[str, str]) -> bool:
        """Whether the object with these tags belongs to nobody now."""
        return self.ownership(tags) in (Ownership.NOBODYS, Ownership.ORPHANED)

    def may_adopt(self, tags: Mapping[str, str]) -> bool:
        """Whether the object with these tags belongs to nobody, and the spec consents to taking it over."""
        return self.wanted.adoption_policy == "Adopt" and self.is_free(tags)

    def adoptable(self) -> tuple[ObservedVersion, ...]:
        """The free versions that would be taken over: the wanted one, and those that BatchPools boot from."""
        used = {use.version_id.casefold() for use in self.uses if use.name and not use.deleting}
        named = (found for found in self.versions if found is self.current or found.name.id.casefold() in used)
        staying = (found for found in named if not same(found.provisioning_state, "Deleting"))
        return tuple(version for version in staying if self.is_free(version.tags))

    def tags(self) -> dict[str, str]:
        """The tags that our objects carry: the spec's and the owner's."""
        return {**self.wanted.tags, OWNER_TAG: self.wanted.owner.tag()}

    def plan(self) -> ReplicaPlan | None:
        """The plan of the wanted version; None while its home region is not known."""
        if self.current is not None:
            return self.plan_of(self.current)
        return self._plan(self.wanted.name.id, self.home, None) if self.home is not None else None

    def plan_of(self, version: ObservedVersion) -> ReplicaPlan:
        """The plan of a version that exists."""
        return self._plan(version.name.id, version.location, version)

    def users_of(self, version_id: str) -> tuple[PoolUse, ...]:
        """The pools that boot, or will boot, from a version."""
        return self.users.get(version_id.casefold(), ())

    def unsure_regions(self, version: ObservedVersion) -> frozenset[str]:
        """Regions where a pool of the version has yet to be looked at, so that its nodes may be more than they seem."""
        return frozenset(use.region for use in self.users_of(version.name.id) if use.unseen and use.region)

    def is_published(self, version: ObservedVersion) -> bool:
        """Whether pools can boot from the version somewhere; a change of it under way does not matter."""
        state = version.provisioning_state.casefold()
        return state == "succeeded" or (state != "creating" and version.name.id.casefold() in self.served)

    def publishing(self, version: VersionName) -> Publishing:
        """What is wanted of a version as a whole; of an older one it is left as it was when it was wanted."""
        if not same(version.id, self.wanted.name.id):
            return Publishing()
        return Publishing(
            exclude_from_latest=self.wanted.exclude_from_latest,
            end_of_life=self.wanted.end_of_life,
            storage_account_strategy=self.wanted.replication.storage_account_strategy,
        )

    def may_retry(self, object_id: str) -> bool:
        """Whether the pause after a failure of that object is over."""
        return self.now >= self.retry_at.get(object_id.casefold(), self.now)

    def _plan(self, version_id: str, home: str, observed: ObservedVersion | None) -> ReplicaPlan:
        folded = version_id.casefold()
        return plan_version(
            self.wanted,
            version_id,
            home=home,
            observed=observed,
            nodes=self.nodes.get(folded, {}),
            past=Past(
                surplus_since={key: since for (found, key), since in self.surplus_since.items() if found == folded},
                needed_lately={key: count for (found, key), count in self.needed_lately.items() if found == folded},
            ),
            now=self.now,
            complete=self.complete,
        )


def owner_tag(tags: Mapping[str, str]) -> str | None:
    """The value of the owner tag; tag names ignore letter case."""
    return next((value for name, value in tags.items() if same(name, OWNER_TAG)), None)


def _by_version(uses: Iterable[PoolUse]) -> dict[str, tuple[PoolUse, ...]]:
    found: defaultdict[str, list[PoolUse]] = defaultdict(list)
    for use in uses:
        found[use.version_id.casefold()].append(use)
    return {version_id: tuple(users) for version_id, users in found.items()}
