"""The operator without Kubernetes on clocks that stand still, with a simulated Azure of the tests."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from tests.support.azure_session import operator_settings
from tests.support.guard import guard
from tests.support.secrets import Cabinet
from tests.support.simulator import SimulatedAzure
from tests.support.virtual_time import VirtualTime
from tools.stage import clockwork as stage

OPERATOR_ID = "cluster"


@dataclass(slots=True, kw_only=True)
class Clockwork(stage.Clockwork):
    """The operator, the Azure that it looks after, and the Secrets that it can read."""

    azure: SimulatedAzure
    secrets: Cabinet


@asynccontextmanager
async def clockwork(
    azure: SimulatedAzure,
    *,
    operator_id: str = OPERATOR_ID,
    before_write: Callable[[], None] = lambda: None,
    **settings: Any,
) -> AsyncIterator[Clockwork]:
    """An operator that signs in to `azure`, with some of its settings changed; like a new process each time.

    Whatever `before_write` raises ends it before a write to Azure.
    """
    time, secrets, chosen = VirtualTime(), Cabinet(), operator_settings(azure, **settings)
    async with stage.wired_on(
        time, chosen, operator_id=operator_id, read_secret=secrets, before_write=before_write
    ) as parts:
        yield Clockwork(
            advance=azure.control.advance,
            wired=parts,
            time=time,
            queue=stage.queue_on(time),
            azure=azure,
            secrets=secrets,
            hear=guard().hear,
        )
