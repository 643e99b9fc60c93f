"""Routes of this service."""

from aiohttp import web


def routes() -> list[web.RouteDef]:
    """The routes."""
    return []
