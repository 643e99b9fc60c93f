"""The simulator's own API under `/_simulator`: what tests, demos and people do to the world from outside."""

from typing import Any, TypeVar

from aiohttp import web
from pydantic import BaseModel, Field, ValidationError

from azure_simulator.answers import ArmError, BatchError, operation
from azure_simulator.arm_bodies import Body
from azure_simulator.batch.node_events import Blow, NodeEvent
from azure_simulator.batch.states import NodeFault
from azure_simulator.batch_accounts.models import BatchAccount, Quotas
from azure_simulator.compute.replication_troubles import ReplicationOrder
from azure_simulator.control.dump import state_of
from azure_simulator.faults import FaultOrder
from azure_simulator.identity.scenario import Proofs
from azure_simulator.journal import Question
from azure_simulator.sites import SITES
from azure_simulator.world import WORLD, World

Parsed = TypeVar("Parsed", bound=BaseModel)


def routes() -> list[web.RouteDef]:
    """The routes of the control API."""
    return [
        web.get("/_simulator/health", health),
        web.get("/_simulator/requests", list_requests),
        web.get("/_simulator/clock", read_clock),
        web.post("/_simulator/clock", move_clock),
        web.get("/_simulator/faults", list_faults),
        web.post("/_simulator/faults", order_fault),
        web.delete("/_simulator/faults", clear_faults),
        web.get("/_simulator/replication", list_replication_troubles),
        web.post("/_simulator/replication", order_replication_trouble),
        web.delete("/_simulator/replication", clear_replication_troubles),
        web.delete("/_simulator/blobs", delete_blob),
        web.get("/_simulator/quotas/{account}", read_quotas),
        web.patch("/_simulator/quotas/{account}", change_quotas),
        web.post("/_simulator/nodes/{account}/{pool}", strike_nodes),
        web.post("/_simulator/tasks/{account}/{job}", finish_tasks),
        web.put("/_simulator/proofs/{application}", change_proofs),
        web.get("/_simulator/state", dump_state),
        web.post("/_simulator/reset", reset),
    ]


class ClockChange(Body):
    """How the clock is to change: `speed` is set first, then `advance` simulated seconds pass at once."""

    speed: float | None = Field(default=None, ge=0)
    advance: float | None = Field(default=None, ge=0)


class QuotaChange(Body):
    """The quotas to change; `familyQuotas: {}` stops enforcing families."""

    dedicated_core_quota: int | None = Field(default=None, ge=0)
    low_priority_core_quota: int | None = Field(default=None, ge=0)
    family_quotas: dict[str, int] | None = None
    pool_quota: int | None = Field(default=None, ge=0)
    job_quota: int | None = Field(default=None, ge=0)


class NodeError(Body):
    """An entry of the `errors` of a node that becomes unusable."""

    code: str
    message: str


class NodeStrike(Body):
    """An event for nodes, named or as many as `count` says; `errors: []` is a node that cannot be reached."""

    event: NodeEvent
    nodes: tuple[str, ...] | None = None
    count: int = Field(default=1, ge=1)
    errors: tuple[NodeError, ...] | None = None
    exit_code: int = Field(default=1, ge=1)

    def blow(self) -> Blow:
        """The event with what nodes tell of it."""
        if self.errors is None:
            return Blow(event=self.event, exit_code=self.exit_code)
        faults = tuple(NodeFault(code=error.code, message=error.message) for error in self.errors)
        return Blow(event=self.event, faults=faults, exit_code=self.exit_code)


class TaskFinish(Body):
    """Running tasks of a job, those named or all, end by themselves."""

    tasks: tuple[str, ...] | None = None
    exit_code: int = Field(default=0, ge=0)


@operation("Control_Health")
async def health(request: web.Request) -> web.Response:
    """Whether the simulator answers, and its simulated time."""
    world = request.app[WORLD]
    return web.json_response({"status": "ok", "time": world.clock.now().isoformat()})


@operation("Control_ListRequests")
async def list_requests(request: web.Request) -> web.Response:
    """The journal: `since` (a sequence number), `service`, `operation` and `method` narrow it."""
    journal = request.app[WORLD].journal
    question = Question(
        since=int(request.query.get("since", "0")),
        service=request.query.get("service"),
        operation=request.query.get("operation"),
        method=request.query.get("method"),
    )
    entries = [entry.document() for entry in journal.ask(question)]
    return web.json_response({"sequence": journal.sequence, "requests": entries})


@operation("Control_ReadClock")
async def read_clock(request: web.Request) -> web.Response:
    """The simulated time and the speed."""
    return web.json_response(_clock_document(request.app[WORLD]))


@operation("Control_MoveClock")
async def move_clock(request: web.Request) -> web.Response:
    """Set the speed, advance the time, or both."""
    world, change = request.app[WORLD], await _body(request, ClockChange)
    if change.speed is not None:
        world.clock.speed = change.speed
    if change.advance is not None:
        world.clock.advance(change.advance)
        await request.app[SITES].settle()
    return web.json_response(_clock_document(world))


@operation("Control_ListFaults")
async def list_faults(request: web.Request) -> web.Response:
    """The ordered faults and how often each has struck."""
    faults = [fault.document() for fault in request.app[WORLD].faults.all()]
    return web.json_response({"faults": faults})


@operation("Control_OrderFault")
async def order_fault(request: web.Request) -> web.Response:
    """Order a fault."""
    fault = request.app[WORLD].faults.order(await _body(request, FaultOrder))
    return web.json_response(fault.document(), status=201)


