"""The replica gate, from what is believed of a version."""

from dataclasses import replace

import pytest

from azure_batch_operator.core.images import ObservedVersion, WantedImage
from azure_batch_operator.core.replicas import GateAnswer, GateClosed, GateOpen
from azure_batch_operator.reconcile.beliefs import Beliefs, CompleteList
from azure_batch_operator.reconcile.gate import GateRequest, ReplicaGate
from azure_batch_operator.reconcile.keys import PoolKey
from azure_batch_operator.reconcile.usage import Usage
from azure_batch_operator.reconcile.versions import ready_replicas, take_note
from tests.support.images import DEFINITION, HOME, VERSION, WANTED, a_region, a_version, policy
from tests.support.usage import IMAGE, POOL, a_pool, seen_pool


def see(beliefs: Beliefs, version: ObservedVersion) -> None:
    take_note(beliefs, version, sent_at=beliefs.monotonic())


@pytest.fixture
def gate(usage: Usage, beliefs: Beliefs) -> ReplicaGate:
    return ReplicaGate(usage=usage, beliefs=beliefs)


def ask(gate: ReplicaGate, nodes: int, *, region: str = HOME) -> GateAnswer:
    request = GateRequest(pool=POOL, image=IMAGE, version_id=VERSION.id, region=region, nodes=nodes)
    return gate.ask(request)


def reason(answer: GateAnswer) -> str:
    assert isinstance(answer, GateClosed)
    return answer.reason


def test_a_pool_waits_for_the_replicas_of_its_new_size(gate: ReplicaGate, beliefs: Beliefs) -> None:
    see(beliefs, a_version(a_region(replicas=4)))
    assert ask(gate, 3000) == GateClosed(
        reason="WaitingForReplicas",
        message="westeurope has 4 of the 5 replicas that 3,000 nodes need.",
        short=True,
        ready=4,
        needed=5,
    )
    see(beliefs, a_version(a_region(replicas=5)))
    assert ask(gate, 3000) == GateOpen(ready=5, needed=5)


def test_what_was_ready_before_still_counts_while_a_later_change_replicates(
    gate: ReplicaGate, beliefs: Beliefs
) -> None:
    see(beliefs, a_version(a_region(replicas=2)))
    see(beliefs, a_version(a_region(replicas=5, state="Replicating"), state="Updating"))
    assert isinstance(ask(gate, 1200), GateOpen)
    assert isinstance(ask(gate, 1201), GateClosed)


def test_replicas_that_were_given_up_count_no_more_even_when_they_are_asked_for_again(beliefs: Beliefs) -> None:
    for replicas, state in ((5, "Succeeded"), (2, "Updating"), (5, "Updating")):
        see(beliefs, a_version(a_region(replicas=replicas, state="Completed"), state=state))
    assert ready_replicas(beliefs, VERSION.id, HOME) == 2


def test_a_region_that_came_back_begins_with_nothing(beliefs: Beliefs) -> None:
    see(beliefs, a_version(a_region(), a_region("northeurope", 3)))
    see(beliefs, a_version(a_region()))
    see(beliefs, a_version(a_region(), a_region("northeurope", 3, state="Replicating"), state="Updating"))
    assert ready_replicas(beliefs, VERSION.id, "northeurope") == 0


def test_an_answer_that_was_asked_for_before_our_last_write_is_not_believed(beliefs: Beliefs) -> None:
    asked_at = beliefs.monotonic()
    beliefs.versions.wrote(VERSION.id, answered_at=beliefs.monotonic())
    take_note(beliefs, a_version(a_region(replicas=5)), sent_at=asked_at)
    assert ready_replicas(beliefs, VERSION.id, HOME) == 0


def test_a_list_without_replication_status_says_nothing_new_of_a_version_at_rest(beliefs: Beliefs) -> None:
    see(beliefs, a_version(a_region(replicas=5)))
    listed = replace(a_version(a_region(replicas=5, state=None)), replication_read=False)
    assert ready_replicas(beliefs, VERSION.id, HOME) == 5
    see(beliefs, listed)
    assert ready_replicas(beliefs, VERSION.id, HOME) == 5


