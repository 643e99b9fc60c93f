"""Our finalizer: on before the first write to Azure, off when nothing of ours is left there."""

from azure_batch_operator.core.json import Json, JsonObject
from azure_batch_operator.kube.client import JSON_PATCH, KubeClient
from azure_batch_operator.kube.resources import kind_of, metadata_of
from azure_batch_operator.reconcile.desired import FINALIZER
from azure_batch_operator.reconcile.keys import ResourceKey
from azure_batch_operator.reconcile.outcome import FinalizerChange


async def change_finalizer(
    client: KubeClient, key: ResourceKey, seen: JsonObject, change: FinalizerChange
) -> JsonObject:
    """Add or remove our finalizer on the object as `seen`, and return it as it is now.

    Raises ApiFailure; with status 422 when somebody wrote to the object since it was seen.
    """
    metadata = metadata_of(seen)
    patch: list[Json] = [
        {"op": "test", "path": "/metadata/resourceVersion", "value": metadata["resourceVersion"]},
        {"op": "add", "path": "/metadata/finalizers", "value": _changed(_finalizers(metadata), change)},
    ]
    return await client.patch(kind_of(key).path(key), patch, content_type=JSON_PATCH)


def _changed(finalizers: list[str], change: FinalizerChange) -> list[str]:
    others = [name for name in finalizers if name != FINALIZER]
    return [*others, FINALIZER] if change is FinalizerChange.ADD else others


def _finalizers(metadata: JsonObject) -> list[str]:
    found = metadata.get("finalizers")
    return [str(name) for name in found] if isinstance(found, list) else []
