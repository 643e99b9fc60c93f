"""The state of the Batch service behind every account."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from azure_simulator.world import World


class BatchService:
    """Pools, nodes and jobs of all accounts."""

    def __init__(self, world: "World") -> None:
        self._world = world
