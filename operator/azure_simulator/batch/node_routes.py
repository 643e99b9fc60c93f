"""The operations on nodes."""

from collections.abc import Iterator

from aiohttp import web

from azure_simulator.answers import operation
from azure_simulator.batch.bodies.pools import (
    NodeDeallocation,
    NodeReboot,
    NodeReimage,
    SchedulingDisabling,
)
from azure_simulator.batch.doors import READ, WRITE, Call, node_stamp
from azure_simulator.batch.errors import invalid_query, not_simulated
from azure_simulator.batch.filters import parse_filter, parse_select, selected
from azure_simulator.batch.lists import SKIP_TOKEN, Window, window_of
from azure_simulator.batch.node_documents import NODE_FILTERS, filterable_node, node_document
from azure_simulator.batch.nodes import Node
from azure_simulator.batch.pool_documents import compact
from azure_simulator.batch.pools import Pool
from azure_simulator.batch.sizing import find_node, refuse_deleting
from azure_simulator.batch.states import Deallocation
from azure_simulator.batch.tasks import ENDED_BY_USER

_LARGEST_PAGE = 1000
_NODE = "nodes/@Element"
_NODES = "nodes"


def routes() -> list[web.RouteDef]:
    """Nodes and everything that is done to one of them."""
    node = "/pools/{pool_id}/nodes/{node_id}"
    return [
        web.get("/pools/{pool_id}/nodes", list_all, allow_head=False),
        web.get(node, get, allow_head=False),
        web.post(f"{node}/reboot", reboot),
        web.post(f"{node}/reimage", reimage),
        web.post(f"{node}/deallocate", deallocate),
        web.post(f"{node}/start", start),
        web.post(f"{node}/disablescheduling", disable_scheduling),
        web.post(f"{node}/enablescheduling", enable_scheduling),
    ]


@operation("Nodes_ListNodes")
async def list_all(request: web.Request) -> web.Response:
    """List the nodes of a pool in the order in which they came."""
    call = Call.of(request, READ)
    pool = call.pool()
    window = window_of(request.query, largest=_LARGEST_PAGE)
    page, position = window.cut(
        (str(node.ordinal), node) for node in _admitted(pool, request.query.get("$filter"), window)
    )
    names = parse_select(request.query.get("$select"))
    texts = [compact(selected(node_document(pool, node, call.version), names)) for node in page]
    return call.entities(texts, _NODES, position)


@operation("Nodes_GetNode")
async def get(request: web.Request) -> web.Response:
    """Get one node."""
    call = Call.of(request, READ)
    pool = call.pool()
    node = find_node(pool, request.match_info["node_id"])
    names = parse_select(request.query.get("$select"))
    return call.entity(selected(node_document(pool, node, call.version), names), _NODE, node_stamp(node))


@operation("Nodes_RebootNode")
async def reboot(request: web.Request) -> web.Response:
    """Begin to reboot a node."""
    call, pool, node = _node_to_write(request)
    body = await call.optional_body(NodeReboot)
    _end_tasks(call, pool, node, None if body is None else body.node_reboot_option)
    call.service.node_operations.reboot(pool, node)
    return _done(call, pool, 202)


@operation("Nodes_ReimageNode")
async def reimage(request: web.Request) -> web.Response:
    """Reinstall a node's operating system, where that is possible."""
    call, pool, node = _node_to_write(request)
    await call.optional_body(NodeReimage)
    call.service.node_operations.reimage(node)
    return _done(call, pool, 202)


@operation("Nodes_DeallocateNode")
async def deallocate(request: web.Request) -> web.Response:
    """Begin to give a node's machine back."""
    call, pool, node = _node_to_write(request)
    body = await call.optional_body(NodeDeallocation)
    _end_tasks(call, pool, node, None if body is None else body.node_deallocate_option)
    call.service.node_operations.deallocate(pool, node)
    return _done(call, pool, 202)


@operation("Nodes_StartNode")
async def start(request: web.Request) -> web.Response:
    """Begin to start a deallocated node."""
    call, pool, node = _node_to_write(request)
    call.service.node_operations.start(pool, node)
    return _done(call, pool, 202)


@operation("Nodes_DisableNodeScheduling")
async def disable_scheduling(request: web.Request) -> web.Response:
    """Send no more tasks to a node."""
    call, pool, node = _node_to_write(request)
    body = await call.optional_body(SchedulingDisabling)
    _end_tasks(call, pool, node, None if body is None else body.node_disable_scheduling_option)
    call.service.node_operations.disable_scheduling(pool, node)
    return _done(call, pool, 200)


@operation("Nodes_EnableNodeScheduling")
async def enable_scheduling(request: web.Request) -> web.Response:
    """Send tasks to a node again."""
    call, pool, node = _node_to_write(request)
    call.service.node_operations.enable_scheduling(pool, node)
    return _done(call, pool, 200)


def _node_to_write(request: web.Request) -> tuple[Call, Pool, Node]:
    call = Call.of(request, WRITE)
    pool = call.pool()
    refuse_deleting(pool)
    return call, pool, find_node(pool, request.match_info["node_id"])


def _end_tasks(call: Call, pool: Pool, node: Node, option: str | None) -> None:
    """Do to a node's tasks what a request wants; without an option they run again elsewhere."""
    if not pool.tasks.on(node.ordinal):
        return
    wanted = Deallocation(option or Deallocation.REQUEUE)
    if wanted.waits_for_tasks:
        raise not_simulated(call.operation, f"the option {wanted} of a node that runs tasks")
    outcome = ENDED_BY_USER if wanted is Deallocation.TERMINATE else None
    call.service.jobs(call.account).work.vacate(pool, node.ordinal, outcome)


def _done(call: Call, pool: Pool, status: int) -> web.Response:
    return call.done(status, node_stamp(find_node(pool, call.request.match_info["node_id"])))


def _admitted(pool: Pool, clause: str | None, window: Window) -> Iterator[Node]:
    first = _first_ordinal(window)
    admits = parse_filter(clause, NODE_FILTERS) if clause else None
    for node in pool.nodes:
        if node.ordinal >= first and (admits is None or admits(filterable_node(pool, node))):
            yield node


def _first_ordinal(window: Window) -> int:
    if not window.after:
        return 0
    if not window.after.isdigit():
        raise invalid_query(SKIP_TOKEN, window.after, "The token belongs to another list.")
    return int(window.after) + 1
