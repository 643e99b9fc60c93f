"""Nodes arrive at a pace that depends on replicas, and stop where a quota, a region or a timeout stops them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from azure_simulator.batch.creation import seconds_per_node
from azure_simulator.batch.pools import Pool
from azure_simulator.batch.scenario import NodeCreation
from azure_simulator.batch.states import Kind, NodeState
from tests.support.pools import MORNING, PLENTY, OneImage, Region, counts

FORTY_FIVE_MINUTES = timedelta(minutes=45)
CREATION = NodeCreation()


def grown(replicas: int, nodes: int, timeout: timedelta) -> Pool:
    region = Region(image=OneImage(replicas=replicas))
    pool = region.pool()
    region.resize(pool, nodes, timeout=timeout)
    region.clock.advance(timeout.total_seconds())
    return pool


def test_with_one_replica_three_thousand_nodes_run_into_the_resize_timeout() -> None:
    pool = grown(1, 3000, FORTY_FIVE_MINUTES)

    assert pool.is_steady
    assert pool.allocation_since - MORNING == FORTY_FIVE_MINUTES
    assert [error.code for error in pool.resize_errors] == ["AllocationTimedout"]
    assert pool.resize_errors[0].message == (
        "Desired number of dedicated nodes could not be allocated as the resize timeout was reached"
    )
    assert 1000 < pool.nodes.total(Kind.DEDICATED) < 3000
    assert pool.targets.dedicated == 3000


def test_with_five_replicas_the_same_resize_completes() -> None:
    pool = grown(5, 3000, FORTY_FIVE_MINUTES)

    assert pool.is_steady
    assert pool.allocation_since - MORNING < FORTY_FIVE_MINUTES
    assert pool.resize_errors == ()
    assert pool.nodes.total(Kind.DEDICATED) == 3000


@pytest.mark.parametrize(
    ("nodes", "replicas", "minutes"),
    [(1, 1, 15), (300, 1, 15), (600, 1, 30), (601, 2, 30), (1000, 2, 30), (2000, 4, 30), (2001, 4, 45), (3000, 5, 45)],
)
def test_the_articles_replicas_and_timeouts_are_enough(nodes: int, replicas: int, minutes: int) -> None:
    pool = grown(replicas, nodes, timedelta(minutes=minutes))

    assert pool.resize_errors == ()
    assert pool.nodes.total(Kind.DEDICATED) == nodes


def test_a_timed_out_resize_goes_on_where_it_ended_when_it_is_sent_again() -> None:
    region = Region(image=OneImage(replicas=1))
    pool = region.pool()
    region.resize(pool, 3000, timeout=FORTY_FIVE_MINUTES)
    region.clock.advance(FORTY_FIVE_MINUTES.total_seconds())
    first = pool.nodes.total(Kind.DEDICATED)

    region.resize(pool, 3000, timeout=FORTY_FIVE_MINUTES)
    assert pool.resize_errors == ()
    region.clock.advance(FORTY_FIVE_MINUTES.total_seconds())

    assert first < pool.nodes.total(Kind.DEDICATED) == 3000
    assert pool.resize_errors == ()


def test_speed_is_halved_at_fifty_creations_per_replica() -> None:
    alone = seconds_per_node(CREATION, own=1, under_way=0, replicas=1)
    crowded = seconds_per_node(CREATION, own=1, under_way=50, replicas=1)
    relieved = seconds_per_node(CREATION, own=1, under_way=50, replicas=2)

    assert crowded == pytest.approx(2 * alone)
    assert relieved == pytest.approx(1.5 * alone)


@given(
    under_way=some.integers(min_value=1, max_value=5000),
    replicas=some.integers(min_value=1, max_value=100),
)
def test_speed_falls_smoothly_with_creations_and_grows_with_replicas(under_way: int, replicas: int) -> None:
    now = seconds_per_node(CREATION, own=1, under_way=under_way, replicas=replicas)
    one_more = seconds_per_node(CREATION, own=1, under_way=under_way + 1, replicas=replicas)
    more_replicas = seconds_per_node(CREATION, own=1, under_way=under_way, replicas=replicas + 1)

    assert more_replicas < now < one_more
    assert one_more - now <= CREATION.seconds / CREATION.half_speed_at + 1e-9


def test_pools_that_boot_the_same_image_slow_each_other_down() -> None:
    alone, crowded = Region(image=OneImage(replicas=1)), Region(image=OneImage(replicas=1))
    single = alone.pool()
    alone.resize(single, 200)
    together = [crowded.pool(f"pool{number}") for number in range(4)]
    for pool in together:
        crowded.resize(pool, 200)
    for region in (alone, crowded):
        region.clock.advance(8 * 60)

    fastest = max(pool.nodes.total(Kind.DEDICATED) for pool in together)
    assert single.nodes.total(Kind.DEDICATED) > 1.5 * fastest


def test_more_replicas_help_a_resize_that_is_under_way() -> None:
    region = Region(image=OneImage(replicas=1))
    pool = region.pool()
    region.resize(pool, 3000, timeout=FORTY_FIVE_MINUTES)
    region.clock.advance(10 * 60)
    region.image.replicas = 10
    region.clock.advance(35 * 60)

    assert pool.resize_errors == ()
    assert pool.nodes.total(Kind.DEDICATED) == 3000


def test_nodes_are_counted_when_they_are_allocated_before_they_start() -> None:
    region = Region()
    pool = region.pool()
    region.resize(pool, 1)
    region.clock.advance(80)

    assert pool.nodes.total(Kind.DEDICATED) == 1
    assert NodeState.IDLE not in counts(pool)


def test_an_image_without_a_replica_in_the_region_ends_the_resize_at_once() -> None:
    region = Region(image=OneImage(replicas=0))
    pool = region.pool()
    region.resize(pool, 10)
    region.clock.advance(3)

    assert pool.is_steady
    assert len(pool.nodes) == 0
    assert [error.code for error in pool.resize_errors] == ["AllocationFailed"]
    assert "GalleryImageNotFound" in pool.resize_errors[0].message
    assert "westeurope" in pool.resize_errors[0].message


def test_a_pool_fills_up_to_the_core_quota_and_then_says_so_at_once() -> None:
    region = Region()
    region.set_quotas(dedicated_cores=1001)
    pool = region.pool()
    region.resize(pool, 3000, timeout=FORTY_FIVE_MINUTES)
    region.clock.advance(15 * 60)

    assert pool.is_steady
    assert pool.nodes.total(Kind.DEDICATED) == 500
    (error,) = pool.resize_errors
    assert (error.code, error.message) == ("AccountCoreQuotaReached", "The specified account has reached core quota")
    assert error.values["CoreQuota"] == "1001"
    assert error.values["CoresInUse"] == "1000"


def test_a_raised_quota_counts_from_the_next_resize_on() -> None:
    region = Region()
    region.set_quotas(dedicated_cores=100)
    pool = region.pool()
    region.resize(pool, 100)
    region.clock.advance(3600)
    region.set_quotas(dedicated_cores=1000)
    region.clock.advance(3600)
    assert pool.nodes.total(Kind.DEDICATED) == 50

    region.resize(pool, 100)
    region.clock.advance(3600)
    assert pool.nodes.total(Kind.DEDICATED) == 100
    assert pool.resize_errors == ()


def test_the_quota_of_the_vm_family_speaks_when_it_is_the_tighter_one() -> None:
    region = Region()
    region.set_quotas(families={"STANDARDDv3FAMILY": 20})
    pool = region.pool()
    region.resize(pool, 100)
    region.clock.advance(3600)

    assert pool.nodes.total(Kind.DEDICATED) == 10
    assert [error.code for error in pool.resize_errors] == ["AccountVMSeriesCoreQuotaReached"]
    assert "standardDv3Family" in pool.resize_errors[0].message


def test_spot_nodes_have_a_quota_of_their_own() -> None:
    region = Region()
    region.set_quotas(dedicated_cores=0, low_priority_cores=8)
    pool = region.pool()
    region.resize(pool, 2, 6)
    region.clock.advance(3600)

    assert (pool.nodes.total(Kind.DEDICATED), pool.nodes.total(Kind.LOW_PRIORITY)) == (0, 4)
    codes = {error.code for error in pool.resize_errors}
    assert codes == {"AccountCoreQuotaReached", "AccountLowPriorityCoreQuotaReached"}


def test_two_growing_pools_never_exceed_their_accounts_quota_together() -> None:
    region = Region(quotas=PLENTY)
    region.set_quotas(dedicated_cores=300)
    first, second = region.pool("first"), region.pool("second")
    region.resize(first, 120)
    region.resize(second, 120)
    region.clock.advance(3600)

    assert first.nodes.total(Kind.DEDICATED) + second.nodes.total(Kind.DEDICATED) == 150


def test_a_pool_with_inter_node_communication_stops_at_a_hundred_nodes() -> None:
    region = Region()
    pool = region.pool(enable_inter_node_communication=True)
    region.resize(pool, 120)
    region.clock.advance(3600)

    assert len(pool.nodes) == 100
    assert [error.code for error in pool.resize_errors] == ["CommunicationEnabledPoolReachedMaxVMCount"]


def test_the_same_seed_makes_the_same_history() -> None:
    assert _history(seed=7) == _history(seed=7) != _history(seed=8)


def _history(seed: int) -> list[object]:
    region = Region(seed=seed)
    pool = region.pool()
    region.resize(pool, 40)
    region.clock.advance(3600)
    return [(node.ordinal, node.cohort.since) for node in pool.nodes]
