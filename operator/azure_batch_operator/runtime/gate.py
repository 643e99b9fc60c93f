"""The gate before all work: open while this process may change things, closed otherwise."""

import asyncio


class Gate:
    """Workers take nothing while it is closed; what runs already goes on and asks `is_open` before each write."""

    def __init__(self) -> None:
        self._open = asyncio.Event()

    @property
    def is_open(self) -> bool:
        """Whether work may be done at this moment."""
        return self._open.is_set()

    def open(self) -> None:
        """Let workers run."""
        self._open.set()

    def close(self) -> None:
        """Let no worker begin anything new."""
        self._open.clear()

    async def wait(self) -> None:
        """Wait until the gate is open."""
        await self._open.wait()
