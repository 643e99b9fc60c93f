"""When Azure says to come back: the Retry-After headers, in seconds."""

from collections.abc import Mapping
from contextlib import suppress
from email.utils import parsedate_to_datetime

_LONGEST = 3600.0


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds until Azure wants to be asked again, at most an hour; None where it does not say.

    The SDKs know `x-ms-retry-after-ms` and `retry-after-ms` too; they are exact where Retry-After is rounded up.
    """
    told = {name.lower(): value for name, value in headers.items()}
    for name, unit in (("x-ms-retry-after-ms", 1000), ("retry-after-ms", 1000), ("retry-after", 1)):
        with suppress(KeyError, ValueError):
            return _bounded(float(told[name]) / unit)
    return _until_date(told)


def _until_date(told: Mapping[str, str]) -> float | None:
    """Retry-After as a date, measured from the answer's own Date: Azure's times are compared with Azure's."""
    with suppress(KeyError, ValueError, TypeError):
        return _bounded(
            (parsedate_to_datetime(told["retry-after"]) - parsedate_to_datetime(told["date"])).total_seconds()
        )
    return None


def _bounded(seconds: float) -> float:
    return min(max(0.0, seconds), _LONGEST)
