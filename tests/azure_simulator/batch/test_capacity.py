"""Ten thousand pools fit, and long lists are quick: measured in CPU time, so that a busy machine does not matter."""

import json
import time
from collections.abc import Callable

from azure_simulator.batch.pool_documents import PoolDocuments
from azure_simulator.batch.registry import PoolRegistry
from azure_simulator.batch.versions import LATEST
from tests.support.pools import Region


def cpu_seconds(work: Callable[[], object]) -> float:
    begin = time.process_time()
    work()
    return time.process_time() - begin


def listed(documents: PoolDocuments, registry: PoolRegistry) -> str:
    return ",".join(documents.text(pool, LATEST) for pool in registry.after())


def a_thousand_pools(region: Region) -> PoolRegistry:
    registry = PoolRegistry()
    for number in range(1000):
        registry.add(region.pool(f"pool-{number}"))
    return registry


def test_a_list_of_a_thousand_pools_is_rendered_in_under_fifty_milliseconds() -> None:
    registry = a_thousand_pools(Region())
    documents = PoolDocuments(lower_case_vm_size=True)
    first = listed(documents, registry)

    assert min(cpu_seconds(lambda: listed(documents, registry)) for _ in range(3)) < 0.05
    assert listed(documents, registry) == first


def test_a_list_in_which_every_pool_has_just_changed_is_as_quick() -> None:
    region = Region()
    registry = a_thousand_pools(region)
    documents = PoolDocuments(lower_case_vm_size=True)
    listed(documents, registry)
    seconds: list[float] = []
    for _ in range(3):
        for pool in registry.after():
            pool.modify(region.clock.now())
        seconds.append(cpu_seconds(lambda: listed(documents, registry)))

    assert min(seconds) < 0.05


def test_a_kept_text_is_never_an_old_one() -> None:
    region = Region()
    pool = region.pool()
    documents = PoolDocuments(lower_case_vm_size=True)
    before = documents.text(pool, LATEST)
    region.resize(pool, 1)
    resizing = documents.text(pool, LATEST)
    pool.change_features({"display_name": "Render"}, pool.size, region.clock.now())
    renamed = documents.text(pool, LATEST)

    assert json.loads(before)["allocationState"] == "steady"
    assert json.loads(resizing)["allocationState"] == "resizing"
    assert json.loads(renamed) == documents.document(pool, LATEST)
    assert json.loads(renamed)["displayName"] == "Render"


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
