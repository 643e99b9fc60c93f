"""Who asks, and whether their role assignments let them."""

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from azure_simulator.answers import ArmError, BatchError, operation_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """The application behind a token: directory ids of its tenant, service principal and registration.

    Who holds an account's shared key is nobody of the directory, and may do everything in that account.
    """

    tenant_id: str
    object_id: str
    app_id: str
    shared_key: bool = False


CALLER = web.RequestKey("caller", Caller)


def caller_of(request: web.Request) -> Caller:
    """The caller whose token was accepted for this request."""
    return request[CALLER]


def require(request: web.Request, action: str, scope: str, *, data_action: bool = False) -> None:
    """Refuse with 403 unless a role assignment, or the account's key, gives `action` at `scope` (an ARM id).

    Raises ArmError `AuthorizationFailed`, or BatchError `InsufficientAccountPermissions` on a Batch endpoint.
    """
    from azure_simulator.world import WORLD

    caller = caller_of(request)
    if caller.shared_key or request.app[WORLD].rights.allows(caller, action, scope, data_action=data_action):
        return
    if operation_of(request).service == "batch":
        raise BatchError(
            403,
            "InsufficientAccountPermissions",
            "The account being accessed does not have sufficient permissions to execute this operation.",
            values={"Action": action, "Scope": scope},
        )
    raise authorization_failed(caller, action, scope)


def refuse_shared_key(request: web.Request) -> None:
    """Refuse a shared key where the request links to something that only a token gives access to.

    Raises BatchError `AuthenticationFailed` (MicrosoftDocs/azure-docs issue 51092).
    """
    if caller_of(request).shared_key:
        raise batch_authentication_failed(
            403,
            "The specified type of authentication SharedKey is not allowed when external resources of type "
            "Compute are linked.",
        )


def batch_authentication_failed(status: int, detail: str, headers: Mapping[str, str] | None = None) -> BatchError:
    """The Batch service's refusal of credentials."""
    return BatchError(
        status,
        "AuthenticationFailed",
        "Server failed to authenticate the request. Make sure the value of Authorization header is formed "
        "correctly including the signature.",
        values={"AuthenticationErrorDetail": detail},
        headers=headers,
    )


def authorization_failed(caller: Caller, action: str, scope: str) -> ArmError:
    """Resource Manager's refusal of an action that no role assignment grants."""
    return ArmError(
        403,
        "AuthorizationFailed",
        f"The client '{caller.app_id}' with object id '{caller.object_id}' does not have authorization to "
        f"perform action '{action}' over scope '{scope}' or the scope is invalid. If access was recently "
        "granted, please refresh your credentials.",
    )
