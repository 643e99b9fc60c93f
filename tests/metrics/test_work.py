"""The loop as controller-runtime's and client-go's dashboards know it."""

from datetime import UTC, datetime
from random import Random

from prometheus_client import CollectorRegistry

from azure_batch_operator.metrics.registry import Metrics
from azure_batch_operator.metrics.work import WorkMetrics
from azure_batch_operator.reconcile.keys import KINDS, AccountKey, ImageKey, Key, PoolKey
from azure_batch_operator.runtime.observer import Result
from azure_batch_operator.runtime.pacing import Backoff
from azure_batch_operator.runtime.queue import WorkQueue
from tests.support.exposition import samples, value, values
from tests.support.virtual_time import VirtualTime

POOL, OTHER, IMAGE = PoolKey("rendering", "frames"), PoolKey("rendering", "more"), ImageKey("rendering", "node")


class Bench:
    """A queue on a clock of its own, observed by metrics."""

    def __init__(self) -> None:
        self.time, self.registry = VirtualTime(), CollectorRegistry()
        self.metrics = WorkMetrics(self.registry, KINDS, workers=16, monotonic=self.time.time)
        self.queue = WorkQueue[Key](
            timing=self.time, backoff=Backoff(base=1, cap=60, chance=Random(7)), observer=self.metrics
        )

    def by_name(self, metric: str) -> dict[tuple[str, ...], float]:
        return values(self.registry, metric, "name")


def test_every_kind_has_its_series_from_the_beginning_so_that_rates_see_the_first_event() -> None:
    registry = Bench().registry
    kinds = {"galleryimage", "batchpool", "account", "definition", "gallery"}
    for name in (
        "workqueue_depth",
        "workqueue_adds_total",
        "workqueue_retries_total",
        "workqueue_work_duration_seconds_count",
    ):
        assert {labels["name"] for labels, _ in samples(registry, name)} == kinds
    results = {
        (labels["controller"], labels["result"])
        for labels, _ in samples(registry, "controller_runtime_reconcile_total")
    }
    assert results == {(kind, result.value) for kind in kinds for result in Result}


def test_depth_counts_what_waits_now_and_adds_count_what_ever_began_to() -> None:
    bench = Bench()
    for key in (POOL, POOL, OTHER, IMAGE):
        bench.queue.add(key, 0)
    bench.queue.add_after(AccountKey("contoso"), 60, 0)
    assert bench.by_name("workqueue_depth") == {("batchpool",): 2, ("galleryimage",): 1}
    assert bench.by_name("workqueue_adds_total") == {("batchpool",): 2, ("galleryimage",): 1}
    bench.time.advance(61)
    assert bench.by_name("workqueue_depth")["account",] == 1


async def test_waiting_and_working_are_timed_apart() -> None:
    bench = Bench()
    bench.queue.add(POOL, 0)
    bench.time.advance(7)
    key = await bench.queue.get()
    bench.time.advance(3)
    assert value(bench.registry, "controller_runtime_active_workers", controller="batchpool") == 1
    assert bench.by_name("workqueue_unfinished_work_seconds") == {("batchpool",): 3}
    assert bench.by_name("workqueue_longest_running_processor_seconds") == {("batchpool",): 3}
    bench.queue.done(key)
    assert bench.by_name("workqueue_queue_duration_seconds_sum") == {("batchpool",): 7}
    assert bench.by_name("workqueue_work_duration_seconds_sum") == {("batchpool",): 3}
    assert bench.by_name("workqueue_unfinished_work_seconds") == {}
    assert bench.by_name("workqueue_depth") == {}
    assert value(bench.registry, "controller_runtime_active_workers", controller="batchpool") == 0


async def test_a_key_that_is_added_while_it_is_worked_on_waits_once_more() -> None:
    bench = Bench()
    bench.queue.add(POOL, 0)
    key = await bench.queue.get()
    bench.queue.add(POOL, 0)
    assert bench.by_name("workqueue_depth") == {("batchpool",): 1}
    bench.queue.done(key)
    assert await bench.queue.get() == POOL
    assert bench.by_name("workqueue_adds_total") == {("batchpool",): 2}


async def test_only_failures_count_as_retries() -> None:
    bench = Bench()
    bench.queue.add_after(POOL, 5, 0)
    assert bench.by_name("workqueue_retries_total") == {}
    bench.queue.retry(POOL, 0)
    assert bench.by_name("workqueue_retries_total") == {("batchpool",): 1}


def test_turns_are_counted_by_result_and_failed_ones_as_errors() -> None:
    bench = Bench()
    for result in (Result.SUCCESS, Result.ERROR, Result.ERROR, Result.REQUEUE_AFTER):
        bench.metrics.turned(POOL, result, 0.25)
    assert values(bench.registry, "controller_runtime_reconcile_total", "controller", "result") == {
        ("batchpool", "success"): 1,
        ("batchpool", "error"): 2,
        ("batchpool", "requeue_after"): 1,
    }
    assert values(bench.registry, "controller_runtime_reconcile_errors_total", "controller") == {("batchpool",): 2}
    assert value(bench.registry, "controller_runtime_reconcile_time_seconds_sum", controller="batchpool") == 1
    assert value(bench.registry, "controller_runtime_max_concurrent_reconciles", controller="batchpool") == 16


async def test_ten_thousand_keys_that_come_and_go_leave_no_series_behind() -> None:
    bench = Bench()
    before = sum(len(family.samples) for family in bench.registry.collect())
    for number in range(10_000):
        bench.queue.add(PoolKey("rendering", f"pool-{number}"), 0)
    for _ in range(10_000):
        bench.queue.done(await bench.queue.get())
    assert sum(len(family.samples) for family in bench.registry.collect()) == before


def test_the_process_is_measured_too() -> None:
    registry = Metrics(now=lambda: datetime.now(UTC)).registry
    assert value(registry, "process_resident_memory_bytes") > 2**20
    assert value(registry, "process_open_fds") > 0
    assert samples(registry, "python_info")
    ((build, one),) = samples(registry, "azure_batch_operator_build_info")
    assert one == 1
    assert build["version"]
