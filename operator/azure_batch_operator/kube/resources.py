"""Our two kinds as the API server knows them: paths, keys and references."""

from dataclasses import dataclass

from azure_batch_operator.api.model import API_VERSION, GROUP, VERSION
from azure_batch_operator.core.json import JsonObject
from azure_batch_operator.reconcile.keys import ImageKey, PoolKey, ResourceKey

DISCOVERY = f"/apis/{GROUP}/{VERSION}"
"""Where the API server says which kinds of our group it serves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One of the two kinds."""

    name: str
    plural: str
    key: type[ImageKey] | type[PoolKey]

    def collection(self, namespace: str | None = None) -> str:
        """The path of all resources of a namespace, or of the cluster."""
        scope = f"/namespaces/{namespace}" if namespace else ""
        return f"{DISCOVERY}{scope}/{self.plural}"

    def path(self, key: ResourceKey) -> str:
        """The path of one resource."""
        return f"{self.collection(key.namespace)}/{key.name}"

    def key_of(self, body: JsonObject) -> ResourceKey:
        """The key of a resource, read from its metadata."""
        metadata = metadata_of(body)
        return self.key(str(metadata["namespace"]), str(metadata["name"]))

    def reference(self, key: ResourceKey, uid: str) -> JsonObject:
        """An object reference, as Events carry it."""
        return {
            "apiVersion": API_VERSION,
            "kind": self.name,
            "namespace": key.namespace,
            "name": key.name,
            "uid": uid,
        }


GALLERY_IMAGES = Kind(name="GalleryImage", plural="galleryimages", key=ImageKey)
BATCH_POOLS = Kind(name="BatchPool", plural="batchpools", key=PoolKey)
KINDS = (GALLERY_IMAGES, BATCH_POOLS)


def kind_of(key: ResourceKey) -> Kind:
    """The kind of a resource's key."""
    return GALLERY_IMAGES if isinstance(key, ImageKey) else BATCH_POOLS


def metadata_of(body: JsonObject) -> JsonObject:
    """A body's metadata, which every body from the API server has."""
    metadata = body["metadata"]
    if not isinstance(metadata, dict):
        raise TypeError("an object without metadata did not come from an API server")
    return metadata
