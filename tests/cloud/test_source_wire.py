"""Virtual machines, disks and snapshots in Resource Manager's JSON."""

from typing import Any

import pytest

from azure_batch_operator.cloud.source_wire import disk_from, machine_from
from azure_batch_operator.core.compute_ids import ComputeKind, ComputeName, GroupName
from azure_batch_operator.core.machines import AttachedDisk, MarketplaceImage, PurchasePlan

GROUP = GroupName(subscription_id="s", name="g")


def named(kind: ComputeKind, name: str) -> ComputeName:
    return ComputeName(group=GROUP, kind=kind, name=name)


MACHINE, DISK = named("virtualMachines", "m"), named("disks", "d")


def machine(os_disk: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """A machine as Azure answers it."""
    storage = {"osDisk": {"osType": "Linux", "managedDisk": {"id": DISK.id}} | (os_disk or {})}
    properties = {"provisioningState": "Succeeded", "storageProfile": storage} | changes.pop("properties", {})
    return {"location": "West Europe", "properties": properties} | changes


def disk(**properties: Any) -> dict[str, Any]:
    """A disk as Azure answers it."""
    return {"location": "West Europe", "sku": {"name": "Premium_LRS"}, "properties": properties}


def test_the_least_that_azure_answers_of_a_machine_is_read() -> None:
    found = machine_from(MACHINE, machine())
    assert (found.location, found.power, found.generalized, found.extensions) == ("westeurope", "", False, ())
    assert (found.hyper_v_generation, found.plan, found.origin) == (None, None, None)
    assert found.os_disk == AttachedDisk(disk=DISK)


def test_power_and_os_state_are_read_from_the_instance_view() -> None:
    codes = ["ProvisioningState/succeeded", "OSState/generalized", "PowerState/deallocated"]
    view = {"hyperVGeneration": "V2", "statuses": [{"code": code} for code in codes]}
    found = machine_from(MACHINE, machine(properties={"instanceView": view}))
    assert (found.power, found.generalized, found.hyper_v_generation) == ("deallocated", True, "V2")


def test_extensions_are_read_from_wherever_azure_tells_them_once_each() -> None:
    view = {"extensions": [{"name": "monitor"}, {"name": "script"}]}
    found = machine_from(MACHINE, machine(properties={"instanceView": view}, resources=[{"name": "m/monitor"}]))
    assert found.extensions == ("monitor", "script")


@pytest.mark.parametrize(
    ("os_disk", "attached"),
    [
        ({"managedDisk": None, "vhd": {"uri": "https://b/vhds/os.vhd"}}, AttachedDisk()),
        ({"diffDiskSettings": {"option": "Local"}}, AttachedDisk(disk=DISK, ephemeral=True)),
        (
            {"diffDiskSettings": {"option": "Local", "placement": "ResourceDisk"}},
            AttachedDisk(disk=DISK, ephemeral=True, on_temporary_disk=True),
        ),
        ({"encryptionSettings": {"enabled": True}}, AttachedDisk(disk=DISK, encrypted_inside=True)),
        ({"caching": "ReadWrite"}, AttachedDisk(disk=DISK, caching="ReadWrite")),
    ],
)
def test_an_os_disk_is_read_however_it_is_attached(os_disk: dict[str, Any], attached: AttachedDisk) -> None:
    assert machine_from(MACHINE, machine(os_disk)).os_disk == attached


def test_data_disks_are_read_by_lun() -> None:
    body = machine()
    body["properties"]["storageProfile"]["dataDisks"] = [{"lun": 7, "managedDisk": {"id": DISK.id.upper()}}]
    (found,) = machine_from(MACHINE, body).data_disks
    assert found.lun == 7
    assert found.disk is not None
    assert found.disk.key == DISK.key


def test_the_origin_is_read_from_parts_and_from_an_id_and_not_from_a_gallery() -> None:
    image = MarketplaceImage(publisher="p", offer="o", sku="s")
    parts = machine()
    parts["properties"]["storageProfile"]["imageReference"] = {"publisher": "p", "offer": "o", "sku": "s"}
    assert machine_from(MACHINE, parts).origin == image
    place = "/Subscriptions/x/Providers/Microsoft.Compute/Locations/westeurope/Publishers/p/ArtifactTypes/VMImage"
    reference = {"id": f"{place}/Offers/o/Skus/s/Versions/1.2.3"}
    assert disk_from(DISK, disk(creationData={"imageReference": reference})).origin == image
    gallery = {"id": "/subscriptions/x/resourceGroups/g/providers/Microsoft.Compute/galleries/a/images/b"}
    assert disk_from(DISK, disk(creationData={"imageReference": gallery})).origin is None


@pytest.mark.parametrize(
    ("security", "kind"),
    [
        (None, "Standard"),
        ("TrustedLaunch", "TrustedLaunch"),
        ("ConfidentialVM_DiskEncryptedWithCustomerKey", "ConfidentialVM"),
        ("ConfidentialVM_VMGuestStateOnlyEncryptedWithPlatformKey", "ConfidentialVM"),
    ],
)
def test_a_disks_security_type_is_that_of_machines_that_boot_from_it(security: str | None, kind: str) -> None:
    assert disk_from(DISK, disk(securityProfile={"securityType": security})).security_type == kind


def test_plan_size_and_encryption_of_a_disk_are_read() -> None:
    found = disk_from(
        DISK,
        disk(
            diskSizeGB=30,
            osType="Linux",
            hyperVGeneration="V2",
            supportedCapabilities={"architecture": "Arm64"},
            purchasePlan={"name": "n", "publisher": "p", "product": "q", "promotionCode": "x"},
            encryptionSettingsCollection={"enabled": True},
        ),
    )
    assert (found.size_gb, found.os_type, found.hyper_v_generation, found.architecture) == (30, "Linux", "V2", "Arm64")
    assert found.plan == PurchasePlan(name="n", publisher="p", product="q")
    assert found.encrypted_inside


@pytest.mark.parametrize(
    ("properties", "done"),
    [
        ({"provisioningState": "Succeeded"}, True),
        ({"provisioningState": "Succeeded", "completionPercent": 100}, True),
        ({"provisioningState": "Succeeded", "completionPercent": 99.9}, False),
        ({"provisioningState": "Updating", "completionPercent": 100.0}, False),
    ],
)
def test_a_copy_is_done_when_azure_says_that_all_of_it_is_there(properties: dict[str, Any], done: bool) -> None:
    assert disk_from(DISK, disk(**properties)).done is done
