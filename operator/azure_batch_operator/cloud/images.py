"""Galleries, image definitions, image versions and managed images; every write begins an operation and returns."""

import re
from collections.abc import Mapping

from azure_batch_operator.cloud import operations
from azure_batch_operator.cloud.failures import malformed_id
from azure_batch_operator.cloud.image_wire import definition_from, gallery_from, managed_image_from, version_from
from azure_batch_operator.cloud.resource_manager import ResourceManager
from azure_batch_operator.cloud.session import AzureSession
from azure_batch_operator.cloud.wire import plain, text
from azure_batch_operator.core.images import (
    ObservedDefinition,
    ObservedGallery,
    ObservedManagedImage,
    ObservedVersion,
)
from azure_batch_operator.core.json import JsonObject
from azure_batch_operator.core.names import DefinitionName, GalleryName, VersionName

_MANAGED_IMAGE_ID = re.compile(
    r"^/subscriptions/(?P<subscription>[^/]+)/resourceGroups/(?P<group>[^/]+)"
    r"/providers/Microsoft\.Compute/images/(?P<name>[^/]+)$",
    re.IGNORECASE,
)


class Images:
    """Azure Compute Gallery as we use it; every method raises AzureFailure and nothing else."""

    def __init__(self, session: AzureSession) -> None:
        self._arm = ResourceManager(session)

    async def get_gallery(self, name: GalleryName) -> ObservedGallery | None:
        """The gallery, or None where there is none."""
        galleries = self._arm.clients.compute(name.subscription_id).galleries
        return await self._arm.find(
            operations.GALLERY_GET,
            name.id,
            lambda request_id: galleries.get(name.resource_group, name.gallery, request_id=request_id),
            lambda body: gallery_from(name, body),
        )

    async def create_gallery(
        self,
        name: GalleryName,
        *,
        location: str,
        description: str | None,
        tags: Mapping[str, str],
        sharing: JsonObject | None = None,
    ) -> None:
        """Make the gallery; `sharing` is its `sharingProfile` in wire form."""
        galleries = self._arm.clients.compute(name.subscription_id).galleries
        given = {"description": description, "sharingProfile": sharing}
        properties = {key: value for key, value in given.items() if value is not None}
        body = plain({"location": location, "tags": tags, "properties": properties})
        await self._arm.begin(
            operations.GALLERY_PUT,
            name.id,
            lambda request_id: galleries.begin_create_or_update(
                name.resource_group, name.gallery, body, polling=False, request_id=request_id
            ),
        )

    async def delete_gallery(self, name: GalleryName) -> None:
        """Remove the gallery; Azure refuses while it holds a definition."""
        galleries = self._arm.clients.compute(name.subscription_id).galleries
        await self._arm.begin_delete(
            operations.GALLERY_DELETE,
            name.id,
            lambda request_id: galleries.begin_delete(
                name.resource_group, name.gallery, polling=False, request_id=request_id
            ),
        )

    async def list_definitions(self, gallery: GalleryName) -> tuple[ObservedDefinition, ...]:
        """Every definition of the gallery; a gallery that is not there is a failure NOT_FOUND."""
        definitions = self._arm.clients.compute(gallery.subscription_id).gallery_images
        return await self._arm.listed(
            operations.DEFINITIONS_LIST,
            gallery.id,
            lambda request_id: definitions.list_by_gallery(
                gallery.resource_group, gallery.gallery, request_id=request_id
            ),
            lambda body: definition_from(DefinitionName(gallery=gallery, definition=text(body, "name")), body),
        )

    async def get_definition(self, name: DefinitionName) -> ObservedDefinition | None:
        """The definition, or None where there is none."""
        gallery = name.gallery
        definitions = self._arm.clients.compute(gallery.subscription_id).gallery_images
        return await self._arm.find(
            operations.DEFINITION_GET,
            name.id,
            lambda request_id: definitions.get(
                gallery.resource_group, gallery.gallery, name.definition, request_id=request_id
            ),
            lambda body: definition_from(name, body),
        )

    async def put_definition(
        self, name: DefinitionName, *, location: str, properties: JsonObject, tags: Mapping[str, str]
    ) -> None:
        """Make the definition, or change what may change of it; `properties` in wire form."""
        gallery = name.gallery
        definitions = self._arm.clients.compute(gallery.subscription_id).gallery_images
        body = plain({"location": location, "tags": tags, "properties": properties})
        await self._arm.begin(
            operations.DEFINITION_PUT,
            name.id,
            lambda request_id: definitions.begin_create_or_update(
                gallery.resource_group, gallery.gallery, name.definition, body, polling=False, request_id=request_id
            ),
        )

    async def delete_definition(self, name: DefinitionName) -> None:
        """Remove the definition; Azure refuses while it holds a version."""
        gallery = name.gallery
        definitions = self._arm.clients.compute(gallery.subscription_id).gallery_images
        await self._arm.begin_delete(
            operations.DEFINITION_DELETE,
            name.id,
            lambda request_id: definitions.begin_delete(
                gallery.resource_group, gallery.gallery, name.definition, polling=False, request_id=request_id
            ),
        )

    async def list_versions(self, definition: DefinitionName) -> tuple[ObservedVersion, ...]:
        """Every version of the definition, without replication status."""
        gallery = definition.gallery
        versions = self._arm.clients.compute(gallery.subscription_id).gallery_image_versions
        return await self._arm.listed(
            operations.VERSIONS_LIST,
            definition.id,
            lambda request_id: versions.list_by_gallery_image(
                gallery.resource_group, gallery.gallery, definition.definition, request_id=request_id
            ),
            lambda body: version_from(VersionName(definition=definition, version=text(body, "name")), body),
        )

    async def get_version(self, name: VersionName, *, replication: bool) -> ObservedVersion | None:
        """The version, or None where there is none; on wish with the replication status of every region."""
        definition, gallery = name.definition, name.definition.gallery
        versions = self._arm.clients.compute(gallery.subscription_id).gallery_image_versions
        return await self._arm.find(
            operations.VERSION_GET,
            name.id,
            lambda request_id: versions.get(
                gallery.resource_group,
                gallery.gallery,
                definition.definition,
                name.version,
                expand="ReplicationStatus" if replication else None,
                request_id=request_id,
            ),
            lambda body: version_from(name, body),
        )

    async def create_version(self, name: VersionName, body: JsonObject) -> None:
        """Make the version from location, tags and properties in wire form."""
        definition, gallery = name.definition, name.definition.gallery
        versions = self._arm.clients.compute(gallery.subscription_id).gallery_image_versions
        await self._arm.begin(
            operations.VERSION_PUT,
            name.id,
            lambda request_id: versions.begin_create_or_update(
                gallery.resource_group,
                gallery.gallery,
                definition.definition,
                name.version,
                plain(body),
                polling=False,
                request_id=request_id,
            ),
        )

    async def patch_version(self, name: VersionName, body: JsonObject) -> None:
        """Change the version; `targetRegions` in the body is the whole list of regions."""
        definition, gallery = name.definition, name.definition.gallery
        versions = self._arm.clients.compute(gallery.subscription_id).gallery_image_versions
        await self._arm.begin(
            operations.VERSION_PATCH,
            name.id,
            lambda request_id: versions.begin_update(
                gallery.resource_group,
                gallery.gallery,
                definition.definition,
                name.version,
                plain(body),
                polling=False,
                request_id=request_id,
            ),
        )

    async def delete_version(self, name: VersionName) -> None:
        """Remove the version and all its replicas."""
        definition, gallery = name.definition, name.definition.gallery
        versions = self._arm.clients.compute(gallery.subscription_id).gallery_image_versions
        await self._arm.begin_delete(
            operations.VERSION_DELETE,
            name.id,
            lambda request_id: versions.begin_delete(
                gallery.resource_group,
                gallery.gallery,
                definition.definition,
                name.version,
                polling=False,
                request_id=request_id,
            ),
        )

    async def get_managed_image(self, image_id: str) -> ObservedManagedImage | None:
        """The managed image of that Resource Manager id, or None where there is none."""
        named = _MANAGED_IMAGE_ID.match(image_id)
        if named is None:
            raise malformed_id(operations.MANAGED_IMAGE_GET, image_id)
        images = self._arm.clients.compute(named["subscription"]).images
        return await self._arm.find(
            operations.MANAGED_IMAGE_GET,
            image_id,
            lambda request_id: images.get(named["group"], named["name"], request_id=request_id),
            lambda body: managed_image_from(image_id, body),
        )
