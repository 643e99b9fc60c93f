"""Sources of images in the simulator's default scenario, and what is left of the snapshots that we make of them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

from azure.mgmt.compute import ComputeManagementClient
from azure.mgmt.compute.models import Disk, VirtualMachine

from tests.support.azure_session import Journal
from tests.support.clockwork import Clockwork, clockwork
from tests.support.compute_resources import disk_body, machine_body
from tests.support.custom_resources import Manifest
from tests.support.image_turns import an_image
from tests.support.simulator import SimulatedAzure

_COMPUTE = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/images/providers/Microsoft.Compute"
_PLATFORM = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/platform/providers/Microsoft.Compute"
_ACCOUNT = (
    "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/images"
    "/providers/Microsoft.Storage/storageAccounts/contosovhds"
)
_BLOBS = "https://contosovhds.blob.core.windows.net/vhds"
SIGNATURE = "c2ltdWxhdGVkLXNpZ25hdHVyZQ%3D%3D"
SIGNED = f"{_BLOBS}/render-protected-os.vhd?sv=2024-11-04&sr=b&sp=r&se=2099-01-01T00:00:00Z&sig={SIGNATURE}"

SNAPSHOT_PUT, SNAPSHOT_DELETE = "Snapshots_CreateOrUpdate", "Snapshots_Delete"
VERSION_PUT = "GalleryImageVersions_CreateOrUpdate"
WHOLE_LIFE = [
    *("Galleries_CreateOrUpdate", "GalleryImages_CreateOrUpdate"),
    *(SNAPSHOT_PUT, SNAPSHOT_PUT, VERSION_PUT, SNAPSHOT_DELETE, SNAPSHOT_DELETE),
]
"""The writes that publish from a machine with two disks, and clean up."""


def compute_id(kind: str, name: str) -> str:
    """The id of a machine, disk or snapshot of the scenario."""
    return f"{_COMPUTE}/{kind}/{name}"


def a_machine(name: str = "render-golden", **more: Any) -> dict[str, Any]:
    """A machine of the scenario as a source."""
    return {"managedImage": None, "virtualMachine": {"id": compute_id("virtualMachines", name), **more}}


def snapshots(kind: str = "snapshots", os_disk: str = "render-os", data_disk: str = "render-data") -> dict[str, Any]:
    """Snapshots (or disks) of the scenario as a source."""
    data = {"lun": 0, "id": compute_id(kind, data_disk)}
    return {"managedImage": None, "snapshots": {"osDisk": {"id": compute_id(kind, os_disk)}, "dataDisks": [data]}}


def vhds() -> dict[str, Any]:
    """Blobs of the scenario that need no signature, as a source."""
    disks = [{"uri": f"{_BLOBS}/{name}.vhd", "storageAccountId": _ACCOUNT} for name in ("render-os", "render-data")]
    return {"managedImage": None, "vhd": {"osDisk": disks[0], "dataDisks": [{"lun": 1, **disks[1]}]}}


def signed_vhd() -> dict[str, Any]:
    """A blob of the scenario that needs a signature, which Secret `vhds` holds as `uri`."""
    place = {"uriSecretRef": {"name": "vhds", "key": "uri"}, "storageAccountId": _ACCOUNT}
    return {"managedImage": None, "vhd": {"osDisk": place}}


def a_copy(version: str = "1.1.0") -> dict[str, Any]:
    """A version of another subscription as a source."""
    found = f"{_PLATFORM}/galleries/platformGallery/images/base-node/versions/{version}"
    return {"managedImage": None, "galleryImageVersion": {"id": found}}


def from_machine(name: str = "render-golden", *, version: str = "1.0.0", **more: Any) -> dict[str, Any]:
    """An image that is published from snapshots of a machine's disks."""
    return an_image(source=a_machine(name) | more, version=version)


def make_running_machine(azure: SimulatedAzure, compute: ComputeManagementClient, name: str) -> None:
    """A machine that was deprovisioned and never told so to Azure, with a copy of the scenario's OS disk."""
    body = Disk(disk_body(compute_id("disks", "render-golden-os")))
    compute.disks.begin_create_or_update("images", f"{name}-os", body, polling=False)
    azure.control.advance(600)
    machine = VirtualMachine(machine_body(compute_id("disks", f"{name}-os"), osType="Linux"))
    compute.virtual_machines.begin_create_or_update("images", name, machine, polling=False)
    azure.control.advance(600)


def snapshots_left(compute: ComputeManagementClient) -> set[str]:
    """Names of the snapshots that are there and not the scenario's own."""
    there = {str(found.name) for found in compute.snapshots.list_by_resource_group("images")}
    return there - {"render-os", "render-data"}


def snapshot_requests(journal: Journal) -> list[str]:
    """What was asked about snapshots, by operation."""
    return [entry.operation for entry in journal.requests("compute") if entry.operation.startswith("Snapshots_")]


class Killed(BaseException):
    """The process is gone."""


@dataclass(slots=True)
class Deadline:
    """Ends a process before one of its writes."""

    writes: int
    """So many are let through."""

    def __call__(self) -> None:
        if self.writes == 0:
            raise Killed
        self.writes -= 1


@dataclass(slots=True, kw_only=True)
class Lives:
    """An operator that dies and begins anew, with the objects as the API server has them."""

    azure: SimulatedAzure
    last: Clockwork
    """The process that died last."""

    async def live(self, *, writes: int, within: float = 3 * 3600.0) -> bool:
        """One process that lives for so many writes, or for a time; whether it was killed."""
        async with clockwork(self.azure, before_write=Deadline(writes)) as operator:
            before, self.last = self.last, operator
            try:
                await operator.take_over(before)
                await operator.run(within, step=30.0)
            except Killed:
                return True
            return False

    async def meanwhile(self, happens: Callable[[Clockwork], Awaitable[None]]) -> None:
        """Something happens to the objects while no process lives long enough to write anything."""
        async with clockwork(self.azure, before_write=Deadline(0)) as operator:
            with suppress(Killed):
                await operator.take_over(self.last)
            with suppress(Killed):
                await happens(operator)
            self.last = operator


@asynccontextmanager
async def lives(azure: SimulatedAzure, manifest: Manifest) -> AsyncIterator[Lives]:
    """Begin with an object whose operator dies before it writes anything to Azure."""
    async with clockwork(azure) as nobody:
        begun = Lives(azure=azure, last=nobody)
        await begun.meanwhile(lambda operator: operator.apply(manifest))
        yield begun
