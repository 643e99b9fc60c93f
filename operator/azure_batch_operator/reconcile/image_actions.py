"""Takes a gallery image's step in Azure: one call, begun and never waited for."""

from dataclasses import dataclass
from typing import assert_never

from azure_batch_operator.cloud.images import Images
from azure_batch_operator.core.plan.image_steps import (
    CreateGallery,
    CreateVersion,
    DeleteDefinition,
    DeleteGallery,
    DeleteVersion,
    PatchVersion,
    PutDefinition,
    Write,
)
from azure_batch_operator.reconcile.beliefs import Beliefs
from azure_batch_operator.reconcile.image_memory import ImageMemory
from azure_batch_operator.reconcile.versions import forget


@dataclass(slots=True, kw_only=True)
class ImageActions:
    """Writes for GalleryImages; after a write, whatever its end, what was seen before is not believed any more."""

    images: Images
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
            case _:
                assert_never(step)

    async def _write(self, step: Write) -> None:
        self.memory.tried(step.name.id)
        match step:
            case CreateGallery(name=gallery, location=location, description=words, tags=tags):
                await self.images.create_gallery(gallery, location=location, description=words, tags=tags)
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
