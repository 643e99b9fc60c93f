"""Ten thousand pools fit, and long lists are quick: measured in CPU time, so that a busy machine does not matter."""

import time
from collections.abc import Callable

from azure_simulator.batch.documents import PoolDocuments
from azure_simulator.batch.registry import PoolRegistry
from azure_simulator.batch.versions import LATEST
from tests.support.pools import Region


def cpu_seconds(work: Callable[[], object]) -> float:
    begin = time.process_time()
    work()
    return time.process_time() - begin


def test_a_list_of_a_thousand_pools_is_rendered_in_under_fifty_milliseconds() -> None:
    region = Region()
    documents = PoolDocuments(lower_case_vm_size=True)
    registry = PoolRegistry()
    for number in range(1000):
        registry.add(region.pool(f"pool-{number}"))

    def listed() -> str:
        return ",".join(documents.text(pool, LATEST) for pool in registry.after())

    first = listed()
    assert min(cpu_seconds(listed) for _ in range(3)) < 0.05
    assert listed() == first


def test_a_list_in_which_every_pool_has_just_changed_is_as_quick() -> None:
    region = Region()
    documents = PoolDocuments(lower_case_vm_size=True)
    pools = [region.pool(f"pool-{number}") for number in range(1000)]

    def changed_and_listed() -> str:
        for pool in pools:
            pool.modify(region.clock.now())
        return ",".join(documents.text(pool, LATEST) for pool in pools)

    changed_and_listed()
    assert min(cpu_seconds(changed_and_listed) for _ in range(3)) < 0.05


def test_ten_thousand_pools_grow_by_a_few_events_each() -> None:
    region = Region()
    pools = [region.pool(f"pool-{number}") for number in range(10_000)]
    region.image.replicas = 100
    for pool in pools:
        region.resize(pool, 1)

    assert cpu_seconds(lambda: region.clock.advance(6 * 3600)) < 30
    assert all(pool.is_steady and len(pool.nodes) == 1 for pool in pools)


def test_a_pool_of_thousands_of_nodes_is_a_few_hundred_events() -> None:
    region = Region()
    pool = region.pool()
    region.resize(pool, 5000)

    assert cpu_seconds(lambda: region.clock.advance(6 * 3600)) < 1
    assert len(pool.nodes) == 5000
    assert len(pool.nodes.cohorts) < 200
