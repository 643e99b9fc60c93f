"""How many replicas nodes need, what the gate lets through, and how a hundred are shared."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure_batch_operator.core.replicas import GateClosed, GateOpen, gate, required_replicas, share


@pytest.mark.parametrize(
    ("nodes", "replicas"), [(0, 0), (1, 1), (600, 1), (601, 2), (3000, 5), (3001, 6), (60_000, 100)]
)
def test_one_replica_serves_600_nodes(nodes: int, replicas: int) -> None:
    assert required_replicas(nodes, 600) == replicas


@given(nodes=st.integers(0, 100_000), more=st.integers(0, 100_000), per_replica=st.integers(1, 5_000))
def test_more_nodes_never_need_fewer_replicas(nodes: int, more: int, per_replica: int) -> None:
    assert required_replicas(nodes + more, per_replica) >= required_replicas(nodes, per_replica)


def ask(*, nodes: int, others: int = 0, limit: int = 100, ready: int) -> bool:
    answer = gate(region="westeurope", nodes=nodes, others=others, nodes_per_replica=600, limit=limit, ready=ready)
    return isinstance(answer, GateOpen)


@pytest.mark.parametrize(
    ("nodes", "others", "ready", "opens"),
    [
        (3000, 0, 4, False),
        (3000, 0, 5, True),
        (600, 2400, 4, False),
        (600, 2400, 5, True),
        (2, 0, 0, False),
        (2, 0, 1, True),
        (0, 0, 0, False),  # also an empty pool needs the image in its region
    ],
)
def test_a_pool_grows_when_its_region_has_the_replicas_for_all_nodes_there(
    nodes: int, others: int, ready: int, opens: bool
) -> None:
    assert ask(nodes=nodes, others=others, ready=ready) is opens


def test_growth_is_not_held_back_by_a_limit() -> None:
    assert ask(nodes=30_000, limit=20, ready=20)
    assert not ask(nodes=30_000, limit=20, ready=19)


def test_a_closed_gate_tells_the_numbers_and_may_be_overruled() -> None:
    answer = gate(region="westeurope", nodes=2000, others=1000, nodes_per_replica=600, limit=100, ready=1)
    assert answer == GateClosed(
        reason="WaitingForReplicas",
        message="westeurope has 1 of the 5 replicas that 3,000 nodes need.",
        short=True,
        ready=1,
        needed=5,
    )


@given(
    wishes=st.dictionaries(st.text("abc", min_size=1, max_size=3), st.integers(0, 200), min_size=1, max_size=12),
    floor=st.integers(0, 9),
    total=st.integers(12, 150),
)
def test_a_share_is_between_floor_and_wish_and_never_more_than_there_is(
    wishes: dict[str, int], floor: int, total: int
) -> None:
    floors = {key: min(floor, wish) for key, wish in wishes.items()}
    shared = share(total, floors=floors, wishes=wishes)
    assert sum(shared.values()) == min(total, sum(wishes.values()))
    for key, wish in wishes.items():
        assert shared[key] <= wish
        assert shared[key] >= floors[key] or sum(floors.values()) > total


@given(wishes=st.lists(st.integers(1, 120), min_size=2, max_size=6), more=st.integers(1, 60))
def test_wishing_for_more_never_yields_less(wishes: list[int], more: int) -> None:
    before = {str(n): wish for n, wish in enumerate(wishes)}
    after = before | {"0": before["0"] + more}
    floors = dict.fromkeys(before, 1)
    assert share(100, floors=floors, wishes=after)["0"] >= share(100, floors=floors, wishes=before)["0"]


def test_the_rest_goes_by_largest_remainder() -> None:
    # 90 spare replicas for claims of 119 and 29: 72.4 and 17.6
    floors, wishes = {"large": 5, "small": 5}, {"large": 124, "small": 34}
    assert share(100, floors=floors, wishes=wishes) == {"large": 77, "small": 23}
