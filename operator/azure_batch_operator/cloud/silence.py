"""Calls that Azure never answered, or not so that it could be read: what is known of them, in words."""

from dataclasses import dataclass

import aiohttp
from azure.core.exceptions import (
    AzureError,
    ServiceRequestError,
    ServiceRequestTimeoutError,
    ServiceResponseTimeoutError,
)


@dataclass(frozen=True, slots=True)
class Silence:
    """Why there is no answer: a code of ours, for there is none of Azure's, and a sentence."""

    code: str
    message: str


TOO_LATE = Silence("RequestTimeout", "Azure did not answer in time; whether it acted is not known")
UNTRUSTED = Silence(
    "CertificateNotTrusted",
    "the server's certificate is not signed by an authority that we trust; nothing was sent "
    "(AZURE_BATCH_OPERATOR_CA_FILE names authorities)",
)
UNREACHED = Silence("ConnectionFailed", "no connection could be made; nothing was sent")
LOST = Silence("AnswerLost", "the connection broke before Azure's answer was read; whether it acted is not known")
UNREADABLE = Silence("AnswerUnreadable", "the answer is not what Azure's API describes")


def silence_of(error: Exception) -> Silence:
    """What is known of a call that ended in this error of azure-core, aiohttp or the system."""
    match error:
        case TimeoutError() | ServiceRequestTimeoutError() | ServiceResponseTimeoutError():
            return TOO_LATE
        case ServiceRequestError():
            return _unsent(error.inner_exception)
        case AzureError() | aiohttp.ClientError() | OSError():
            return LOST
        case _:
            return UNREADABLE


def _unsent(cause: BaseException | None) -> Silence:
    match cause:
        case aiohttp.ClientConnectorCertificateError():
            return UNTRUSTED
        case aiohttp.ClientConnectorError():
            return UNREACHED
        case _:
            return LOST
