"""The process around the loop, against a real API server and with the rights that we ship."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from azure_batch_operator.kube.client import KubeClient
from azure_batch_operator.kube.login import login
from azure_batch_operator.kube.shell import Shell
from azure_batch_operator.metrics.registry import Metrics
from azure_batch_operator.reconcile.desired import FINALIZER, ImageStore, PoolStore
from azure_batch_operator.reconcile.keys import KINDS, Key, PoolKey, ResourceKey
from azure_batch_operator.reconcile.outcome import FinalizerChange, Note, Outcome
from azure_batch_operator.runtime.election import Candidate, LeadershipLostError, Unopposed
from azure_batch_operator.runtime.gate import Gate
from azure_batch_operator.settings import Settings
from azure_batch_operator.wiring import utc_now
from tests.support.controlplane import Kubectl, temporary_namespace
from tests.support.custom_resources import CRDS, apply, install_crds, quickstart
from tests.support.eventually import eventually_async
from tests.support.kube import apply_rbac
from tests.support.stores import not_parsed

OPERATOR = "azure-batch-operator"


@dataclass(slots=True, kw_only=True)
class Reconcilers:
    """Adds the finalizer, shows a status, and lets go when the object is deleted; notes every turn."""

    images: ImageStore = field(default_factory=lambda: ImageStore(not_parsed))
    pools: PoolStore = field(default_factory=lambda: PoolStore(not_parsed))
    turns: list[Key] = field(default_factory=list)
    known_at_first_turn: int | None = None
    may_end: asyncio.Event = field(default_factory=asyncio.Event)
    ended: list[Key] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.may_end.set()

    async def turn(self, key: Key) -> Outcome:
        if self.known_at_first_turn is None:
            self.known_at_first_turn = len(list(self.pools.keys()))
        self.turns.append(key)
        await self.may_end.wait()
        self.ended.append(key)
        return self._outcome(key)

    def _outcome(self, key: Key) -> Outcome:
        desired = self.pools.get(key) if isinstance(key, PoolKey) else None
        if desired is None:
            return Outcome()
        if desired.deleting:
            return Outcome(finalizer=FinalizerChange.REMOVE if desired.has_finalizer else None)
        if not desired.has_finalizer:
            return Outcome(finalizer=FinalizerChange.ADD, again=0)
        return Outcome(status=status(desired.generation), notes=(NOTE,))

    def changed(self, _: ResourceKey) -> Iterable[Key]:
        return ()

    def standing(self) -> Iterable[Key]:
        return ()

    def scope_of(self, _: Key) -> Hashable | None:
        return None


NOTE = Note(type="Normal", reason="Created", action="Create", message="Made the pool.")


def status(generation: int) -> dict[str, Any]:
    ready = {
        "type": "Ready",
        "status": "True",
        "reason": "Succeeded",
        "message": "All is well.",
        "observedGeneration": generation,
        "lastTransitionTime": "2026-01-01T00:00:00Z",
    }
    return {"observedGeneration": generation, "conditions": [ready]}


@pytest.fixture
def operator_login(kubectl: Kubectl, monkeypatch: pytest.MonkeyPatch) -> Kubectl:
    """This process is the operator's service account; the CRDs are there."""
    install_crds(kubectl)
    return become_operator(kubectl, monkeypatch)


def become_operator(kubectl: Kubectl, monkeypatch: pytest.MonkeyPatch) -> Kubectl:
    apply_rbac(kubectl.plane)
    kubeconfig = kubectl.plane.service_account_kubeconfig(OPERATOR, OPERATOR)
    monkeypatch.setenv("KUBECONFIG", str(kubeconfig))
    return kubectl


@asynccontextmanager
async def shell(reconcilers: Reconcilers, *namespaces: str) -> AsyncIterator[asyncio.Event]:
    """The running shell, which leads; yields the event that stops it, and waits for its end."""
    gate = Gate()
    async with shell_of(Unopposed(gate), gate, reconcilers, *namespaces) as (stop, running):
        yield stop
        stop.set()
        await running


@asynccontextmanager
async def shell_of(
    candidate: Candidate, gate: Gate, reconcilers: Reconcilers, *namespaces: str, workers: int = 4
) -> AsyncIterator[tuple[asyncio.Event, "asyncio.Task[None]"]]:
    """The running shell of a candidate: the event that stops it, and its task."""
    settings = Settings(
        tenant_id="t", client_id="c", client_secret="s", namespaces=namespaces, workers=workers, retry_base=0.1
    )
    stop, client = asyncio.Event(), KubeClient(login, before_write=gate.check)
    metrics = Metrics(now=utc_now, kinds=KINDS, workers=workers)
    parts = Shell(
        settings=settings, client=client, reconcilers=reconcilers, gate=gate, candidate=candidate, metrics=metrics
    )
    running = asyncio.create_task(parts.run(stop))
    try:
        yield stop, running
    finally:
        stop.set()
        await asyncio.gather(running, return_exceptions=True)
        await client.close()


