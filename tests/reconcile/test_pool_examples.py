"""The examples of pools converge: each becomes a Ready pool in the simulator's own scenario, and then rests."""

from pathlib import Path

import pytest

from azure_batch_operator.reconcile.keys import PoolKey
from tests.support.azure_session import journal_from_now
from tests.support.clockwork import Clockwork
from tests.support.custom_resources import QUICKSTART, read_manifest
from tests.support.pool_examples import EXAMPLES, applied, objects, pool_of
from tests.support.pool_turns import HOUR, MINUTE, writes
from tests.support.simulator import SimulatedAzure


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
async def test_the_example_becomes_a_ready_pool_and_rests(
    clocked: Clockwork, simulator: SimulatedAzure, path: Path
) -> None:
    await clocked.apply(read_manifest(QUICKSTART / "galleryimage.yaml"))
    metadata = pool_of(path)["metadata"]
    pool = PoolKey(metadata["namespace"], metadata["name"])
    await applied(clocked, objects(path))
    await clocked.until(lambda: clocked.is_ready(pool), step=MINUTE)
    await clocked.run(HOUR, step=MINUTE)
    journal = journal_from_now(simulator)
    await clocked.run(HOUR, step=MINUTE)
    assert writes(journal.requests()) == []
    assert clocked.is_ready(pool)
    assert clocked.status(pool).get("pendingChanges", []) == []
