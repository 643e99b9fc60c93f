"""Whoever wants to hear of requests, say to count them; only operations, statuses and times are told."""

from typing import Protocol


class RequestObserver(Protocol):
    """Is called in the loop, so it must be quick and must not raise."""

    def answered(self, operation: str, status: int | None, seconds: float) -> None:
        """A request of that operation was answered with that HTTP status, or, None, not at all."""

    def throttled(self, operation: str, *, by_azure: bool) -> None:
        """Azure asked for a pause, or, before anything was sent, our own budget was spent."""

    def not_signed_in(self, *, as_operator: bool) -> None:
        """There was no token for a call, of the operator itself or of whom a Secret names."""


class Unobserved:
    """Nobody listens."""

    def answered(self, operation: str, status: int | None, seconds: float) -> None:
        """Nothing is done with it."""

    def throttled(self, operation: str, *, by_azure: bool) -> None:
        """Nothing is done with it."""

    def not_signed_in(self, *, as_operator: bool) -> None:
        """Nothing is done with it."""