@dataclass(slots=True, kw_only=True)
class ByHand:
    """A candidate that leads when it is told to, and loses its leadership when it is told to."""

    gate: Gate
    elected: asyncio.Event = field(default_factory=asyncio.Event)
    deposed: asyncio.Event = field(default_factory=asyncio.Event)
    turns_running_when_given_up: set[Key] | None = None
    running: "Callable[[], set[Key]]" = set

    async def run(self) -> None:
        await self.elected.wait()
        self.gate.lead_until(float("inf"))
        await self.deposed.wait()
        self.gate.lead_no_more()
        raise LeadershipLostError("the lease was taken")

    async def give_up(self) -> None:
        self.gate.lead_no_more()
        if self.turns_running_when_given_up is None:
            self.turns_running_when_given_up = self.running()


def make_pool(kubectl: Kubectl, name: str) -> PoolKey:
    answer = apply(kubectl, quickstart("batchpool.yaml", name=name))
    assert answer.exit_status == 0, answer.stderr
    return PoolKey(kubectl.namespace, name)


async def is_ready(kubectl: Kubectl, key: PoolKey) -> None:
    async def ready() -> bool:
        found: dict[str, Any] = kubectl.get("batchpool", key.name).get("status", {})
        return bool(found.get("conditions"))

    await eventually_async(ready, within=20)


async def test_with_the_rights_that_we_ship_a_pool_gets_finalizer_status_and_event(operator_login: Kubectl) -> None:
    kubectl = operator_login
    async with shell(Reconcilers(), kubectl.namespace):
        key = make_pool(kubectl, "frames")
        await is_ready(kubectl, key)

        async def told() -> bool:
            return "Made the pool." in kubectl.run("describe", "batchpool", key.name)

        await eventually_async(told)
    assert kubectl.get("batchpool", key.name)["metadata"]["finalizers"] == [FINALIZER]


async def test_a_deleted_pool_goes_once_its_turn_lets_it(operator_login: Kubectl) -> None:
    kubectl = operator_login
    async with shell(Reconcilers(), kubectl.namespace):
        key = make_pool(kubectl, "frames")
        await is_ready(kubectl, key)
        kubectl.run("delete", "batchpool", key.name, "--wait=false")

        async def gone() -> bool:
            return kubectl("get", "batchpool", key.name).exit_status == 1

        await eventually_async(gone)


async def test_a_change_of_the_spec_is_observed(operator_login: Kubectl) -> None:
    kubectl = operator_login
    async with shell(Reconcilers(), kubectl.namespace):
        key = make_pool(kubectl, "frames")
        await is_ready(kubectl, key)
        kubectl.run("scale", "batchpool", key.name, "--replicas=5")

        async def observed() -> bool:
            return bool(kubectl.get("batchpool", key.name)["status"]["observedGeneration"] == 2)

        await eventually_async(observed)


async def test_no_turn_begins_before_every_object_is_known(operator_login: Kubectl) -> None:
    kubectl = operator_login
    keys = {make_pool(kubectl, f"frames-{number}") for number in range(20)}
    reconcilers = Reconcilers()
    async with shell(reconcilers, kubectl.namespace):

        async def all_turned() -> bool:
            return keys <= set(reconcilers.turns)

        await eventually_async(all_turned, within=20)
    assert reconcilers.known_at_first_turn == len(keys)


async def test_objects_of_other_namespaces_are_left_alone_when_namespaces_are_set(operator_login: Kubectl) -> None:
    kubectl = operator_login
    with temporary_namespace(kubectl.plane) as other:
        reconcilers = Reconcilers()
        foreign = make_pool(other, "foreign")
        async with shell(reconcilers, kubectl.namespace):
            await is_ready(kubectl, make_pool(kubectl, "frames"))
        assert foreign not in reconcilers.turns


async def test_all_namespaces_are_watched_when_none_is_set(operator_login: Kubectl) -> None:
    kubectl = operator_login
    with temporary_namespace(kubectl.plane) as other:
        async with shell(Reconcilers()):
            await is_ready(kubectl, make_pool(kubectl, "frames"))
            await is_ready(other, make_pool(other, "frames"))


async def test_it_waits_for_the_kinds_and_finds_them_again_after_they_were_removed(
    kubectl: Kubectl, monkeypatch: pytest.MonkeyPatch
) -> None:
    remove_crds(kubectl)
    become_operator(kubectl, monkeypatch)
    async with shell(Reconcilers()):
        install_crds(kubectl)
        await is_ready(kubectl, make_pool(kubectl, "first"))
        await asyncio.to_thread(remove_crds, kubectl)  # the pool goes first, and only if its turn lets it
        install_crds(kubectl)
        await is_ready(kubectl, make_pool(kubectl, "second"))


