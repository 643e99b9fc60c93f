"""What holds of every plan of replicas, whatever the version looks like and whoever uses it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from azure_batch_operator.core.image_version import added_regions
from azure_batch_operator.core.images import (
    FollowTemplate,
    ListedRegion,
    ObservedVersion,
    PoolUse,
    ReplicationState,
    WantedImage,
)
from azure_batch_operator.core.json import JsonObject
from azure_batch_operator.core.names import OWNER_TAG
from azure_batch_operator.core.plan.image_steps import ImageStep, Nothing, PatchVersion, Retry, Wait
from azure_batch_operator.core.plan.images import next_step
from azure_batch_operator.core.replica_plan import Past, ReplicaPlan, nodes_by_version, plan_version
from azure_batch_operator.core.replicas import MOST_REPLICAS, required_replicas
from tests.support.images import HOME, NOW, OWNER, VERSION, WANTED, a_region, a_use, a_version, a_view, policy

ID = VERSION.id.casefold()
REGIONS = (HOME, "northeurope", "eastus", "westus", "japaneast")
STATES: tuple[ReplicationState, ...] = ("Completed", "Completed", "Failed")
ENCRYPTED: JsonObject = {"osDiskImage": {"diskEncryptionSetId": "/set"}}
few = settings(max_examples=40, deadline=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """An image, its version and its pools, and since when regions have had more than they need."""

    wanted: WantedImage
    version: ObservedVersion
    uses: tuple[PoolUse, ...]
    surplus_since: Mapping[str, datetime]
    complete: bool

    @property
    def nodes(self) -> Mapping[str, int]:
        return nodes_by_version(self.uses).get(ID, {})

    def plan(self) -> ReplicaPlan:
        return plan_version(
            self.wanted,
            VERSION.id,
            home=HOME,
            observed=self.version,
            nodes=self.nodes,
            past=Past(surplus_since=self.surplus_since),
            now=NOW,
            complete=self.complete,
        )

    def step(self, **more: Any) -> ImageStep:
        known: dict[str, Any] = {
            "wanted": self.wanted,
            "uses": self.uses,
            "surplus_since": {(ID, region): since for region, since in self.surplus_since.items()},
            "unread_accounts": () if self.complete else ("contoso",),
        }
        return next_step(a_view(self.version, **(known | more)))


@st.composite
def versions(draw: st.DrawFn) -> ObservedVersion:
    """With regions of ours and of others, further storage types, encryption, and replications that failed."""
    others = draw(st.sets(st.sampled_from(REGIONS[1:])))
    encryption = draw(st.sampled_from([None, ENCRYPTED]))
    shown = []
    for key in (HOME, *sorted(others)):
        state: ReplicationState = draw(st.sampled_from(STATES))
        seen = a_region(key, draw(st.integers(1, 18)), state=state, encryption=encryption)
        more: list[JsonObject] = [
            {"storageAccountType": "Premium_LRS", "regionalReplicaCount": draw(st.integers(1, 2))}
        ]
        shown.append(replace(seen, raw={**seen.raw, "additionalReplicaSets": more}) if draw(st.booleans()) else seen)
    added = draw(st.sets(st.sampled_from(sorted(others)))) if others else set[str]()
    return a_version(*shown, added=added, allows_removal=draw(st.booleans()))


@st.composite
def images(draw: st.DrawFn) -> WantedImage:
    """With listed regions, bounds, headroom, and a template or none."""
    listed = draw(st.lists(st.sampled_from(REGIONS), unique=True))
    bounds = st.tuples(st.integers(1, 4), st.integers(1, MOST_REPLICAS)).map(sorted)
    regions = []
    for key in listed:
        low, high = draw(bounds)
        regions.append(ListedRegion(name=key, min_replicas=low, max_replicas=high))
    template = draw(st.sampled_from([None, FollowTemplate(encryption=ENCRYPTED)]))
    replication = replace(
        policy(headroom=draw(st.integers(0, 3)), follow_pools=draw(st.booleans())), follow_template=template
    )
    return replace(WANTED, regions=tuple(regions), replication=replication)


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    sizes = st.tuples(st.sampled_from(REGIONS), st.integers(0, 20_000), st.integers(0, 20_000))
    pools = draw(st.lists(sizes, max_size=6))
    uses = tuple(
        a_use(wished, region=region, in_azure=there, name=f"pool-{n}")
        for n, (region, wished, there) in enumerate(pools)
    )
    ages = draw(st.dictionaries(st.sampled_from(REGIONS), st.integers(0, 120)))
    return Situation(
        wanted=draw(images()),
        version=draw(versions()),
        uses=uses,
        surplus_since={region: NOW - timedelta(minutes=age) for region, age in ages.items()},
        complete=draw(st.booleans()),
    )


def asked(step: ImageStep) -> dict[str, int]:
    """Replicas by region in a PATCH."""
    assert isinstance(step, PatchVersion)
    properties: Any = step.body["properties"]
    return {
        region["name"]: region["regionalReplicaCount"] for region in properties["publishingProfile"]["targetRegions"]
    }


def after(seen: Situation, step: ImageStep) -> Situation:
    """What there is when Azure has done all that the step asked for."""
    assert isinstance(step, PatchVersion)
    properties: Any = step.body["properties"]
    tags: Any = step.body["tags"]
    listed = properties["publishingProfile"]["targetRegions"]
    shown = tuple(replace(a_region(raw["name"], raw["regionalReplicaCount"]), raw=raw) for raw in listed)
    version = replace(seen.version, regions=shown, tags=tags, safety_profile=properties["safetyProfile"])
    kept = {p.need.key: p.surplus_since for p in seen.plan().regions if p.surplus_since is not None}
    return replace(seen, version=version, surplus_since=kept)


def room(seen: Situation, found: ReplicaPlan) -> int:
    """Replicas that are left for the planned regions: those of others and of further storage types count too."""
    foreign = sum(region.replicas for region in seen.version.regions if found.region(region.key) is None)
    further: list[Any] = [region.raw.get("additionalReplicaSets", ()) for region in seen.version.regions]
    counts: list[int] = [each["regionalReplicaCount"] for sets in further for each in sets]
    return MOST_REPLICAS - foreign - sum(counts)


@few
@given(seen=situations())
def test_a_plan_is_never_above_what_azure_keeps(seen: Situation) -> None:
    found = seen.plan()
    already = sum(region.current for region in found.regions)
    assert sum(region.target for region in found.regions) <= max(already, room(seen, found))


@few
@given(seen=situations())
def test_a_region_has_less_than_its_nodes_need_within_its_bounds_only_when_azure_keeps_no_more(seen: Situation) -> None:
    found = seen.plan()
    if sum(region.target for region in found.regions) >= room(seen, found):
        return
    for region in found.regions:
        need = required_replicas(region.need.nodes, seen.wanted.replication.nodes_per_replica)
        assert region.target >= max(region.need.minimum, min(need, region.need.maximum))


@few
@given(seen=situations())
def test_a_used_region_that_the_version_has_is_never_left(seen: Situation) -> None:
    found = seen.plan()
    kept = {region.key for region in seen.version.regions} - found.removals()
    assert {key for key in seen.nodes if seen.version.region(key)} <= kept
    assert HOME in kept


@few
@given(seen=situations(), region=st.sampled_from(REGIONS), more=st.integers(1, 20_000))
def test_more_nodes_never_mean_fewer_replicas_in_their_region(seen: Situation, region: str, more: int) -> None:
    crowded = replace(seen, uses=(*seen.uses, a_use(more, region=region, name="one-more")))
    before, after_ = seen.plan().region(region), crowded.plan().region(region)
    assert (before.target if before else 0) <= (after_.target if after_ else 0)


@few
@given(seen=situations())
def test_a_change_that_azure_has_made_asks_for_nothing_more(seen: Situation) -> None:
    step = seen.step(retry_at={ID: NOW})
    for _ in range(3):
        if not isinstance(step, PatchVersion):
            break
        seen = after(seen, step)
        step = seen.step(retry_at={})
    assert isinstance(step, Nothing)


@few
@given(seen=situations(), tries=st.integers(0, 3))
def test_no_change_ever_leaves_a_region_out_where_nodes_are_or_that_somebody_else_added(
    seen: Situation, tries: int
) -> None:
    step = seen.step(retry_at={ID: NOW}, tries={ID: tries})
    if not isinstance(step, PatchVersion):
        assert isinstance(step, Nothing | Wait | Retry)
        return
    there = {region.key for region in seen.version.regions}
    ours = added_regions(seen.version.tags) - {HOME}
    inhabited = {use.region for use in seen.uses if use.in_azure and use.region}
    listed = set(asked(step))
    assert there - ours <= listed
    assert there & inhabited <= listed
    assert seen.complete or there <= listed


@few
@given(sizes=st.lists(st.tuples(st.sampled_from(REGIONS), st.integers(1, 300)), min_size=100, max_size=100))
def test_a_hundred_pools_that_wait_are_served_by_one_change(sizes: list[tuple[str, int]]) -> None:
    uses = tuple(a_use(nodes, region=region, name=f"pool-{n}") for n, (region, nodes) in enumerate(sizes))
    version = replace(a_version(a_region()), tags={OWNER_TAG: OWNER.tag()})
    seen = Situation(wanted=WANTED, version=version, uses=uses, surplus_since={}, complete=True)
    step = seen.step()
    if isinstance(step, Nothing):
        assert required_replicas(seen.nodes[HOME], 600) == 1
        return
    expected = {region: max(1, required_replicas(nodes, 600)) for region, nodes in seen.nodes.items()}
    assert asked(step) == {HOME: 1} | expected
    assert isinstance(after(seen, step).step(), Nothing)
