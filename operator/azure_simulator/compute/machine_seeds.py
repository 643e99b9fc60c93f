"""The machines, disks, snapshots and disk encryption sets that exist when the simulator starts."""

import uuid

from azure_simulator import scenario as seeds
from azure_simulator.arm_ids import ResourceId
from azure_simulator.compute.disks import ManagedDisk
from azure_simulator.compute.encryption_sets import DiskEncryptionSet
from azure_simulator.compute.machines import Attachment, Extension, Machine
from azure_simulator.compute.models import Compute
from azure_simulator.compute.snapshots import Snapshot
from azure_simulator.compute.volumes import Creation, Encryption, MarketplaceImage, Plan, VolumeData
from azure_simulator.resources.locations import normalised

_Seed = seeds.DiskEncryptionSet | seeds.Disk | seeds.Snapshot | seeds.Machine


def seed_machines(compute: Compute, scenario: seeds.Scenario) -> None:
    """Take up what the scenario lists; raises ValueError for a disk that is named but not there."""
    tenants = {subscription.id.casefold(): subscription.tenant_id for subscription in scenario.subscriptions}
    for encryption_set in scenario.disk_encryption_sets:
        tenant = tenants.get(encryption_set.subscription_id.casefold(), "")
        compute.encryption_sets.add(_encryption_set(compute, encryption_set, tenant))
    for disk in scenario.disks:
        compute.disks.add(_disk(compute, disk))
    for snapshot in scenario.snapshots:
        compute.snapshots.add(_snapshot(compute, snapshot))
    for machine in scenario.machines:
        compute.machines.add(_machine(compute, machine))


def _encryption_set(compute: Compute, seed: seeds.DiskEncryptionSet, tenant_id: str) -> DiskEncryptionSet:
    set_id = _id(seed, "diskEncryptionSets", seed.name)
    return DiskEncryptionSet(
        id=set_id,
        location=normalised(seed.location),
        tags=dict(seed.tags),
        compute=compute,
        principal_id=_stable_uuid(set_id, "principal"),
        tenant_id=tenant_id,
        key_url=seed.key_url,
        encryption_type=seed.encryption_type,
        state="Succeeded",
    )


def _disk(compute: Compute, seed: seeds.Disk) -> ManagedDisk:
    disk_id = _id(seed, "disks", seed.name)
    return ManagedDisk(
        id=disk_id,
        location=normalised(seed.location),
        tags=dict(seed.tags),
        compute=compute,
        data=_data(seed),
        creation=_creation(seed),
        sku=seed.sku,
        created=compute.clock.now(),
        unique_id=_stable_uuid(disk_id),
        encryption=_encryption(seed),
        state="Succeeded",
    )


def _data(seed: seeds.Disk) -> VolumeData:
    boots = seed.os_type is not None
    return VolumeData(
        size_gb=seed.size_gb,
        os_type=seed.os_type,
        os_was_generalized=seed.os_was_generalized,
        hyper_v_generation=seed.hyper_v_generation if boots else None,
        architecture=seed.architecture if boots else None,
        security=seed.security_type,
        encryption_settings={"enabled": True, "encryptionSettingsVersion": "1.1"} if seed.ade_encrypted else None,
        plan=None if seed.plan is None else Plan(**seed.plan.model_dump()),
    )


def _creation(seed: seeds.Disk) -> Creation:
    if seed.image is None:
        return Creation(option="Empty")
    return Creation(option="FromImage", image=MarketplaceImage(**seed.image.model_dump()))


def _encryption(seed: seeds.Disk) -> Encryption:
    if seed.disk_encryption_set is None:
        return Encryption()
    return Encryption(type="EncryptionAtRestWithCustomerKey", encryption_set_id=seed.disk_encryption_set)


def _snapshot(compute: Compute, seed: seeds.Snapshot) -> Snapshot:
    snapshot_id = _id(seed, "snapshots", seed.name)
    disk = _disk_named(compute, seed, seed.disk)
    return Snapshot(
        id=snapshot_id,
        location=disk.location,
        tags=dict(seed.tags),
        compute=compute,
        data=disk.data,
        creation=Creation(option="Copy", source_id=disk.id.text, source_unique_id=disk.unique_id),
        sku=seed.sku,
        created=compute.clock.now(),
        unique_id=_stable_uuid(snapshot_id),
        encryption=disk.encryption,
        state="Succeeded",
        incremental=seed.incremental,
        family_id=disk.unique_id if seed.incremental else None,
    )


def _machine(compute: Compute, seed: seeds.Machine) -> Machine:
    machine_id = _id(seed, "virtualMachines", seed.name)
    os_disk = None if seed.os_disk is None else _disk_named(compute, seed, seed.os_disk)
    data_disks = {lun: _disk_named(compute, seed, name) for lun, name in seed.data_disks.items()}
    for disk in (os_disk, *data_disks.values()):
        if disk is not None:
            disk.managed_by = machine_id.text
    data = VolumeData(size_gb=0, os_type=seed.os_type) if os_disk is None else os_disk.data
    return Machine(
        id=machine_id,
        location=normalised(seed.location),
        tags=dict(seed.tags),
        compute=compute,
        vm_size=seed.vm_size,
        vm_id=_stable_uuid(machine_id),
        created=compute.clock.now(),
        os_type=data.os_type or seed.os_type,
        os_disk=_os_disk(os_disk, seed.os_vhd),
        data_disks=tuple(Attachment(disk_id=disk.id.text, lun=lun) for lun, disk in data_disks.items()),
        hyper_v_generation=data.hyper_v_generation or "V1",
        architecture=data.architecture or "x64",
        security_type=data.security_type,
        secure_boot=data.security_type != "Standard",
        vtpm=data.security_type != "Standard",
        encryption_at_host=seed.encryption_at_host,
        ephemeral_os_disk=seed.ephemeral_os_disk,
        plan=data.plan,
        image_reference=None if os_disk is None else os_disk.image_reference,
        extensions={extension.name.casefold(): _extension(extension) for extension in seed.extensions},
        power=seed.power,
        generalized=seed.generalized,
        state="Succeeded",
    )


def _os_disk(disk: ManagedDisk | None, vhd_uri: str | None) -> Attachment:
    option = "FromImage" if disk is not None and disk.image_reference is not None else "Attach"
    return Attachment(
        disk_id=None if disk is None else disk.id.text, vhd_uri=vhd_uri, caching="ReadWrite", create_option=option
    )


def _extension(seed: seeds.Extension) -> Extension:
    return Extension(name=seed.name, publisher=seed.publisher, type=seed.type, type_handler_version=seed.version)


def _disk_named(compute: Compute, seed: seeds.Snapshot | seeds.Machine, name: str) -> ManagedDisk:
    disk = compute.find_disk(_id(seed, "disks", name).text)
    if disk is None:
        raise ValueError(f"the scenario's {seed.name} names the disk {name}, which {seed.resource_group} has not")
    return disk


def _id(seed: _Seed, kind: str, name: str) -> ResourceId:
    return ResourceId(
        subscription=seed.subscription_id,
        group=seed.resource_group,
        namespace="Microsoft.Compute",
        path=((kind, name),),
    )


def _stable_uuid(resource_id: ResourceId, purpose: str = "") -> str:
    """A GUID that is the same in every run of a scenario, and needs none of its randomness."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, resource_id.key + purpose))
