"""Tokens of one principal: one request at a time, one token per audience, and a fresh one after a 401."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from azure.core.credentials import AccessToken
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import AzureError

from azure_batch_operator.cloud.sign_in_failures import is_disowned
from azure_batch_operator.runtime.budget import Monotonic


class SignInError(Exception):
    """Nobody gave us a token."""

    def __init__(self, trouble: Exception) -> None:
        super().__init__("no token")
        self.trouble = trouble
        """What azure-identity raised."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Refusal:
    """That the credentials were not accepted the last time."""

    trouble: Exception
    scopes: tuple[str, ...]
    at: float
    """Monotonic seconds."""


class Tokens:
    """The credential that all clients of a principal share; azure-identity keeps a token until it nears its end.

    A refusal of the credentials holds for `pause` seconds for everybody who asks. `turned` is called when they are
    refused that were accepted, or had not been tried, and when they are accepted again.
    """

    def __init__(
        self,
        sign_in: Callable[[], AsyncTokenCredential],
        *,
        monotonic: Monotonic,
        pause: float,
        turned: Callable[[], None] = lambda: None,
    ) -> None:
        self._sign_in = sign_in
        self._credential = sign_in()
        self._monotonic = monotonic
        self._pause = pause
        self._turned = turned
        self._refusal: _Refusal | None = None
        self._lock = asyncio.Lock()

    async def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        """A token for the scopes; raises SignInError when none is given."""
        async with self._lock:
            if self._refusal is not None and self._monotonic() - self._refusal.at < self._pause:
                raise SignInError(self._refusal.trouble)
            try:
                token = await self._credential.get_token(*scopes, **options)
            except (AzureError, OSError, ValueError) as error:
                self._note(error, scopes)
                raise SignInError(error) from None
            self._accepted()
            return token

    async def prove(self) -> None:
        """Sign in once more where that was refused the last time; raises SignInError when it still is."""
        if self._refusal is not None:
            await self.get_token(*self._refusal.scopes)

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

    def _note(self, error: Exception, scopes: tuple[str, ...]) -> None:
        """What was refused may have been read from a file that is another by now."""
        if not is_disowned(error):
            return
        self.forget()
        first, self._refusal = self._refusal is None, _Refusal(trouble=error, scopes=scopes, at=self._monotonic())
        if first:
            self._turned()

    def _accepted(self) -> None:
        if self._refusal is not None:
            self._refusal = None
            self._turned()
