"""The gate before all work: open while this process may change things, closed otherwise."""

import asyncio


class GateClosedError(RuntimeError):
    """Something was to be changed while this process may not change anything."""


class Gate:
    """Workers take nothing while it is closed; what runs already calls `check` before each write."""

    def __init__(self) -> None:
        self._open = asyncio.Event()

    @property
    def is_open(self) -> bool:
        """Whether work may be done at this moment."""
        return self._open.is_set()

    def check(self) -> None:
        """Raise GateClosedError unless work may be done at this moment."""
        if not self.is_open:
            raise GateClosedError("this process may not change anything just now")

    def open(self) -> None:
        """Let workers run."""
        self._open.set()

    def close(self) -> None:
        """Let no worker begin anything new."""
        self._open.clear()

    async def wait(self) -> None:
        """Wait until the gate is open."""
        await self._open.wait()
