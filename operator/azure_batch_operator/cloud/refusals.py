"""Azure's refusals in three envelopes (Resource Manager, Batch, Entra ID) as one value, and without secrets."""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from azure.core.exceptions import HttpResponseError

from azure_batch_operator.cloud.retry_after import retry_after
from azure_batch_operator.cloud.wire import child, children, optional_text, text_or
from azure_batch_operator.core.json import JsonObject

_NOISE = re.compile(
    r"\s*(?:RequestId|Time|Trace ID|Correlation ID|Timestamp)\s*:\s*"
    r"(?:[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d\d-\d\d[T ][\d:.]+Z?)\.?",
    re.IGNORECASE,
)
"""What differs from answer to answer: the same refusal must read the same each time."""

_SECRET = re.compile(
    r"\b(sig|AccountKey|SharedAccessSignature|client_secret|password)=[^&;\s\"']+|\bBearer [\w.~+/=-]+", re.IGNORECASE
)
_AADSTS = re.compile(r"\bAADSTS\d+\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An answer that says no."""

    status: int
    code: str
    message: str
    retry_after: float | None = None


def refusal_of(error: HttpResponseError) -> Refusal | None:
    """The refusal behind an SDK's exception; None when there was no answer, or a success that cannot be read."""
    response: Any = error.response
    if response is None or response.status_code < 300:
        return None
    return read_refusal(response.status_code, response.headers, _body(response), reason=response.reason)


def read_refusal(status: int, headers: Mapping[str, str], body: JsonObject, *, reason: str | None = None) -> Refusal:
    """The refusal that an answer is; an answer of a proxy in between has no code and no body of Azure's."""
    inner = child(body, "error") or body
    return Refusal(
        status=status,
        code=_code(body, inner) or f"HTTP {status}",
        message=cleaned(_message(body, inner) or reason or f"answered {status} without a word"),
        retry_after=retry_after(headers),
    )


def cleaned(message: str) -> str:
    """Azure's words without what differs from answer to answer, and with every secret in them masked."""
    return _SECRET.sub(_masked, _NOISE.sub("", message)).strip()


def _body(response: Any) -> JsonObject:
    """The answer's JSON object, empty for anything else; a body that broke off cannot be read at all."""
    with suppress(ValueError, RuntimeError, HttpResponseError):
        body = response.json()
        if isinstance(body, Mapping):
            return body
    return {}


def _code(body: JsonObject, inner: JsonObject) -> str | None:
    """Entra ID's `error` is a word for many things; the AADSTS number in its description says which."""
    if number := _AADSTS.search(text_or(body, "error_description", "")):
        return number[0]
    return optional_text(inner, "code") or optional_text(body, "error")


def _message(body: JsonObject, inner: JsonObject) -> str:
    said = (
        optional_text(body, "error_description")
        or optional_text(inner, "message")
        or text_or(child(inner, "message"), "value", "")
    )
    return " ".join((said, *_details(inner))).strip()


def _details(inner: JsonObject) -> tuple[str, ...]:
    """Resource Manager's `details`, and Batch's `values` but for those that repeat what was sent."""
    details = tuple(
        f"({text_or(detail, 'code', 'detail')}: {text_or(detail, 'message', '')})"
        for detail in children(inner, "details")
    )
    values = tuple(
        f"({text_or(value, 'key', '')}: {text_or(value, 'value', '')})"
        for value in children(inner, "values")
        if text_or(value, "key", "") != "PropertyValue"
    )
    return details + values


def _masked(found: re.Match[str]) -> str:
    return f"{found[1]}=***" if found[1] else "Bearer ***"
