"""Pools with managed identities in whole turns: made and changed by Resource Manager, all else by the Batch service."""

from tests.support.azure_session import journal_from_now
from tests.support.clockwork import Clockwork
from tests.support.pool_turns import FRAMES, HOUR, MINUTE, clocked, pool, writes
from tests.support.simulator import SimulatedAzure

__all__ = ["clocked"]


def identity(azure: SimulatedAzure, name: str = "render-nodes") -> str:
    """The id of a user-assigned identity of the simulated Azure."""
    return (
        f"/subscriptions/{azure.subscription}/resourceGroups/batch"
        f"/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{name}"
    )


def having(*identities: str) -> dict[str, list[str]]:
    """The identity of a spec."""
    return {"userAssignedIdentities": list(identities)}


async def ready(clocked: Clockwork, *identities: str, nodes: int = 2) -> None:
    """A Ready pool that was made with these identities."""
    await clocked.apply(pool(identity=having(*identities), targetDedicatedNodes=nodes))
    await clocked.run(30 * MINUTE, step=MINUTE)
    assert clocked.is_ready(FRAMES)


async def test_a_pool_with_an_identity_is_made_by_resource_manager_and_left_alone_afterwards(
    clocked: Clockwork,
) -> None:
    making = journal_from_now(clocked.azure)
    await ready(clocked, identity(clocked.azure).upper())
    assert writes(making.requests()) == ["Pool_Create"]
    resting = journal_from_now(clocked.azure)
    await clocked.run(HOUR, step=MINUTE)
    assert writes(resting.requests()) == []


async def test_other_identities_wait_until_the_pool_has_no_nodes(clocked: Clockwork) -> None:
    one, other = identity(clocked.azure), identity(clocked.azure, "render-registry")
    await ready(clocked, one)
    changing = journal_from_now(clocked.azure)
    await clocked.apply(pool(identity=having(one, other)))
    await clocked.run(20 * MINUTE, step=MINUTE)
    (change,) = clocked.status(FRAMES)["pendingChanges"]
    assert (change["field"], change["effect"]) == ("identity", "emptyPool")
    await clocked.apply(pool(identity=having(other, one), targetDedicatedNodes=0))
    await clocked.run(HOUR, step=MINUTE)
    assert clocked.is_ready(FRAMES)
    assert clocked.status(FRAMES)["pendingChanges"] == []
    assert writes(changing.requests()) == ["Pools_ResizePool", "Pool_Update"]


async def test_size_and_properties_of_such_a_pool_are_changed_by_the_batch_service(clocked: Clockwork) -> None:
    mine = identity(clocked.azure)
    await ready(clocked, mine)
    changing = journal_from_now(clocked.azure)
    metadata = [{"name": "team", "value": "rendering"}]
    await clocked.apply(pool(identity=having(mine), targetDedicatedNodes=3, metadata=metadata))
    await clocked.run(HOUR, step=MINUTE)
    assert clocked.is_ready(FRAMES)
    assert writes(changing.requests()) == ["Pools_UpdatePool", "Pools_ResizePool"]


async def test_an_identity_that_may_not_be_assigned_is_told_with_the_right_that_is_missing(clocked: Clockwork) -> None:
    clocked.azure.control.order_fault(
        {
            "match": {"operation": "Pool_Create"},
            "times": 100,
            "answer": {
                "status": 403,
                "code": "LinkedAuthorizationFailed",
                "message": "The client has permission to perform action 'Microsoft.Batch/batchAccounts/pools/write'; "
                "however, it does not have permission to perform action "
                "'Microsoft.ManagedIdentity/userAssignedIdentities/assign/action' on the linked scope(s) "
                f"'{identity(clocked.azure)}' or the linked scope(s) are invalid.",
                "headers": {},
            },
        }
    )
    await clocked.apply(pool(identity=having(identity(clocked.azure))))
    await clocked.run(20 * MINUTE, step=MINUTE)
    assert clocked.conditions(FRAMES)["Ready"] == ("False", "AccessDenied")
    assert "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action" in clocked.message(FRAMES)
