"""The operations on pools."""

from aiohttp import web

from azure_simulator.answers import operation
from azure_simulator.batch.bodies.pools import (
    AutoScaleEnabling,
    AutoScaleEvaluation,
    NodeRemoval,
    PoolCreate,
    PoolPatch,
    PoolReplace,
    PoolResize,
)
from azure_simulator.batch.conditions import read_is_current
from azure_simulator.batch.doors import DELETE, READ, WRITE, Call, not_modified, stamp_headers, stamp_of
from azure_simulator.batch.errors import invalid_query, not_simulated
from azure_simulator.batch.filters import parse_filter, parse_select
from azure_simulator.batch.lists import window_of
from azure_simulator.batch.pool_documents import POOL_FILTERS, autoscale_run, compact, filterable_pool
from azure_simulator.batch.pools import Pool

_LARGEST_PAGE = 1000
_POOL = "pools/@Element"
_POOLS = "pools"


def routes() -> list[web.RouteDef]:
    """Pools and everything that is done to one of them."""
    pool = "/pools/{pool_id}"
    return [
        web.post("/pools", create),
        web.get("/pools", list_all, allow_head=False),
        web.get(pool, get, allow_head=False),
        web.head(pool, exists),
        web.patch(pool, patch),
        web.delete(pool, delete),
        web.post(f"{pool}/updateproperties", replace_properties),
        web.post(f"{pool}/resize", resize),
        web.post(f"{pool}/stopresize", stop_resize),
        web.post(f"{pool}/removenodes", remove_nodes),
        web.post(f"{pool}/enableautoscale", enable_autoscale),
        web.post(f"{pool}/disableautoscale", disable_autoscale),
        web.post(f"{pool}/evaluateautoscale", evaluate_autoscale),
    ]


@operation("Pools_CreatePool")
async def create(request: web.Request) -> web.Response:
    """Make a pool."""
    call = Call.of(request, WRITE)
    body = await call.body(PoolCreate)
    pool = call.service.create(call.account, body, allows=call.allows, operation=call.operation)
    # Rendered once here, so that the first long list of new pools is as quick as the ones after it.
    call.service.documents.text(pool, call.version)
    url = f"{call.account.endpoint}/pools/{pool.id}"
    answer = call.done(201, stamp_of(pool), location=url)
    answer.headers["DataServiceId"] = url
    return answer


@operation("Pools_ListPools")
async def list_all(request: web.Request) -> web.Response:
    """List pools in the order of their ids."""
    call = Call.of(request, READ)
    refuse_expansion(call)
    window = window_of(request.query, largest=_LARGEST_PAGE)
    pools = call.service.pools(call.account).after(window.after)
    clause = request.query.get("$filter")
    if clause:
        admits = parse_filter(clause, POOL_FILTERS)
        pools = [pool for pool in pools if admits(filterable_pool(pool))]
    page, position = window.cut((pool.id, pool) for pool in pools)
    return call.entities([_text(call, pool) for pool in page], _POOLS, position)


@operation("Pools_GetPool")
async def get(request: web.Request) -> web.Response:
    """Get one pool."""
    call = Call.of(request, READ)
    refuse_expansion(call)
    pool = call.pool()
    if not read_is_current(request.headers, stamp_of(pool)):
        return not_modified(pool)
    names = parse_select(request.query.get("$select"))
    document = call.service.documents.document(pool, call.version, names)
    return call.entity(document, _POOL, stamp_of(pool))


@operation("Pools_PoolExists")
async def exists(request: web.Request) -> web.Response:
    """Tell whether a pool exists; an answer to HEAD never has a body."""
    call = Call.of(request, READ)
    pool_id = request.match_info["pool_id"]
    if pool_id not in call.service.pools(call.account):
        return web.Response(status=404)
    pool = call.pool()
    if not read_is_current(request.headers, stamp_of(pool)):
        return not_modified(pool)
    return web.Response(headers=stamp_headers(stamp_of(pool)))


