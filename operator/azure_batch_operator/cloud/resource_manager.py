"""Asking Resource Manager through the SDKs' operations: one object, a whole list, a change; answers in wire form."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Protocol, TypeVar

from azure_batch_operator.cloud.clients import Clients
from azure_batch_operator.cloud.failures import is_gone
from azure_batch_operator.cloud.operations import Operation
from azure_batch_operator.cloud.session import AzureSession, new_request_id
from azure_batch_operator.core.failures import AzureFailure
from azure_batch_operator.core.json import JsonObject

Seen = TypeVar("Seen")


class Model(Protocol):
    """An SDK's model: it keeps the answer's JSON, unknown properties included."""

    def as_dict(self) -> dict[str, Any]:
        """The JSON."""


class Pager(Protocol):
    """An SDK's list, not begun yet."""

    def by_page(self) -> AsyncIterator[AsyncIterator[Any]]:
        """The pages, each fetched when asked for."""


class ResourceManager:
    """Frames calls of SDK operations; `ask` gets the client-request-id. Raises AzureFailure and nothing else."""

    def __init__(self, session: AzureSession) -> None:
        self._session = session

    @property
    def clients(self) -> Clients:
        """The SDK clients whose operations are asked."""
        return self._session.clients

    async def find(
        self,
        operation: Operation,
        target: str,
        ask: Callable[[str], Awaitable[Model]],
        read: Callable[[JsonObject], Seen],
    ) -> Seen | None:
        """What one GET shows, or None when Azure says that the object is not there."""
        try:
            return await self.read(operation, target, ask, read)
        except AzureFailure as failure:
            if is_gone(failure):
                return None
            raise

    async def read(
        self,
        operation: Operation,
        target: str,
        ask: Callable[[str], Awaitable[Model]],
        read: Callable[[JsonObject], Seen],
    ) -> Seen:
        """What one GET shows of an object that must be there."""
        async with self._session.call(operation, target) as request_id:
            return read((await ask(request_id)).as_dict())

    async def listed(
        self, operation: Operation, target: str, ask: Callable[[str], Pager], read: Callable[[JsonObject], Seen]
    ) -> tuple[Seen, ...]:
        """What all pages of a list show; a page that fails fails the list."""
        request_id = new_request_id()
        pages = ask(request_id).by_page()
        seen: list[Seen] = []
        while True:
            async with self._session.call(operation, target, request_id=request_id):
                page = await anext(pages, None)
                if page is None:
                    return tuple(seen)
                seen += [read(item.as_dict()) async for item in page]

    async def begin(self, operation: Operation, target: str, ask: Callable[[str], Awaitable[object]]) -> None:
        """Begin an operation; how it goes on is seen on the object."""
        async with self._session.call(operation, target) as request_id:
            _ = await ask(request_id)

    async def begin_delete(self, operation: Operation, target: str, ask: Callable[[str], Awaitable[object]]) -> None:
        """Begin a deletion; what is gone already is done."""
        try:
            await self.begin(operation, target, ask)
        except AzureFailure as failure:
            if not is_gone(failure):
                raise
