"""The little of Microsoft Graph that command lines need to assign roles: looking applications up.

Graph's errors have the shape of Resource Manager's.
"""

import re
from collections.abc import Iterator
from typing import Any

from aiohttp import web

from azure_simulator.answers import ArmError, operation
from azure_simulator.clouds import plain
from azure_simulator.identity.tokens import TokenRejectedError
from azure_simulator.scenario import Application
from azure_simulator.world import WORLD

_QUOTED = re.compile(r"'([^']*)'")


@operation("Graph_ListServicePrincipals")
async def list_service_principals(request: web.Request) -> web.Response:
    """Service principals whose application id, object id or name the `$filter` quotes; all without a filter."""
    _check_token(request)
    wanted = {text.casefold() for text in _QUOTED.findall(request.query.get("$filter", ""))}
    found = [_document(app) for app in _applications(request) if not wanted or wanted & _names(app)]
    return web.json_response({"value": found})


@operation("Graph_GetServicePrincipal")
async def get_service_principal(request: web.Request) -> web.Response:
    """One service principal, by its object id."""
    _check_token(request)
    wanted = request.match_info["object_id"].casefold()
    for application in _applications(request):
        if application.object_id.casefold() == wanted:
            return web.json_response(_document(application))
    raise ArmError(
        404,
        "Request_ResourceNotFound",
        f"Resource '{wanted}' does not exist or one of its queried reference-property objects are not present.",
    )


@operation("Graph_GetByIds")
async def get_by_ids(request: web.Request) -> web.Response:
    """The service principals with these object ids."""
    _check_token(request)
    body = await request.json()
    wanted = {str(object_id).casefold() for object_id in body.get("ids", [])}
    found = [_document(app) for app in _applications(request) if app.object_id.casefold() in wanted]
    return web.json_response({"value": found})


@operation("Graph_Request")
async def refuse(request: web.Request) -> web.StreamResponse:
    """Whatever else Microsoft Graph can do."""
    raise ArmError(
        501,
        "NotImplemented",
        f"The Azure simulator does not simulate the Microsoft Graph operation {request.method} {request.path}.",
    )


def _check_token(request: web.Request) -> None:
    world = request.app[WORLD]
    header = request.headers.get("Authorization", "")
    try:
        world.tokens.caller(header.removeprefix("Bearer "), (plain(world.cloud.graph_audience), world.origin))
    except TokenRejectedError as error:
        raise ArmError(401, "InvalidAuthenticationToken", error.message) from error


def _applications(request: web.Request) -> Iterator[Application]:
    return (app for tenant in request.app[WORLD].directory.tenants for app in tenant.applications)


def _names(application: Application) -> set[str]:
    return {name.casefold() for name in (application.client_id, application.object_id, application.name)}


def _document(application: Application) -> dict[str, Any]:
    return {
        "@odata.type": "#microsoft.graph.servicePrincipal",
        "id": application.object_id,
        "appId": application.client_id,
        "displayName": application.name,
        "servicePrincipalNames": [application.client_id],
        "servicePrincipalType": "Application",
    }
