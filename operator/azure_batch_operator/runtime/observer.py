"""Whoever wants to hear what becomes of keys, say to count it; the loop does not know what is done with it."""

from collections.abc import Hashable
from enum import Enum
from typing import Protocol, TypeVar

K_contra = TypeVar("K_contra", bound=Hashable, contravariant=True)


class Result(Enum):
    """How a turn ended, in controller-runtime's words."""

    SUCCESS = "success"  # nothing is left to do until something changes
    REQUEUE_AFTER = "requeue_after"  # the next turn comes after a pause
    REQUEUE = "requeue"  # the next turn comes at once
    ERROR = "error"  # it failed: the next turn comes after pauses that grow


class Observer(Protocol[K_contra]):
    """Is told of every key on its way; it is called in the loop, so it must be quick and must not raise."""

    def added(self, key: K_contra) -> None:
        """The key waits from now on, which it did not before."""

    def retried(self, key: K_contra) -> None:
        """The key is to come again after a failure."""

    def taken(self, key: K_contra) -> None:
        """A worker took the key, which waits no longer."""

    def done(self, key: K_contra) -> None:
        """The worker gave the key back."""

    def turned(self, key: K_contra, result: Result, seconds: float) -> None:
        """A turn of the key ended, so many seconds after it began."""


class Unobserved:
    """Nobody listens."""

    def added(self, key: Hashable) -> None:
        """Nothing is done with it."""

    def retried(self, key: Hashable) -> None:
        """Nothing is done with it."""

    def taken(self, key: Hashable) -> None:
        """Nothing is done with it."""

    def done(self, key: Hashable) -> None:
        """Nothing is done with it."""

    def turned(self, key: Hashable, result: Result, seconds: float) -> None:
        """Nothing is done with it."""
