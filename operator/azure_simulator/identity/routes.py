"""The endpoints of Microsoft Entra ID that applications use to sign in."""

import base64
import binascii
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

from aiohttp import web

from azure_simulator.answers import EntraError, operation
from azure_simulator.identity import graph
from azure_simulator.identity.assertions import ASSERTION_TYPE, check_assertion
from azure_simulator.identity.directory import knows_secret
from azure_simulator.identity.tokens import Method, SignedIn, unknown_resource
from azure_simulator.scenario import Application, Tenant
from azure_simulator.world import WORLD

_ANY_TENANT = frozenset({"common", "organizations", "consumers"})


def routes() -> list[web.RouteDef]:
    """The routes of Entra ID."""
    return [
        web.get("/common/discovery/instance", discover_instance),
        web.get("/{tenant}/.well-known/openid-configuration", describe_v1),
        web.get("/{tenant}/v2.0/.well-known/openid-configuration", describe_v2),
        web.get("/{tenant}/discovery/keys", list_keys),
        web.get("/{tenant}/discovery/v2.0/keys", list_keys),
        web.post("/{tenant}/oauth2/token", issue_for_resource),
        web.post("/{tenant}/oauth2/v2.0/token", issue_for_scope),
        web.get("/v1.0/servicePrincipals", graph.list_service_principals),
        web.get("/v1.0/servicePrincipals/{object_id}", graph.get_service_principal),
        web.post("/v1.0/directoryObjects/getByIds", graph.get_by_ids),
        web.route("*", "/v1.0/{rest:.*}", graph.refuse),
    ]


@operation("Instance_Discover")
async def discover_instance(request: web.Request) -> web.Response:
    """Tell clients that this authority is one to be trusted, whatever authority they ask about."""
    origin, host = _origin(request), request.host
    network = {"preferred_network": host, "preferred_cache": host, "aliases": [host]}
    return web.json_response(
        {
            "tenant_discovery_endpoint": f"{origin}/common/v2.0/.well-known/openid-configuration",
            "api-version": "1.1",
            "metadata": [network],
        }
    )


@operation("OpenId_Describe")
async def describe_v1(request: web.Request) -> web.Response:
    """OpenID metadata of the v1 endpoints."""
    tenant = _tenant_or_placeholder(request)
    issuer = f"https://sts.windows.net/{tenant}/"
    return web.json_response(_metadata(request, tenant, issuer=issuer, oauth="oauth2", keys="discovery/keys"))


@operation("OpenId_DescribeV2")
async def describe_v2(request: web.Request) -> web.Response:
    """OpenID metadata of the v2.0 endpoints."""
    tenant = _tenant_or_placeholder(request)
    issuer = f"{_origin(request)}/{tenant}/v2.0"
    return web.json_response(_metadata(request, tenant, issuer=issuer, oauth="oauth2/v2.0", keys="discovery/v2.0/keys"))


@operation("Keys_List")
async def list_keys(request: web.Request) -> web.Response:
    """The keys that tokens are signed with."""
    _tenant_or_placeholder(request)
    return web.json_response(request.app[WORLD].tokens.key_set())


@operation("Token_IssueV1")
async def issue_for_resource(request: web.Request) -> web.Response:
    """The v1 token endpoint: `resource=` names the audience."""
    tenant, form = _tenant(request), await _form(request)
    signed_in = _signed_in(request, tenant, form)
    audience = form.get("resource") or form.get("scope", "").removesuffix("/.default")
    if not audience:
        raise EntraError(400, "invalid_request", _lacks("resource"), number=900144)
    _check_resource(request, tenant, audience)
    world = request.app[WORLD]
    token = world.tokens.issue(tenant, signed_in, audience)
    lifetime = world.tokens.lifetime
    return web.json_response(
        {
            "token_type": "Bearer",
            "expires_in": str(lifetime),
            "ext_expires_in": str(lifetime),
            "expires_on": str(world.tokens.expiry(token)),
            "not_before": str(world.tokens.expiry(token) - lifetime),
            "resource": audience,
            "access_token": token,
        }
    )


