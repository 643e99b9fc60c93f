"""Gallery images that no GalleryImage manages, looked at while a pool is to be made from them."""

from dataclasses import dataclass, field

from azure_batch_operator.cloud.images import Images
from azure_batch_operator.core.images import ObservedDefinition, ObservedVersion
from azure_batch_operator.core.names import DefinitionName, VersionName
from azure_batch_operator.reconcile.beliefs import Monotonic
from azure_batch_operator.reconcile.lately import Lately

MINUTES = 300.0
"""Seconds for which such an image is believed."""


@dataclass(slots=True, kw_only=True)
class UnmanagedImages:
    """Reads versions and definitions, each at most every five minutes; raises AzureFailure."""

    images: Images
    monotonic: Monotonic
    _versions: Lately[ObservedVersion] = field(init=False)
    _definitions: Lately[ObservedDefinition] = field(init=False)

    def __post_init__(self) -> None:
        self._versions = Lately(monotonic=self.monotonic, max_age=MINUTES)
        self._definitions = Lately(monotonic=self.monotonic, max_age=MINUTES)

    async def version(self, name: VersionName) -> ObservedVersion | None:
        """The version, without its replication."""
        return await self._versions.get(name.id, lambda: self.images.get_version(name, replication=False))

    async def definition(self, name: DefinitionName) -> ObservedDefinition | None:
        """The definition."""
        return await self._definitions.get(name.id, lambda: self.images.get_definition(name))
