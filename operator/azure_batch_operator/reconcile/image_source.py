"""Looks at the source of an image version, and answers whether a version can be made from it."""

from dataclasses import dataclass

from azure_batch_operator.cloud.images import Images
from azure_batch_operator.core.images import WantedImage
from azure_batch_operator.core.plan.image_source import judged_managed_image
from azure_batch_operator.core.sources import ManagedImageSource, SourceAnswer


@dataclass(slots=True, kw_only=True)
class ImageSources:
    """Asked only until the version exists, or when its publication failed."""

    images: Images

    async def answer(self, wanted: WantedImage) -> SourceAnswer | None:
        """What is to be said about the source; None where the spec names none. Raises AzureFailure."""
        match wanted.source:
            case None:
                return None
            case ManagedImageSource(id=image_id) as source:
                return judged_managed_image(wanted, source, await self.images.get_managed_image(image_id))
            case _:
                return None
