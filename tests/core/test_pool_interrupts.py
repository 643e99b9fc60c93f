"""Which running resizes are stopped for another size."""

import pytest

from azure_batch_operator.core.plan.pool_steps import StopResize
from azure_batch_operator.core.plan.pools import next_step
from azure_batch_operator.core.pools import InterruptResize
from tests.support.batch_pools import wanted_pool
from tests.support.pool_views import OPEN, SHORT, nodes, view, waiting


@pytest.mark.parametrize(
    ("mode", "size", "stops"),
    [
        ("Never", 500, False),
        ("Shrink", 500, True),
        ("Always", 500, True),
        ("Never", 4000, False),
        ("Shrink", 4000, False),
        ("Always", 4000, True),
        ("Always", 3000, False),
    ],
)
def test_the_spec_says_which_running_growth_is_stopped(mode: InterruptResize, size: int, *, stops: bool) -> None:
    growing = nodes(3000, current=1000, allocation_state="resizing")
    step = next_step(view(wanted_pool(dedicated=size, interrupt_resize=mode), growing, gate=OPEN))
    assert isinstance(step, StopResize) is stops


@pytest.mark.parametrize(("mode", "stops"), [("Never", False), ("Shrink", False), ("Always", True)])
def test_only_always_stops_a_running_removal(mode: InterruptResize, *, stops: bool) -> None:
    shrinking = nodes(500, current=3000, allocation_state="resizing")
    step = next_step(view(wanted_pool(dedicated=2000, interrupt_resize=mode), shrinking))
    assert isinstance(step, StopResize) is stops


def test_nothing_is_stopped_for_a_growth_that_must_wait_for_replicas() -> None:
    growing = nodes(3000, current=1000, allocation_state="resizing")
    wanted = wanted_pool(dedicated=4000, interrupt_resize="Always")
    assert waiting(view(wanted, growing, gate=SHORT)).reason == "Resizing"


def test_a_removal_of_nodes_by_name_is_left_to_its_end() -> None:
    removing = nodes(2990, current=3000, allocation_state="resizing")
    wanted = wanted_pool(dedicated=3000, interrupt_resize="Always")
    assert waiting(view(wanted, removing, removing=True)).reason == "Resizing"
