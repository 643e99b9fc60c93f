"""Conditional headers of the Batch service: ETags compared without quotes, times in whole seconds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from azure_simulator.batch.errors import condition_not_met, invalid_header, multiple_conditions

_CONTRADICTIONS = (
    ("If-Match", "If-None-Match"),
    ("If-Modified-Since", "If-Unmodified-Since"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """What conditions are compared with: a resource's ETag and the time of its last change."""

    etag: str
    modified: datetime


def check_write(headers: Mapping[str, str], stamp: Stamp) -> None:
    """Refuse a write with 412 when its conditional headers do not hold."""
    if not _hold(headers, stamp):
        raise condition_not_met()


def read_is_current(headers: Mapping[str, str], stamp: Stamp) -> bool:
    """Whether a read is answered with the resource; otherwise its answer is 304 without a body."""
    return _hold(headers, stamp)


def _hold(headers: Mapping[str, str], stamp: Stamp) -> bool:
    if any(all(name in headers for name in pair) for pair in _CONTRADICTIONS):
        raise multiple_conditions()
    return all(test(headers[name], stamp) for name, test in _TESTS.items() if name in headers)


def _matches(value: str, stamp: Stamp) -> bool:
    return any(_bare(tag) in ("*", stamp.etag.lower()) for tag in value.split(","))


def _bare(tag: str) -> str:
    return tag.strip().removeprefix("W/").strip('"').lower()


def _modified_since(value: str, stamp: Stamp, name: str) -> bool:
    try:
        moment = parsedate_to_datetime(value)
    except ValueError as error:
        raise invalid_header(name, value) from error
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return stamp.modified.replace(microsecond=0) > aware


_TESTS: Mapping[str, Callable[[str, Stamp], bool]] = {
    "If-Match": _matches,
    "If-None-Match": lambda value, stamp: not _matches(value, stamp),
    "If-Modified-Since": lambda value, stamp: _modified_since(value, stamp, "If-Modified-Since"),
    "If-Unmodified-Since": lambda value, stamp: not _modified_since(value, stamp, "If-Unmodified-Since"),
}
