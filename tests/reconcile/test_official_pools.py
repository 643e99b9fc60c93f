"""Microsoft's own examples of pools, converted by the documented command, become Ready pools and rest."""

import pytest

from azure_batch_operator.reconcile.keys import PoolKey
from tests.support.azure_session import journal_from_now
from tests.support.azure_specs import AzureSpecs
from tests.support.clockwork import clockwork
from tests.support.official_examples import ingredients_of
from tests.support.official_pools import as_batch_pool, official_pools
from tests.support.pool_examples import applied
from tests.support.pool_turns import HOUR, MINUTE, writes
from tests.support.simulator import StartSimulator


@pytest.mark.usefixtures("azure_specs")
async def test_every_official_pool_converges_and_rests(start_simulator: StartSimulator) -> None:
    pools = official_pools()
    simulator = start_simulator(**ingredients_of(pools))
    async with clockwork(simulator) as turns:
        for pool in pools:
            await applied(turns, as_batch_pool(pool).objects)
        await turns.run(2 * HOUR, step=MINUTE)
        journal = journal_from_now(simulator)
        await turns.run(HOUR, step=MINUTE)
        unready = {key: turns.message(key) for key in map(_key, pools) if not turns.is_ready(key)}
        assert unready == {}
        assert writes(journal.requests()) == []


def test_the_examples_are_found_where_the_documents_are(azure_specs: AzureSpecs) -> None:
    shown = len(list(azure_specs.documents("specification/batch/**/PoolAdd_*.json")))

    assert len(official_pools()) >= shown


def _key(pool: dict[str, str]) -> PoolKey:
    return PoolKey("rendering", pool["id"])
