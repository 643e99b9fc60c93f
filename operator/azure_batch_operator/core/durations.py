"""Durations as Azure writes them: ISO 8601, compared as lengths of time and never as text."""

from datetime import timedelta

import isodate


def parse(text: str) -> timedelta:
    """The length of an ISO 8601 duration such as `PT45M` or `PT45M00S`; ValueError for anything else.

    Years and months have no fixed length, so Azure never writes them and they are refused here.
    """
    try:
        duration = isodate.parse_duration(text)
    except (isodate.ISO8601Error, TypeError) as error:
        raise ValueError(f"{text!r} is not an ISO 8601 duration such as PT45M") from error
    if not isinstance(duration, timedelta):
        raise ValueError(f"{text!r} counts years or months, which have no fixed length")  # noqa: TRY004
    return duration


def iso(duration: timedelta) -> str:
    """The duration as Batch answers it: 45 minutes are `PT45M`."""
    return str(isodate.duration_isoformat(duration))


def in_words(duration: timedelta) -> str:
    """The duration for a person: `45 min`, `1 h 30 min`, `20 s`."""
    seconds = round(duration.total_seconds())
    parts = ((seconds // 3600, "h"), (seconds // 60 % 60, "min"), (seconds % 60, "s"))
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or "0 s"