def test_other_pools_count_with_what_azure_granted_them_and_not_with_their_wishes(
    gate: ReplicaGate, usage: Usage, beliefs: Beliefs
) -> None:
    see(beliefs, a_version())
    usage.pool_seen(PoolKey("rendering", "giant"), a_pool(name="giant", nodes=60_000))
    assert isinstance(ask(gate, 100), GateOpen)
    seen_pool(beliefs, name="giant", nodes=550)
    assert isinstance(ask(gate, 100), GateClosed)
    assert isinstance(ask(gate, 50), GateOpen)


def test_a_pool_that_was_just_asked_to_grow_counts_before_it_is_looked_at_again(
    gate: ReplicaGate, usage: Usage, beliefs: Beliefs
) -> None:
    see(beliefs, a_version())
    usage.pool_seen(PoolKey("rendering", "other"), a_pool(name="other", nodes=550))
    seen_pool(beliefs, name="other", nodes=2)
    assert isinstance(ask(gate, 100), GateOpen)
    beliefs.pools.wrote(next(iter(beliefs.pools.values())), answered_at=beliefs.monotonic())
    assert isinstance(ask(gate, 100), GateClosed)


def test_what_the_pool_has_already_is_not_counted_twice(gate: ReplicaGate, usage: Usage, beliefs: Beliefs) -> None:
    see(beliefs, a_version())
    usage.pool_seen(POOL, a_pool(nodes=600))
    seen_pool(beliefs, nodes=500)
    assert isinstance(ask(gate, 600), GateOpen)


def test_other_regions_do_not_matter(gate: ReplicaGate, beliefs: Beliefs) -> None:
    see(beliefs, a_version(a_region(), a_region("northeurope", 3, state="Replicating"), state="Succeeded"))
    assert isinstance(ask(gate, 600), GateOpen)


def test_growth_beyond_the_limit_needs_only_what_there_can_be(
    gate: ReplicaGate, usage: Usage, beliefs: Beliefs
) -> None:
    usage.pool_seen(PoolKey("rendering", "giant"), a_pool(name="giant", nodes=60_000))
    see(beliefs, a_version(a_region(replicas=100)))
    assert isinstance(ask(gate, 60_000), GateOpen)


def test_a_region_without_replicas_is_told_with_what_happens_next(
    gate: ReplicaGate, usage: Usage, beliefs: Beliefs
) -> None:
    see(beliefs, a_version())
    assert reason(ask(gate, 2, region="northeurope")) == "ImageNotInRegion"
    usage.image_seen(IMAGE, replace(WANTED, replication=policy(follow_pools=False)))
    assert "spec.targetRegions" in str(ask(gate, 2, region="northeurope"))


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [(replace(WANTED, suspended=True), "ImageSuspended"), (replace(WANTED, deleting=True), "ImageDeleting")],
)
def test_replicas_that_will_not_come_are_told_with_the_reason(
    gate: ReplicaGate, usage: Usage, beliefs: Beliefs, wanted: WantedImage, expected: str
) -> None:
    see(beliefs, a_version())
    usage.image_seen(IMAGE, wanted)
    assert reason(ask(gate, 3000)) == expected
    assert isinstance(ask(gate, 600), GateOpen)


def test_a_version_in_its_first_publication_opens_nothing_even_where_it_has_arrived(
    gate: ReplicaGate, beliefs: Beliefs
) -> None:
    see(beliefs, a_version(state="Creating"))
    assert reason(ask(gate, 2)) == "ImageNotPublished"
    see(beliefs, a_version())
    assert isinstance(ask(gate, 2), GateOpen)


def test_a_version_that_the_definitions_list_does_not_show_is_not_published(
    gate: ReplicaGate, beliefs: Beliefs
) -> None:
    beliefs.version_lists[DEFINITION.id.casefold()] = CompleteList(sent_at=beliefs.monotonic(), keys=frozenset())
    assert reason(ask(gate, 2)) == "ImageNotPublished"


def test_what_is_not_known_keeps_the_gate_closed(gate: ReplicaGate, usage: Usage, beliefs: Beliefs) -> None:
    assert reason(ask(gate, 2)) == "ImageNotRead"
    beliefs.versions.see(VERSION.id, None, sent_at=beliefs.monotonic())
    assert reason(ask(gate, 2)) == "ImageNotPublished"
    usage.image_gone(IMAGE)
    assert reason(ask(gate, 2)) == "DependencyNotReady"
