"""The source in a GalleryImage's spec, parsed into what a version is made from."""

from azure_batch_operator.api import image_sources as api
from azure_batch_operator.api.secrets import SecretKeyRef
from azure_batch_operator.core.names import VersionName, same
from azure_batch_operator.core.sources import (
    DataSnapshot,
    DataVhd,
    MachineSource,
    ManagedImageSource,
    SecretKey,
    SnapshotsSource,
    VersionSource,
    Vhd,
    VhdSource,
    WantedSource,
)
from azure_batch_operator.reconcile.desired import BadSpec


def wanted_source(spec: api.Source, target: VersionName) -> WantedSource | BadSpec:
    """What the version `target` is made from."""
    match spec:
        case api.Source(managed_image=api.ManagedImage(id=image_id)):
            return ManagedImageSource(id=image_id)
        case api.Source(virtual_machine=api.VirtualMachine() as machine):
            return _machine(machine)
        case api.Source(snapshots=api.Snapshots() as snapshots):
            return _snapshots(snapshots)
        case api.Source(vhd=api.Vhds() as vhds):
            return _vhds(vhds)
        case api.Source(gallery_image_version=api.GalleryImageVersion(id=version_id)):
            return _version(version_id, target)
        case _:
            return BadSpec(field="spec.source", message="spec.source names no source: write exactly one.")


def _machine(spec: api.VirtualMachine) -> MachineSource:
    return MachineSource(id=spec.id, capture=spec.capture or "Snapshots", generalized=spec.generalized is True)


def _snapshots(spec: api.Snapshots) -> SnapshotsSource:
    data = tuple(DataSnapshot(lun=disk.lun, id=disk.id) for disk in spec.data_disks)
    return SnapshotsSource(os_disk=spec.os_disk.id, data_disks=data)


def _vhds(spec: api.Vhds) -> VhdSource | BadSpec:
    os_disk = _vhd(spec.os_disk, "spec.source.vhd.osDisk")
    if isinstance(os_disk, BadSpec):
        return os_disk
    data: list[DataVhd] = []
    for n, disk in enumerate(spec.data_disks):
        vhd = _vhd(disk, f"spec.source.vhd.dataDisks[{n}]")
        if isinstance(vhd, BadSpec):
            return vhd
        data.append(DataVhd(lun=disk.lun, vhd=vhd))
    return VhdSource(os_disk=os_disk, data_disks=tuple(data))


def _vhd(spec: api.Vhd, field: str) -> Vhd | BadSpec:
    match spec:
        case api.Vhd(uri=None, uri_secret_ref=SecretKeyRef(name=name, key=key)):
            return Vhd(where=SecretKey(name=name, key=key), storage_account_id=spec.storage_account_id)
        case api.Vhd(uri=str(uri), uri_secret_ref=None):
            return Vhd(where=uri, storage_account_id=spec.storage_account_id)
        case _:
            return BadSpec(
                field=field, message=f"{field} names its blob in no way or in two: write uri or uriSecretRef."
            )


def _version(version_id: str, target: VersionName) -> VersionSource | BadSpec:
    if same(version_id, target.id):
        return BadSpec(
            field="spec.source.galleryImageVersion.id",
            message="spec.source.galleryImageVersion.id is the version that is to be made: write another version's id, "
            "or leave out source and write adoptionPolicy: Adopt to take that version over.",
        )
    return VersionSource(id=version_id)
