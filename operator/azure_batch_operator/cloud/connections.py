"""The connections that every client of the process shares, whoever signs in over them."""

import ssl

import aiohttp
from azure.core.pipeline.transport import AioHttpTransport

from azure_batch_operator.settings import Settings


def connections_of(settings: Settings) -> aiohttp.ClientSession:
    """Connections over TLS that trust the configured authorities, through the proxy of the environment if any."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(ssl=ssl.create_default_context(cafile=settings.ca_file)),
        cookie_jar=aiohttp.DummyCookieJar(),
        middlewares=(_once,),
        trust_env=True,
    )


def transport_over(
    connections: aiohttp.ClientSession, seconds: float, *, connecting: float | None = None
) -> AioHttpTransport:
    """Azure's clients over these connections, with so long for an answer, and for a connection."""
    return AioHttpTransport(
        session=connections, session_owner=False, connection_timeout=connecting or seconds, read_timeout=seconds
    )


async def _once(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Keep aiohttp from sending a GET, PUT or DELETE again when its connection broke: the turn decides that."""
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise aiohttp.ClientConnectionError(str(error)) from error
