"""How fast requests may leave."""

import pytest

from azure_batch_operator.runtime.budget import Allowance, Budget, BudgetClosed, Budgets
from tests.support.virtual_time import VirtualTime


def budgets(time: VirtualTime, *, reads: int = 3, writes: int = 2) -> Budgets:
    return Budgets(
        reads=Allowance(burst=reads, per_second=1), writes=Allowance(burst=writes, per_second=0.5), monotonic=time.time
    )


def left(budget: Budget, *, write: bool) -> int:
    """How many requests of a kind pass until one does not."""
    for passed in range(1000):
        try:
            budget.spend(write=write)
        except BudgetClosed:
            return passed
    raise AssertionError("the budget never ends")


def test_a_full_budget_lets_its_burst_through_and_then_says_how_long_to_wait() -> None:
    budget = budgets(VirtualTime()).of("subscription")
    assert left(budget, write=True) == 2
    with pytest.raises(BudgetClosed) as closed:
        budget.spend(write=True)
    assert closed.value.retry_after == pytest.approx(2.0)
    assert "Our own budget" in str(closed.value)


def test_reads_and_writes_are_counted_apart() -> None:
    budget = budgets(VirtualTime()).of("subscription")
    assert left(budget, write=True) == 2
    assert left(budget, write=False) == 3


def test_tokens_come_back_with_time_but_never_beyond_the_burst() -> None:
    time = VirtualTime()
    budget = budgets(time).of("subscription")
    assert left(budget, write=False) == 3
    time.advance(2)
    assert left(budget, write=False) == 2
    time.advance(1000)
    assert left(budget, write=False) == 3


def test_waiting_as_long_as_was_told_is_enough() -> None:
    time = VirtualTime()
    budget = budgets(time).of("subscription")
    left(budget, write=True)
    with pytest.raises(BudgetClosed) as closed:
        budget.spend(write=True)
    time.advance(closed.value.retry_after)
    budget.spend(write=True)


def test_a_pause_that_azure_asked_for_closes_reads_and_writes() -> None:
    time = VirtualTime()
    budget = budgets(time).of("subscription")
    budget.close(30)
    for write in (True, False):
        with pytest.raises(BudgetClosed, match="Azure asked for a pause") as closed:
            budget.spend(write=write)
        assert closed.value.retry_after == pytest.approx(30)
    time.advance(30)
    budget.spend(write=True)


def test_a_shorter_pause_does_not_cut_a_longer_one_short() -> None:
    time = VirtualTime()
    budget = budgets(time).of("subscription")
    budget.close(30)
    budget.close(1)
    time.advance(2)
    with pytest.raises(BudgetClosed):
        budget.spend(write=False)


def test_a_closed_budget_spends_nothing() -> None:
    time = VirtualTime()
    budget = budgets(time).of("subscription")
    budget.close(0.5)
    assert left(budget, write=False) == 0
    time.advance(0.5)
    assert left(budget, write=False) == 3


def test_each_scope_has_its_own_budget_whatever_its_letter_case() -> None:
    scopes = budgets(VirtualTime())
    left(scopes.of("ABC"), write=True)
    assert left(scopes.of("abc"), write=True) == 0
    assert left(scopes.of("other"), write=True) == 2
