"""The paths of what images are made from: machines, disks, snapshots, disk encryption sets."""

from aiohttp import web

from azure_simulator.answers import not_simulated
from azure_simulator.arm_paths import arm
from azure_simulator.compute import (
    asynchronous,
    disk_routes,
    encryption_set_routes,
    machine_actions,
    machine_routes,
    snapshot_routes,
)

_PROVIDER = "/subscriptions/{subscription}/providers/Microsoft.Compute"
_GROUP = "/subscriptions/{subscription}/resourceGroups/{resource_group}/providers/Microsoft.Compute"
_LOCATION = _PROVIDER + "/locations/{location}"


def routes() -> list[web.RouteDef]:
    """The routes of all of these, and of the operations on them."""
    return [
        *_machine_routes(),
        *_disk_routes(),
        *_snapshot_routes(),
        *_encryption_set_routes(),
        web.get(arm(f"{_LOCATION}/DiskOperations/{{operation}}"), asynchronous.get_disk_operation),
        web.get(arm(f"{_LOCATION}/operations/{{operation}}"), asynchronous.get_machine_operation),
    ]


def _machine_routes() -> list[web.RouteDef]:
    machine = f"{_GROUP}/virtualMachines/{{name}}"
    extension = f"{machine}/extensions/{{extension}}"
    return [
        web.get(arm(machine), machine_routes.get_machine),
        web.put(arm(machine), machine_routes.put_machine),
        web.patch(arm(machine), machine_routes.patch_machine),
        web.delete(arm(machine), machine_routes.delete_machine),
        web.get(arm(f"{machine}/instanceView"), machine_routes.get_view),
        web.post(arm(f"{machine}/deallocate"), machine_actions.deallocate_machine),
        web.post(arm(f"{machine}/powerOff"), machine_actions.power_off_machine),
        web.post(arm(f"{machine}/start"), machine_actions.start_machine),
        web.post(arm(f"{machine}/restart"), machine_actions.restart_machine),
        web.post(arm(f"{machine}/generalize"), machine_actions.generalize_machine),
        web.get(arm(f"{machine}/extensions"), machine_actions.list_extensions),
        web.get(arm(extension), machine_actions.get_extension),
        web.put(arm(extension), not_simulated("VirtualMachineExtensions_CreateOrUpdate", "compute")),
        web.patch(arm(extension), not_simulated("VirtualMachineExtensions_Update", "compute")),
        web.delete(arm(extension), not_simulated("VirtualMachineExtensions_Delete", "compute")),
        web.get(arm(f"{_GROUP}/virtualMachines"), machine_routes.list_machines_of_group),
        web.get(arm(f"{_PROVIDER}/virtualMachines"), machine_routes.list_machines),
    ]


def _disk_routes() -> list[web.RouteDef]:
    disk = f"{_GROUP}/disks/{{name}}"
    return [
        web.get(arm(disk), disk_routes.get_disk),
        web.put(arm(disk), disk_routes.put_disk),
        web.patch(arm(disk), disk_routes.patch_disk),
        web.delete(arm(disk), disk_routes.delete_disk),
        web.post(arm(f"{disk}/beginGetAccess"), disk_routes.open_disk),
        web.post(arm(f"{disk}/endGetAccess"), disk_routes.close_disk),
        web.get(arm(f"{_GROUP}/disks"), disk_routes.list_disks_of_group),
        web.get(arm(f"{_PROVIDER}/disks"), disk_routes.list_disks),
    ]


def _snapshot_routes() -> list[web.RouteDef]:
    snapshot = f"{_GROUP}/snapshots/{{name}}"
    return [
        web.get(arm(snapshot), snapshot_routes.get_snapshot),
        web.put(arm(snapshot), snapshot_routes.put_snapshot),
        web.patch(arm(snapshot), snapshot_routes.patch_snapshot),
        web.delete(arm(snapshot), snapshot_routes.delete_snapshot),
        web.post(arm(f"{snapshot}/beginGetAccess"), snapshot_routes.open_snapshot),
        web.post(arm(f"{snapshot}/endGetAccess"), snapshot_routes.close_snapshot),
        web.get(arm(f"{_GROUP}/snapshots"), snapshot_routes.list_snapshots_of_group),
        web.get(arm(f"{_PROVIDER}/snapshots"), snapshot_routes.list_snapshots),
    ]


def _encryption_set_routes() -> list[web.RouteDef]:
    encryption_set = f"{_GROUP}/diskEncryptionSets/{{name}}"
    return [
        web.get(arm(encryption_set), encryption_set_routes.get_set),
        web.put(arm(encryption_set), encryption_set_routes.put_set),
        web.delete(arm(encryption_set), encryption_set_routes.delete_set),
        web.get(arm(f"{_GROUP}/diskEncryptionSets"), encryption_set_routes.list_sets_of_group),
        web.get(arm(f"{_PROVIDER}/diskEncryptionSets"), encryption_set_routes.list_sets),
    ]
