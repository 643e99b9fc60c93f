"""The clock that tests advance by hand: the same one as that of the simulated day."""

from tools.stage.virtual_time import VirtualTime

__all__ = ["VirtualTime"]
