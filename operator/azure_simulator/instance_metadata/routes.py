"""Tokens of managed identities, as the metadata endpoint of a machine gives them to whoever runs there.

See "How to use managed identities for Azure resources on an Azure VM to acquire an access token" on
learn.microsoft.com, also for the errors. Plain http, and no proof but that the client is on the machine.
"""

from aiohttp import web

from azure_simulator.answers import ImdsError, not_simulated, operation
from azure_simulator.identity.tokens import Method, SignedIn, unknown_resource
from azure_simulator.scenario import Application, Tenant
from azure_simulator.world import WORLD

_OLDEST = "2018-02-01"


def routes() -> list[web.RouteDef]:
    """The routes of the metadata endpoint."""
    return [
        web.get("/metadata/identity/oauth2/token", issue_token),
        web.route("*", "/metadata/{rest:.*}", not_simulated("Instance_GetMetadata", "instance_metadata")),
    ]


@operation("Identity_GetToken")
async def issue_token(request: web.Request) -> web.Response:
    """A token of the identity that the query names, or of the only one that can be meant."""
    _check_request(request)
    world, audience = request.app[WORLD], _required(request, "resource")
    tenant, application = _principal(request)
    if not world.issues_tokens_for(audience):
        raise ImdsError(400, "invalid_resource", f"AADSTS500011: {unknown_resource(audience, tenant)}")
    token = world.tokens.issue(tenant, SignedIn(application=application, method=Method.ASSERTION), audience)
    return web.json_response(
        {
            "access_token": token,
            "client_id": application.client_id,
            "expires_in": str(world.tokens.lifetime),
            "expires_on": str(world.tokens.expiry(token)),
            "ext_expires_in": str(world.tokens.lifetime),
            "not_before": str(world.tokens.expiry(token) - world.tokens.lifetime),
            "resource": audience,
            "token_type": "Bearer",
        }
    )


def _principal(request: web.Request) -> tuple[Tenant, Application]:
    world = request.app[WORLD]
    holder = world.instance.holder(request.query)
    tenant = world.directory.tenant(holder.tenant_id)
    application = world.directory.application(tenant, holder.client_id) if tenant else None
    if tenant is None or application is None:
        raise ImdsError(400, "invalid_request", "Identity not found")
    return tenant, application


def _check_request(request: web.Request) -> None:
    """Refuse what somebody may have been made to send who did not mean to."""
    if request.headers.get("Metadata") != "true":
        raise ImdsError(400, "bad_request_102", "Required metadata header not specified")
    if "X-Forwarded-For" in request.headers:
        raise ImdsError(400, "invalid_request", "Request contains the unsupported header X-Forwarded-For")
    if _required(request, "api-version") < _OLDEST:
        raise ImdsError(400, "invalid_request", f"The api-version is not supported: write {_OLDEST} or a later one")


def _required(request: web.Request, name: str) -> str:
    if value := request.query.get(name):
        return value
    raise ImdsError(400, "invalid_request", f"Required query variable '{name}' is missing")
