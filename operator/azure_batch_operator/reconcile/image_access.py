"""How a gallery image's turn reaches Azure: as the principal that the image's spec names."""

from collections.abc import Callable
from dataclasses import dataclass, field

from azure_batch_operator.cloud.azure import Azure
from azure_batch_operator.core.images import WantedImage
from azure_batch_operator.reconcile.desired import Desired
from azure_batch_operator.reconcile.image_actions import ImageActions
from azure_batch_operator.reconcile.image_sight import ImageSight
from azure_batch_operator.reconcile.keys import ImageKey
from azure_batch_operator.reconcile.sign_ins import SignIns
from azure_batch_operator.reconcile.usage import Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageAccess:
    """Looks and steps in Azure, all as one principal. Made for one turn: what must last is in memories and beliefs."""

    sight: ImageSight
    actions: ImageActions


@dataclass(slots=True, kw_only=True)
class ImageDoor:
    """Lets the turns of images through to Azure."""

    sign_ins: SignIns
    usage: Usage
    through: Callable[[Azure], ImageAccess]
    """Looks and steps over these adapters."""
    _requests: dict[ImageKey, str | None] = field(default_factory=dict)
    """When somebody last asked for a turn, as the annotation says it."""

    async def open(self, key: ImageKey, desired: Desired[WantedImage], wanted: WantedImage) -> ImageAccess:
        """The way for this turn; raises AzureFailure where the image's credentials cannot be had or used."""
        if wanted.secret is None or (wanted.deleting and wanted.deletion_policy == "Retain"):
            return self.through(self.sign_ins.own)
        if self._requests.get(key) != desired.reconcile_requested_at:
            self._requests[key] = desired.reconcile_requested_at
            self.sign_ins.read_anew(wanted.secret)
        return self.through(await self.sign_ins.azure(wanted.secret, deleting=wanted.deleting))

    def forget(self, key: ImageKey) -> None:
        """The image is gone, and with it perhaps the last that used its credentials."""
        self._requests.pop(key, None)
        self.sign_ins.keep_only(self.usage.secrets())
