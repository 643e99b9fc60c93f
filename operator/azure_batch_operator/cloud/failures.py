"""What Azure's refusals, and calls that were never answered, mean: the one table from its codes to our kinds.

The SDKs' exception classes are not looked at where there is an answer: with `If-Match` azure-batch raises
ResourceModifiedError for every failure, a 404 and a 500 alike. Status and code decide.
"""

import re
from dataclasses import dataclass

import aiohttp
from azure.core.exceptions import AzureError, HttpResponseError

from azure_batch_operator.cloud.operations import Operation
from azure_batch_operator.cloud.refusals import Refusal, refusal_of
from azure_batch_operator.cloud.silence import silence_of
from azure_batch_operator.core.credentials import SecretRef
from azure_batch_operator.core.failures import OWN_BUDGET, AzureFailure, FailureKind
from azure_batch_operator.runtime.budget import BudgetClosed

TROUBLES = (AzureError, BudgetClosed, aiohttp.ClientError, OSError, ValueError)
"""Everything that a call may raise; TimeoutError is an OSError, broken JSON a ValueError."""

BY_CODE: dict[str, FailureKind] = {
    # the same code comes with several statuses, or the status alone would say the wrong thing
    "AuthenticationFailed": FailureKind.UNAUTHENTICATED,  # Batch: 403
    "InvalidAuthenticationInfo": FailureKind.UNAUTHENTICATED,  # Batch: 400
    "ExpiredAuthenticationToken": FailureKind.UNAUTHENTICATED,
    "InvalidAuthenticationToken": FailureKind.UNAUTHENTICATED,
    "InvalidAuthenticationTokenTenant": FailureKind.UNAUTHENTICATED,
    "MissingSubscriptionRegistration": FailureKind.FORBIDDEN,  # 409; an administrator registers the provider
    "ScopeLocked": FailureKind.FORBIDDEN,  # 409; an administrator removes the lock
    "RequestDisallowedByPolicy": FailureKind.REFUSED,  # 403; another spec satisfies the policy
    "PropertyChangeNotAllowed": FailureKind.REFUSED,  # 409
    "InvalidApplicationPackageReferences": FailureKind.REFUSED,  # 409
    "DeleteGalleryImageVersionBlockedBeforeEndOfLife": FailureKind.REFUSED,  # 409; until that date
    "NodeAgentSKUNotFound": FailureKind.REFUSED,  # 404
    "NotImplemented": FailureKind.REFUSED,  # 501
    "PoolQuotaReached": FailureKind.QUOTA,  # 409
    "ActiveJobAndScheduleQuotaReached": FailureKind.QUOTA,  # 409
    "QuotaExceeded": FailureKind.QUOTA,
    "ResourceQuotaExceeded": FailureKind.QUOTA,
    "AccountCoreQuotaReached": FailureKind.QUOTA,
    "AccountLowPriorityCoreQuotaReached": FailureKind.QUOTA,
    "AccountSpotCoreQuotaReached": FailureKind.QUOTA,
    "AccountVMSeriesCoreQuotaReached": FailureKind.QUOTA,
    "ServerBusy": FailureKind.THROTTLED,  # 503
    "TooManyRequests": FailureKind.THROTTLED,
    "TooManyEnableAutoScaleRequests": FailureKind.THROTTLED,  # 503
}

BY_STATUS: dict[int, FailureKind] = {
    400: FailureKind.REFUSED,
    401: FailureKind.UNAUTHENTICATED,
    403: FailureKind.FORBIDDEN,
    404: FailureKind.NOT_FOUND,
    405: FailureKind.REFUSED,
    408: FailureKind.UNAVAILABLE,
    409: FailureKind.CONFLICT,
    410: FailureKind.NOT_FOUND,
    411: FailureKind.REFUSED,
    412: FailureKind.STALE,
    413: FailureKind.REFUSED,
    415: FailureKind.REFUSED,
    422: FailureKind.REFUSED,
    429: FailureKind.THROTTLED,
}

GONE = frozenset({"PoolNotFound", "ResourceNotFound", "NotFound", "ParentResourceNotFound", "ResourceGroupNotFound"})
"""Codes of a 404 that say that the object is not there; a 404 of another code (or of a proxy) says nothing of it."""