@operation("Control_ClearFaults")
async def clear_faults(request: web.Request) -> web.Response:
    """Forget every fault."""
    request.app[WORLD].faults.clear()
    return web.Response(status=204)


@operation("Control_ListReplicationTroubles")
async def list_replication_troubles(request: web.Request) -> web.Response:
    """The ordered trouble with replication, and how often each has struck."""
    return web.json_response({"troubles": request.app[WORLD].compute.replicator.troubles.documents()})


@operation("Control_OrderReplicationTrouble")
async def order_replication_trouble(request: web.Request) -> web.Response:
    """Let replications fail, stand still or take longer."""
    order = await _body(request, ReplicationOrder)
    return web.json_response({"id": request.app[WORLD].compute.replicator.troubles.order(order)}, status=201)


@operation("Control_ClearReplicationTroubles")
async def clear_replication_troubles(request: web.Request) -> web.Response:
    """Forget all trouble with replication; what stands still goes on."""
    request.app[WORLD].compute.replicator.resume()
    return web.Response(status=204)


@operation("Control_DeleteBlob")
async def delete_blob(request: web.Request) -> web.Response:
    """Delete the blob at `uri` from its storage account."""
    uri = request.query.get("uri", "")
    if request.app[WORLD].compute.blobs.delete(uri) is None:
        raise ArmError(404, "BlobNotFound", f"There is no blob '{uri}'.")
    return web.Response(status=204)


@operation("Control_ReadQuotas")
async def read_quotas(request: web.Request) -> web.Response:
    """The quotas of a Batch account, by its name."""
    return web.json_response(_quota_document(_account(request).quotas))


@operation("Control_ChangeQuotas")
async def change_quotas(request: web.Request) -> web.Response:
    """Change some quotas of a Batch account; what already exists stays."""
    account, change = _account(request), await _body(request, QuotaChange)
    account.quotas = _changed(account.quotas, change)
    return web.json_response(_quota_document(account.quotas))


@operation("Control_StrikeNodes")
async def strike_nodes(request: web.Request) -> web.Response:
    """Let an event strike nodes of a pool; answers how many it struck."""
    account, order = _account(request), await _body(request, NodeStrike)
    batch, pool = request.app[WORLD].batch, request.match_info["pool"]
    nodes = order.count if order.nodes is None else order.nodes
    try:
        struck = batch.strike_nodes(account, pool, order.blow(), nodes)
    except BatchError as error:
        raise ArmError(error.status, error.code, error.message) from error
    return web.json_response({"struck": struck})


@operation("Control_FinishTasks")
async def finish_tasks(request: web.Request) -> web.Response:
    """Let running tasks of a job end; answers how many did."""
    account, order = _account(request), await _body(request, TaskFinish)
    operations = request.app[WORLD].batch.jobs(account)
    try:
        job = operations.jobs.get(request.match_info["job"])
        finished = operations.finish(job, order.tasks, order.exit_code)
    except BatchError as error:
        raise ArmError(error.status, error.code, error.message) from error
    return web.json_response({"finished": finished})


@operation("Control_ChangeProofs")
async def change_proofs(request: web.Request) -> web.Response:
    """Let an application, by its name in the scenario, sign in by these proofs and no others."""
    name = request.match_info["application"]
    try:
        request.app[WORLD].directory.prove_by(name, await _body(request, Proofs))
    except KeyError as error:
        raise ArmError(404, "ApplicationNotFound", f"There is no application '{name}'.") from error
    return web.Response(status=204)


@operation("Control_DumpState")
async def dump_state(request: web.Request) -> web.Response:
    """Everything that exists, as one document for people and for comparisons."""
    return web.json_response(state_of(request.app[WORLD]))


@operation("Control_Reset")
async def reset(request: web.Request) -> web.Response:
    """Begin again as the scenario says; the endpoints stay where they are."""
    request.app[WORLD].reset()
    await request.app[SITES].settle()
    return web.Response(status=204)


async def _body(request: web.Request, model: type[Parsed]) -> Parsed:
    try:
        return model.model_validate_json(await request.read() or b"{}")
    except ValidationError as error:
        raise ArmError(400, "InvalidRequest", str(error)) from error


def _account(request: web.Request) -> BatchAccount:
    name = request.match_info["account"].casefold()
    found = next((account for account in request.app[WORLD].batch_accounts if account.name == name), None)
    if found is None:
        raise ArmError(404, "AccountNotFound", f"There is no Batch account '{name}'.")
    return found


def _clock_document(world: World) -> dict[str, Any]:
    return {"time": world.clock.now().isoformat(), "speed": world.clock.speed}


def _changed(quotas: Quotas, change: QuotaChange) -> Quotas:
    families = quotas.families if change.family_quotas is None else change.family_quotas or None
    return Quotas(
        dedicated_cores=_given(change.dedicated_core_quota, quotas.dedicated_cores),
        low_priority_cores=_given(change.low_priority_core_quota, quotas.low_priority_cores),
        families=families,
        pools=_given(change.pool_quota, quotas.pools),
        jobs=_given(change.job_quota, quotas.jobs),
    )


def _given(value: int | None, otherwise: int) -> int:
    return otherwise if value is None else value


def _quota_document(quotas: Quotas) -> dict[str, Any]:
    return {
        "dedicatedCoreQuota": quotas.dedicated_cores,
        "lowPriorityCoreQuota": quotas.low_priority_cores,
        "familyQuotas": quotas.families,
        "poolQuota": quotas.pools,
        "jobQuota": quotas.jobs,
    }
