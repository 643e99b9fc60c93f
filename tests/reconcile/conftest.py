"""What the tests of this folder begin with: beliefs and the index of who uses whom, or an operator and its image."""

from collections.abc import AsyncIterator, Iterator

import pytest
from azure.mgmt.compute import ComputeManagementClient

from azure_batch_operator.core.accounts import Account
from azure_batch_operator.reconcile.beliefs import Beliefs
from azure_batch_operator.reconcile.usage import Usage
from tests.support.clockwork import Clockwork, clockwork
from tests.support.image_turns import MINUTE, an_image
from tests.support.images import HOME, WANTED
from tests.support.simulator import SimulatedAzure
from tests.support.usage import CONTOSO, HOST, IMAGE, Ticking


@pytest.fixture
def beliefs() -> Beliefs:
    """One account is known, and nothing else."""
    known = Beliefs(monotonic=Ticking())
    account = Account(ref=CONTOSO, endpoint=f"https://{HOST}", region=HOME)
    known.accounts.see(CONTOSO.key, account, sent_at=known.monotonic())
    return known


@pytest.fixture
def usage(beliefs: Beliefs) -> Usage:
    """One GalleryImage is there, and no pool."""
    index = Usage(beliefs=beliefs)
    index.image_seen(IMAGE, WANTED)
    return index


@pytest.fixture
async def turns(simulator: SimulatedAzure) -> AsyncIterator[Clockwork]:
    """An operator with a fresh simulated Azure, both on clocks that stand still."""
    async with clockwork(simulator) as operator:
        yield operator


@pytest.fixture
async def published(turns: Clockwork) -> Clockwork:
    """An operator whose image is Ready."""
    await turns.apply(an_image())
    await turns.until(lambda: turns.is_ready(IMAGE), step=5 * MINUTE)
    return turns


@pytest.fixture
def compute(simulator: SimulatedAzure) -> Iterator[ComputeManagementClient]:
    """Somebody else with an SDK client."""
    with simulator.compute() as client:
        yield client
