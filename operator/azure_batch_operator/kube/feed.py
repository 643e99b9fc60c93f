"""The way in: what the API server shows goes to the stores, and what changed goes to the work queue."""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Self

from azure_batch_operator.core.json import Json, JsonObject
from azure_batch_operator.kube.resources import Kind, kind_of, metadata_of
from azure_batch_operator.reconcile.desired import RECONCILE_ANNOTATION, ImageStore, PoolStore
from azure_batch_operator.reconcile.keys import ImageKey, Key, PoolKey, ResourceKey
from azure_batch_operator.reconcile.outcome import Priority
from azure_batch_operator.runtime.queue import WorkQueue

MOST_ENDED = 2000
"""Objects whose end is remembered: the watch is behind by a few at most."""

_NOT_KEPT = "kubectl.kubernetes.io/last-applied-configuration"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fingerprint:
    """What of an object calls for a turn. Our own status writes change none of it."""

    uid: Json
    generation: Json
    deleted_at: Json
    finalizers: tuple[Json, ...]
    reconcile_requested_at: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What a list of metadata says of one object."""

    uid: str
    generation: int
    deleting: bool

    @classmethod
    def of(cls, metadata: JsonObject) -> Self:
        """Read from the object's metadata."""
        return cls(
            uid=str(metadata["uid"]),
            generation=_number(metadata.get("generation")),
            deleting=metadata.get("deletionTimestamp") is not None,
        )


class Feed:
    """Puts resources into the stores, in the order of their versions, and enqueues those that need a turn."""

    def __init__(
        self,
        *,
        images: ImageStore,
        pools: PoolStore,
        queue: WorkQueue[Key],
        changed: Callable[[ResourceKey], Iterable[Key]],
        forget: Callable[[str], None],
        hear: Callable[[], None] = lambda: None,
        leads: Callable[[], bool] = lambda: True,
    ) -> None:
        """`changed` hears of every change and says what else to look at; `forget` of every uid that is gone.

        `hear` is called whenever the API server is heard at all. Who does not lead (`leads`) keeps what changes for
        later: by then it is no more urgent than anything else.
        """
        self._hear = hear
        self._images = images
        self._pools = pools
        self._queue = queue
        self._changed = changed
        self._forget = forget
        self._leads = leads
        self._fingerprints: dict[ResourceKey, _Fingerprint] = {}
        self._ended: OrderedDict[str, None] = OrderedDict()

    def body(self, key: ResourceKey) -> JsonObject | None:
        """The resource as last shown."""
        return self._images.body(key) if isinstance(key, ImageKey) else self._pools.body(key)

    def uids(self, kind: Kind) -> dict[ResourceKey, str]:
        """Every resource of a kind that is in the store, with its uid."""
        return {key: str(print_.uid) for key, print_ in self._fingerprints.items() if kind_of(key) is kind}

    def is_current(self, key: ResourceKey, listed: Listed) -> bool:
        """Whether the store has the object as listed, or as it became later."""
        have = self._fingerprints.get(key)
        return (
            have is not None
            and have.uid == listed.uid
            and _number(have.generation) >= listed.generation
            and (have.deleted_at is not None or not listed.deleting)
        )

    def seen(self, kind: Kind, body: JsonObject, priority: Priority) -> None:
        """The API server shows this resource; what is older than what it showed before is ignored."""
        self._hear()
        key = kind.key_of(body)
        if _is_older(body, self.body(key)) or metadata_of(body)["uid"] in self._ended:
            return
        self._put(key, _slim(body))
        fingerprint = _fingerprint(body)
        if fingerprint != self._fingerprints.get(key):
            self._fingerprints[key] = fingerprint
            self._enqueue(key, priority)

    def ended(self, key: ResourceKey, uid: str) -> None:
        """The API server told of the end of that object: what is heard of it later was said before."""
        self._ended[uid] = None
        if len(self._ended) > MOST_ENDED:
            self._ended.popitem(last=False)
        self.gone(key, uid)

    def gone(self, key: ResourceKey, uid: str) -> None:
        """The API server does not have the object of that uid."""
        have = self._fingerprints.get(key)
        if have is None or have.uid != uid:
            return
        del self._fingerprints[key]
        self._drop(key)
        self._forget(uid)
        self._enqueue(key, Priority.CHANGE)

    def _enqueue(self, key: ResourceKey, priority: Priority) -> None:
        self._queue.add(key, priority if self._leads() else Priority.RESYNC)
        for other in self._changed(key):
            self._queue.add(other, Priority.DEPENDENCY)

    def _put(self, key: ResourceKey, body: JsonObject) -> None:
        match key:
            case ImageKey():
                self._images.put(key, body)
            case PoolKey():
                self._pools.put(key, body)

    def _drop(self, key: ResourceKey) -> None:
        match key:
            case ImageKey():
                self._images.drop(key)
            case PoolKey():
                self._pools.drop(key)


def _fingerprint(body: JsonObject) -> _Fingerprint:
    metadata = metadata_of(body)
    finalizers = metadata.get("finalizers")
    annotations = metadata.get("annotations")
    return _Fingerprint(
        uid=metadata.get("uid"),
        generation=metadata.get("generation"),
        deleted_at=metadata.get("deletionTimestamp"),
        finalizers=tuple(finalizers) if isinstance(finalizers, list) else (),
        reconcile_requested_at=annotations.get(RECONCILE_ANNOTATION) if isinstance(annotations, dict) else None,
    )


def _slim(body: JsonObject) -> JsonObject:
    """The body without what only other clients need, and what takes as much memory as all the rest."""
    metadata = {name: value for name, value in metadata_of(body).items() if name != "managedFields"}
    annotations = metadata.get("annotations")
    if isinstance(annotations, dict):
        metadata["annotations"] = {name: text for name, text in annotations.items() if name != _NOT_KEPT}
    return {**body, "metadata": metadata}


def _is_older(body: JsonObject, have: JsonObject | None) -> bool:
    """Whether the store has a later version of the same object: resource versions of one kind are ordered numbers."""
    if have is None:
        return False
    new, old = metadata_of(body), metadata_of(have)
    return new["uid"] == old["uid"] and _number(new.get("resourceVersion")) < _number(old.get("resourceVersion"))


def _number(value: Json) -> int:
    return int(str(value)) if str(value).isdigit() else 0