_MISSING_RIGHTS = (
    re.compile(
        r"not have permission to perform action '(?P<action>[^']+)' on the linked scope\(s\) '(?P<scope>[^']+)'"
    ),
    re.compile(r"perform action '(?P<action>[^']+)'.*? over scope '(?P<scope>[^']+)'", re.DOTALL),
    re.compile(r"priv\w+ (?P<action>\S+) on the specified resource (?P<scope>[^\s)]+)"),
)
"""How Resource Manager, for what a body names and for what is written, and Batch (which misspells it) for the image of
a pool name what is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who we are in Microsoft Entra ID."""

    name: str
    """As people find it there: an application of a tenant, or a managed identity."""
    issuer: str
    """Who gives it tokens."""
    remedy: str
    """What to do where its sign-in is refused."""
    secret: SecretRef | None = None
    """Where its credentials come from; None: from the operator's settings."""

    def __str__(self) -> str:
        return f"{self.name}, from {self.secret}" if self.secret else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call, as its failure tells it."""

    operation: Operation
    target: str
    """A Resource Manager id, or `host/pools/id`."""
    scope: str
    """Where a role must grant the operation's action."""
    request_id: str
    """The client-request-id that was sent."""


def kind_of(status: int, code: str) -> FailureKind:
    """What a refusal asks of us."""
    if code in BY_CODE:
        return BY_CODE[code]
    return BY_STATUS.get(status, FailureKind.UNAVAILABLE)


def failure_of(error: Exception, call: Call, principal: Principal) -> AzureFailure:
    """The failure that one of TROUBLES means for a call."""
    if isinstance(error, BudgetClosed):
        return _unsent(error, call)
    refusal = refusal_of(error) if isinstance(error, HttpResponseError) else None
    if refusal is None:
        return _unanswered(error, call)
    kind = kind_of(refusal.status, refusal.code)
    return AzureFailure(
        kind=kind,
        operation=call.operation.name,
        target=call.target,
        code=refusal.code,
        message=explained(kind, refusal, call, principal),
        status=refusal.status,
        retry_after=refusal.retry_after,
        request_id=call.request_id,
    )


def endpoint_not_allowed(endpoint: str, hosts: tuple[str, ...]) -> AzureFailure:
    """The failure of a call to a host that may not have our token; nothing was sent."""
    return AzureFailure(
        kind=FailureKind.REFUSED,
        operation="Endpoint_Check",
        target=endpoint,
        code="EndpointNotAllowed",
        message=f"{endpoint} is not under a host that our token may be sent to ({', '.join(hosts)}): correct the "
        "account, or name its host in AZURE_BATCH_OPERATOR_TOKEN_HOSTS",
    )


def malformed_id(operation: Operation, image_id: str) -> AzureFailure:
    """The failure of a look at something that is no managed image; nothing was sent."""
    return AzureFailure(
        kind=FailureKind.REFUSED,
        operation=operation.name,
        target=image_id,
        code="MalformedResourceId",
        message="this is no id of a managed image: write "
        "/subscriptions/<id>/resourceGroups/<group>/providers/Microsoft.Compute/images/<name>",
    )


def is_gone(failure: AzureFailure) -> bool:
    """Whether the failure says that the very object of the call does not exist."""
    return failure.status == 404 and failure.code in GONE


def explained(kind: FailureKind, refusal: Refusal, call: Call, principal: Principal) -> str:
    """Azure's words, and what they leave out: who we are, and which right on what is missing."""
    match kind:
        case FailureKind.UNAUTHENTICATED:
            return f"{refusal.message} (signed in as {principal})"
        case FailureKind.FORBIDDEN if refusal.status == 403:
            action, scope = _missing_right(refusal, call)
            return f"{refusal.message} (this needs {_rights(action, call)} on {scope}, granted to {principal})"
        case _:
            return refusal.message


def _missing_right(refusal: Refusal, call: Call) -> tuple[str, str]:
    """As the refusal names it; where it does not (Batch, for its own rights), as the table of operations does."""
    for words in _MISSING_RIGHTS:
        if said := words.search(refusal.message):
            return said["action"], said["scope"]
    return call.operation.action, call.scope


def _rights(action: str, call: Call) -> str:
    if action != call.operation.action or not call.operation.linked:
        return action
    return f"{action} (and {', '.join(call.operation.linked)} on what it names)"


def _unsent(closed: BudgetClosed, call: Call) -> AzureFailure:
    return AzureFailure(
        kind=FailureKind.THROTTLED,
        operation=call.operation.name,
        target=call.target,
        code=OWN_BUDGET,
        message=f"{closed.reason}; nothing was sent",
        retry_after=closed.retry_after,
    )


def _unanswered(error: Exception, call: Call) -> AzureFailure:
    silence = silence_of(error)
    return AzureFailure(
        kind=FailureKind.UNAVAILABLE,
        operation=call.operation.name,
        target=call.target,
        code=silence.code,
        message=silence.message,
        request_id=call.request_id,
    )
