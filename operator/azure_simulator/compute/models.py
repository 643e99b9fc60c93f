"""Microsoft.Compute: every gallery, image, machine and disk, and the sizes that machines have."""

from collections.abc import Iterable
from random import Random

from azure_simulator import scenario as seeds
from azure_simulator.arm_ids import ResourceId, key_of
from azure_simulator.clock import Clock
from azure_simulator.compute.blobs import Blobs
from azure_simulator.compute.bodies import ImageDataDisk, ImageOsDisk, ImageStorageProfile
from azure_simulator.compute.disks import ManagedDisk
from azure_simulator.compute.encryption_sets import DiskEncryptionSet
from azure_simulator.compute.galleries import Gallery, ImageDefinition
from azure_simulator.compute.images import ManagedImage
from azure_simulator.compute.machines import Machine
from azure_simulator.compute.replication import Replicator
from azure_simulator.compute.replication_troubles import Troubles
from azure_simulator.compute.shelves import Shelf
from azure_simulator.compute.snapshots import Snapshot
from azure_simulator.compute.versions import ImageVersion
from azure_simulator.resources.locations import normalised
from azure_simulator.resources.models import Resources

GALLERY = "Microsoft.Compute/galleries"
DEFINITION = f"{GALLERY}/images"
VERSION = f"{DEFINITION}/versions"
IMAGE = "Microsoft.Compute/images"


class Compute:
    """The state of the compute service: galleries, managed images, machines and disks by id, VM sizes by name."""

    def __init__(self, scenario: seeds.Scenario, *, clock: Clock, random: Random, resources: Resources) -> None:
        self.clock = clock
        self.random = random
        self.resources = resources
        self.pace = scenario.pace.compute
        self.switches = scenario.switches.compute
        self.vm_sizes = {size.name.casefold(): size for size in scenario.vm_sizes}
        self.replicator = Replicator(
            clock=clock,
            random=random,
            operations=resources.operations,
            pace=self.pace,
            switches=self.switches,
            troubles=Troubles(scenario.replication_troubles),
        )
        self.blobs = Blobs(scenario.storage_accounts)
        self._galleries: dict[str, Gallery] = {}
        self._images: dict[str, ManagedImage] = {}
        for seed in scenario.managed_images:
            self.add_image(_seeded_image(self, seed))
        self.machines: Shelf[Machine] = Shelf(resources.index)
        self.disks: Shelf[ManagedDisk] = Shelf(resources.index)
        self.snapshots: Shelf[Snapshot] = Shelf(resources.index)
        self.encryption_sets: Shelf[DiskEncryptionSet] = Shelf(resources.index)

    @property
    def galleries(self) -> Iterable[Gallery]:
        """All galleries of all subscriptions."""
        return self._galleries.values()

    @property
    def images(self) -> Iterable[ManagedImage]:
        """All managed images of all subscriptions."""
        return self._images.values()

    def find_gallery(self, gallery_id: ResourceId) -> Gallery | None:
        """The gallery with this id."""
        return self._galleries.get(gallery_id.key)

    def find_definition(self, definition_id: str) -> ImageDefinition | None:
        """The image definition with this ARM id."""
        parsed = ResourceId.parse(definition_id)
        if parsed is None or not parsed.is_a(DEFINITION) or parsed.parent is None:
            return None
        gallery = self.find_gallery(parsed.parent)
        return None if gallery is None else gallery.definitions.get(parsed.name.casefold())

    def find_version(self, image_id: str, region: str | None = None) -> ImageVersion | None:
        """The version that `image_id` names, or the newest one that counts as latest (in `region`, if given).

        An id without `/versions/…`, or with `/versions/latest`, means the latest.
        """
        parsed = ResourceId.parse(image_id)
        if parsed is None:
            return None
        if parsed.is_a(DEFINITION):
            return self._latest(parsed.text, region)
        if not parsed.is_a(VERSION) or parsed.parent is None:
            return None
        if parsed.name.casefold() == "latest":
            return self._latest(parsed.parent.text, region)
        definition = self.find_definition(parsed.parent.text)
        return None if definition is None else definition.versions.get(parsed.name)

    def find_bootable(self, image_id: str, region: str | None = None) -> ImageVersion | None:
        """The version that nodes boot from: as `find_version`, or a soft-deleted one while it may be used."""
        return self.find_version(image_id, region) or self._soft_deleted(image_id)

    def find_image(self, image_id: str) -> ManagedImage | None:
        """The managed image with this ARM id."""
        return self._images.get(key_of(image_id))

    def find_machine(self, machine_id: str) -> Machine | None:
        """The virtual machine with this ARM id."""
        return self.machines.find(machine_id)

    def find_disk(self, disk_id: str) -> ManagedDisk | None:
        """The managed disk with this ARM id."""
        return self.disks.find(disk_id)

    def find_snapshot(self, snapshot_id: str) -> Snapshot | None:
        """The snapshot with this ARM id."""
        return self.snapshots.find(snapshot_id)

    def find_encryption_set(self, set_id: str) -> DiskEncryptionSet | None:
        """The disk encryption set with this ARM id."""
        return self.encryption_sets.find(set_id)

    def add_gallery(self, gallery: Gallery) -> None:
        """Take up a new gallery."""
        self._galleries[gallery.id.key] = gallery
        self.resources.index.add(gallery)

    def forget_gallery(self, gallery: Gallery) -> None:
        """The gallery is gone."""
        self._galleries.pop(gallery.id.key, None)
        self.resources.index.discard(gallery)

    def add_image(self, image: ManagedImage) -> None:
        """Take up a new managed image."""
        self._images[image.id.key] = image
        self.resources.index.add(image)

    def forget_image(self, image: ManagedImage) -> None:
        """The managed image is gone."""
        self._images.pop(image.id.key, None)
        self.resources.index.discard(image)

    def _soft_deleted(self, version_id: str) -> ImageVersion | None:
        parsed = ResourceId.parse(version_id)
        definition = None if parsed is None or parsed.parent is None else self.find_definition(parsed.parent.text)
        kept = None if parsed is None or definition is None else definition.soft_deleted.get(parsed.name)
        return kept.version if kept is not None and self.clock.now() < kept.consumable_until else None

    def _latest(self, definition_id: str, region: str | None) -> ImageVersion | None:
        definition = self.find_definition(definition_id)
        if definition is None:
            return None
        candidates = [found for found in definition.versions.values() if found.counts_as_latest(region)]
        return max(candidates, key=lambda found: found.number, default=None)


def _seeded_image(compute: Compute, seed: seeds.ManagedImage) -> ManagedImage:
    image_id = ResourceId(
        subscription=seed.subscription_id,
        group=seed.resource_group,
        namespace="Microsoft.Compute",
        path=(("images", seed.name),),
    )
    os_disk = ImageOsDisk(
        os_type=seed.os_type, os_state=seed.os_state, disk_size_gb=seed.os_disk_gb, caching="ReadWrite"
    )
    disks = tuple(ImageDataDisk(lun=lun, disk_size_gb=size) for lun, size in seed.data_disks.items())
    return ManagedImage(
        id=image_id,
        location=normalised(seed.location),
        tags=dict(seed.tags),
        storage=ImageStorageProfile(os_disk=os_disk, data_disks=disks, zone_resilient=False),
        os_type=seed.os_type,
        os_state=seed.os_state,
        hyper_v_generation=seed.hyper_v_generation,
        compute=compute,
        state="Succeeded",
    )
