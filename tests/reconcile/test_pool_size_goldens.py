"""The exact status and Events that a user sees of a pool whose size is in trouble; `make golden`."""

from typing import Any

import pytest

from tests.support.clockwork import Clockwork
from tests.support.golden import GOLDEN, Golden, golden_name
from tests.support.pool_turns import FRAMES, HOUR, MINUTE
from tests.support.simulator import SimulatedAzure

FORMULA = {"enableAutoScale": True, "autoScaleFormula": "$TargetDedicatedNodes=3;", "targetDedicatedNodes": None}


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """The golden file of the test."""
    return Golden(GOLDEN / "pools" / golden_name(request.node.name))


def shown(turns: Clockwork) -> dict[str, Any]:
    """What `kubectl` shows of the pool."""
    told = [f"{note.type} {note.reason}: {note.message}" for whose, note in turns.notes if whose == FRAMES]
    return {"status": turns.status(FRAMES), "events": told}


async def test_a_pool_whose_nodes_break(frames: Clockwork, simulator: SimulatedAzure, golden: Golden) -> None:
    await frames.change(FRAMES, {"targetDedicatedNodes": 4})
    await frames.run(30 * MINUTE, step=MINUTE)
    simulator.control.strike_nodes("contoso", "frames", "starttaskfailed", 3, exit_code=7)
    await frames.run(2 * HOUR, step=5 * MINUTE)
    await frames.change(FRAMES, {"targetDedicatedNodes": 9})
    golden.holds(shown(frames))


async def test_a_pool_at_its_core_quota(frames: Clockwork, simulator: SimulatedAzure, golden: Golden) -> None:
    simulator.control.change_quotas("contoso", {"dedicatedCoreQuota": 20})
    await frames.change(FRAMES, {"targetDedicatedNodes": 30})
    await frames.run(HOUR, step=MINUTE)
    golden.holds(shown(frames))


async def test_a_pool_that_a_formula_sizes(frames: Clockwork, golden: Golden) -> None:
    await frames.change(FRAMES, FORMULA)
    await frames.run(HOUR, step=MINUTE)
    golden.holds(shown(frames))


async def test_a_pool_whose_next_formula_fails(frames: Clockwork, golden: Golden) -> None:
    await frames.change(FRAMES, FORMULA)
    await frames.run(HOUR, step=MINUTE)
    await frames.change(FRAMES, {"autoScaleFormula": "$TargetDedicatedNodes=1/0;"})
    await frames.run(5 * MINUTE, step=MINUTE)
    golden.holds(shown(frames))
