"""What is looked for before a pool is made, in whole turns: how it is told, what it costs, and that it heals."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from azure_batch_operator.reconcile.keys import PoolKey
from tests.support.arm import call
from tests.support.azure_session import Journal, journal_from_now
from tests.support.clockwork import Clockwork, clockwork
from tests.support.golden import GOLDEN, Golden, golden_name
from tests.support.pool_turns import FRAMES, HOUR, MINUTE, literal, machine, pool, writes
from tests.support.simulator import SimulatedAzure, StartSimulator

PLATFORM = "00000000-0000-0000-0000-000000000001"
FOREIGN = (
    f"/subscriptions/{PLATFORM}/resourceGroups/platform/providers/Microsoft.Compute/galleries/platformGallery"
    "/images/base-node/versions/1.0.0"
)
REGISTER = f"/subscriptions/{PLATFORM}/providers/Microsoft.Batch/register?api-version=2021-04-01"
SIZES, PROVIDERS, AGENTS = "Location_ListSupportedVirtualMachineSkus", "Providers_Get", "Accounts_ListSupportedImages"


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """The golden file of the test."""
    return Golden(GOLDEN / "preflight" / golden_name(request.node.name))


def poor(start_simulator: StartSimulator, **definition: str) -> SimulatedAzure:
    """An Azure with an image in a subscription without Microsoft.Batch, and with accounts of one pool each."""
    scenario = start_simulator().scenario.model_dump(mode="json")
    for subscription in scenario["subscriptions"]:
        if subscription["id"] == PLATFORM:
            subscription["registered_providers"] = ["Microsoft.Compute"]
    for account in scenario["batch_accounts"]:
        account["pool_quota"] = 1
    scenario["role_assignments"].append(
        {"application": "operator", "role": "Contributor", "scope": f"/subscriptions/{PLATFORM}"}
    )
    (gallery,) = scenario["galleries"]
    gallery["definitions"][0] |= definition
    changed = ("subscriptions", "role_assignments", "batch_accounts", "galleries")
    return start_simulator(**{name: scenario[name] for name in changed})


@pytest.fixture
async def unregistered(start_simulator: StartSimulator) -> AsyncIterator[Clockwork]:
    """An operator with that Azure."""
    async with clockwork(poor(start_simulator)) as turning:
        yield turning


@pytest.fixture
async def hopeless(start_simulator: StartSimulator) -> AsyncIterator[Clockwork]:
    """The same, with a specialized image."""
    async with clockwork(poor(start_simulator, os_state="Specialized")) as turning:
        yield turning


def asked(journal: Journal, operation: str) -> int:
    """How often Azure was asked this."""
    return [entry.operation for entry in journal.requests()].count(operation)


async def test_a_pool_that_violates_every_rule(hopeless: Clockwork, golden: Golden) -> None:
    north: dict[str, Any] = {"resourceGroup": "batch", "name": "contosonorth"}
    await hopeless.apply(pool("first", account=north))
    await hopeless.run(30 * MINUTE, step=MINUTE)
    wrong = literal(FOREIGN) | {"nodeAgentSKUId": "batch.node.amiga"}
    await hopeless.apply(
        pool(
            account=north,
            vmSize="Standard_D2_v33",
            virtualMachineConfiguration=wrong,
            enableInterNodeCommunication=True,
            targetDedicatedNodes=101,
        )
    )
    await hopeless.run(MINUTE)
    golden.holds({"status": hopeless.status(FRAMES), "events": hopeless.told(FRAMES)})


async def test_a_size_that_cannot_be_what_the_pool_asks_is_told_and_corrected(clocked: Clockwork) -> None:
    trusted = machine() | {"securityProfile": {"securityType": "trustedLaunch"}}
    await clocked.apply(pool(virtualMachineConfiguration=trusted))
    assert clocked.conditions(FRAMES)["Stalled"] == ("True", "VmSizeUnfit")
    assert "Standard_D2_v3 cannot be a machine of securityType trustedlaunch" in clocked.message(FRAMES)
    await clocked.apply(pool(virtualMachineConfiguration=trusted, vmSize="Standard_D2s_v5"))
    await clocked.run(30 * MINUTE, step=MINUTE)
    assert clocked.is_ready(FRAMES)


async def test_what_is_read_for_one_pool_serves_all_for_an_hour(clocked: Clockwork) -> None:
    journal = journal_from_now(clocked.azure)
    for number in range(5):
        await clocked.apply(pool(f"frames-{number}"))
    await clocked.run(50 * MINUTE, step=MINUTE)
    await clocked.apply(pool("late"))
    await clocked.run(5 * MINUTE, step=MINUTE)
    assert clocked.is_there(PoolKey("rendering", "late"))
    assert (asked(journal, SIZES), asked(journal, AGENTS), asked(journal, PROVIDERS)) == (1, 1, 0)
    await clocked.run(HOUR, step=MINUTE)
    await clocked.apply(pool("later"))
    assert asked(journal, SIZES) == 2


async def test_a_pool_at_rest_costs_no_look_of_preflight(frames: Clockwork) -> None:
    journal = journal_from_now(frames.azure)
    await frames.run(3 * HOUR, step=5 * MINUTE)
    assert asked(journal, SIZES) == asked(journal, AGENTS) == 0


async def test_what_may_not_be_read_is_not_asked_for_at_each_turn(
    clocked: Clockwork, simulator: SimulatedAzure
) -> None:
    answer = {"status": 403, "code": "AuthorizationFailed", "message": "No right to read."}
    for operation in (SIZES, "Pools_CreatePool"):
        simulator.control.order_fault({"match": {"operation": operation}, "times": None, "answer": answer})
    journal = journal_from_now(simulator)
    await clocked.apply(pool())
    await clocked.run(4 * MINUTE)
    assert asked(journal, SIZES) == 1
    assert clocked.conditions(FRAMES)["Advisory"] == ("True", "PreflightUnknown")
    assert clocked.message(FRAMES, "Advisory") == (
        "Not checked before the pool is made: the VM size, the abilities of the VM size. Could not be read: the VM "
        "sizes of the region (AuthorizationFailed)."
    )


async def test_an_account_named_by_its_endpoint_alone_leaves_the_rest_unchecked(
    clocked: Clockwork, simulator: SimulatedAzure
) -> None:
    answer = {"status": 503, "code": "ServerBusy"}
    simulator.control.order_fault({"match": {"operation": "Pools_CreatePool"}, "times": 1, "answer": answer})
    endpoint = simulator.ready.batch["contoso"].removeprefix("https://")
    journal = journal_from_now(simulator)
    await clocked.apply(pool(account={"resourceGroup": None, "name": None, "endpoint": endpoint}, vmSize="Standard_X"))
    assert clocked.conditions(FRAMES)["Advisory"] == ("True", "PreflightUnknown")
    for told in ("how the account lets sign in", "the VM size", "the quota of pools", "by its endpoint alone"):
        assert told in clocked.message(FRAMES, "Advisory")
    assert {entry.service for entry in journal.requests()} == {"batch"}


async def test_a_full_account_is_waited_for_and_a_pool_that_goes_makes_room(unregistered: Clockwork) -> None:
    await unregistered.apply(pool("first"))
    await unregistered.run(30 * MINUTE, step=MINUTE)
    journal = journal_from_now(unregistered.azure)
    await unregistered.apply(pool())
    assert unregistered.conditions(FRAMES)["Ready"] == ("False", "PoolQuotaReached")
    assert "used up (1 of 1)" in unregistered.message(FRAMES)
    assert writes(journal.requests()) == []
    await unregistered.delete(PoolKey("rendering", "first"))
    await unregistered.run(HOUR, step=MINUTE)
    assert unregistered.is_ready(FRAMES)


async def test_application_packages_are_waited_for(clocked: Clockwork, simulator: SimulatedAzure) -> None:
    account = (
        f"/subscriptions/{simulator.subscription}/resourceGroups/batch/providers/Microsoft.Batch/batchAccounts/contoso"
    )
    application = f"{account}/applications/krita"
    await clocked.apply(pool(applicationPackageReferences=[{"applicationId": application}]))
    assert clocked.conditions(FRAMES)["Reconciling"] == ("True", "Progressing")
    assert clocked.conditions(FRAMES)["Ready"] == ("False", "DependencyNotReady")
    assert f"There is no application {application}" in clocked.message(FRAMES)
    await clocked.apply(pool(applicationPackageReferences=[{"applicationId": f"{account}/applications/blender"}]))
    await clocked.run(30 * MINUTE, step=MINUTE)
    assert clocked.is_ready(FRAMES)


async def test_an_image_of_another_subscription_is_used_once_batch_is_registered_there(unregistered: Clockwork) -> None:
    await unregistered.apply(pool(virtualMachineConfiguration=literal(FOREIGN)))
    assert unregistered.conditions(FRAMES)["Stalled"] == ("True", "BatchNotRegistered")
    call(unregistered.azure, "POST", REGISTER)
    await unregistered.run(HOUR, step=MINUTE)
    assert unregistered.is_ready(FRAMES)


async def test_targets_that_the_quota_can_never_hold_are_told_and_the_pool_is_made(
    clocked: Clockwork, simulator: SimulatedAzure
) -> None:
    answer = {"status": 503, "code": "ServerBusy"}
    simulator.control.order_fault({"match": {"operation": "Pools_CreatePool"}, "times": 1, "answer": answer})
    await clocked.apply(pool(targetDedicatedNodes=3201))
    assert clocked.conditions(FRAMES)["Advisory"] == ("True", "CoreQuotaTooSmall")
    assert "3,201 dedicated nodes need 6,402 cores, the quota is 6,400" in clocked.message(FRAMES, "Advisory")
