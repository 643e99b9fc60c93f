"""One measurement: a fresh simulator and operator, `pools` BatchPools applied one after the other, then rest."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psutil

from azure_simulator.client import JournalEntry
from tools.bench.world import NAMESPACE, image, pool, scenario_in
from tools.controlplane.plane import ControlPlane
from tools.processes import fleeting_folder
from tools.stage import Stage
from tools.stage.apiserver import ApiServer
from tools.waiting import attempts

SPEED = 240.0
REST = 10.0
READY_WITHIN = 600.0
UNHURRIED = {"resync_interval": "5", "moving_interval": "1"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What one measurement saw; times in seconds, memory in bytes, CPU as a share of one core."""

    pools: int
    first_write_p50: float
    first_write_p99: float
    all_ready: float
    azure_writes: int
    azure_reads: int
    apiserver_calls: int
    memory: int
    cpu_at_rest: float
    reads_at_rest: int
    rest: float = REST


def measure(pools: int, plane: ControlPlane) -> Figures:
    """Apply `pools` BatchPools to a running operator whose image is published, and wait until all are Ready."""
    with (
        fleeting_folder("bench-") as folder,
        Stage.set(speed=SPEED, scenario=scenario_in(folder), plane=plane, settings=UNHURRIED) as stage,
        stage.operator.running(),
    ):
        server = ApiServer(plane)
        _prepare(stage, server)
        figures = _measured(pools, stage, server)
        _clear(stage, server)
        return figures


def _prepare(stage: Stage, server: ApiServer) -> None:
    stage.cluster.try_("create", "namespace", NAMESPACE)
    server.create("galleryimages", image())
    _until_ready(stage, server, "galleryimages", 1)


def _measured(pools: int, stage: Stage, server: ApiServer) -> Figures:
    mark, calls, began = stage.azure.control.sequence(), server.calls(), time.monotonic()
    applied = {}
    for number in range(pools):
        server.create("batchpools", pool(number))
        applied[f"pool-{number:05}"] = datetime.now(UTC)
    _until_ready(stage, server, "batchpools", pools)
    all_ready = time.monotonic() - began
    requests = stage.azure.control.requests(since=mark)
    delays = _delays(applied, requests)
    used = server.calls() - calls - pools
    cpu, reads = _at_rest(stage)
    return Figures(
        pools=pools,
        first_write_p50=_percentile(delays, 50),
        first_write_p99=_percentile(delays, 99),
        all_ready=all_ready,
        azure_writes=sum(r.method not in {"GET", "HEAD"} for r in requests),
        azure_reads=sum(r.method in {"GET", "HEAD"} for r in requests),
        apiserver_calls=used,
        memory=psutil.Process(stage.operator.process.pid).memory_info().rss,
        cpu_at_rest=cpu,
        reads_at_rest=reads,
    )


def _until_ready(stage: Stage, server: ApiServer, plural: str, count: int) -> None:
    for _ in attempts(READY_WITHIN, every=0.5):
        stage.operator.must_run()
        if sum(_is_ready(body) for body in server.list(plural, NAMESPACE)) == count:
            return
    raise RuntimeError(f"Not all {count} {plural} were Ready within {READY_WITHIN:.0f} s.")


def _is_ready(body: Mapping[str, Any]) -> bool:
    conditions = body.get("status", {}).get("conditions", ())
    return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)


def _delays(applied: Mapping[str, datetime], requests: list[JournalEntry]) -> list[float]:
    """Seconds from a pool's answered creation in Kubernetes to the arrival of its creation in Azure."""
    created = {r.body["id"]: r.real_time for r in requests if r.operation == "Pools_CreatePool" and r.status == 201}
    return sorted((created[name] - at).total_seconds() for name, at in applied.items())


def _percentile(values: list[float], percent: int) -> float:
    return values[min(len(values) - 1, len(values) * percent // 100)]


def _at_rest(stage: Stage) -> tuple[float, int]:
    """CPU (share of one core) and Azure reads of the operator while nothing happens."""
    process = psutil.Process(stage.operator.process.pid)
    mark, before = stage.azure.control.sequence(), process.cpu_times()
    for _ in attempts(REST, every=1.0):
        stage.operator.must_run()
    after = process.cpu_times()
    used = (after.user + after.system) - (before.user + before.system)
    return used / REST, len(stage.azure.control.requests(since=mark))


def _clear(stage: Stage, server: ApiServer) -> None:
    """Remove the custom resources at once: the simulated Azure ends with the stage."""
    stage.operator.stop()
    for plural in ("batchpools", "galleryimages"):
        for body in server.list(plural, NAMESPACE):
            server.release(plural, body)
