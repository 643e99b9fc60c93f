"""The operator's own key for its records of the secrets that it applied, kept in a Secret of its own."""

import asyncio
import base64
import binascii
import secrets
from http import HTTPStatus

from azure_batch_operator.core.confidential import Confidential
from azure_batch_operator.core.json import JsonObject
from azure_batch_operator.kube.client import ApiFailure, KubeClient
from azure_batch_operator.reconcile.secrets import SecretUnreadError

KEY = "key"
"""The value of the Secret."""

KEY_BYTES = 32
"""As long as the digests of SHA-256, for which a longer key does nothing more."""


class RecordKey:
    """Reads the key as `reconcile.secrets.KeyReader` promises, once in a process.

    The Secret is there already, without a value: so the operator needs no right to make Secrets.
    """

    def __init__(self, client: KubeClient, *, namespace: str, name: str) -> None:
        self._client = client
        self._path = f"/api/v1/namespaces/{namespace}/secrets/{name}"
        self._called = f"Secret {namespace}/{name}"
        self._known: Confidential[bytes] | None = None
        self._lock = asyncio.Lock()

    async def __call__(self) -> Confidential[bytes]:
        """The key; raises SecretUnreadError."""
        async with self._lock:
            if self._known is None:
                self._known = await self._read()
            return self._known

    async def _read(self) -> Confidential[bytes]:
        try:
            secret = await self._client.get(self._path)
            return self._key_in(secret) or self._key_in(await self._made(secret)) or self._unusable()
        except ApiFailure as failure:
            raise SecretUnreadError(self._explained(failure)) from None

    async def _made(self, secret: JsonObject) -> JsonObject:
        """A key of another process that was faster is not replaced: the API server refuses with a conflict."""
        metadata = secret.get("metadata")
        seen = metadata.get("resourceVersion") if isinstance(metadata, dict) else None
        value = base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
        try:
            return await self._client.patch(self._path, {"metadata": {"resourceVersion": seen}, "data": {KEY: value}})
        except ApiFailure as failure:
            if failure.status != HTTPStatus.CONFLICT:
                raise
            return await self._client.get(self._path)

    def _key_in(self, secret: JsonObject) -> Confidential[bytes] | None:
        data = secret.get("data")
        value = data.get(KEY) if isinstance(data, dict) else None
        if value is None:
            return None
        try:
            key = base64.b64decode(str(value), validate=True)
        except binascii.Error:
            key = b""
        return Confidential(key) if len(key) >= KEY_BYTES else self._unusable()

    def _unusable(self) -> Confidential[bytes]:
        raise SecretUnreadError(
            f"{self._called} has a {KEY} of less than {KEY_BYTES} bytes, by which the operator records what secrets it "
            f"applied: take {KEY} out, and the operator makes one."
        )

    def _explained(self, failure: ApiFailure) -> str:
        purpose = f"{self._called}, with the key by which the operator records what secrets it applied,"
        if failure.not_found:
            return f"{purpose} is not there: apply deploy/operator, or correct AZURE_BATCH_OPERATOR_RECORD_KEY_SECRET."
        trouble = f"{purpose} cannot be read or filled: {failure.message}"
        if failure.status == HTTPStatus.FORBIDDEN:
            return f"{trouble}. Grant the operator `get` and `patch` on it (deploy/operator)."
        return trouble
