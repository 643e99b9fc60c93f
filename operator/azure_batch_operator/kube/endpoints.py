"""The one HTTP server of the process: /metrics for Prometheus, /livez and /readyz for Kubernetes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus

import structlog
from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from azure_batch_operator.kube.probes import Answer, Probes

log = structlog.stdlib.get_logger(__name__)


@asynccontextmanager
async def endpoints(registry: CollectorRegistry, probes: Probes, *, host: str, port: int) -> AsyncIterator[None]:
    """Answer on that port, in this loop, for the length of the block; with port 0 there is no server.

    It begins before kopf does, which ends every task that is created after it.
    """
    if port == 0:
        yield
        return
    runner = web.AppRunner(_application(registry, probes), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        log.info("serving", host=host, port=port)
        yield
    finally:
        await runner.cleanup()


def _application(registry: CollectorRegistry, probes: Probes) -> web.Application:
    async def metrics(request: web.Request) -> web.Response:
        """Written in another thread, because thousands of objects have many lines."""
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        text = await asyncio.to_thread(encode, registry)
        response = web.Response(body=text, headers={"Content-Type": content_type})
        response.enable_compression()
        return response

    application = web.Application()
    application.router.add_get("/metrics", metrics)
    application.router.add_get("/livez", _answering(probes.alive))
    application.router.add_get("/readyz", _answering(probes.ready))
    application.on_response_prepare.append(_end_connection)
    return application


def _answering(ask: Callable[[], Answer]) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(_: web.Request) -> web.Response:
        found = ask()
        return web.json_response(found.body, status=HTTPStatus.OK if found.is_good else HTTPStatus.SERVICE_UNAVAILABLE)

    return answer


async def _end_connection(_: web.Request, response: web.StreamResponse) -> None:
    """Keep no connection open: kopf would wait for its task when it ends."""
    response.force_close()
