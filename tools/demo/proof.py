"""What Azure's request log must show: the order of replicas and nodes."""

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta

import isodate

from azure_simulator.client import JournalEntry


def replicas_before_nodes(
    requests: Sequence[JournalEntry], *, nodes: int, replicas: int, timeout_minutes: int
) -> str | None:
    """None when the version got its replicas, a read showed them Completed, and only then the pool was resized."""
    patched = _first(requests, lambda r: _sets_replicas(r, replicas))
    resized = _first(requests, lambda r: _resizes_to(r, nodes))
    if patched is None or resized is None:
        return f"no PATCH to {replicas} replicas, or no resize to {nodes} nodes"
    looked = _first(requests, lambda r: _reads_replication(r) and r.sequence > patched.sequence)
    if looked is None or not patched.sequence < looked.sequence < resized.sequence:
        return "the resize did not come after a look at the replication that followed the PATCH"
    timeout = isodate.parse_duration(resized.body["resizeTimeout"])
    if timeout != timedelta(minutes=timeout_minutes):
        return f"the resize had a timeout of {timeout}"
    return None


def nodes_before_replicas(requests: Sequence[JournalEntry], *, nodes: int, replicas: int) -> str | None:
    """None when the pool was resized down before any PATCH took replicas away."""
    resized = _first(requests, lambda r: _resizes_to(r, nodes))
    patched = _first(requests, lambda r: _sets_replicas(r, replicas))
    if resized is None or patched is None:
        return f"no resize to {nodes} nodes, or no PATCH to {replicas} replicas"
    return None if resized.sequence < patched.sequence else "the PATCH came first"


def by_operation(requests: Iterable[JournalEntry]) -> dict[str, int]:
    """How many requests of each kind there were, most first."""
    counts: dict[str, int] = {}
    for request in requests:
        counts[request.operation] = counts.get(request.operation, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _first(requests: Iterable[JournalEntry], wanted: Callable[[JournalEntry], bool]) -> JournalEntry | None:
    return next((request for request in requests if wanted(request)), None)


def _sets_replicas(request: JournalEntry, replicas: int) -> bool:
    if request.operation != "GalleryImageVersions_Update" or request.status != 200:
        return False
    regions = request.body["properties"]["publishingProfile"]["targetRegions"]
    return bool(sum(region["regionalReplicaCount"] for region in regions) == replicas)


def _reads_replication(request: JournalEntry) -> bool:
    return request.operation == "GalleryImageVersions_Get" and "ReplicationStatus" in str(request.query)


def _resizes_to(request: JournalEntry, nodes: int) -> bool:
    if request.operation != "Pools_ResizePool" or request.status != 202:
        return False
    return int(request.body["targetDedicatedNodes"]) == nodes
