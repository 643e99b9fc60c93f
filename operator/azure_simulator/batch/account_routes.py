"""The operations on a whole account: node counts and supported images."""

from typing import Any

from aiohttp import web

from azure_simulator.answers import batch_time, operation
from azure_simulator.batch.conditions import Stamp
from azure_simulator.batch.doors import READ, READ_ACCOUNT, READ_APPLICATIONS, Call
from azure_simulator.batch.errors import application_not_found
from azure_simulator.batch.filters import parse_filter
from azure_simulator.batch.lists import window_of
from azure_simulator.batch.node_documents import node_counts
from azure_simulator.batch.pool_documents import compact
from azure_simulator.batch_accounts.applications import Application
from azure_simulator.scenario import SupportedImage

_IMAGE_FILTERS = frozenset({"nodeAgentSKUId", "osType", "verificationType"})
_LARGEST_PAGE = 1000
_LARGEST_COUNTS_PAGE = 10
"""By the official document of the API (`maxresults` of AccountListPoolNodeCounts)."""


def routes() -> list[web.RouteDef]:
    """What is asked of the account."""
    return [
        web.get("/nodecounts", list_node_counts, allow_head=False),
        web.get("/supportedimages", list_supported_images, allow_head=False),
        web.get("/applications", list_applications, allow_head=False),
        web.get("/applications/{application_id}", get_application, allow_head=False),
    ]


@operation("Accounts_ListPoolNodeCounts")
async def list_node_counts(request: web.Request) -> web.Response:
    """Count the nodes of every pool by state."""
    call = Call.of(request, READ)
    window = window_of(request.query, largest=_LARGEST_COUNTS_PAGE)
    clause = request.query.get("$filter")
    pools = call.service.pools(call.account).after(window.after)
    if clause:
        admits = parse_filter(clause, frozenset({"poolId"}))
        pools = [pool for pool in pools if admits({"poolId": pool.id})]
    page, position = window.cut((pool.id, pool) for pool in pools)
    return call.entities([compact(node_counts(pool, call.version)) for pool in page], "poolnodecounts", position)


@operation("Accounts_ListSupportedImages")
async def list_supported_images(request: web.Request) -> web.Response:
    """List the Marketplace images that nodes can boot."""
    call = Call.of(request, READ_ACCOUNT)
    window = window_of(request.query, largest=_LARGEST_PAGE)
    clause = request.query.get("$filter")
    images = [_supported_image(image) for image in call.service.catalogue.images]
    if clause:
        admits = parse_filter(clause, _IMAGE_FILTERS)
        images = [image for image in images if admits(image)]
    numbered = ((f"{number:06}", image) for number, image in enumerate(images))
    page, position = window.cut(pair for pair in numbered if pair[0] > window.after)
    return call.entities([compact(image) for image in page], "supportedimages", position)


@operation("Applications_ListApplications")
async def list_applications(request: web.Request) -> web.Response:
    """List the applications that have packages which nodes can get."""
    call = Call.of(request, READ_APPLICATIONS)
    window = window_of(request.query, largest=_LARGEST_PAGE)
    applications = sorted(call.account.applications, key=lambda one: one.name.lower())
    page, position = window.cut((one.name, one) for one in applications if one.name.lower() > window.after.lower())
    return call.entities([compact(_application(one)) for one in page], "applications", position)


@operation("Applications_GetApplication")
async def get_application(request: web.Request) -> web.Response:
    """Get one application."""
    call = Call.of(request, READ_APPLICATIONS)
    name = request.match_info["application_id"]
    found = call.account.applications.find(name)
    if found is None:
        raise application_not_found(name)
    stamp = Stamp(etag=found.stamps.etag, modified=found.stamps.modified)
    answer = call.entity(_application(found), "applications/@Element", stamp)
    answer.headers["DataServiceId"] = call.url
    return answer


def _application(application: Application) -> dict[str, Any]:
    active = [package.version for package in application.packages.values() if package.is_active]
    return {
        "id": application.name,
        "displayName": application.display_name or application.name,
        "versions": active,
    }


def _supported_image(image: SupportedImage) -> dict[str, Any]:
    """A Marketplace image that nodes can boot, with its node agent."""
    reference = {
        "publisher": image.publisher,
        "offer": image.offer,
        "sku": image.sku,
        "version": "latest",
    }
    end_of_life = image.batch_support_end_of_life
    return {
        "nodeAgentSKUId": image.node_agent_sku_id,
        "imageReference": reference,
        "osType": image.os_type.lower(),
        "verificationType": "verified" if image.verified else "unverified",
        **({"capabilities": list(image.capabilities)} if image.capabilities else {}),
        **({} if end_of_life is None else {"batchSupportEndOfLife": batch_time(end_of_life)}),
    }
