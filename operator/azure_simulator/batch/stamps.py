"""Entity tags and modification times of what clients change."""

from datetime import UTC, datetime, timedelta

_FIRST_DAY = datetime(1, 1, 1, tzinfo=UTC)


class Stamps:
    """When something was made and last changed by a client; every change gives it another entity tag."""

    def __init__(self, now: datetime) -> None:
        self.created = now
        self.modified = now
        self._ticks = ticks(now)

    @property
    def etag(self) -> str:
        """The entity tag: like the service's, the ticks of the last change."""
        return etag_of(self._ticks)

    def touch(self, now: datetime) -> None:
        """A client changed it."""
        self.modified = now
        self._ticks = max(ticks(now), self._ticks + 1)


def etag_of(number: int) -> str:
    """An entity tag as the service writes it: unquoted, hexadecimal."""
    return f"0x{number:X}"


def ticks(moment: datetime) -> int:
    """A moment as the service counts it: in units of 100 ns since the year 1."""
    return (moment - _FIRST_DAY) // timedelta(microseconds=1) * 10
