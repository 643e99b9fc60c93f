"""Secrets, one at a time and only those that a resource names: the operator may `get` them, never list or watch."""

import base64
import binascii
import re
from collections.abc import Mapping
from http import HTTPStatus

from azure_batch_operator.core.json import Json
from azure_batch_operator.kube.client import ApiFailure, KubeClient
from azure_batch_operator.reconcile.secrets import SecretUnreadError

_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")
"""What Kubernetes calls Secrets: nothing that leads to another path."""


class Secrets:
    """Reads Secrets as `reconcile.secrets.SecretReader` promises."""

    def __init__(self, client: KubeClient) -> None:
        self._client = client

    async def __call__(self, namespace: str, name: str) -> Mapping[str, bytes] | None:
        """The Secret's values by key, or None where there is none; raises SecretUnreadError."""
        if not _NAME.fullmatch(name):
            return None
        try:
            body = await self._client.get(f"/api/v1/namespaces/{namespace}/secrets/{name}")
        except ApiFailure as failure:
            if failure.not_found:
                return None
            raise SecretUnreadError(_explained(namespace, name, failure)) from None
        return _values(body.get("data"))


def _explained(namespace: str, name: str, failure: ApiFailure) -> str:
    trouble = f"Secret {namespace}/{name} cannot be read: {failure.message}"
    if failure.status == HTTPStatus.FORBIDDEN:
        return f"{trouble}. Grant the operator `get` on Secrets in this namespace (deploy/operator)."
    return trouble


def _values(data: Json) -> Mapping[str, bytes]:
    values = data if isinstance(data, dict) else {}
    return {key: _decoded(value) for key, value in values.items()}


def _decoded(value: Json) -> bytes:
    """The API server keeps only what is base64; whatever else came would be no value."""
    try:
        return base64.b64decode(str(value), validate=True)
    except binascii.Error:
        return b""
