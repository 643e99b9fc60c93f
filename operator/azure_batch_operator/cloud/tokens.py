"""Tokens of one principal: one request at a time, one token per audience, and a fresh one after a 401."""

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Any

from azure.core.credentials import AccessToken
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import AzureError


class SignInError(Exception):
    """Microsoft Entra ID gave no token."""

    def __init__(self, trouble: Exception) -> None:
        super().__init__("no token")
        self.trouble = trouble
        """What azure-identity raised."""


class Tokens:
    """The credential that all clients of a principal share; azure-identity keeps a token until it nears its end."""

    def __init__(self, sign_in: Callable[[], AsyncTokenCredential]) -> None:
        self._sign_in = sign_in
        self._credential = sign_in()
        self._lock = asyncio.Lock()

    async def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        """A token for the scopes; raises SignInError when Microsoft Entra ID gives none."""
        async with self._lock:
            try:
                return await self._credential.get_token(*scopes, **options)
            except (AzureError, OSError, ValueError) as error:
                raise SignInError(error) from None

    def forget(self) -> None:
        """A token was refused: sign in anew instead of sending it until it expires."""
        self._credential = self._sign_in()

    async def close(self) -> None:
        """Give the credential's resources back."""
        await self._credential.close()

    async def __aenter__(self) -> "Tokens":
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        await self.close()
