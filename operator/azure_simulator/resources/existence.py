"""Existence checks: HEAD of whatever Resource Manager can GET."""

from aiohttp import web

from azure_simulator.answers import Handler


@web.middleware
async def answer_existence(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer HEAD with 204 where GET would answer 200 (REST reference, "Resources - Check Existence By Id")."""
    response = await handler(request)
    if request.method == "HEAD" and response.status == web.HTTPOk.status_code:
        return web.Response(status=web.HTTPNoContent.status_code)
    return response
