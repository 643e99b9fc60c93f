"""The gate before all work: open while this process leads and knows all objects, closed otherwise."""

import asyncio
from collections.abc import Callable

from azure_batch_operator.runtime.clock import seconds


class GateClosedError(RuntimeError):
    """Something was to be changed while this process may not change anything."""


class Gate:
    """Workers take nothing while it is closed; what runs already calls `check` before each write.

    Leading ends at a time, not with a call, and the time is looked at whenever somebody asks: after a process was
    frozen, the first that happens in it may be a write.
    """

    def __init__(self, time: Callable[[], float] = seconds) -> None:
        self._time = time
        self._leads_until = float("-inf")
        self._known = asyncio.Event()
        self._changed = asyncio.Event()

    @property
    def leads(self) -> bool:
        """Whether this process is the one that may change things, at this moment."""
        return self._time() < self._leads_until

    @property
    def knows_all(self) -> bool:
        """Whether the stores are complete."""
        return self._known.is_set()

    @property
    def is_open(self) -> bool:
        """Whether work may be done at this moment."""
        return self.leads and self.knows_all

    def check(self) -> None:
        """Raise GateClosedError unless work may be done at this moment."""
        if not self.leads:
            raise GateClosedError("this process does not lead, so it may not change anything")
        if not self.knows_all:
            raise GateClosedError("not all objects are known, so nothing may be changed")

    def lead_until(self, when: float) -> None:
        """Lead until the time is `when`; may be called again and again."""
        self._leads_until = when
        self._changed.set()

    def lead_no_more(self) -> None:
        """From now on somebody else may lead."""
        self._leads_until = float("-inf")

    def know_all(self) -> None:
        """The stores are complete."""
        self._known.set()
        self._changed.set()

    def know_too_little(self) -> None:
        """The stores are not complete any more."""
        self._known.clear()

    async def all_known(self) -> None:
        """Wait until the stores are complete."""
        await self._known.wait()

    async def wait(self) -> None:
        """Wait until the gate is open."""
        while not self.is_open:
            self._changed.clear()
            await self._changed.wait()
