"""How a gallery image's turn reaches Azure: as the principal that the image's spec names."""

from collections.abc import Callable
from dataclasses import dataclass, field

from azure_batch_operator.cloud.azure import Azure
from azure_batch_operator.core.credentials import SecretRef
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Visit:
    """What a turn came with."""

    secret: SecretRef | None
    requested_at: str | None
    """When somebody last asked for a turn, as the annotation says it."""


@dataclass(slots=True, kw_only=True)
class ImageDoor:
    """Lets the turns of images through to Azure."""

    sign_ins: SignIns
    usage: Usage
    through: Callable[[Azure], ImageAccess]
    """Looks and steps over these adapters."""
    _visits: dict[ImageKey, _Visit] = field(default_factory=dict)

    async def open(self, key: ImageKey, desired: Desired[WantedImage], wanted: WantedImage) -> ImageAccess:
        """The way for this turn; raises AzureFailure where the image's credentials cannot be had or used."""
        self._notice(key, _Visit(secret=wanted.secret, requested_at=desired.reconcile_requested_at))
        if wanted.deleting and wanted.deletion_policy == "Retain":
            return self.through(self.sign_ins.own)
        return self.through(await self.sign_ins.azure(wanted.secret, deleting=wanted.deleting))

    def forget(self, key: ImageKey) -> None:
        """The image is gone, and with it perhaps the last that used its credentials."""
        self._visits.pop(key, None)
        self.sign_ins.keep_only(self.usage.secrets())

    def _notice(self, key: ImageKey, visit: _Visit) -> None:
        """Who asks for a turn has the Secret read anew; who names another lets go of the one before."""
        before, self._visits[key] = self._visits.get(key, visit), visit
        if visit.secret is not None and before.requested_at != visit.requested_at:
            self.sign_ins.read_anew(visit.secret)
        if before.secret != visit.secret:
            self.sign_ins.keep_only(self.usage.secrets())
