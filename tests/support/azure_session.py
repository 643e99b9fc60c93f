"""The operator's own session with a simulated Azure, and what the journal says of it."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from azure_batch_operator.cloud.principals import Principals
from azure_batch_operator.cloud.session import AzureSession
from azure_batch_operator.settings import Settings
from azure_simulator.client import JournalEntry
from tests.support.guard import guard
from tests.support.simulator import SimulatedAzure
from tools.stage.clockwork import settings_for


def operator_settings(azure: SimulatedAzure, **changes: Any) -> Settings:
    """The settings with which the operator signs in to a simulator as the application of its ready line."""
    settings = settings_for(azure.ready, **changes)
    guard().confide("the operator's own secret", settings.client_secret.get_secret_value())
    return settings


@asynccontextmanager
async def signed_in(settings: Settings, **options: Any) -> AsyncIterator[AzureSession]:
    """A session of the operator itself, over connections that close with the block."""
    async with Principals(settings, **options) as principals:
        yield principals.session()


@dataclass(frozen=True, slots=True)
class Journal:
    """What the simulator was asked since a moment."""

    azure: SimulatedAzure
    since: int

    def requests(self, *services: str) -> Sequence[JournalEntry]:
        """The requests to these services; without any, all but those for tokens and to the control API."""
        seen = self.azure.control.requests(since=self.since)
        wanted = services or ("batch", "batch_accounts", "compute", "resources")
        return [entry for entry in seen if entry.service in wanted]

    def only(self, *services: str) -> JournalEntry:
        """The one request that there was."""
        (entry,) = self.requests(*services)
        return entry


def journal_from_now(azure: SimulatedAzure) -> Journal:
    """What will be asked from now on."""
    return Journal(azure, azure.control.sequence())


def refuse_once(
    azure: SimulatedAzure,
    status: int,
    code: str,
    *,
    headers: Mapping[str, str] | None = None,
    message: str = "The simulator was told to answer this.",
    **match: str,
) -> None:
    """Let the next matching request be refused, and no later one."""
    answer = {"status": status, "code": code, "message": message, "headers": dict(headers or {})}
    azure.control.order_fault({"match": match, "times": 1, "answer": answer})


@pytest.fixture
async def session(simulator: SimulatedAzure) -> AsyncIterator[AzureSession]:
    """An open session of the operator with a fresh simulator."""
    async with signed_in(operator_settings(simulator)) as opened:
        yield opened
