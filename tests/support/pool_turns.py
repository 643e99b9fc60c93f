"""Turns of BatchPools in tests: pools that need no image of ours, and what Azure was asked to change."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from azure_batch_operator.reconcile.keys import PoolKey
from azure_simulator.client import JournalEntry
from tests.support.batch import AGENT
from tests.support.clockwork import Clockwork, clockwork
from tests.support.custom_resources import QUICKSTART, Manifest, merged, read_manifest
from tests.support.simulator import SimulatedAzure

FRAMES = PoolKey("rendering", "frames")
MINUTE, HOUR = 60.0, 3600.0
WRITES = {"POST", "PATCH", "PUT", "DELETE"}
UBUNTU = {"publisher": "canonical", "offer": "0001-com-ubuntu-server-jammy", "sku": "22_04-lts", "version": "latest"}


def pool(name: str = "frames", **spec: Any) -> Manifest:
    """The quickstart's pool with a Marketplace image: sized by itself, without waiting for replicas."""
    change = {"galleryImageRef": None, "virtualMachineConfiguration": machine(), **spec}
    quickstart = read_manifest(QUICKSTART / "batchpool.yaml")
    changed: Manifest = merged(quickstart, {"metadata": {"name": name}, "spec": change})
    return changed


def image(**spec: Any) -> Manifest:
    """The quickstart's image."""
    changed: Manifest = merged(read_manifest(QUICKSTART / "galleryimage.yaml"), {"spec": spec})
    return changed


def machine(agent: str = AGENT) -> dict[str, Any]:
    """Machines that boot a Marketplace image."""
    return {"nodeAgentSKUId": agent, "imageReference": UBUNTU}


def literal(image_id: str) -> dict[str, Any]:
    """Machines that boot a gallery image by its id."""
    reference = dict.fromkeys(("publisher", "offer", "sku", "version"))
    return {"nodeAgentSKUId": AGENT, "imageReference": {**reference, "virtualMachineImageId": image_id}}


def changes(entries: Sequence[JournalEntry]) -> list[JournalEntry]:
    """The requests that change something, in order."""
    return [entry for entry in entries if entry.method in WRITES]


def writes(entries: Sequence[JournalEntry]) -> list[str]:
    """The operations that change something, in order."""
    return [entry.operation for entry in changes(entries)]


@pytest.fixture
async def clocked(simulator: SimulatedAzure) -> AsyncIterator[Clockwork]:
    """An operator with a fresh simulated Azure, both on clocks that stand still."""
    async with clockwork(simulator) as turned:
        yield turned


@pytest.fixture
async def frames(clocked: Clockwork) -> Clockwork:
    """That operator with one pool of two nodes, Ready."""
    await clocked.apply(pool())
    await clocked.run(30 * MINUTE, step=MINUTE)
    assert clocked.is_ready(FRAMES)
    return clocked
