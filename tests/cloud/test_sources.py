"""Machines, disks and snapshots through azure-mgmt-compute, against the simulator."""

from collections.abc import Awaitable, Callable

import pytest

from azure_batch_operator.cloud.session import AzureSession
from azure_batch_operator.cloud.sources import Sources
from azure_batch_operator.core.compute_ids import ComputeKind, ComputeName, GroupName, compute_name
from azure_batch_operator.core.failures import FailureKind
from azure_batch_operator.core.machines import AttachedDisk, MarketplaceImage, ObservedMachine, PurchasePlan
from tests.support.azure_session import journal_from_now
from tests.support.simulator import SimulatedAzure
from tests.support.trouble import Refusal, assert_not_sent_again, assert_one_failure

UBUNTU = MarketplaceImage(publisher="canonical", offer="0001-com-ubuntu-server-jammy", sku="22_04-lts")


@pytest.fixture
def sources(session: AzureSession) -> Sources:
    return Sources(session)


@pytest.fixture
def group(simulator: SimulatedAzure) -> GroupName:
    return GroupName(subscription_id=simulator.subscription, name="images")


def named(group: GroupName, kind: ComputeKind, name: str) -> ComputeName:
    return ComputeName(group=group, kind=kind, name=name)


async def machine(sources: Sources, group: GroupName, name: str) -> ObservedMachine:
    """A machine of the scenario."""
    found = await sources.get_machine(named(group, "virtualMachines", name))
    assert found is not None
    return found


# --- looking


async def test_what_is_not_there_is_none(sources: Sources, group: GroupName) -> None:
    assert await sources.get_machine(named(group, "virtualMachines", "gone")) is None
    assert await sources.get_disk(named(group, "disks", "gone")) is None
    assert await sources.get_snapshot(named(group, "snapshots", "gone")) is None
    elsewhere = GroupName(subscription_id=group.subscription_id, name="gone")
    assert await sources.list_snapshots(elsewhere) == ()


async def test_a_machine_is_seen_with_one_request(
    sources: Sources, group: GroupName, simulator: SimulatedAzure
) -> None:
    journal = journal_from_now(simulator)
    found = await machine(sources, group, "render-golden")
    assert journal.only().operation == "VirtualMachines_Get"
    assert found == ObservedMachine(
        name=named(group, "virtualMachines", "render-golden"),
        location="westeurope",
        provisioning_state="Succeeded",
        power="deallocated",
        generalized=True,
        os_type="Linux",
        hyper_v_generation="V1",
        security_type="Standard",
        os_disk=AttachedDisk(disk=named(group, "disks", "render-golden-os"), caching=found.os_disk.caching),
        data_disks=(
            AttachedDisk(lun=0, disk=named(group, "disks", "render-golden-data"), caching=found.data_disks[0].caching),
        ),
        origin=found.origin,
    )


async def test_everything_that_can_be_wrong_with_a_machine_is_seen(sources: Sources, group: GroupName) -> None:
    found = await machine(sources, group, "render-broken")
    assert (found.power, found.generalized, found.os_type) == ("running", False, "Windows")
    assert found.extensions == ("AzureDiskEncryption",)
    assert found.os_disk.disk is not None
    disk = await sources.get_disk(found.os_disk.disk)
    assert disk is not None
    assert disk.encrypted_inside
    assert disk.plan == PurchasePlan(name="render-studio", publisher="fabrikam", product="render-studio-windows")


async def test_a_security_type_and_an_origin_are_seen(sources: Sources, group: GroupName) -> None:
    assert (await machine(sources, group, "render-secure")).security_type == "TrustedLaunch"
    disk = await sources.get_disk(named(group, "disks", "render-golden-os"))
    assert disk is not None
    assert (disk.size_gb, disk.os_type, disk.hyper_v_generation, disk.architecture) == (30, "Linux", "V1", "x64")
    assert disk.origin == UBUNTU


# --- making and removing


