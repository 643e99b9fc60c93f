"""The API server by plain requests with the administrator's token, where starting kubectl would cost too much."""

import http
import http.client
import json
import re
import ssl
from typing import Any
from urllib.parse import urlsplit

from tools.controlplane.plane import ControlPlane

GROUP = "/apis/azurebatch.io/v1alpha1"
_COUNTED = re.compile(r"^apiserver_request_total\{(?P<labels>[^}]*)\} (?P<count>\S+)$", re.MULTILINE)
_OURS = ('group="azurebatch.io"', 'group="events.k8s.io"', 'resource="namespaces"')


class ApiServer:
    """One kept connection; not for several threads."""

    def __init__(self, plane: ControlPlane) -> None:
        address = urlsplit(plane.url)
        context = ssl.create_default_context(cafile=str(plane.ca_file))
        self._token = plane.admin_token
        self._connection = http.client.HTTPSConnection(
            address.hostname or "", address.port, context=context, timeout=30
        )

    def create(self, plural: str, body: dict[str, Any]) -> None:
        """Make one custom resource."""
        self._send("POST", f"{GROUP}/namespaces/{body['metadata']['namespace']}/{plural}", body)

    def read(self, plural: str, namespace: str, name: str) -> dict[str, Any] | None:
        """One custom resource, or None when there is none."""
        status, content = self._ask("GET", f"{GROUP}/namespaces/{namespace}/{plural}/{name}")
        if status == http.HTTPStatus.NOT_FOUND:
            return None
        found: dict[str, Any] = json.loads(_accepted("GET", name, status, content))
        return found

    def list(self, plural: str, namespace: str) -> list[dict[str, Any]]:
        """All custom resources of a kind in a namespace."""
        found: list[dict[str, Any]] = json.loads(self._send("GET", f"{GROUP}/namespaces/{namespace}/{plural}"))["items"]
        return found

    def release(self, plural: str, body: dict[str, Any]) -> None:
        """Take a custom resource's finalizers away and delete it."""
        path = f"{GROUP}/namespaces/{body['metadata']['namespace']}/{plural}/{body['metadata']['name']}"
        self._send("PATCH", path, {"metadata": {"finalizers": None}})
        self._send("DELETE", path)

    def calls(self) -> int:
        """Requests so far about our kinds, events and namespaces, whoever sent them; watches count once."""
        text = self._send("GET", "/metrics").decode()
        return sum(
            int(float(found["count"]))
            for found in _COUNTED.finditer(text)
            if any(label in found["labels"] for label in _OURS)
        )

    def _send(self, method: str, path: str, body: dict[str, Any] | None = None) -> bytes:
        return _accepted(method, path, *self._ask(method, path, body))

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, bytes]:
        content_type = "application/merge-patch+json" if method == "PATCH" else "application/json"
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": content_type}
        self._connection.request(method, path, json.dumps(body) if body else None, headers)
        answer = self._connection.getresponse()
        return answer.status, answer.read()


def _accepted(method: str, path: str, status: int, content: bytes) -> bytes:
    if status >= 300:
        raise RuntimeError(f"{method} {path}: {status}: {content[:300]!r}")
    return content
