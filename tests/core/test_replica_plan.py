"""What every region of a version should have."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure_batch_operator.core.images import ListedRegion, ObservedVersion, PoolUse, WantedImage
from azure_batch_operator.core.json import JsonObject
from azure_batch_operator.core.replica_plan import Past, ReplicaPlan, nodes_by_version, plan_version
from tests.support.images import HOME, NOW, VERSION, WANTED, a_region, a_use, a_version, policy

HOUR = timedelta(hours=1)


def plan(
    observed: ObservedVersion | None = None,
    *uses: PoolUse,
    wanted: WantedImage = WANTED,
    surplus_since: Mapping[str, datetime] | None = None,
    needed_lately: Mapping[str, int] | None = None,
    now: datetime = NOW,
    complete: bool = True,
) -> ReplicaPlan:
    version_id = observed.name.id if observed else VERSION.id
    return plan_version(
        wanted,
        version_id,
        home=HOME,
        observed=observed,
        nodes=nodes_by_version(uses).get(version_id.casefold(), {}),
        past=Past(surplus_since=surplus_since or {}, needed_lately=needed_lately or {}),
        now=now,
        complete=complete,
    )


def targets(found: ReplicaPlan) -> dict[str, int]:
    return {region.need.key: region.target for region in found.regions}


@pytest.mark.parametrize(("nodes", "replicas"), [(600, 1), (601, 2), (3000, 5), (3001, 6)])
def test_a_region_gets_the_replicas_that_its_nodes_need(nodes: int, replicas: int) -> None:
    assert targets(plan(a_version(), a_use(nodes))) == {HOME: replicas}


def test_the_nodes_of_all_pools_of_a_region_count_together() -> None:
    uses = (a_use(400, name="one"), a_use(400, name="two"), a_use(700, name="far", region="northeurope"))
    assert targets(plan(None, *uses)) == {HOME: 2, "northeurope": 2}


def test_a_pool_weighs_what_it_has_in_azure_when_that_is_more_than_it_wants() -> None:
    assert targets(plan(a_version(a_region(replicas=5)), a_use(500, in_azure=3000))) == {HOME: 5}


def test_headroom_is_added_where_pools_use_the_version_and_nowhere_else() -> None:
    wanted = replace(
        WANTED,
        regions=(ListedRegion(name=HOME), ListedRegion(name="northeurope")),
        replication=policy(headroom=2),
    )
    assert targets(plan(None, a_use(600), wanted=wanted)) == {HOME: 3, "northeurope": 1}


def test_bounds_of_a_listed_region_hold() -> None:
    wanted = replace(WANTED, regions=(ListedRegion(name="West Europe", min_replicas=3, max_replicas=4),))
    assert targets(plan(None, wanted=wanted)) == {HOME: 3}
    assert targets(plan(None, a_use(3000), wanted=wanted)) == {HOME: 4}


def test_regions_are_followed_only_on_wish() -> None:
    still = replace(WANTED, replication=policy(follow_pools=False))
    assert targets(plan(a_version(), a_use(2, region="northeurope"))) == {HOME: 1, "northeurope": 1}
    assert targets(plan(a_version(), a_use(2, region="northeurope"), wanted=still)) == {HOME: 1}


def test_a_region_that_a_pool_uses_stays_even_when_pools_are_not_followed() -> None:
    still = replace(WANTED, replication=policy(follow_pools=False))
    seen = a_version(a_region(), a_region("northeurope"), added=["northeurope"])
    found = plan(seen, a_use(2, region="northeurope"), wanted=still, now=NOW + 9 * HOUR)
    assert targets(found) == {HOME: 1, "northeurope": 1}


def test_fewer_replicas_come_only_after_the_delay() -> None:
    seen = a_version(a_region(replicas=5))
    first = plan(seen, a_use(500))
    assert (targets(first), first.surplus()) == ({HOME: 5}, {HOME: NOW})
    later = plan(seen, a_use(500), surplus_since=first.surplus(), now=NOW + HOUR - timedelta(seconds=1))
    assert targets(later) == {HOME: 5}
    assert targets(plan(seen, a_use(500), surplus_since=first.surplus(), now=NOW + HOUR)) == {HOME: 1}


def test_replicas_shrink_only_to_what_was_needed_lately_and_the_rest_waits_anew() -> None:
    seen = a_version(a_region(replicas=5))
    found = plan(seen, a_use(500), surplus_since={HOME: NOW}, needed_lately={HOME: 3}, now=NOW + HOUR)
    assert (targets(found), found.surplus()) == ({HOME: 3}, {HOME: NOW + HOUR})
    unknown = plan(seen, a_use(500), surplus_since={HOME: NOW}, needed_lately={HOME: 3}, now=NOW + HOUR, complete=False)
    assert (targets(unknown), unknown.surplus()) == ({HOME: 5}, {HOME: NOW})


def test_a_surplus_that_is_needed_again_begins_anew() -> None:
    seen = a_version(a_region(replicas=5))
    needed = plan(seen, a_use(3000), surplus_since={HOME: NOW}, now=NOW + HOUR)
    assert needed.surplus() == {}


def test_nothing_shrinks_while_it_is_not_known_who_uses_the_version() -> None:
    seen = a_version(a_region(replicas=5), a_region("northeurope"), added=["northeurope"])
    held = plan(seen, surplus_since={HOME: NOW, "northeurope": NOW}, now=NOW + 5 * HOUR, complete=False)
    assert held.changes() == ()
    assert held.waits_for_usage
    known = plan(seen, surplus_since={HOME: NOW, "northeurope": NOW}, now=NOW + 5 * HOUR)
    assert targets(known) == {HOME: 1, "northeurope": 0}
    assert known.removals() == {"northeurope"}


def test_growth_does_not_wait_for_knowledge() -> None:
    assert targets(plan(a_version(), a_use(3000), complete=False)) == {HOME: 5}


def test_a_region_that_somebody_else_added_stays_as_it_is() -> None:
    seen = a_version(a_region(), a_region("eastus", 3))
    found = plan(seen, surplus_since={"eastus": NOW}, now=NOW + 9 * HOUR)
    assert targets(found) == {HOME: 1}


def test_a_region_of_others_grows_with_our_pools_but_never_shrinks() -> None:
    seen = a_version(a_region(), a_region("eastus", 3))
    assert targets(plan(seen, a_use(3000, region="eastus"))) == {HOME: 1, "eastus": 5}
    few = plan(seen, a_use(10, region="eastus"), surplus_since={"eastus": NOW}, now=NOW + 9 * HOUR)
    assert targets(few) == {HOME: 1, "eastus": 3}


def test_an_older_version_that_nobody_uses_falls_to_one_replica_at_home() -> None:
    wanted = replace(WANTED, regions=(ListedRegion(name=HOME, min_replicas=3), ListedRegion(name="northeurope")))
    old = a_version(a_region(replicas=5), a_region("northeurope"), version="0.9.0", added=["northeurope"])
    since = dict.fromkeys((HOME, "northeurope"), NOW)
    assert targets(plan(old, wanted=wanted, surplus_since=since, now=NOW + HOUR)) == {HOME: 1, "northeurope": 0}


def test_an_older_version_that_is_in_use_is_planned_like_the_wanted_one() -> None:
    old = a_version(version="0.9.0")
    assert targets(plan(old, a_use(3000, version="0.9.0"))) == {HOME: 5}


def test_a_listed_region_that_leaves_the_spec_goes_only_if_we_added_it() -> None:
    ours = a_version(a_region(), a_region("northeurope"), added=["northeurope"])
    theirs = a_version(a_region(), a_region("northeurope"))
    since = {"northeurope": NOW}
    assert plan(ours, surplus_since=since, now=NOW + HOUR).removals() == {"northeurope"}
    assert plan(theirs, surplus_since=since, now=NOW + HOUR).removals() == frozenset()


def test_a_hundred_replicas_are_shared_and_the_owner_is_told() -> None:
    found = plan(None, a_use(48_000), a_use(24_000, region="northeurope"), a_use(300, region="eastus"))
    assert sum(targets(found).values()) == 100
    assert targets(found)["eastus"] == 1
    (advice,) = found.advice
    assert advice.reason == "ReplicaLimit"
    assert "need 121 replicas" in advice.message
    assert f"{HOME} gets {targets(found)[HOME]} of 80" in advice.message


def test_replicas_of_others_count_towards_the_limit() -> None:
    seen = a_version(a_region(), a_region("eastus", 60))
    assert targets(plan(seen, a_use(48_000))) == {HOME: 40}


def test_replicas_of_another_storage_type_count_towards_the_limit() -> None:
    seen = a_region()
    sets: list[JsonObject] = [
        {"storageAccountType": "Premium_LRS", "regionalReplicaCount": 10},
        {"storageAccountType": "Standard_ZRS"},
    ]
    both = replace(seen, raw={**seen.raw, "additionalReplicaSets": sets})
    assert targets(plan(a_version(both), a_use(60_000))) == {HOME: 89}


def test_a_surplus_makes_room_at_once_for_growth_that_the_limit_would_stop() -> None:
    seen = a_version(a_region(replicas=90), a_region("northeurope"), added=["northeurope"])
    uses = (a_use(600), a_use(30_000, region="northeurope"))
    assert targets(plan(seen, *uses)) == {HOME: 50, "northeurope": 50}


def test_without_knowledge_growth_takes_only_what_is_left() -> None:
    seen = a_version(a_region(replicas=90), a_region("northeurope"), added=["northeurope"])
    uses = (a_use(600), a_use(30_000, region="northeurope"))
    assert targets(plan(seen, *uses, complete=False)) == {HOME: 90, "northeurope": 10}


def test_a_followed_region_is_not_added_beside_encrypted_ones() -> None:
    seen = a_version(a_region(encryption={"osDiskImage": {"diskEncryptionSetId": "/set"}}))
    found = plan(seen, a_use(2, region="northeurope"))
    assert targets(found) == {HOME: 1}
    assert [advice.reason for advice in found.advice] == ["RegionNeedsEncryption"]


REGIONS = (HOME, "northeurope", "eastus", "westus")
NODES = st.fixed_dictionaries({region: st.integers(0, 40_000) for region in REGIONS})
REPLICAS = st.fixed_dictionaries({region: st.integers(1, 25) for region in REGIONS})
AGES = st.fixed_dictionaries({region: st.integers(0, 120) for region in REGIONS})


def used(nodes: Mapping[str, int]) -> tuple[PoolUse, ...]:
    return tuple(a_use(count, region=region, name=region) for region, count in nodes.items() if count)


def seen_with(replicas: Mapping[str, int]) -> ObservedVersion:
    present = (a_region(region, count) for region, count in replicas.items() if count)
    return a_version(*present, added=[region for region in replicas if region != HOME])


@given(nodes=NODES, replicas=REPLICAS, ages=AGES, complete=st.booleans())
def test_a_plan_never_asks_for_more_than_azure_keeps_nor_leaves_a_used_region(
    nodes: dict[str, int], replicas: dict[str, int], ages: dict[str, int], complete: bool
) -> None:
    since = {region: NOW - timedelta(minutes=age) for region, age in ages.items()}
    found = targets(plan(seen_with(replicas), *used(nodes), surplus_since=since, complete=complete))
    assert sum(found.values()) <= 100
    assert all(found[region] >= 1 for region, count in nodes.items() if count)
    assert found[HOME] >= 1


@given(nodes=NODES, replicas=REPLICAS, ages=AGES)
def test_a_plan_that_was_carried_out_asks_for_nothing_more(
    nodes: dict[str, int], replicas: dict[str, int], ages: dict[str, int]
) -> None:
    since = {region: NOW - timedelta(minutes=age) for region, age in ages.items()}
    first = plan(seen_with(replicas), *used(nodes), surplus_since=since)
    again = plan(seen_with(targets(first)), *used(nodes), surplus_since=first.surplus())
    assert again.changes() == ()


@given(nodes=NODES, replicas=REPLICAS, more=st.integers(1, 20_000), region=st.sampled_from(REGIONS))
def test_more_nodes_never_mean_fewer_replicas_in_their_region(
    nodes: dict[str, int], replicas: dict[str, int], more: int, region: str
) -> None:
    seen = seen_with(replicas)
    before = targets(plan(seen, *used(nodes)))
    after = targets(plan(seen, *used(nodes | {region: nodes[region] + more})))
    assert after[region] >= before[region]


@given(nodes=NODES, replicas=REPLICAS)
def test_nothing_ever_shrinks_before_the_delay_unless_the_limit_makes_it(
    nodes: dict[str, int], replicas: dict[str, int]
) -> None:
    found = plan(seen_with(replicas), *used(nodes))
    grown = sum(max(region.required, region.current) for region in found.regions)
    assert grown > 100 or all(region.target >= region.current for region in found.regions)


@given(nodes=NODES, replicas=REPLICAS, ages=AGES)
def test_without_knowledge_no_region_ever_shrinks(
    nodes: dict[str, int], replicas: dict[str, int], ages: dict[str, int]
) -> None:
    since = {region: NOW - timedelta(minutes=age) for region, age in ages.items()}
    found = plan(seen_with(replicas), *used(nodes), surplus_since=since, complete=False)
    assert all(region.target >= region.current for region in found.regions)
