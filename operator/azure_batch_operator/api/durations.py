"""The two ways to write a duration: Go's (`1h30m`) in our own fields, ISO 8601 (`PT1H30M`) in Azure's."""

import re
from datetime import timedelta
from typing import Annotated

import isodate
from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from azure_batch_operator.api.model import Rule

_GO_PART = r"[0-9]{1,6}([.][0-9]{1,3})?(ms|s|m|h)"
GO_DURATION = f"^({_GO_PART})+$"
"""Go's form in units up to hours, without sign."""

ISO_DURATION = (
    r"^P([0-9]{1,4}W|[0-9]{1,4}D|"
    r"([0-9]{1,4}D)?T([0-9]{1,6}H([0-9]{1,6}M)?([0-9]{1,6}([.][0-9]{1,7})?S)?"
    r"|[0-9]{1,6}M([0-9]{1,6}([.][0-9]{1,7})?S)?|[0-9]{1,6}([.][0-9]{1,7})?S))$"
)
"""ISO 8601 without years and months, whose lengths vary."""

_DAYS = (
    "(self.contains('W') ? int(self.substring(1, self.indexOf('W'))) * 7 : "
    "self.contains('D') ? int(self.substring(1, self.indexOf('D'))) : 0)"
)
_TIME = "duration(self.contains('T') ? self.substring(self.indexOf('T') + 1).lowerAscii() : '0s')"
ISO_IN_SECONDS = f"{_DAYS} * 86400 + {_TIME}.getSeconds()"
"""CEL for the seconds in `self`, a text of the form above: what follows its T is Go's form in capitals."""

_UNITS = {"ms": "milliseconds", "s": "seconds", "m": "minutes", "h": "hours"}


def parse_go(text: object) -> object:
    """A Go duration as a timedelta; anything else is handed on for pydantic to judge."""
    if not isinstance(text, str):
        return text
    if not re.match(GO_DURATION, text):
        raise ValueError(f"{text!r} is not a duration: write it as 1h, 90m or 1h30m")
    parts = re.findall(r"([0-9.]+)(ms|s|m|h)", text)
    return sum((timedelta(**{_UNITS[unit]: float(number)}) for number, unit in parts), timedelta())


def format_go(duration: timedelta) -> str:
    """A timedelta in Go's form, `1h30m0s`-like but without empty parts."""
    seconds = round(duration.total_seconds())
    parts = ((seconds // 3600, "h"), (seconds // 60 % 60, "m"), (seconds % 60, "s"))
    return "".join(f"{number}{unit}" for number, unit in parts if number) or "0s"


def format_iso(duration: timedelta) -> str:
    """A timedelta in Azure's form, `PT45M`."""
    return str(isodate.duration_isoformat(duration))


GoDuration = Annotated[
    timedelta,
    BeforeValidator(parse_go),
    PlainSerializer(format_go),
    WithJsonSchema({"type": "string", "maxLength": 32}),
    Rule(f"self.matches('{GO_DURATION}')", "write a duration as 1h, 90m or 1h30m (hours, minutes, seconds)"),
]

IsoDuration = Annotated[
    timedelta,
    PlainSerializer(format_iso),
    WithJsonSchema({"type": "string", "maxLength": 32}),
    Rule(
        f"self.matches('{ISO_DURATION}')",
        "write Azure's durations as PT15M, PT1H30M or P1D (ISO 8601, without years and months)",
    ),
]