def remove_crds(kubectl: Kubectl) -> None:
    kubectl.run("delete", f"--filename={CRDS}", "--ignore-not-found", "--wait", "--timeout=30s")


async def test_who_does_not_lead_watches_and_begins_with_all_it_knows_when_it_comes_to_lead(
    operator_login: Kubectl,
) -> None:
    kubectl, reconcilers, gate = operator_login, Reconcilers(), Gate()
    candidate = ByHand(gate=gate)
    async with shell_of(candidate, gate, reconcilers, kubectl.namespace):
        keys = {make_pool(kubectl, "before")}
        await eventually_async(knows(reconcilers, keys), within=20)
        keys.add(make_pool(kubectl, "after"))
        await eventually_async(knows(reconcilers, keys), within=20)
        assert gate.knows_all
        assert reconcilers.turns == []
        candidate.elected.set()

        async def all_turned() -> bool:
            return keys <= set(reconcilers.turns)

        await eventually_async(all_turned, within=20)


async def test_what_changes_now_goes_before_what_changed_while_another_led(operator_login: Kubectl) -> None:
    kubectl, reconcilers, gate = operator_login, Reconcilers(), Gate()
    reconcilers.may_end.clear()
    candidate = ByHand(gate=gate)
    async with shell_of(candidate, gate, reconcilers, kubectl.namespace, workers=1):
        keys = {make_pool(kubectl, f"frames-{number}") for number in range(6)}
        await eventually_async(knows(reconcilers, keys), within=20)
        candidate.elected.set()
        await eventually_async(turns(reconcilers, 1))
        urgent = max(keys - set(reconcilers.turns), key=str)
        kubectl.run("scale", "batchpool", urgent.name, "--replicas=5")

        async def seen() -> bool:
            desired = reconcilers.pools.get(urgent)
            return desired is not None and desired.generation == 2

        await eventually_async(seen)
        reconcilers.may_end.set()
        await eventually_async(turns(reconcilers, 2))
        assert reconcilers.turns[1] == urgent


async def test_who_leads_no_more_cuts_its_turns_off_writes_nothing_and_ends(operator_login: Kubectl) -> None:
    kubectl, reconcilers, gate = operator_login, Reconcilers(), Gate()
    reconcilers.may_end.clear()
    candidate = ByHand(gate=gate)
    async with shell_of(candidate, gate, reconcilers, kubectl.namespace) as (_, running):
        key = make_pool(kubectl, "frames")
        candidate.elected.set()
        await eventually_async(turns(reconcilers, 1), within=20)
        candidate.deposed.set()
        with pytest.raises(LeadershipLostError, match="was taken"):
            await running
    assert reconcilers.ended == []
    assert "finalizers" not in kubectl.get("batchpool", key.name)["metadata"]


def knows(reconcilers: Reconcilers, keys: set[PoolKey]) -> Callable[[], Awaitable[bool]]:
    async def known() -> bool:
        return keys <= set(reconcilers.pools.keys())

    return known


def turns(reconcilers: Reconcilers, number: int) -> Callable[[], Awaitable[bool]]:
    async def taken() -> bool:
        return len(reconcilers.turns) >= number

    return taken


async def test_leadership_is_given_up_only_when_the_last_turn_has_ended(operator_login: Kubectl) -> None:
    kubectl, reconcilers, gate = operator_login, Reconcilers(), Gate()
    reconcilers.may_end.clear()
    candidate = ByHand(gate=gate, running=lambda: set(reconcilers.turns) - set(reconcilers.ended))
    async with shell_of(candidate, gate, reconcilers, kubectl.namespace) as (stop, running):
        candidate.elected.set()
        key = make_pool(kubectl, "frames")
        await eventually_async(turns(reconcilers, 1), within=20)
        stop.set()
        reconcilers.may_end.set()
        await running
    assert candidate.turns_running_when_given_up == set()
    assert kubectl.get("batchpool", key.name)["metadata"]["finalizers"] == [FINALIZER]


async def test_asked_to_stop_it_finishes_the_turns_that_run(operator_login: Kubectl) -> None:
    kubectl, reconcilers = operator_login, Reconcilers()
    reconcilers.may_end.clear()
    async with shell(reconcilers, kubectl.namespace) as stop:
        key = make_pool(kubectl, "frames")

        async def begun() -> bool:
            return key in reconcilers.turns

        await eventually_async(begun, within=20)
        stop.set()
        reconcilers.may_end.set()
    assert key in reconcilers.ended
    assert reconcilers.ended == reconcilers.turns, "no turn was cut off"
    assert kubectl.get("batchpool", key.name)["metadata"]["finalizers"] == [FINALIZER], "its outcome was written too"
