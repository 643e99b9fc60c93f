"""How machines are made from disks that exist, and what of them may change."""

import uuid

from aiohttp import web

from azure_simulator.answers import ArmError
from azure_simulator.arm_bodies import change_not_allowed, given, missing
from azure_simulator.arm_ids import ResourceId, key_of
from azure_simulator.compute.concurrent_writes import refuse_concurrent_write
from azure_simulator.compute.machine_bodies import (
    MachineBody,
    MachineOsDisk,
    MachineProperties,
    MachineSecurity,
    MachineStorage,
)
from azure_simulator.compute.machine_disks import (
    attach,
    check_disks,
    data_attachments,
    not_simulated_with,
    os_attachment,
)
from azure_simulator.compute.machines import Attachment, Machine
from azure_simulator.compute.models import Compute
from azure_simulator.compute.nesting import compute_of
from azure_simulator.compute.volumes import Generation, Plan, VolumeData

_SIMULATED = frozenset(
    {
        "hardware_profile",
        "storage_profile",
        "network_profile",
        "security_profile",
        "vm_id",
        "provisioning_state",
        "instance_view",
        "time_created",
    }
)


def new_machine(request: web.Request, machine_id: ResourceId, location: str, body: MachineBody) -> Machine:
    """A machine as the body wants it, which has its disks from now on; raises ArmError for a rule that is broken."""
    compute, properties = compute_of(request), body.properties or MachineProperties()
    _refuse_unsimulated(body, properties)
    _refuse_unsimulated_disks(compute, properties)
    os_body, os_disk, data_disks = _wanted_disks(properties)
    check_disks(request, machine_id, location, (os_disk, *data_disks))
    data = _data(compute, os_disk, os_body)
    _check_plan(data, body)
    size = _checked_size(compute, properties, data.hyper_v_generation or "V1", len(data_disks))
    machine = _built(compute, machine_id, location, body, size, os_disk, data)
    _secure(machine, properties.security_profile, data)
    attach(machine, data_disks)
    return machine


def _built(
    compute: Compute,
    machine_id: ResourceId,
    location: str,
    body: MachineBody,
    size: str,
    os_disk: Attachment,
    data: VolumeData,
) -> Machine:
    return Machine(
        id=machine_id,
        location=location,
        tags=dict(body.tags or {}),
        compute=compute,
        vm_size=size,
        vm_id=str(uuid.UUID(int=compute.random.getrandbits(128), version=4)),
        created=compute.clock.now(),
        os_type=data.os_type or "Linux",
        os_disk=os_disk,
        hyper_v_generation=data.hyper_v_generation or "V1",
        architecture=data.architecture or "x64",
        plan=None if body.plan is None else Plan(**body.plan.model_dump()),
        network_profile=None if body.properties is None else body.properties.network_profile,
        zones=body.zones or (),
        power="starting",
    )


def change_machine(request: web.Request, machine: Machine, body: MachineBody) -> None:
    """Change size, data disks and encryption at host as the body wants them; raises ArmError before any change."""
    refuse_concurrent_write(machine.state)
    properties = body.properties or MachineProperties()
    _refuse_unsimulated(body, properties)
    _refuse_change(machine, properties)
    _refuse_unsimulated_disks(machine.compute, properties)
    storage, data_disks = properties.storage_profile, machine.data_disks
    if storage is not None and storage.data_disks is not None:
        data_disks = data_attachments(storage.data_disks)
        check_disks(request, machine.id, machine.location, data_disks)
    size = _checked_size(machine.compute, properties, machine.hyper_v_generation, len(data_disks), machine.vm_size)
    _secure(machine, properties.security_profile, None)
    machine.vm_size = size
    machine.network_profile = given(properties.network_profile, machine.network_profile)
    attach(machine, data_disks)


def _refuse_unsimulated(body: MachineBody, properties: MachineProperties) -> None:
    if properties.os_profile is not None:
        raise ArmError(400, "InvalidParameter", "Parameter 'osProfile' is not allowed.", target="osProfile")
    for name in ("identity", "extended_location", "placement"):
        if getattr(body, name) is not None:
            raise not_simulated_with(str(MachineBody.model_fields[name].alias))
    for name in sorted(properties.model_fields_set - _SIMULATED):
        if getattr(properties, name) is not None:
            raise not_simulated_with(f"properties.{MachineProperties.model_fields[name].alias}")


