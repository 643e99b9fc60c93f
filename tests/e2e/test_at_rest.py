"""What it costs when nothing happens: zero writes, and one read per account, definition and gallery."""

from collections import Counter

import pytest

from azure_simulator.client import JournalEntry
from tests.support.controlplane import Kubectl
from tests.support.eventually import eventually
from tests.support.play import Play, staged
from tools.controlplane.plane import ControlPlane

pytestmark = pytest.mark.e2e

RESYNCS = 10
BUDGETED = {"Pools_ListPools", "GalleryImageVersions_ListByGalleryImage", "GalleryImages_ListByGallery"}
APART = {"Accounts_ListPoolNodeCounts"}


def test_ten_resyncs_write_nothing_and_read_once_per_scope(control_plane: ControlPlane, kubectl: Kubectl) -> None:
    with staged(control_plane, kubectl, resync_interval="2") as stage, stage.operator.running():
        _rests(Play(stage=stage, kubectl=kubectl))


def _rests(play: Play) -> None:
    play.quickstart()
    play.sized(2)
    play.replicated(1)
    since = _quiet(play)
    versions = _resource_versions(play)
    eventually(lambda: _lists_of_pools(play.requests(since=since)) >= RESYNCS, within=120, every=0.5)

    seen = play.requests(since=since)
    assert [r for r in seen if r.method not in {"GET", "HEAD"}] == []
    assert _resource_versions(play) == versions
    counted = Counter(r.operation for r in seen)
    assert set(counted) <= BUDGETED | APART
    assert max(counted[operation] for operation in BUDGETED) <= _lists_of_pools(seen) + 2


def _quiet(play: Play) -> int:
    """The last request's number, once a whole resync passed without anything but lists."""

    def settled() -> int:
        seen = play.requests()
        assert {r.operation for r in seen[-3:]} <= BUDGETED, seen[-3:]
        return int(seen[-1].sequence)

    return eventually(settled, within=60, every=0.5)


def _lists_of_pools(requests: list[JournalEntry]) -> int:
    return sum(r.operation == "Pools_ListPools" for r in requests)


def _resource_versions(play: Play) -> list[str]:
    """Of everything that the operator writes to: both resources, and its Events."""
    events = play.kubectl.get("events.events.k8s.io")["items"]
    return [body["metadata"]["resourceVersion"] for body in (play.image(), play.pool(), *events)]
