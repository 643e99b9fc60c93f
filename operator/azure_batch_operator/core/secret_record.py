"""Digests of secrets: what tells that a value is another one, and tells nothing else of it."""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass

from azure_batch_operator.core.confidential import Confidential

_KEY_ID_BYTES = 6
_DIGEST_BYTES = 12
"""Enough to tell values apart; without the key nobody can try values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretRecord:
    """Digests of the secrets of each top-level property of a pool that has some."""

    key_id: str
    """Which key they were made with; digests of another key say nothing."""
    digests: Mapping[str, str]

    def text(self) -> str:
        """The record as the value of the metadata item."""
        return " ".join([self.key_id, *(f"{name}={digest}" for name, digest in sorted(self.digests.items()))])


def record_from(text: str | None) -> SecretRecord | None:
    """The record in a metadata item; None where there is none."""
    match (text or "").split():
        case [key_id, *entries]:
            pairs = (entry.partition("=") for entry in entries)
            return SecretRecord(key_id=key_id, digests={name: digest for name, _, digest in pairs})
        case _:
            return None


def key_id(key: Confidential[bytes]) -> str:
    """What a key is known by."""
    return _digest(key, "key", length=_KEY_ID_BYTES)


def digest(key: Confidential[bytes], text: str) -> str:
    """The digest of a text."""
    return _digest(key, text, length=_DIGEST_BYTES)


def _digest(key: Confidential[bytes], text: str, *, length: int) -> str:
    return urlsafe_b64encode(hmac.digest(key.reveal(), text.encode(), hashlib.sha256)[:length]).decode()
