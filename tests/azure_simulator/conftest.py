"""Fixtures of the tests that talk to the simulated Resource Manager."""

import pytest
from azure.mgmt.compute import ComputeManagementClient

from tests.support.galleries import (
    DEFINITION,
    GALLERY,
    HOUR,
    VERSION,
    put_definition,
    put_gallery,
    put_version,
)
from tests.support.simulator import SimulatedAzure


@pytest.fixture
def compute(simulator: SimulatedAzure) -> ComputeManagementClient:
    return simulator.compute()


@pytest.fixture
def gallery(simulator: SimulatedAzure, compute: ComputeManagementClient) -> str:
    put_gallery(compute)
    simulator.control.advance(60)
    return GALLERY


@pytest.fixture
def definition(simulator: SimulatedAzure, compute: ComputeManagementClient, gallery: str) -> str:
    put_definition(compute)
    simulator.control.advance(60)
    return DEFINITION


@pytest.fixture
def version(simulator: SimulatedAzure, compute: ComputeManagementClient, definition: str) -> str:
    put_version(simulator, compute)
    simulator.control.advance(2 * HOUR)
    return VERSION
