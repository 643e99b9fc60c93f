"""The instance view of a virtual machine: how it is now, beside what it is to be."""

from typing import Any

from azure_simulator.compute.disk_documents import given_only, moment_text
from azure_simulator.compute.disks import ManagedDisk
from azure_simulator.compute.machines import Extension, Machine

_PROVISIONED = {"Succeeded": "Provisioning succeeded", "Failed": "Provisioning failed"}


def instance_view(machine: Machine) -> dict[str, Any]:
    """The statuses of the machine, its disks and extensions; it has an agent only while it runs."""
    extensions = [_extension(extension) for extension in machine.extensions.values()]
    return given_only(
        {
            "hyperVGeneration": machine.hyper_v_generation,
            "vmAgent": _agent(machine) if machine.power == "running" else None,
            "disks": [_disk(disk) for disk in _managed_disks(machine)],
            "extensions": extensions or None,
            "statuses": [*_generalized(machine), _provisioning(machine), _power(machine)],
        }
    )


def status(code: str, text: str, **more: str) -> dict[str, Any]:
    """One entry of a list of statuses."""
    return {"code": code, "level": "Info", "displayStatus": text, **more}


def _generalized(machine: Machine) -> list[dict[str, Any]]:
    return [status("OSState/generalized", "VM generalized")] if machine.generalized else []


def _provisioning(machine: Machine) -> dict[str, Any]:
    text = _PROVISIONED.get(machine.state, machine.state)
    return status(f"ProvisioningState/{machine.state.casefold()}", text, time=moment_text(machine.created))


def _power(machine: Machine) -> dict[str, Any]:
    return status(f"PowerState/{machine.power}", f"VM {machine.power}")


def _agent(machine: Machine) -> dict[str, Any]:
    moment = moment_text(machine.compute.clock.now())
    return {
        "vmAgentVersion": "2.15.1.3",
        "statuses": [status("ProvisioningState/succeeded", "Ready", message="Guest Agent is running", time=moment)],
    }


def _managed_disks(machine: Machine) -> list[ManagedDisk]:
    found = (machine.compute.find_disk(attached.disk_id) for attached in machine.disks if attached.disk_id is not None)
    return [disk for disk in found if disk is not None]


def _disk(disk: ManagedDisk) -> dict[str, Any]:
    provisioned = status("ProvisioningState/succeeded", "Provisioning succeeded", time=moment_text(disk.created))
    encrypted = [status("EncryptionState/encrypted", "Encryption is enabled on disk")] if disk.ade_encrypted else []
    return {"name": disk.id.name, "statuses": [provisioned, *encrypted]}


def _extension(extension: Extension) -> dict[str, Any]:
    return {
        "name": extension.name,
        "type": f"{extension.publisher}.{extension.type}",
        "typeHandlerVersion": extension.type_handler_version,
        "statuses": [status("ProvisioningState/succeeded", "Provisioning succeeded")],
    }
