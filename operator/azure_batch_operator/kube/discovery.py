"""What must be known of a cluster before anything can be watched: which kinds it serves, and which cluster it is."""

import asyncio
import contextlib
from collections.abc import Sequence

import structlog

from azure_batch_operator.kube.client import METADATA_ONLY, ApiFailure, KubeClient
from azure_batch_operator.kube.resources import DISCOVERY, KINDS, Kind

LOOK_EVERY = 2.0

log = structlog.stdlib.get_logger(__name__)


async def kinds_served(client: KubeClient) -> frozenset[Kind]:
    """Those of our kinds that are served, with their status; raises ApiFailure."""
    try:
        found = await client.get(DISCOVERY)
    except ApiFailure as failure:
        if failure.not_found:
            return frozenset()
        raise
    names = {resource["name"] for resource in found["resources"]}
    return frozenset(kind for kind in KINDS if {kind.plural, f"{kind.plural}/status"} <= names)


async def kinds_to_watch(client: KubeClient, namespaces: Sequence[str] = ()) -> frozenset[Kind]:
    """Both kinds, once both are served, however long it takes: kopf would never notice a kind that comes later.

    While the CRDs are being removed one kind goes before the other: then the one whose objects wait for us to let go.
    """
    told = ""
    while True:
        try:
            kinds = await kinds_served(client)
            if kinds == frozenset(KINDS) or await _any_departing(client, kinds, namespaces):
                return kinds
            trouble = "its CustomResourceDefinitions are not installed"
        except ApiFailure as failure:
            trouble = str(failure)
        if trouble != told:
            log.warning("waiting for the API server to serve both kinds", because=trouble)
            told = trouble
        await asyncio.sleep(LOOK_EVERY)


async def until_others_are_served(client: KubeClient, kinds: frozenset[Kind]) -> None:
    """Return when a kind beside these is served too; never when these are both."""
    while kinds != frozenset(KINDS):
        with contextlib.suppress(ApiFailure):
            if await kinds_served(client) - kinds:
                return
        await asyncio.sleep(LOOK_EVERY)
    await asyncio.Event().wait()


async def _any_departing(client: KubeClient, kinds: frozenset[Kind], namespaces: Sequence[str]) -> bool:
    for path in [kind.collection(namespace) for kind in kinds for namespace in namespaces or (None,)]:
        listed = await client.get(path, accept=METADATA_ONLY)
        if any("deletionTimestamp" in item["metadata"] for item in listed["items"] or ()):
            return True
    return False


async def cluster_id(client: KubeClient) -> str:
    """The uid of namespace kube-system, which stands for the cluster; asks until there is an answer."""
    while True:
        try:
            namespace = await client.get("/api/v1/namespaces/kube-system")
        except ApiFailure as failure:
            log.warning("cannot tell which cluster this is; grant it, or set the operator id", because=str(failure))
            await asyncio.sleep(LOOK_EVERY)
        else:
            return str(namespace["metadata"]["uid"])
