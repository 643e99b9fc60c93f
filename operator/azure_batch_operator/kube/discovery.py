"""What must be known of a cluster before anything can be watched: which kinds it serves, and which cluster it is."""

import asyncio

import structlog

from azure_batch_operator.kube.client import ApiFailure, KubeClient
from azure_batch_operator.kube.resources import DISCOVERY, KINDS

LOOK_EVERY = 2.0

log = structlog.stdlib.get_logger(__name__)


async def kinds_served(client: KubeClient) -> bool:
    """Whether both kinds are served, with their status; raises ApiFailure."""
    try:
        found = await client.get(DISCOVERY)
    except ApiFailure as failure:
        if failure.not_found:
            return False
        raise
    names = {resource["name"] for resource in found["resources"]}
    return all({kind.plural, f"{kind.plural}/status"} <= names for kind in KINDS)


async def until_kinds_are_served(client: KubeClient) -> None:
    """Return once both kinds are served, however long it takes: kopf would never notice a kind that comes later."""
    told = ""
    while True:
        try:
            if await kinds_served(client):
                return
            trouble = "its CustomResourceDefinitions are not installed"
        except ApiFailure as failure:
            trouble = str(failure)
        if trouble != told:
            log.warning("waiting for the API server to serve both kinds", because=trouble)
            told = trouble
        await asyncio.sleep(LOOK_EVERY)


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