async def test_a_snapshot_is_made_seen_listed_and_removed(
    sources: Sources, group: GroupName, simulator: SimulatedAzure
) -> None:
    name, tags = named(group, "snapshots", "render-node-1.0.0-os"), {"batch-operator-owner": "x/image/y/z"}
    disk = named(group, "disks", "render-golden-os")
    await sources.create_snapshot(name, disk=disk, location="westeurope", tags=tags)
    begun = await sources.get_snapshot(name)
    assert begun is not None
    assert not begun.done
    simulator.control.advance(3600)
    made = await sources.get_snapshot(name)
    assert made is not None
    assert (made.done, made.os_type, made.tags, made.location) == (True, "Linux", tags, "westeurope")
    assert made in await sources.list_snapshots(group)
    with simulator.compute() as compute:
        properties = compute.snapshots.get("images", name.name).properties
    assert properties is not None
    assert properties.incremental
    assert str(properties.creation_data.source_resource_id).casefold() == disk.key
    await sources.delete_snapshot(name)
    simulator.control.advance(3600)
    assert await sources.get_snapshot(name) is None
    await sources.delete_snapshot(name)


# --- trouble

Doing = Callable[[Sources, GroupName], Awaitable[object]]

OPERATIONS: dict[str, Doing] = {
    "VirtualMachines_Get": lambda sources, group: sources.get_machine(named(group, "virtualMachines", "x")),
    "Disks_Get": lambda sources, group: sources.get_disk(named(group, "disks", "x")),
    "Snapshots_Get": lambda sources, group: sources.get_snapshot(named(group, "snapshots", "x")),
    "Snapshots_ListByResourceGroup": lambda sources, group: sources.list_snapshots(group),
    "Snapshots_CreateOrUpdate": lambda sources, group: sources.create_snapshot(
        named(group, "snapshots", "x"), disk=named(group, "disks", "x"), location="westeurope", tags={}
    ),
    "Snapshots_Delete": lambda sources, group: sources.delete_snapshot(named(group, "snapshots", "render-os")),
}

REFUSALS: list[Refusal] = [
    (429, "SubscriptionRequestsThrottled", {"Retry-After": "7"}, FailureKind.THROTTLED),
    (500, "InternalServerError", {}, FailureKind.UNAVAILABLE),
    (403, "AuthorizationFailed", {}, FailureKind.FORBIDDEN),
    (404, "SubscriptionNotFound", {}, FailureKind.NOT_FOUND),
    (409, "OperationNotAllowed", {"Retry-After": "7"}, FailureKind.CONFLICT),
    (400, "InvalidParameter", {}, FailureKind.REFUSED),
]


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_every_refusal_of_every_operation_is_one_request_and_one_failure(
    simulator: SimulatedAzure, group: GroupName, operation: str
) -> None:
    for refusal in REFUSALS:
        await assert_one_failure(
            simulator, operation, refusal, lambda session: OPERATIONS[operation](Sources(session), group)
        )


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_what_is_lost_on_its_way_or_on_its_way_back_is_not_sent_again(
    simulator: SimulatedAzure, session: AzureSession, group: GroupName, operation: str
) -> None:
    await assert_not_sent_again(
        simulator, operation, session, lambda session: OPERATIONS[operation](Sources(session), group)
    )


# --- ids


@pytest.mark.parametrize(
    "resource_id",
    [
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/images/i",
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/disks/d/more",
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/disks/d",
        "",
    ],
)
def test_an_id_of_something_else_names_no_machine_disk_or_snapshot(resource_id: str) -> None:
    assert compute_name(resource_id) is None


def test_an_id_is_read_whatever_its_letter_case_and_written_as_azure_does() -> None:
    name = compute_name("/SUBSCRIPTIONS/s/resourcegroups/G/providers/microsoft.compute/SnapShots/N")
    assert name is not None
    assert name.id == "/subscriptions/s/resourceGroups/G/providers/Microsoft.Compute/snapshots/N"
    assert name.key == name.id.casefold()
