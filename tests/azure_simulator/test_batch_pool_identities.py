"""User-assigned identities of pools: given through Resource Manager alone, by callers who may assign them."""

from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError
from azure.mgmt.batch import BatchManagementClient
from azure.mgmt.batch.models import Pool

from tests.support.managed_pools import (
    ACCOUNT,
    GROUP,
    IDENTITIES,
    NODES,
    REGISTRY,
    SUBSCRIPTION,
    body,
    create,
    refusal,
)
from tests.support.simulator import SimulatedAzure, StartSimulator


@pytest.fixture
def batch(simulator: SimulatedAzure) -> BatchManagementClient:
    return simulator.batch_management()


def test_identities_change_on_a_pool_with_nodes_too(simulator: SimulatedAzure, batch: BatchManagementClient) -> None:
    create(batch, body(dedicated=1, identities=(NODES,)))
    simulator.control.advance(1800)

    wanted: Any = {"identity": {"type": "UserAssigned", "userAssignedIdentities": {REGISTRY: {}}}}
    assert identities_of(batch.pool.update(GROUP, ACCOUNT, "frames", wanted)) == {REGISTRY}
    assert identities_of(batch.pool.update(GROUP, ACCOUNT, "frames", {"properties": {"metadata": []}})) == {REGISTRY}
    nobody: Any = {"identity": {"type": "None"}}
    assert batch.pool.update(GROUP, ACCOUNT, "frames", nobody).identity is None


def identities_of(pool: Pool) -> set[str]:
    assert pool.identity is not None
    return set(pool.identity.user_assigned_identities or ())


def test_an_identity_has_to_exist_and_the_caller_needs_the_right_to_assign_it(start_simulator: StartSimulator) -> None:
    roles = [{"id": "aaaaaaaa-0000-4000-8000-000000000001", "name": "Pools only", "actions": ["Microsoft.Batch/*"]}]
    granted = [
        {"application": "reader", "role": "Pools only", "scope": SUBSCRIPTION},
        {"application": "reader", "role": "Managed Identity Operator", "scope": NODES},
    ]
    simulator = start_simulator(roles=roles, role_assignments=granted)
    batch = simulator.batch_management("reader")

    assert identities_of(create(batch, body(identities=(NODES,)))) == {NODES}
    with pytest.raises(HttpResponseError) as forbidden:
        create(batch, body(identities=(REGISTRY,)), name="other")
    assert refusal(forbidden) == (403, "LinkedAuthorizationFailed")


def test_identities_that_are_none_are_refused(batch: BatchManagementClient) -> None:
    with pytest.raises(HttpResponseError) as missing:
        create(batch, body(identities=(f"{IDENTITIES}/nobody",)))
    with pytest.raises(HttpResponseError) as malformed:
        create(batch, body(identities=("render-nodes",)))

    assert refusal(missing) == (400, "FailedIdentityOperation")
    assert refusal(malformed) == (400, "InvalidPropertyValue")
    assert not list(batch.pool.list_by_batch_account(GROUP, ACCOUNT))
