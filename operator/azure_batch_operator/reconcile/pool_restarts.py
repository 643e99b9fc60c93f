"""How many nodes of a pool go on with a former start task: Batch runs a new one only when a node starts."""

from dataclasses import dataclass
from datetime import datetime

from azure_batch_operator.cloud.nodes import Nodes
from azure_batch_operator.core.accounts import Account
from azure_batch_operator.core.failures import AzureFailure
from azure_batch_operator.core.pools import ObservedPool
from azure_batch_operator.reconcile.beliefs import Beliefs

_RUN_AT_START = frozenset({"startTask", "applicationPackageReferences"})


@dataclass(slots=True)
class RestartMemory:
    """The last change of what nodes take over when they start; lost with the process, and with it only advice."""

    written: bool = False
    """Whether a change was written, and the pool not looked at since."""
    since: datetime | None = None
    """Azure's time of it; None: no node is left from before."""
    nodes: int | None = None
    """The last count; None: it was not to be had yet."""
    counted_at: float = 0.0

    def wrote(self, properties: frozenset[str]) -> None:
        """These properties of the pool were written."""
        self.written |= bool(properties & _RUN_AT_START)

    def begin(self, found: ObservedPool) -> None:
        """The first look after a change has Azure's time of it: when the pool was last modified."""
        self.written, self.since, self.nodes, self.counted_at = False, found.modified_at, None, float("-inf")

    def end(self) -> int:
        """No node is left from before."""
        self.since = self.nodes = None
        return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolRestarts:
    """Counts nodes that started before a change, once a resync while there are any."""

    beliefs: Beliefs
    nodes: Nodes
    resync_interval: float

    async def due(self, found: ObservedPool, account: Account, memory: RestartMemory) -> int:
        """How many nodes have yet to restart; what cannot be read stays as it was known."""
        if memory.written:
            memory.begin(found)
        there = found.current_dedicated + found.current_spot
        if memory.since is None or there == 0:
            return memory.end()
        now = self.beliefs.monotonic()
        if now - memory.counted_at >= self.resync_interval:
            await self._count(found, account, memory, memory.since)
            memory.counted_at = now
        return memory.end() if memory.nodes == 0 else min(memory.nodes or 0, there)

    async def _count(self, found: ObservedPool, account: Account, memory: RestartMemory, since: datetime) -> None:
        try:
            memory.nodes = await self.nodes.booted_before(account, found.pool_id, since)
        except AzureFailure:
            return