@operation("Pools_UpdatePool")
async def patch(request: web.Request) -> web.Response:
    """Change what the body gives."""
    call = Call.of(request, WRITE)
    pool = call.pool_to_write()
    body = await call.body(PoolPatch)
    call.service.patch(pool, body, allows=call.allows)
    return call.done(200, stamp_of(pool))


@operation("Pools_ReplacePoolProperties")
async def replace_properties(request: web.Request) -> web.Response:
    """Replace start task, packages and metadata; the operation has no conditional headers."""
    call = Call.of(request, WRITE)
    pool = call.pool()
    call.service.replace(pool, await call.body(PoolReplace))
    return call.done(204, stamp_of(pool))


@operation("Pools_DeletePool")
async def delete(request: web.Request) -> web.Response:
    """Begin to delete a pool."""
    call = Call.of(request, DELETE)
    call.service.delete(call.pool_to_write())
    return call.done(202)


@operation("Pools_ResizePool")
async def resize(request: web.Request) -> web.Response:
    """Begin to resize a pool."""
    call = Call.of(request, WRITE)
    pool = call.pool_to_write()
    call.service.sizing.resize(pool, await call.body(PoolResize))
    return call.done(202, stamp_of(pool))


@operation("Pools_StopPoolResize")
async def stop_resize(request: web.Request) -> web.Response:
    """Begin to stop a resize."""
    call = Call.of(request, WRITE)
    pool = call.pool_to_write()
    call.service.sizing.stop(pool)
    return call.done(202, stamp_of(pool))


@operation("Pools_RemoveNodes")
async def remove_nodes(request: web.Request) -> web.Response:
    """Begin to remove nodes."""
    call = Call.of(request, WRITE)
    pool = call.pool_to_write()
    call.service.sizing.remove(pool, await call.body(NodeRemoval))
    return call.done(202, stamp_of(pool))


@operation("Pools_EnablePoolAutoScale")
async def enable_autoscale(request: web.Request) -> web.Response:
    """Enable automatic scaling or change its settings."""
    call = Call.of(request, WRITE)
    pool = call.pool_to_write()
    body = await call.body(AutoScaleEnabling)
    call.service.sizing.enable_autoscale(pool, body, call.operation)
    return call.done(200, stamp_of(pool))


@operation("Pools_DisablePoolAutoScale")
async def disable_autoscale(request: web.Request) -> web.Response:
    """Disable automatic scaling; the operation has no conditional headers."""
    call = Call.of(request, WRITE)
    pool = call.pool()
    call.service.sizing.disable_autoscale(pool)
    return call.done(200, stamp_of(pool))


@operation("Pools_EvaluatePoolAutoScale")
async def evaluate_autoscale(request: web.Request) -> web.Response:
    """Evaluate a formula without applying it."""
    call = Call.of(request, WRITE)
    pool = call.pool()
    body = await call.body(AutoScaleEvaluation)
    run = call.service.sizing.evaluate_autoscale(pool, body, call.operation)
    kind = "Microsoft.Azure.Batch.Protocol.Entities.AutoScaleRun"
    answer = call.entity(autoscale_run(run), kind, stamp_of(pool))
    answer.headers["DataServiceId"] = call.url
    return answer


def refuse_expansion(call: Call) -> None:
    """Refuse `$expand`: statistics are all that can be expanded, and they are not simulated."""
    clause = call.request.query.get("$expand")
    if not clause:
        return
    if clause.strip().lower() == "stats":
        raise not_simulated(call.operation, "$expand=stats")
    raise invalid_query("$expand", clause, "Only stats can be expanded.")


def _text(call: Call, pool: Pool) -> str:
    documents = call.service.documents
    names = parse_select(call.request.query.get("$select"))
    if names is None:
        return documents.text(pool, call.version)
    return compact(documents.document(pool, call.version, names))
