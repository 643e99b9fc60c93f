"""Bodies and reads of machines, disks and snapshots of the simulator through the installed compute SDK."""

from collections.abc import Mapping
from typing import Any, Protocol

from azure.mgmt.compute import ComputeManagementClient

from tests.support.galleries import GROUP
from tests.support.simulator import SimulatedAzure


class Model(Protocol):
    """What the SDK answers."""

    def as_dict(self, *, exclude_readonly: bool = False) -> dict[str, Any]: ...


def compute_id(simulator: SimulatedAzure, kind: str, name: str, *, group: str = GROUP) -> str:
    """The ARM id of a resource such as the disk `render-golden-os`."""
    return f"/subscriptions/{simulator.subscription}/resourceGroups/{group}/providers/Microsoft.Compute/{kind}/{name}"


def properties_of(model: Model) -> dict[str, Any]:
    """The properties on the wire."""
    properties: dict[str, Any] = model.as_dict()["properties"]
    return properties


def disk_body(
    source: str | None = None, *, option: str = "Copy", location: str = "westeurope", **properties: Any
) -> dict[str, Any]:
    """A disk that copies `source`, or an empty one."""
    creation = {"createOption": "Empty"} if source is None else {"createOption": option, "sourceResourceId": source}
    return {"location": location, "properties": {"creationData": creation} | properties}


def snapshot_body(
    source: str, *, option: str = "Copy", location: str = "westeurope", **properties: Any
) -> dict[str, Any]:
    """A snapshot of `source`."""
    return disk_body(source, option=option, location=location, **properties)


def machine_body(
    os_disk: str,
    *,
    vm_size: str | None = "Standard_D2s_v3",
    more: Mapping[str, Any] | None = None,
    **os_disk_changes: Any,
) -> dict[str, Any]:
    """A machine that boots from a managed disk; `more` are other properties."""
    disk = {"createOption": "Attach", "managedDisk": {"id": os_disk}} | os_disk_changes
    return {
        "location": "westeurope",
        "properties": {
            "hardwareProfile": {"vmSize": vm_size},
            "storageProfile": {"osDisk": disk},
            **(more or {}),
        },
    }


def statuses(compute: ComputeManagementClient, name: str) -> list[str]:
    """The codes of a machine's statuses."""
    view = compute.virtual_machines.instance_view(GROUP, name)
    return [str(status.code) for status in view.statuses or ()]
