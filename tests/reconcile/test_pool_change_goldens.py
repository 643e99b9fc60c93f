"""The exact status and Events that a user sees while a pool is changed, taken over or deleted; `make golden`."""

from typing import Any

import pytest
from azure.batch import models

from tests.support.batch import batch_client, small_pool
from tests.support.clockwork import Clockwork
from tests.support.golden import GOLDEN, Golden, golden_name
from tests.support.pool_turns import FRAMES, HOUR, MINUTE, machine, pool
from tests.support.simulator import SimulatedAzure

WITH_DISK = {"virtualMachineConfiguration": {**machine(), "dataDisks": [{"lun": 0, "diskSizeGB": 64}]}}


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """The golden file of the test."""
    return Golden(GOLDEN / "pools" / golden_name(request.node.name))


def shown(turns: Clockwork) -> dict[str, Any]:
    """What `kubectl` shows of the pool: its status and its Events."""
    told = [f"{note.type} {note.reason}: {note.message}" for whose, note in turns.notes if whose == FRAMES]
    return {"status": turns.status(FRAMES), "events": told}


def busy(simulator: SimulatedAzure) -> None:
    """A task that takes a node of the pool and does not end."""
    client = batch_client(simulator)
    client.create_job(models.BatchJobCreateOptions(id="shots", pool_info=models.BatchPoolInfo(pool_id="frames")))
    client.create_task("shots", models.BatchTaskCreateOptions(id="shot", command_line="sleep infinity"))
    simulator.control.advance(MINUTE)


async def test_a_pool_whose_nodes_leave_for_a_change(
    frames: Clockwork, simulator: SimulatedAzure, golden: Golden
) -> None:
    busy(simulator)
    await frames.change(FRAMES, {"rollout": {"strategy": "InPlace"}, "vmSize": "STANDARD_D4_V3"})
    await frames.run(10 * MINUTE, step=MINUTE)
    golden.holds(shown(frames))


async def test_a_pool_that_needs_consent_to_be_made_again(frames: Clockwork, golden: Golden) -> None:
    await frames.change(FRAMES, WITH_DISK)
    await frames.run(10 * MINUTE, step=MINUTE)
    golden.holds(shown(frames))


async def test_a_pool_that_was_made_again(frames: Clockwork, simulator: SimulatedAzure, golden: Golden) -> None:
    busy(simulator)
    await frames.change(FRAMES, {"rollout": {"strategy": "Recreate"}, **WITH_DISK})
    await frames.until(lambda: frames.is_ready(FRAMES))
    await frames.run(2 * HOUR, step=10 * MINUTE)
    golden.holds(shown(frames))


async def test_a_pool_that_might_be_taken_over(clocked: Clockwork, simulator: SimulatedAzure, golden: Golden) -> None:
    batch_client(simulator).create_pool(small_pool("frames", nodes=1))
    simulator.control.advance(HOUR)
    await clocked.apply(pool())
    golden.holds(shown(clocked))


async def test_a_pool_that_was_taken_over(clocked: Clockwork, simulator: SimulatedAzure, golden: Golden) -> None:
    batch_client(simulator).create_pool(small_pool("frames", nodes=1))
    simulator.control.advance(HOUR)
    await clocked.apply(pool(adoptionPolicy="Adopt"))
    await clocked.until(lambda: clocked.is_ready(FRAMES))
    await clocked.run(2 * HOUR, step=10 * MINUTE)
    golden.holds(shown(clocked))


async def test_a_pool_that_is_deleted_under_a_job(frames: Clockwork, simulator: SimulatedAzure, golden: Golden) -> None:
    busy(simulator)
    await frames.delete(FRAMES)
    golden.holds(shown(frames))
