"""What it means that there is no token: who was refused what, by whom, and what to do."""

from azure.core.exceptions import AzureError, HttpResponseError
from azure.identity import CredentialUnavailableError

from azure_batch_operator.cloud.certificate_files import UnusableFileError
from azure_batch_operator.cloud.failures import Principal
from azure_batch_operator.cloud.refusals import Refusal, refusal_of
from azure_batch_operator.cloud.silence import silence_of
from azure_batch_operator.core.failures import AzureFailure, FailureKind

_SIGN_IN = "Identity_GetToken"

_ABOUT_THE_AUDIENCE = frozenset({"AADSTS500011", "AADSTS50001", "AADSTS1002012"})
"""Refusals of a token for a service that the cloud has not: the credentials are not what is wrong."""


def sign_in_failure(error: Exception, principal: Principal) -> AzureFailure:
    """The failure that means that nobody gave us a token."""
    match error:
        case UnusableFileError():
            return _failure(principal, FailureKind.UNUSABLE, str(error), code="CredentialsInvalid")
        case OSError(filename=str() as file, strerror=reason) if file:
            message = f"{file} cannot be read: {reason}. {principal.remedy}"
            return _failure(principal, FailureKind.UNAVAILABLE, message, code="CredentialsUnread")
        case _:
            refusal = _refusal_of(error)
            return _unanswered(error, principal) if refusal is None else _refused(refusal, principal)


def is_disowned(error: Exception) -> bool:
    """Whether the credentials themselves are refused, whatever they are used for."""
    refusal = _refusal_of(error)
    return refusal is not None and _kind_of(refusal) is FailureKind.UNAUTHENTICATED and not _is_about_audience(refusal)


def _refusal_of(error: Exception) -> Refusal | None:
    origin = _origin_of(error)
    return refusal_of(origin) if isinstance(origin, HttpResponseError) else None


def _origin_of(error: Exception) -> Exception:
    """What azure-identity wraps where a machine's metadata endpoint refuses, or does not answer."""
    cause = error.__cause__
    return cause if isinstance(error, CredentialUnavailableError) and isinstance(cause, AzureError) else error


def _refused(refusal: Refusal, principal: Principal) -> AzureFailure:
    """OAuth's own words, in small letters, say too little to stand as a reason."""
    kind, told = _kind_of(refusal), not refusal.code.islower()
    if kind is not FailureKind.UNAUTHENTICATED:
        return _failure(principal, kind, refusal.message, code=refusal.code, refusal=refusal)
    message = f"{refusal.message.rstrip('.')}. {_remedy(refusal, principal)}"
    return _failure(principal, kind, message, code=refusal.code if told else "SignInRefused", refusal=refusal)


def _remedy(refusal: Refusal, principal: Principal) -> str:
    if _is_about_audience(refusal):
        return "Choose the cloud in AZURE_BATCH_OPERATOR_CLOUD, or correct the audience that is set for it."
    return principal.remedy


def _unanswered(error: Exception, principal: Principal) -> AzureFailure:
    told = silence_of(_origin_of(error))
    hint = f" {principal.remedy}" if isinstance(error, CredentialUnavailableError) else ""
    return _failure(
        principal, FailureKind.UNAVAILABLE, f"{told.message}.{hint}" if hint else told.message, code=told.code
    )


def _kind_of(refusal: Refusal) -> FailureKind:
    """Entra ID refuses a wrong secret with 401, an unknown application with 400; a machine's endpoint rests at 410."""
    if refusal.status == 429:
        return FailureKind.THROTTLED
    passing = refusal.status in {408, 410} or refusal.status >= 500
    return FailureKind.UNAVAILABLE if passing else FailureKind.UNAUTHENTICATED


def _is_about_audience(refusal: Refusal) -> bool:
    return refusal.code in _ABOUT_THE_AUDIENCE


def _failure(
    principal: Principal, kind: FailureKind, message: str, *, code: str, refusal: Refusal | None = None
) -> AzureFailure:
    return AzureFailure(
        kind=kind,
        operation=_SIGN_IN,
        target=principal.issuer,
        code=code,
        message=f"No token for {principal}: {message}",
        status=refusal.status if refusal else None,
        retry_after=refusal.retry_after if refusal else None,
    )
