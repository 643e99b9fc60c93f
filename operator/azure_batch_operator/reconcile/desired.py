"""What the cluster asks for: the newest body of every custom resource, parsed once per change."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from azure_batch_operator.core.images import WantedImage
from azure_batch_operator.core.json import JsonObject
from azure_batch_operator.core.pools import WantedPool
from azure_batch_operator.reconcile.keys import ImageKey, PoolKey

W = TypeVar("W")
K = TypeVar("K", ImageKey, PoolKey)

FINALIZER = "azurebatch.io/finalizer"
RECONCILE_ANNOTATION = "azurebatch.io/reconcile-requested-at"


@dataclass(frozen=True, slots=True, kw_only=True)
class BadSpec:
    """A spec that the schema let through but that cannot be understood."""

    field: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Desired(Generic[W]):
    """One custom resource as the API server last showed it."""

    uid: str
    generation: int
    resource_version: str
    created: str
    """`creationTimestamp`, for age among equals."""
    deleting: bool
    has_finalizer: bool
    reconcile_requested_at: str | None
    status: JsonObject
    """The status as stored: memory of times, never input for a decision."""
    wanted: W | BadSpec


class DesiredStore(Generic[K, W]):
    """All resources of one kind; bodies are parsed when first asked for, and once per resourceVersion."""

    def __init__(self, parse: Callable[[JsonObject], W | BadSpec]) -> None:
        self._parse = parse
        self._bodies: dict[K, JsonObject] = {}
        self._parsed: dict[K, Desired[W]] = {}

    def put(self, key: K, body: JsonObject) -> None:
        """The API server shows this body now."""
        self._bodies[key] = body
        self._parsed.pop(key, None)

    def drop(self, key: K) -> None:
        """The resource is gone from the API server."""
        self._bodies.pop(key, None)
        self._parsed.pop(key, None)

    def get(self, key: K) -> Desired[W] | None:
        """The resource, or None when there is none of that key."""
        if key not in self._parsed and key in self._bodies:
            self._parsed[key] = _desired(self._bodies[key], self._parse)
        return self._parsed.get(key)

    def body(self, key: K) -> JsonObject | None:
        """The raw body as last seen."""
        return self._bodies.get(key)

    def bodies(self) -> tuple[JsonObject, ...]:
        """Every raw body as last seen, in no order; safe to ask from another thread."""
        return tuple(self._bodies.values())

    def keys(self) -> Iterator[K]:
        """Every key, in no order."""
        return iter(list(self._bodies))


ImageStore = DesiredStore[ImageKey, WantedImage]
PoolStore = DesiredStore[PoolKey, WantedPool]


def _desired(body: JsonObject, parse: Callable[[JsonObject], W | BadSpec]) -> Desired[W]:
    metadata = _mapping(body, "metadata")
    finalizers = metadata.get("finalizers") or ()
    return Desired(
        uid=str(metadata["uid"]),
        generation=int(str(metadata.get("generation", 0))),
        resource_version=str(metadata.get("resourceVersion", "")),
        created=str(metadata.get("creationTimestamp", "")),
        deleting=metadata.get("deletionTimestamp") is not None,
        has_finalizer=isinstance(finalizers, (list, tuple)) and FINALIZER in finalizers,
        reconcile_requested_at=_text(_mapping(metadata, "annotations").get(RECONCILE_ANNOTATION)),
        status=_mapping(body, "status"),
        wanted=parse(body),
    )


def _mapping(body: JsonObject, name: str) -> JsonObject:
    found = body.get(name)
    return found if isinstance(found, dict) else {}


def _text(value: object) -> str | None:
    return None if value is None else str(value)
