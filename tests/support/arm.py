"""Plain HTTPS requests to the simulated Resource Manager and Entra ID, where no SDK reaches."""

import functools
import json
import ssl
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.support.simulator import SimulatedAzure

ARM_SCOPE = "https://management.azure.com/.default"
_TIMEOUT = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: Any

    @property
    def code(self) -> str:
        """The error code of a refusal in Resource Manager's envelope."""
        return str(self.body["error"]["code"])

    @property
    def message(self) -> str:
        """The message of a refusal in Resource Manager's envelope."""
        return str(self.body["error"]["message"])


def call(
    simulator: SimulatedAzure,
    method: str,
    path: str,
    body: Any = None,
    *,
    application: str | None = "operator",
    token: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """Send a request as an application of the scenario (None: without token), to a path or a whole URL."""
    if token is None and application is not None:
        token = simulator.credential(application).get_token(ARM_SCOPE).token
    sent = dict(headers or {})
    if token is not None:
        sent["Authorization"] = f"Bearer {token}"
    content = None if body is None else json.dumps(body).encode()
    return _send(simulator, method, path, content, sent | {"Content-Type": "application/json"})


def post_form(
    simulator: SimulatedAzure, path: str, form: Mapping[str, str], *, authorization: str | None = None
) -> Answer:
    """Post a form, as clients do to a token endpoint."""
    headers = {} if authorization is None else {"Authorization": authorization}
    return _send(simulator, "POST", path, urllib.parse.urlencode(form).encode(), headers)


def _send(
    simulator: SimulatedAzure, method: str, path: str, content: bytes | None, headers: Mapping[str, str]
) -> Answer:
    url = path if path.startswith("https://") else simulator.ready.resource_manager + path
    request = urllib.request.Request(url, data=content, method=method, headers=dict(headers))
    try:
        with urllib.request.urlopen(request, context=_context(simulator.verify), timeout=_TIMEOUT) as response:
            return _answer(response.status, response.headers, response.read())
    except urllib.error.HTTPError as error:
        return _answer(error.code, error.headers, error.read())


@functools.cache
def _context(ca_file: str) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=ca_file)


def _answer(status: int, headers: Any, content: bytes) -> Answer:
    named = {name.lower(): value for name, value in headers.items()}
    return Answer(status=status, headers=named, body=json.loads(content) if content else None)
