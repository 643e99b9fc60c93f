"""Virtual machines and their extensions as Azure answers them."""

from typing import Any

from azure_simulator.compute.disk_documents import given_only, moment_text, plan_document
from azure_simulator.compute.disks import ManagedDisk
from azure_simulator.compute.machine_views import instance_view
from azure_simulator.compute.machines import Attachment, Extension, Machine
from azure_simulator.compute.volumes import MarketplaceImage

MACHINE = "Microsoft.Compute/virtualMachines"


def machine_document(machine: Machine, *, with_view: bool = False) -> dict[str, Any]:
    """A virtual machine, with its instance view only if it was asked for."""
    properties = {
        "vmId": machine.vm_id,
        "hardwareProfile": {"vmSize": machine.vm_size},
        "storageProfile": _storage(machine),
        "securityProfile": _security(machine),
        "networkProfile": machine.network_profile,
        "provisioningState": machine.state,
        "timeCreated": moment_text(machine.created),
        "instanceView": instance_view(machine) if with_view else None,
    }
    extensions = [extension_document(machine, extension) for extension in machine.extensions.values()]
    return given_only(
        {
            "id": machine.id.text,
            "name": machine.id.name,
            "type": MACHINE,
            "location": machine.location,
            "tags": dict(machine.tags),
            "plan": None if machine.plan is None else plan_document(machine.plan),
            "zones": list(machine.zones) or None,
            "properties": given_only(properties),
            "resources": extensions or None,
        }
    )


def extension_document(machine: Machine, extension: Extension) -> dict[str, Any]:
    """An extension of a machine; its protected settings are never answered."""
    return {
        "id": machine.id.child("extensions", extension.name).text,
        "name": extension.name,
        "type": f"{MACHINE}/extensions",
        "location": machine.location,
        "properties": {
            "publisher": extension.publisher,
            "type": extension.type,
            "typeHandlerVersion": extension.type_handler_version,
            "autoUpgradeMinorVersion": True,
            "settings": extension.settings or {},
            "provisioningState": "Succeeded",
        },
    }


def _storage(machine: Machine) -> dict[str, Any]:
    os_disk = machine.os_disk
    managed = _managed(machine, os_disk)
    encrypted = managed is not None and managed.ade_encrypted
    own = {
        "osType": machine.os_type,
        "diffDiskSettings": {"option": "Local"} if machine.ephemeral_os_disk else None,
        "encryptionSettings": {"enabled": True} if encrypted else None,
    }
    image = machine.image_reference
    return given_only(
        {
            "imageReference": None if image is None else _image_reference(image),
            "osDisk": given_only(own) | _disk(machine, os_disk),
            "dataDisks": [{"lun": disk.lun, **_disk(machine, disk)} for disk in machine.data_disks],
        }
    )


def _disk(machine: Machine, attached: Attachment) -> dict[str, Any]:
    disk = _managed(machine, attached)
    return given_only(
        {
            "name": _name(attached),
            "createOption": attached.create_option,
            "caching": attached.caching,
            "deleteOption": attached.delete_option,
            "vhd": None if attached.vhd_uri is None else {"uri": attached.vhd_uri},
            "managedDisk": None if disk is None else _reference(disk),
            "diskSizeGB": None if disk is None else disk.size_gb,
        }
    )


def _reference(disk: ManagedDisk) -> dict[str, Any]:
    encryption_set = disk.encryption.encryption_set_id
    return given_only(
        {
            "id": disk.id.text,
            "storageAccountType": disk.sku,
            "diskEncryptionSet": None if encryption_set is None else {"id": encryption_set},
        }
    )


def _name(attached: Attachment) -> str:
    path = attached.disk_id or (attached.vhd_uri or "").removesuffix(".vhd")
    return path.rsplit("/", 1)[-1]


def _managed(machine: Machine, attached: Attachment) -> ManagedDisk | None:
    return None if attached.disk_id is None else machine.compute.find_disk(attached.disk_id)


def _image_reference(image: MarketplaceImage) -> dict[str, Any]:
    return {
        "publisher": image.publisher,
        "offer": image.offer,
        "sku": image.sku,
        "version": "latest",
        "exactVersion": image.version,
    }


def _security(machine: Machine) -> dict[str, Any] | None:
    trusted = machine.security_type != "Standard"
    uefi = {"secureBootEnabled": machine.secure_boot, "vTpmEnabled": machine.vtpm}
    profile = {
        "securityType": machine.security_type if trusted else None,
        "uefiSettings": uefi if trusted else None,
        "encryptionAtHost": machine.encryption_at_host or None,
    }
    return given_only(profile) or None
