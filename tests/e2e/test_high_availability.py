"""Several operator processes: whatever happens to the leader or its Lease, one goes on, and nothing is done twice."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.controlplane import Kubectl
from tests.support.eventually import eventually
from tests.support.play import example
from tests.support.proxy import Detour
from tests.support.replicas import LEASE, Replicas, replicas
from tools.controlplane.kubeconfig import write_kubeconfig
from tools.controlplane.plane import ControlPlane

pytestmark = pytest.mark.e2e

TAKEOVER = 20.0
"""Seconds within which another process must go on."""
DEFAULTS = {"LEASE_DURATION": "15", "LEASE_RENEW_DEADLINE": "10", "LEASE_RETRY_PERIOD": "2"}
NAMES = ("first", "second", "third")


@pytest.fixture
def team(control_plane: ControlPlane, kubectl: Kubectl, tmp_path: Path) -> Iterator[Replicas]:
    """`first` leads, `second` follows it."""
    with replicas(control_plane, kubectl, tmp_path, NAMES) as team:
        led_by_first(team)
        yield team


@pytest.fixture
def by_default(control_plane: ControlPlane, kubectl: Kubectl, tmp_path: Path) -> Iterator[Replicas]:
    """The same, on the terms that users have who set none."""
    with replicas(control_plane, kubectl, tmp_path, NAMES, terms=DEFAULTS) as team:
        led_by_first(team)
        yield team


def led_by_first(team: Replicas, *, kubeconfig: Path | None = None) -> None:
    team.start("first", kubeconfig=kubeconfig)
    team.led_by("first", within=60)
    team.start("second")


def test_a_leader_that_is_killed_is_followed_within_20_seconds(by_default: Replicas) -> None:
    team = by_default
    team.play("first").quickstart()
    eventually(lambda: len(team.writes("first")) >= 3, within=30)
    team.ready("second")
    assert team.requests("second") == [], "who does not lead leaves Azure alone"
    killed_at = time.monotonic()
    team.operators["first"].kill()
    begun_at = eventually(lambda: team.requests("second"), within=TAKEOVER)[0]
    assert time.monotonic() - killed_at < TAKEOVER
    team.play("second").sized(2)
    assert all(entry.sequence < begun_at.sequence for entry in team.requests("first"))
    assert team.doubled() == {}
    assert team.lease()["leaseTransitions"] == 1


def test_a_leader_that_was_frozen_writes_nothing_once_another_has_followed(team: Replicas) -> None:
    team.play("first").quickstart()
    team.play("first").sized(2)
    team.ready("second")
    with about_to_make_a_pool(team):
        team.operators["first"].process.send_signal(signal.SIGSTOP)
    begun_at = team.begun_at("second")
    team.play("second").sized(2, pool="more")
    team.operators["first"].process.send_signal(signal.SIGCONT)
    assert team.ended("first") == 1
    assert "was not renewed for 4 s: this process leads no more" in team.last_words("first")
    assert [entry for entry in team.writes("first") if entry.sequence > begun_at] == []
    assert team.doubled() == {}
    assert team.leader() == "second"


@contextmanager
def about_to_make_a_pool(team: Replicas) -> Iterator[None]:
    """The leader waits for Azure's answer that there is no such pool, after which it would make it."""
    control = team.stage.azure.control
    control.order_fault({"match": {"operation": "Pools_GetPool"}, "delay": 2})
    body = example("batchpool.yaml")
    team.play("first").apply({**body, "metadata": {**body["metadata"], "name": "more"}})
    eventually(lambda: control.faults()[0]["struck"], within=30)
    yield


def test_a_leader_that_is_cut_off_from_the_api_server_stops_before_another_begins(
    control_plane: ControlPlane, kubectl: Kubectl, tmp_path: Path
) -> None:
    with (
        Detour.to(urlsplit(control_plane.url).port or 0) as detour,
        replicas(control_plane, kubectl, tmp_path, NAMES) as team,
    ):
        led_by_first(team, kubeconfig=through(detour, control_plane, tmp_path))
        team.play("first").quickstart()
        team.play("first").sized(2)
        team.ready("second")
        detour.cut()
        team.play("second").scale(700)
        begun_at = team.begun_at("second")
        assert team.ended("first") == 1
        assert "was not renewed for 4 s: this process leads no more" in team.last_words("first")
        team.play("second").sized(700)
        assert [entry for entry in team.requests("first") if entry.sequence > begun_at] == []
        assert team.doubled() == {}


def through(detour: Detour, plane: ControlPlane, folder: Path) -> Path:
    """A kubeconfig of the operator's service account that takes the detour."""
    token = plane.service_account_token(LEASE, LEASE)
    url = f"https://127.0.0.1:{detour.port}"
    return write_kubeconfig(folder / "detour", url=url, ca_file=plane.ca_file, token=token)


def test_a_lease_that_is_deleted_comes_back_with_the_same_holder(team: Replicas) -> None:
    team.play("first").quickstart()
    eventually(lambda: len(team.writes("first")) >= 2, within=30)
    team.ready("second")
    holder = team.lease()["holderIdentity"]
    team.lease_kubectl("delete", "lease", LEASE)
    eventually(lambda: team.lease().get("holderIdentity") == holder, within=TAKEOVER, every=0.2)
    team.play("first").sized(2)
    assert team.requests("second") == []
    assert team.doubled() == {}


def test_a_leader_whose_lease_is_stolen_ends_and_another_begins_when_the_thief_does_not_renew_it(
    team: Replicas,
) -> None:
    team.play("first").quickstart()
    team.play("first").sized(2)
    team.ready("second")
    stolen_at = time.monotonic()
    team.lease_kubectl("patch", "lease", LEASE, "--type=merge", '--patch={"spec":{"holderIdentity":"thief"}}')
    assert team.ended("first") == 1
    assert "is held by thief now: this process leads no more" in team.last_words("first")
    team.play("second").scale(700)
    begun_at = team.begun_at("second")
    assert time.monotonic() - stolen_at < TAKEOVER
    team.play("second").sized(700)
    assert all(entry.sequence < begun_at for entry in team.requests("first"))
    assert team.doubled() == {}


def test_a_rolling_update_hands_over_without_waiting_for_the_lease_to_run_out(by_default: Replicas) -> None:
    team = by_default
    team.play("first").quickstart()
    eventually(lambda: len(team.writes("first")) >= 3, within=30)
    team.start("third")
    team.ready("second")
    assert team.operators["first"].stop() == 0
    successor = team.led_by("second", "third")
    team.play(successor).sized(2)
    team.play(successor).scale(700)
    last = "third" if successor == "second" else "second"
    team.ready(last)
    assert team.operators[successor].stop() == 0
    team.led_by(last)
    team.play(last).sized(700)
    for before, after in (("first", successor), (successor, last)):
        (released,), (leading,) = team.said(before, "lease released"), team.said(after, "leading")
        assert (leading - released).total_seconds() < 5, "a retry period is 2.4 s at most, the Lease lasts 15"
        assert team.requests(before)[-1].sequence < team.requests(after)[0].sequence
    assert team.doubled() == {}
