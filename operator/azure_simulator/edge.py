"""What every request passes on its way in, and every answer on its way out."""

import asyncio
import contextlib
import logging
import time
import uuid

from aiohttp import web

from azure_simulator.access import CALLER
from azure_simulator.answers import (
    BODY,
    Handler,
    Operation,
    Refusal,
    ServiceError,
    Stamp,
    http_date,
    operation_of,
    retry_after,
)
from azure_simulator.exchanges import Observer, exchange_of
from azure_simulator.faults import FAULT
from azure_simulator.journal import Arrival, entry_of
from azure_simulator.throttling import Buckets, limit_of
from azure_simulator.world import ACCOUNT, WORLD

_LOG = logging.getLogger(__name__)

REQUEST_ID = web.RequestKey("request-id", str)
SERVICE = web.AppKey("service", str)
"""Who speaks where no operation is asked for; Resource Manager where an endpoint does not say."""
BUCKETS = web.AppKey("buckets", Buckets)
_ARM_HEADERS = {
    "Cache-Control": "no-cache",
    "Pragma": "no-cache",
    "Expires": "-1",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "X-Cache": "CONFIG_NOCACHE",
}


@web.middleware
async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn refusals into their envelopes, add the headers of the service, write the journal, tell observers."""
    world = request.app[WORLD]
    arrival = Arrival(sequence=world.journal.begin(), simulated_time=world.clock.now(), real_seconds=time.monotonic())
    request[REQUEST_ID] = str(uuid.uuid4())
    operation = _operation(request)
    response, error_code = await _answered(request, handler, operation)
    _add_headers(request, response, operation)
    lost = request.transport is None or request.transport.is_closing()
    account = request.app[ACCOUNT].name if ACCOUNT in request.app else None
    entry = entry_of(
        request, arrival, _operation(request), None if lost else response, account=account, error_code=error_code
    )
    if operation.service != "control":
        world.journal.add(entry)
        _tell(world.observers, request, operation, None if lost else response)
    return response


@web.middleware
async def trouble(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Carry out the fault that strikes this request, if one does."""
    operation = _operation(request)
    if operation.service == "control":
        return await handler(request)
    order = request.app[WORLD].faults.striking(request, operation)
    if order is None:
        return await handler(request)
    request[FAULT] = order
    if order.answer is not None:
        raise order.answer.refusal().spoken_by(operation.service)
    if order.lose == "request":
        return _lost(request)
    if order.delay is not None:
        await asyncio.sleep(order.delay)
    if order.lose != "response":
        return await handler(request)
    with contextlib.suppress(ServiceError):  # a refusal is lost like any answer
        await handler(request)
    return _lost(request)


