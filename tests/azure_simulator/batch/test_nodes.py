"""Cohorts of nodes always tell the same as a list of single nodes would."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as some

from azure_simulator.batch.identities import node_id, ordinal_in, pool_number
from azure_simulator.batch.nodes import Cohort, Nodes, Stretch
from azure_simulator.batch.states import Kind, NodeState
from tests.support.pools import MORNING

NODES = 40
STATES = (NodeState.IDLE, NodeState.RUNNING, NodeState.UNUSABLE)
stretches = some.tuples(some.integers(1, NODES), some.integers(1, NODES)).map(
    lambda pair: Stretch(min(pair), max(pair) + 1)
)
changes = some.lists(some.tuples(stretches, some.sampled_from((*STATES, None))), max_size=12)


def cohort(count: int, kind: Kind = Kind.DEDICATED, state: NodeState = NodeState.IDLE) -> Cohort:
    return Cohort(
        kind=kind,
        stretch=Stretch(0, count),
        state=state,
        since=MORNING,
        allocated=MORNING,
        booted=MORNING,
        image="image",
    )


@given(changes)
def test_any_changes_of_stretches_keep_counts_order_and_identities(
    steps: list[tuple[Stretch, NodeState | None]],
) -> None:
    nodes = Nodes(lambda: None)
    nodes.add(cohort(NODES // 2))
    nodes.add(cohort(NODES // 2, Kind.LOW_PRIORITY))
    expected = dict.fromkeys(range(1, NODES + 1), NodeState.IDLE)
    for stretch, state in steps:
        touched = [ordinal for ordinal in expected if stretch.first <= ordinal < stretch.end]
        if state is None:
            assert nodes.remove((stretch,)) == len(touched)
            expected = {ordinal: kept for ordinal, kept in expected.items() if ordinal not in touched}
        else:
            assert nodes.change((stretch,), _into(state)) == len(touched)
            expected |= dict.fromkeys(touched, state)

    assert {node.ordinal: node.cohort.state for node in nodes} == expected
    assert [node.ordinal for node in nodes] == sorted(expected)
    assert len(nodes) == len(expected)
    assert sum((Counter({state: nodes.count(kind, state)}) for kind in Kind for state in STATES), Counter()) == Counter(
        expected.values()
    )
    for ordinal in range(1, NODES + 1):
        found = nodes.at(ordinal)
        assert (None if found is None else found.cohort.state) == expected.get(ordinal)


def _into(state: NodeState) -> Callable[[Cohort], Cohort]:
    return lambda cohort: replace(cohort, state=state)


def test_a_test_decides_which_nodes_of_a_stretch_change() -> None:
    nodes = Nodes(lambda: None)
    nodes.add(cohort(3, Kind.DEDICATED))
    nodes.add(cohort(3, Kind.LOW_PRIORITY))

    assert nodes.remove((Stretch(2, 6),), when=lambda cohort: cohort.kind is Kind.LOW_PRIORITY) == 2
    assert [node.ordinal for node in nodes] == [1, 2, 3, 6]


def test_ordinals_are_never_used_twice() -> None:
    nodes = Nodes(lambda: None)
    nodes.remove((nodes.add(cohort(3)),))

    assert nodes.add(cohort(2)) == Stretch(4, 6)


def test_every_change_is_told() -> None:
    told: list[int] = []
    nodes = Nodes(lambda: told.append(1))
    stretch = nodes.add(cohort(3))
    nodes.change((stretch,), lambda found: replace(found, state=NodeState.RUNNING))
    nodes.remove((Stretch(50, 60),))

    assert len(told) == 2


def test_a_thousand_alike_nodes_cost_one_cohort() -> None:
    nodes = Nodes(lambda: None)
    nodes.add(cohort(1000))

    assert len(nodes.cohorts) == 1
    assert len(nodes) == 1000


def test_node_ids_carry_pool_ordinal_and_moment_and_are_read_back() -> None:
    number = pool_number("contoso", "Render", MORNING)
    name = node_id(number, 17, MORNING)

    assert name == f"tvm-{number}_17-20260302t080000z"
    assert pool_number("contoso", "render", MORNING) == number
    assert ordinal_in(name.upper(), number) == 17
    assert ordinal_in(name, number + 1) is None
    assert ordinal_in("tvm-nonsense", number) is None
