"""What turns know of Secrets: one can be read, by namespace and name, and that may fail."""

from collections.abc import Mapping
from typing import Protocol

from azure_batch_operator.core.confidential import Confidential


class SecretUnreadError(Exception):
    """Whether there is such a Secret, and what is in it, could not be read: why, in one sentence without content."""


class SecretReader(Protocol):
    """Reads one Secret, from the API server and never from a copy."""

    async def __call__(self, namespace: str, name: str) -> Mapping[str, bytes] | None:
        """The Secret's values by key, or None where there is none; raises SecretUnreadError."""


class KeyReader(Protocol):
    """Reads the key under which the operator records what secrets it applied: always the same one."""

    async def __call__(self) -> Confidential[bytes]:
        """The key; raises SecretUnreadError."""