@web.middleware
async def throttle(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Count Resource Manager's requests per caller and subscription; refuse the excess if the scenario says so."""
    if CALLER not in request:
        return await handler(request)
    world = request.app[WORLD]
    bucket = request.app[BUCKETS].bucket(request[CALLER].object_id, _subscription(request), request.method)
    if not bucket.draw(world.clock.now()) and world.scenario.switches.throttle_resource_manager:
        raise Refusal(
            status=429,
            code="SubscriptionRequestsThrottled",
            message=f"Number of '{bucket.limit.kind}' requests for subscription '{_subscription(request)}' "
            "exceeded the limit. Please try again after a few seconds.",
            headers=retry_after(world.clock, 1 / bucket.limit.per_second),
        ).spoken_by("resources")
    return await handler(request)


def _tell(
    observers: tuple[Observer, ...], request: web.Request, operation: Operation, response: web.StreamResponse | None
) -> None:
    if observers:
        exchange = exchange_of(request, operation, response)
        for observer in observers:
            observer(exchange)


async def _answered(
    request: web.Request, handler: Handler, operation: Operation
) -> tuple[web.StreamResponse, str | None]:
    try:
        request[BODY] = await request.read()
        return await handler(request), None
    except ServiceError as error:
        return _rendered(request, error), error.code
    except web.HTTPRequestEntityTooLarge:
        refusal = Refusal(status=413, code="RequestBodyTooLarge", message="The request body is too large.").spoken_by(
            operation.service
        )
    except web.HTTPException as error:
        refusal = _unrouted(request, error).spoken_by(operation.service)
    except Exception:  # noqa: BLE001 a bug here must answer 500, as a server does
        _LOG.exception("%s %s failed inside the simulator", request.method, request.path)
        refusal = Refusal(
            status=500, code="InternalServerError", message="The simulator failed; see its log."
        ).spoken_by(operation.service)
    return _rendered(request, refusal), refusal.code


def _rendered(request: web.Request, error: ServiceError) -> web.Response:
    stamp = Stamp(
        request_id=request[REQUEST_ID],
        time=request.app[WORLD].clock.now(),
        origin=str(request.url.origin()),
    )
    response = web.json_response(error.body(stamp), status=error.status, headers=error.headers)
    response.headers["Content-Type"] = error.content_type
    return response


def _unrouted(request: web.Request, error: web.HTTPException) -> Refusal:
    if error.status == 405:
        return Refusal(
            status=405,
            code="UnsupportedHttpVerb",
            message=f"The resource does not support the HTTP verb {request.method}.",
        )
    if ACCOUNT in request.app:
        return Refusal(
            status=400,
            code="InvalidUri",
            message="The requested URI does not represent any resource on the server.",
        )
    return Refusal(
        status=404,
        code="ResourceNotFound",
        message=f"The path '{request.path}' names nothing that Azure Resource Manager knows.",
    )


def _lost(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)


def _operation(request: web.Request) -> Operation:
    operation = operation_of(request)
    if operation.service != "unknown":
        return operation
    return Operation(name="Unknown", service=request.app.get(SERVICE, "resources"))


def _subscription(request: web.Request) -> str:
    parts = request.path.split("/")
    return parts[2] if len(parts) > 2 and parts[1].casefold() == "subscriptions" else "tenant"


def _add_headers(request: web.Request, response: web.StreamResponse, operation: Operation) -> None:
    response.headers["Date"] = http_date(request.app[WORLD].clock.now())
    match operation.service:
        case "control" | "instance_metadata":
            return
        case "batch":
            _add_batch_headers(request, response)
        case "identity":
            response.headers.update({"Cache-Control": "no-store, no-cache", "Pragma": "no-cache"})
            response.headers["x-ms-request-id"] = request[REQUEST_ID]
        case _:
            _add_arm_headers(request, response)


def _add_batch_headers(request: web.Request, response: web.StreamResponse) -> None:
    response.headers["request-id"] = request[REQUEST_ID]
    response.headers["DataServiceVersion"] = "3.0"
    own = request.headers.get("client-request-id")
    if own is not None and request.headers.get("return-client-request-id", "").casefold() == "true":
        response.headers["client-request-id"] = own


def _add_arm_headers(request: web.Request, response: web.StreamResponse) -> None:
    headers = response.headers
    headers.update(_ARM_HEADERS)
    headers["x-ms-request-id"] = request[REQUEST_ID]
    headers["x-ms-correlation-request-id"] = request.headers.get("x-ms-correlation-request-id", request[REQUEST_ID])
    moment = f"{request.app[WORLD].clock.now():%Y%m%dT%H%M%SZ}"
    headers["x-ms-routing-request-id"] = f"WESTEUROPE:{moment}:{request[REQUEST_ID]}"
    own = request.headers.get("x-ms-client-request-id")
    if own is not None and request.headers.get("x-ms-return-client-request-id", "").casefold() == "true":
        headers["x-ms-client-request-id"] = own
    if CALLER in request:
        bucket = request.app[BUCKETS].bucket(request[CALLER].object_id, _subscription(request), request.method)
        headers[f"x-ms-ratelimit-remaining-subscription-{limit_of(request.method).kind}"] = str(int(bucket.left))
