"""Looks at the source of an image version, and answers whether a version can be made from it."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import assert_never

from azure_batch_operator.cloud.images import Images
from azure_batch_operator.cloud.sources import Sources
from azure_batch_operator.core.compute_ids import ComputeKind, ComputeName, compute_name
from azure_batch_operator.core.images import WantedImage
from azure_batch_operator.core.machines import ObservedDisk
from azure_batch_operator.core.names import VersionName, gallery_image_from_id, region
from azure_batch_operator.core.plan.image_source import (
    judged_managed_image,
    judged_snapshots,
    judged_version,
    malformed_source,
    missing_source,
)
from azure_batch_operator.core.plan.image_view import ImageView
from azure_batch_operator.core.plan.source_machine import judged_machine
from azure_batch_operator.core.plan.source_vhd import judged_vhds
from azure_batch_operator.core.sources import (
    MachineSource,
    ManagedImageSource,
    SecretKey,
    SnapshotsSource,
    SourceAnswer,
    SourceAwaited,
    VersionSource,
    VhdSource,
)
from azure_batch_operator.reconcile.secrets import SecretReader, SecretUnreadError


@dataclass(slots=True, kw_only=True)
class ImageSources:
    """Asked only until the version exists, or when its publication failed."""

    images: Images
    sources: Sources
    read_secret: SecretReader

    async def answer(self, view: ImageView) -> SourceAnswer | None:
        """What is to be said about the source; None where the spec names none. Raises AzureFailure."""
        wanted = view.wanted
        match wanted.source:
            case None:
                return None
            case ManagedImageSource() as source:
                return judged_managed_image(wanted, source, await self.images.get_managed_image(source.id))
            case MachineSource() as source:
                return await self._machine(wanted, source)
            case SnapshotsSource() as source:
                return await self._snapshots(wanted, source)
            case VhdSource() as source:
                return await self._vhds(wanted, source, location=_gallery_location(view))
            case VersionSource() as source:
                return await self._version(wanted, source, preferred=_gallery_location(view))
            case _:
                assert_never(wanted.source)

    async def _machine(self, wanted: WantedImage, source: MachineSource) -> SourceAnswer:
        name = compute_name(source.id)
        if name is None or name.kind != "virtualMachines":
            return malformed_source(source.id, "virtual machine")
        machine = await self.sources.get_machine(name)
        if machine is None:
            return missing_source(f"virtual machine {source.id}")
        names = [attached.disk for attached in machine.disks if attached.disk is not None]
        return judged_machine(wanted, source, machine, {disk.name.key: disk for disk in await self._disks(names)})

    async def _snapshots(self, wanted: WantedImage, source: SnapshotsSource) -> SourceAnswer:
        names = {each: compute_name(each) for each in (source.os_disk, *(disk.id for disk in source.data_disks))}
        for each, name in names.items():
            if name is None or name.kind not in self._volumes:
                return malformed_source(each, "snapshot or managed disk")
        found = {disk.name: disk for disk in await self._disks(name for name in names.values() if name)}
        return judged_snapshots(
            wanted, source, {each: found[name] for each, name in names.items() if name and name in found}
        )

    async def _disks(self, names: Iterable[ComputeName]) -> list[ObservedDisk]:
        """Those of the disks and snapshots that are there."""
        seen = [await self._volumes[name.kind](name) for name in dict.fromkeys(names)]
        return [disk for disk in seen if disk is not None]

    @property
    def _volumes(self) -> dict[ComputeKind, Callable[[ComputeName], Awaitable[ObservedDisk | None]]]:
        return {"disks": self.sources.get_disk, "snapshots": self.sources.get_snapshot}

    async def _vhds(self, wanted: WantedImage, source: VhdSource, *, location: str | None) -> SourceAnswer:
        """Secrets are read anew each time, and kept nowhere."""
        places = (disk.where for disk in (source.os_disk, *(data.vhd for data in source.data_disks)))
        names = {place.name for place in places if isinstance(place, SecretKey)}
        try:
            secrets = {name: await self.read_secret(wanted.owner.namespace, name) for name in sorted(names)}
        except SecretUnreadError as unread:
            return SourceAwaited(reason="SecretUnread", message=str(unread))
        return judged_vhds(source, secrets, location=location)

    async def _version(self, wanted: WantedImage, source: VersionSource, *, preferred: str | None) -> SourceAnswer:
        name = gallery_image_from_id(source.id)
        if not isinstance(name, VersionName):
            return malformed_source(source.id, "image version")
        definition = await self.images.get_definition(name.definition)
        version = await self.images.get_version(name, replication=True) if definition else None
        return judged_version(wanted, source, definition=definition, version=version, preferred=preferred)


def _gallery_location(view: ImageView) -> str | None:
    """The gallery's region, or the one in which it is going to be made."""
    if view.gallery is not None:
        return view.gallery.location
    location = view.wanted.gallery.location
    return region(location) if location else None
