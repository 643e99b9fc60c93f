"""Virtual machines, disks and snapshots: looked at as sources of image versions; snapshots are made and removed."""

from collections.abc import Mapping

from azure_batch_operator.cloud import operations
from azure_batch_operator.cloud.failures import is_gone
from azure_batch_operator.cloud.resource_manager import ResourceManager
from azure_batch_operator.cloud.session import AzureSession
from azure_batch_operator.cloud.source_wire import disk_from, machine_from
from azure_batch_operator.cloud.wire import plain, text
from azure_batch_operator.core.compute_ids import ComputeName, GroupName
from azure_batch_operator.core.failures import AzureFailure
from azure_batch_operator.core.machines import ObservedDisk, ObservedMachine


class Sources:
    """What image versions are made from; every method raises AzureFailure and nothing else."""

    def __init__(self, session: AzureSession) -> None:
        self._arm = ResourceManager(session)

    async def get_machine(self, name: ComputeName) -> ObservedMachine | None:
        """The virtual machine with its instance view, or None where there is none."""
        machines = self._arm.clients.compute(name.group.subscription_id).virtual_machines
        return await self._arm.find(
            operations.MACHINE_GET,
            name.id,
            lambda request_id: machines.get(name.group.name, name.name, expand="instanceView", request_id=request_id),
            lambda body: machine_from(name, body),
        )

    async def get_disk(self, name: ComputeName) -> ObservedDisk | None:
        """The managed disk, or None where there is none."""
        disks = self._arm.clients.compute(name.group.subscription_id).disks
        return await self._arm.find(
            operations.DISK_GET,
            name.id,
            lambda request_id: disks.get(name.group.name, name.name, request_id=request_id),
            lambda body: disk_from(name, body),
        )

    async def get_snapshot(self, name: ComputeName) -> ObservedDisk | None:
        """The snapshot, or None where there is none."""
        snapshots = self._arm.clients.compute(name.group.subscription_id).snapshots
        return await self._arm.find(
            operations.SNAPSHOT_GET,
            name.id,
            lambda request_id: snapshots.get(name.group.name, name.name, request_id=request_id),
            lambda body: disk_from(name, body),
        )

    async def list_snapshots(self, group: GroupName) -> tuple[ObservedDisk, ...]:
        """Every snapshot of the resource group; a group that is not there has none."""
        snapshots = self._arm.clients.compute(group.subscription_id).snapshots
        try:
            return await self._arm.listed(
                operations.SNAPSHOTS_LIST,
                group.id,
                lambda request_id: snapshots.list_by_resource_group(group.name, request_id=request_id),
                lambda body: disk_from(ComputeName(group=group, kind="snapshots", name=text(body, "name")), body),
            )
        except AzureFailure as failure:
            if is_gone(failure):
                return ()
            raise

    async def create_snapshot(
        self, name: ComputeName, *, disk: ComputeName, location: str, tags: Mapping[str, str]
    ) -> None:
        """Make an incremental snapshot of a managed disk."""
        snapshots = self._arm.clients.compute(name.group.subscription_id).snapshots
        creation = {"createOption": "Copy", "sourceResourceId": disk.id}
        body = plain(
            {"location": location, "tags": tags, "properties": {"creationData": creation, "incremental": True}}
        )
        await self._arm.begin(
            operations.SNAPSHOT_PUT,
            name.id,
            lambda request_id: snapshots.begin_create_or_update(
                name.group.name, name.name, body, polling=False, request_id=request_id
            ),
        )

    async def delete_snapshot(self, name: ComputeName) -> None:
        """Remove the snapshot."""
        snapshots = self._arm.clients.compute(name.group.subscription_id).snapshots
        await self._arm.begin_delete(
            operations.SNAPSHOT_DELETE,
            name.id,
            lambda request_id: snapshots.begin_delete(name.group.name, name.name, polling=False, request_id=request_id),
        )