def _refuse_unsimulated_disks(compute: Compute, properties: MachineProperties) -> None:
    """Disks are resized as disks here, not through their machine; how they are connected decides nothing."""
    storage = properties.storage_profile or MachineStorage()
    if storage.disk_controller_type is not None:
        raise not_simulated_with("properties.storageProfile.diskControllerType")
    for wanted in filter(None, (storage.os_disk, *(storage.data_disks or ()))):
        disk = compute.find_disk((wanted.managed_disk and wanted.managed_disk.id) or "")
        if disk is not None and wanted.disk_size_gb not in {None, disk.size_gb}:
            raise not_simulated_with(f"another diskSizeGB than that of the disk '{disk.id.name}'")


def _wanted_disks(properties: MachineProperties) -> tuple[MachineOsDisk, Attachment, tuple[Attachment, ...]]:
    storage = properties.storage_profile
    if storage is None or storage.os_disk is None:
        raise missing("vm.properties.storageProfile.osDisk")
    return storage.os_disk, os_attachment(storage.os_disk), data_attachments(storage.data_disks or ())


def _data(compute: Compute, os_disk: Attachment, body: MachineOsDisk) -> VolumeData:
    disk = None if os_disk.disk_id is None else compute.find_disk(os_disk.disk_id)
    data = VolumeData(size_gb=0, os_type=body.os_type) if disk is None else disk.data
    if data.os_type is None:
        raise missing("vm.properties.storageProfile.osDisk.osType")
    if body.os_type not in {None, data.os_type}:
        raise ArmError(
            400,
            "InvalidParameter",
            f"The OS disk has the operating system {data.os_type}, not {body.os_type}.",
            target="osDisk.osType",
        )
    return data


def _check_plan(data: VolumeData, body: MachineBody) -> None:
    if data.plan is not None and body.plan is None:
        raise ArmError(
            400,
            "VMMarketplaceInvalidInput",
            "Creating a virtual machine from Marketplace image or a custom image sourced from a Marketplace image "
            "requires Plan information in the request. OS disk has a plan with "
            f"Publisher: '{data.plan.publisher}', Offer: '{data.plan.product}', Sku: '{data.plan.name}'.",
        )


def _checked_size(
    compute: Compute, properties: MachineProperties, generation: Generation, disks: int, before: str | None = None
) -> str:
    named = (properties.hardware_profile and properties.hardware_profile.vm_size) or before
    if named is None:
        raise missing("vm.properties.hardwareProfile.vmSize")
    size = compute.vm_sizes.get(named.casefold())
    if size is None:
        raise ArmError(400, "InvalidParameter", f"The value {named} provided for the VM size is not valid.")
    if generation not in size.generations:
        raise ArmError(
            400,
            "BadRequest",
            f"The selected VM size '{size.name}' cannot boot Hypervisor Generation '{generation.removeprefix('V')}'. "
            "If this was a Create operation please check that the Hypervisor Generation of the Image matches the "
            "Hypervisor Generation of the selected VM Size.",
        )
    if disks > size.max_data_disks:
        raise ArmError(
            409,
            "OperationNotAllowed",
            f"The maximum number of data disks allowed to be attached to a VM of this size is {size.max_data_disks}.",
        )
    return size.name


def _secure(machine: Machine, wanted: MachineSecurity | None, data: VolumeData | None) -> None:
    if data is not None:
        machine.security_type = data.security_type
    if wanted is None:
        return
    if wanted.security_type not in {None, machine.security_type}:
        raise ArmError(
            400,
            "BadRequest",
            f"The OS disk has the security type {machine.security_type}, so the machine cannot have "
            f"{wanted.security_type}.",
            target="securityProfile.securityType",
        )
    machine.encryption_at_host = given(wanted.encryption_at_host, machine.encryption_at_host)
    if wanted.uefi_settings is not None:
        machine.secure_boot = given(wanted.uefi_settings.secure_boot_enabled, machine.secure_boot)
        machine.vtpm = given(wanted.uefi_settings.v_tpm_enabled, machine.vtpm)


def _refuse_change(machine: Machine, properties: MachineProperties) -> None:
    storage = properties.storage_profile
    if storage is None or storage.os_disk is None:
        return
    os_disk = storage.os_disk
    named = os_disk.managed_disk and os_disk.managed_disk.id
    if named and key_of(named) != key_of(machine.os_disk_id or ""):
        raise change_not_allowed("osDisk.managedDisk.id")
    if os_disk.os_type not in {None, machine.os_type}:
        raise change_not_allowed("osDisk.osType")
