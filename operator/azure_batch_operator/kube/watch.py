"""kopf as the watch: both kinds' events go to the feed, and nothing else of kopf is used."""

import random
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator
from typing import Any

import kopf

from azure_batch_operator.api.model import GROUP, VERSION
from azure_batch_operator.kube.feed import Feed
from azure_batch_operator.kube.resources import KINDS, Kind, metadata_of
from azure_batch_operator.reconcile.desired import FINALIZER
from azure_batch_operator.reconcile.outcome import Priority

KOPFS_FINALIZER = "azurebatch.io/never-used-by-kopf"
"""kopf strips the finalizer of the name it is told from objects that no handler needs one on: never tell it ours."""

SERVER_TIMEOUT = 300  # a whole number: the API server parses it as one
CLIENT_TIMEOUT = SERVER_TIMEOUT + 30.0
CONNECT_TIMEOUT = 30.0
REQUEST_TIMEOUT = 60.0


class HandlerError(TypeError):
    """A handler of a kind that costs annotations, finalizers or tasks per object was registered."""


class NoDiffBase(kopf.DiffBaseStorage):
    """Keeps no copy of the last handled configuration on the objects."""

    def build(self, **_: Any) -> Any:
        """Nothing that could differ."""
        return {}

    def fetch(self, **_: Any) -> None:
        """Nothing was kept."""

    def store(self, **_: Any) -> None:
        """Keep nothing."""


class NoProgress(kopf.ProgressStorage):
    """Keeps no progress of handlers on the objects."""

    def fetch(self, **_: Any) -> None:
        """Nothing was kept."""

    def store(self, **_: Any) -> None:
        """Keep nothing."""

    def purge(self, **_: Any) -> None:
        """There is nothing to remove."""

    def touch(self, **_: Any) -> None:
        """Change nothing."""

    def clear(self, *, essence: Any) -> Any:
        """There is nothing to clear."""
        return essence


class PatientBackoffs(Iterable[float]):
    """Pauses between attempts of a request: ten minutes of them, jittered, different each time one asks."""

    longest = 15.0
    together = 600.0

    def __iter__(self) -> Iterator[float]:
        waited, pause = 0.0, 1.0
        while waited < self.together:
            jittered = pause * random.uniform(0.5, 1.5)  # noqa: S311  # spreading clients needs no cryptography
            yield jittered
            waited += jittered
            pause = min(pause * 2, self.longest)


def watch_settings() -> kopf.OperatorSettings:
    """Kopf's settings for a watch that writes nothing, keeps little per object, and notices dead connections."""
    settings = kopf.OperatorSettings()
    settings.persistence.finalizer = KOPFS_FINALIZER
    settings.persistence.diffbase_storage = NoDiffBase()
    settings.persistence.progress_storage = NoProgress()
    settings.queueing.idle_timeout = 0.1
    settings.queueing.worker_limit = None
    settings.posting.enabled = False
    settings.scanning.disabled = True
    settings.watching.server_timeout = SERVER_TIMEOUT
    settings.watching.client_timeout = CLIENT_TIMEOUT
    settings.watching.connect_timeout = CONNECT_TIMEOUT
    settings.watching.reconnect_backoff = 1.0
    settings.watching.chunk_size = 500
    settings.networking.request_timeout = REQUEST_TIMEOUT
    settings.networking.error_backoffs = PatientBackoffs()
    settings.process.ultimate_exiting_timeout = None  # ending in time is the kubelet's business
    return settings


def watch_registry(
    feed: Feed, login: Callable[[], kopf.ConnectionInfo], kinds: Collection[Kind] = KINDS
) -> kopf.OperatorRegistry:
    """The only handlers there are: one for the events of each kind, and the login."""
    registry = kopf.OperatorRegistry()

    @kopf.on.login(registry=registry)
    async def _login(**_: Any) -> kopf.ConnectionInfo:
        return login()

    for kind in kinds:
        kopf.on.event(GROUP, VERSION, kind.plural, id=kind.plural, registry=registry)(_into(feed, kind))
    return registry


def assert_only_events(registry: kopf.OperatorRegistry, settings: kopf.OperatorSettings) -> None:
    """Raise HandlerError if kopf would do more than watch: that is what keeps thousands of objects cheap."""
    # kopf has no public way to ask what is registered
    registered = {
        "an index": registry._indexing.get_all_handlers(),  # noqa: SLF001
        "a timer or daemon": registry._spawning.get_all_handlers(),  # noqa: SLF001
        "a create, update, resume, delete or field handler": registry._changing.get_all_handlers(),  # noqa: SLF001
        "a webhook": registry._webhooks.get_all_handlers(),  # noqa: SLF001
    }
    for name, handlers in registered.items():
        if handlers:
            raise HandlerError(f"{name} was registered with kopf: use kopf.on.event and the work queue instead")
    if settings.persistence.finalizer == FINALIZER:
        raise HandlerError(f"kopf was given our own finalizer {FINALIZER}: it would strip it from objects")


def _into(feed: Feed, kind: Kind) -> Callable[..., Awaitable[None]]:
    async def note(event: Any, **_: Any) -> None:
        """Awaits nothing: kopf handles the events of one object one after the other."""
        body = event["object"]
        match event["type"]:
            case "DELETED":
                feed.ended(kind.key_of(body), str(metadata_of(body)["uid"]))
            case None:
                feed.seen(kind, body, Priority.RESYNC)
            case _:
                feed.seen(kind, body, Priority.CHANGE)

    return note
