"""How this process comes to lead: by the Lease that the settings name, or at once where no other process runs."""

import random
import secrets
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from azure_batch_operator.kube.client import KubeClient
from azure_batch_operator.kube.lease import LeaseStore
from azure_batch_operator.kube.login import login
from azure_batch_operator.runtime.clock import RealTime
from azure_batch_operator.runtime.election import Candidate, Elector, Terms, Unopposed
from azure_batch_operator.runtime.gate import Gate
from azure_batch_operator.settings import Settings


@asynccontextmanager
async def candidacy(
    settings: Settings, gate: Gate, *, answered: Callable[[str, int | None, float], None] = lambda *_: None
) -> AsyncIterator[Candidate]:
    """Whoever opens the gate; its connections close with the block. `answered` is as in KubeClient."""
    if not settings.leader_election:
        yield Unopposed(gate)
        return
    # a client of its own: the Lease is written without asking the gate, and no other request makes it wait
    client = KubeClient(login, timeout=settings.lease_renew_deadline / 2, answered=answered)
    namespace, _, name = settings.lease.partition("/")
    try:
        yield Elector(
            store=LeaseStore(client, namespace=namespace, name=name),
            gate=gate,
            identity=_identity(settings),
            terms=Terms(
                duration=settings.lease_duration,
                renew_deadline=settings.lease_renew_deadline,
                retry_period=settings.lease_retry_period,
            ),
            timing=RealTime(),
            chance=random.Random(),  # noqa: S311  # spreading requests needs no cryptography
        )
    finally:
        await client.close()


def _identity(settings: Settings) -> str:
    """A name that no other process has, nor this one after it was started again."""
    return f"{settings.pod_name or socket.gethostname()}-{secrets.token_hex(4)}"