@operation("Token_IssueV2")
async def issue_for_scope(request: web.Request) -> web.Response:
    """The v2.0 token endpoint: `scope=` names the audience, followed by `/.default`."""
    tenant, form = _tenant(request), await _form(request)
    signed_in = _signed_in(request, tenant, form)
    audience = _audience_of_scope(form.get("scope", ""))
    _check_resource(request, tenant, audience)
    tokens = request.app[WORLD].tokens
    return web.json_response(
        {
            "token_type": "Bearer",
            "expires_in": tokens.lifetime,
            "ext_expires_in": tokens.lifetime,
            "access_token": tokens.issue(tenant, signed_in, audience),
        }
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Secret:
    client_id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Assertion:
    client_id: str
    token: str


def _signed_in(request: web.Request, tenant: Tenant, form: dict[str, str]) -> SignedIn:
    _check_grant(form.get("grant_type"))
    proof = _proof(request, form)
    application = request.app[WORLD].directory.application(tenant, proof.client_id)
    if application is None:
        raise _unknown_application(proof.client_id, tenant)
    match proof:
        case _Secret(text=text):
            _check_secret(application, text)
            return SignedIn(application=application, method=Method.SECRET)
        case _Assertion(token=token):
            check_assertion(application, token, _own_names(request, tenant))
            return SignedIn(application=application, method=Method.ASSERTION)


def _check_secret(application: Application, secret: str) -> None:
    if not knows_secret(application, secret):
        raise EntraError(
            401,
            "invalid_client",
            "Invalid client secret provided. Ensure the secret being sent in the request is the client secret "
            f"value, not the client secret ID, for a secret added to app '{application.client_id}'.",
            number=7000215,
        )


def _own_names(request: web.Request, tenant: Tenant) -> set[str]:
    """What an assertion may call this authority: its token endpoints, and its issuer."""
    bases = [f"{_origin(request)}/{name}" for name in (tenant.id, tenant.domain)]
    return {f"{base}/{path}" for base in bases for path in ("oauth2/token", "oauth2/v2.0/token", "v2.0")}


def _check_grant(grant: str | None) -> None:
    if not grant:
        raise EntraError(400, "invalid_request", _lacks("grant_type"), number=900144)
    if grant != "client_credentials":
        raise EntraError(
            400,
            "unsupported_grant_type",
            f"The app requested an unsupported grant type '{grant}'; this simulator signs in with "
            "client_credentials only.",
            number=70003,
        )


def _unknown_application(client_id: str, tenant: Tenant) -> EntraError:
    return EntraError(
        400,
        "unauthorized_client",
        f"Application with identifier '{client_id}' was not found in the directory '{tenant.display_name}'. This "
        "can happen if the application has not been installed by the administrator of the tenant or consented to "
        "by any user in the tenant. You may have sent your authentication request to the wrong tenant.",
        number=700016,
    )


def _proof(request: web.Request, form: dict[str, str]) -> _Secret | _Assertion:
    header = request.headers.get("Authorization", "")
    if header.casefold().startswith("basic "):
        client_id, _, secret = _decoded(header[6:]).partition(":")
        return _Secret(client_id=unquote_plus(client_id), text=unquote_plus(secret))
    if "client_id" not in form:
        raise EntraError(400, "invalid_request", _lacks("client_id"), number=900144)
    if "client_assertion" in form:
        return _asserted(form)
    if "client_secret" not in form:
        raise EntraError(
            401,
            "invalid_client",
            "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
            number=7000218,
        )
    return _Secret(client_id=form["client_id"], text=form["client_secret"])


def _asserted(form: dict[str, str]) -> _Assertion:
    if form.get("client_assertion_type") != ASSERTION_TYPE:
        message = f"{_lacks('client_assertion_type')} Its value must be '{ASSERTION_TYPE}'."
        raise EntraError(400, "invalid_request", message, number=900144)
    return _Assertion(client_id=form["client_id"], token=form["client_assertion"])


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise EntraError(400, "invalid_request", "The Authorization header is malformed.", number=9002313) from error


def _audience_of_scope(scope: str) -> str:
    if not scope:
        raise EntraError(400, "invalid_request", _lacks("scope"), number=900144)
    asked = [word for word in scope.split() if word not in {"openid", "profile", "offline_access"}]
    if len(asked) != 1 or not asked[0].endswith("/.default"):
        raise EntraError(
            400,
            "invalid_scope",
            f"The provided value for scope {scope} is not valid. Client credential flows must have a scope value "
            "with /.default suffixed to the resource identifier (application ID URI).",
            number=1002012,
        )
    return asked[0].removesuffix("/.default")


def _check_resource(request: web.Request, tenant: Tenant, audience: str) -> None:
    if not request.app[WORLD].issues_tokens_for(audience):
        raise EntraError(400, "invalid_resource", unknown_resource(audience, tenant), number=500011)


def _tenant(request: web.Request) -> Tenant:
    name = request.match_info["tenant"]
    tenant = request.app[WORLD].directory.tenant(name)
    if tenant is None:
        raise EntraError(
            400,
            "invalid_request",
            f"Tenant '{name}' not found. Check to make sure you have the correct tenant ID and are signing into "
            "the correct cloud. Check with your subscription administrator, this may happen if there are no "
            "active subscriptions for the tenant.",
            number=90002,
        )
    return tenant


def _tenant_or_placeholder(request: web.Request) -> str:
    if request.match_info["tenant"] in _ANY_TENANT:
        return "{tenantid}"
    try:
        return _tenant(request).id
    except EntraError as error:
        raise EntraError(400, "invalid_tenant", error.message, number=error.number) from error


def _metadata(request: web.Request, tenant: str, *, issuer: str, oauth: str, keys: str) -> dict[str, Any]:
    own = tenant if not tenant.startswith("{") else request.match_info["tenant"]
    base = f"{_origin(request)}/{own}"
    return {
        "token_endpoint": f"{base}/{oauth}/token",
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
        "jwks_uri": f"{base}/{keys}",
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code", "id_token", "code id_token", "token id_token", "token"],
        "scopes_supported": ["openid"],
        "issuer": issuer,
        "authorization_endpoint": f"{base}/{oauth}/authorize",
        "device_authorization_endpoint": f"{base}/{oauth}/devicecode",
        "end_session_endpoint": f"{base}/{oauth}/logout",
        "claims_supported": ["sub", "iss", "aud", "exp", "iat", "tid", "ver", "appid", "oid"],
        "tenant_region_scope": "EU",
        "cloud_instance_name": request.host,
    }


async def _form(request: web.Request) -> dict[str, str]:
    return {key: value for key, value in (await request.post()).items() if isinstance(value, str)}


def _origin(request: web.Request) -> str:
    return request.app[WORLD].origin


def _lacks(parameter: str) -> str:
    return f"The request body must contain the following parameter: '{parameter}'."
