"""The door of every endpoint: whose token is accepted where, and what a caller may do in Resource Manager."""

from aiohttp import web

from azure_simulator.access import (
    CALLER,
    Caller,
    authorization_failed,
    batch_authentication_failed,
    caller_of,
)
from azure_simulator.answers import ArmError, BatchError, Handler, operation_of
from azure_simulator.arm_paths import need_of
from azure_simulator.batch_accounts.models import BatchAccount
from azure_simulator.clouds import plain
from azure_simulator.faults import FAULT
from azure_simulator.identity.tokens import TokenRejectedError, expired
from azure_simulator.shared_keys import SCHEME, why_refused
from azure_simulator.world import ACCOUNT, WORLD

_OPEN_SERVICES = frozenset({"identity", "control"})
_BEARER = "bearer "


@web.middleware
async def authenticate_for_resource_manager(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Accept bearer tokens for Resource Manager only, except where an operation is open to anybody."""
    operation = operation_of(request)
    if not operation.public and operation.service not in _OPEN_SERVICES:
        own, cloud = str(request.url.origin()).casefold(), request.app[WORLD].cloud
        try:
            request[CALLER] = _caller(request, (*cloud.resource_manager_tokens, own))
        except TokenRejectedError as error:
            raise _arm_challenge(request, error) from error
    return await handler(request)


@web.middleware
async def authenticate_for_batch(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Accept bearer tokens for the Batch service, of the account's own tenant, and the account's shared keys."""
    account = request.app[ACCOUNT]
    if request.headers.get("Authorization", "").casefold().startswith(SCHEME):
        request[CALLER] = _holder_of_key(request, account)
        return await handler(request)
    try:
        caller = _caller(request, (plain(request.app[WORLD].cloud.batch_audience),))
    except TokenRejectedError as error:
        raise _batch_challenge(request, error.message) from error
    if caller.tenant_id != account.tenant_id:
        raise _batch_challenge(request, f"The token is of the tenant {caller.tenant_id}, the account is not.")
    request[CALLER] = caller
    return await handler(request)


@web.middleware
async def authorize_for_resource_manager(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse what no role assignment of the caller grants; the path says what is needed."""
    need = need_of(request.method, request.path)
    if need is not None and CALLER in request and operation_of(request).service != "control":
        _check_subscription(request, need.scope)
        caller = caller_of(request)
        if not request.app[WORLD].rights.allows(caller, need.action, need.scope):
            raise authorization_failed(caller, need.action, need.scope)
    return await handler(request)


def _check_subscription(request: web.Request, scope: str) -> None:
    subscription = request.app[WORLD].resources.subscription(scope.split("/")[2])
    caller = caller_of(request)
    if subscription.tenant_id != caller.tenant_id:
        raise _arm_challenge(
            request,
            TokenRejectedError(
                "InvalidAuthenticationTokenTenant",
                f"The access token is from the wrong issuer 'https://sts.windows.net/{caller.tenant_id}/'. It "
                f"must match the tenant 'https://sts.windows.net/{subscription.tenant_id}/' associated with "
                "this subscription.",
            ),
        )


def _caller(request: web.Request, audiences: tuple[str, ...]) -> Caller:
    header = request.headers.get("Authorization", "")
    if not header.casefold().startswith(_BEARER):
        raise TokenRejectedError(
            "AuthenticationFailed",
            "Authentication failed. The 'Authorization' header is "
            f"{'missing' if not header else 'not a bearer token'}.",
        )
    caller = request.app[WORLD].tokens.caller(header[len(_BEARER) :].strip(), audiences)
    fault = request.get(FAULT)
    if fault is not None and fault.token_expired:
        raise expired()
    return caller


def _arm_challenge(request: web.Request, error: TokenRejectedError) -> ArmError:
    tenant = request.app[WORLD].directory.tenants[0].id
    challenge = (
        f'Bearer authorization_uri="{request.url.origin()}/{tenant}", error="invalid_token", '
        f'error_description="{error.message}"'
    )
    return ArmError(401, error.code, error.message, headers={"WWW-Authenticate": challenge})


def _batch_challenge(request: web.Request, detail: str) -> BatchError:
    tenant = request.app[ACCOUNT].tenant_id
    world = request.app[WORLD]
    challenge = f'Bearer authorization_uri="{world.origin}/{tenant}", resource_id="{world.cloud.batch_audience}"'
    return batch_authentication_failed(401, detail, {"WWW-Authenticate": challenge})


def _holder_of_key(request: web.Request, account: BatchAccount) -> Caller:
    refusal = why_refused(request, account)
    if refusal is not None:
        raise batch_authentication_failed(403, refusal)
    return Caller(tenant_id=account.tenant_id, object_id=account.id, app_id="SharedKey", shared_key=True)
