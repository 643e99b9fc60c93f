"""Shared Key authentication of Batch accounts (REST reference of Batch, "Authenticate via Shared Key")."""

import base64
import hashlib
import hmac
import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from aiohttp import web

from azure_simulator.batch_accounts.models import BatchAccount

SCHEME = "sharedkey "
_TOLERANCE = timedelta(minutes=15)
_SIGNED_HEADERS = (
    "Content-Encoding",
    "Content-Language",
    "Content-Length",
    "Content-MD5",
    "Content-Type",
    "Date",
    "If-Modified-Since",
    "If-Match",
    "If-None-Match",
    "If-Unmodified-Since",
    "Range",
)


def why_refused(request: web.Request, account: BatchAccount) -> str | None:
    """Why the request's shared key is not accepted for `account`, or None when it is."""
    if "SharedKey" not in account.allowed_authentication_modes:
        return "The specified type of authentication SharedKey is not allowed for this account."
    name, _, signature = request.headers["Authorization"][len(SCHEME) :].strip().partition(":")
    if name.casefold() != account.name:
        return f"The account name '{name}' of the Authorization header is not the account's own."
    if not _is_recent(request.headers.get("ocp-date", request.headers.get("Date", ""))):
        return "The date header in the request is missing or more than 15 minutes away from the server's time."
    if any(hmac.compare_digest(signature, right) for right in _signatures(request, account)):
        return None
    return "The MAC signature found in the HTTP request is not the same as any computed signature."


def _is_recent(date: str) -> bool:
    """Signatures live in real time, as tokens do."""
    try:
        sent = parsedate_to_datetime(date)
    except ValueError:
        return False
    return abs(datetime.now(UTC) - sent.astimezone(UTC)) <= _TOLERANCE


def _signatures(request: web.Request, account: BatchAccount) -> Iterator[str]:
    """Every right signature: either key, and the two ways in which clients write parameter names."""
    for key, lower in itertools.product(account.keys, (False, True)):
        text = _text(request, account.name, lower=lower).encode()
        digest = hmac.digest(base64.b64decode(key), text, hashlib.sha256)
        yield base64.b64encode(digest).decode()


def _text(request: web.Request, account: str, *, lower: bool) -> str:
    path = request.raw_path.partition("?")[0]
    names = {name.lower() if lower else name: value for name, value in request.query.items() if value}
    query = "".join(f"\n{name}:{names[name]}" for name in sorted(names))
    ocp = sorted((name.lower(), value) for name, value in request.headers.items() if name.lower().startswith("ocp-"))
    lines = [request.method, *(_signed(request, name) for name in _SIGNED_HEADERS)]
    lines += [f"{name}:{value}" for name, value in ocp]
    return "\n".join([*lines, f"/{account}{path}"]) + query


def _signed(request: web.Request, name: str) -> str:
    """A header as it is signed; a request that may have a body and has none signs its length as 0."""
    value = request.headers.get(name, "")
    if name == "Content-Length" and request.method in {"GET", "HEAD"}:
        return "" if value == "0" else value
    return value or ("0" if name == "Content-Length" else "")
