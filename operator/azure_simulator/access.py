"""Who asks, and whether their role assignments let them."""

from dataclasses import dataclass

from aiohttp import web

from azure_simulator.answers import ArmError, BatchError, operation_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """The application behind a token: directory ids of its tenant, service principal and registration."""

    tenant_id: str
    object_id: str
    app_id: str


CALLER = web.RequestKey("caller", Caller)


def caller_of(request: web.Request) -> Caller:
    """The caller whose token was accepted for this request."""
    return request[CALLER]


def require(request: web.Request, action: str, scope: str, *, data_action: bool = False) -> None:
    """Refuse with 403 unless a role assignment gives the caller `action` at `scope` (an ARM id).

    Raises ArmError `AuthorizationFailed`, or BatchError `InsufficientAccountPermissions` on a Batch endpoint.
    """
    from azure_simulator.world import WORLD

    caller = caller_of(request)
    if request.app[WORLD].rights.allows(caller, action, scope, data_action=data_action):
        return
    if operation_of(request).service == "batch":
        raise BatchError(
            403,
            "InsufficientAccountPermissions",
            "The account being accessed does not have sufficient permissions to execute this operation.",
            values={"Action": action, "Scope": scope},
        )
    raise authorization_failed(caller, action, scope)


def authorization_failed(caller: Caller, action: str, scope: str) -> ArmError:
    """Resource Manager's refusal of an action that no role assignment grants."""
    return ArmError(
        403,
        "AuthorizationFailed",
        f"The client '{caller.app_id}' with object id '{caller.object_id}' does not have authorization to "
        f"perform action '{action}' over scope '{scope}' or the scope is invalid. If access was recently "
        "granted, please refresh your credentials.",
    )
