"""Takes a gallery image's step in Azure: one call, begun and never waited for."""

from dataclasses import dataclass
from typing import assert_never

from azure_batch_operator.cloud.images import Images
from azure_batch_operator.cloud.sources import Sources
from azure_batch_operator.core.plan.image_steps import (
    CreateGallery,
    CreateVersion,
    DeleteDefinition,
    DeleteGallery,
    DeleteVersion,
    GalleryWrite,
    PatchVersion,
    PutDefinition,
    Write,
)
from azure_batch_operator.core.plan.snapshot_steps import CreateSnapshot, DeleteSnapshot, SnapshotWrite
from azure_batch_operator.reconcile.beliefs import Beliefs
from azure_batch_operator.reconcile.image_memory import ImageMemory
from azure_batch_operator.reconcile.versions import forget


@dataclass(slots=True, kw_only=True)
class ImageActions:
    """Writes for GalleryImages; after a write, whatever its end, what was seen before is not believed any more."""

    images: Images
    sources: Sources
    beliefs: Beliefs
    memory: ImageMemory

    async def take(self, step: Write) -> None:
        """Take the step. Raises AzureFailure."""
        match step:
            case CreateGallery() | DeleteGallery():
                async with self.beliefs.writing(self.beliefs.galleries, step.name.id):
                    await self._write(step)
            case PutDefinition() | DeleteDefinition():
                async with self.beliefs.writing(self.beliefs.definitions, step.name.id):
                    await self._write(step)
            case CreateVersion() | PatchVersion() | DeleteVersion():
                async with self.beliefs.writing(self.beliefs.versions, step.name.id):
                    await self._write(step)
            case CreateSnapshot() | DeleteSnapshot():
                await self._write_snapshot(step)
            case _:
                assert_never(step)

    async def _write(self, step: GalleryWrite) -> None:
        self.memory.tried(step.name.id)
        match step:
            case CreateGallery():
                await self._make(step)
            case PutDefinition(name=definition, location=location, properties=body, tags=tags):
                await self.images.put_definition(definition, location=location, properties=body, tags=tags)
            case CreateVersion():
                await self.images.create_version(step.name, step.body)
            case PatchVersion():
                self.memory.took_out(step.name.id, step.taken_out)
                await self.images.patch_version(step.name, step.body)
            case DeleteVersion():
                forget(self.beliefs, step.name.id)
                await self.images.delete_version(step.name)
            case DeleteDefinition():
                await self.images.delete_definition(step.name)
            case DeleteGallery():
                await self.images.delete_gallery(step.name)
            case _:
                assert_never(step)

    async def _write_snapshot(self, step: SnapshotWrite) -> None:
        """A snapshot that failed is removed at once, and taken again when its pause is over."""
        match step:
            case CreateSnapshot(name=snapshot, disk=disk, location=location, tags=tags):
                self.memory.tried(snapshot.id)
                await self.sources.create_snapshot(snapshot, disk=disk, location=location, tags=tags)
            case DeleteSnapshot():
                await self.sources.delete_snapshot(step.name)
            case _:
                assert_never(step)

    async def _make(self, step: CreateGallery) -> None:
        await self.images.create_gallery(
            step.name, location=step.location, description=step.description, tags=step.tags, sharing=step.sharing
        )
