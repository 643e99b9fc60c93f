"""What the simulated shell makes of a command line: how long it runs and how it ends."""

import re
from math import inf
from random import Random

from azure_simulator.sections import Span

_FAILING = re.compile(r"\bexit\s+(?P<code>[1-9]\d{0,2})\b")
_SLEEPING = re.compile(r"\bsleep\s+(?P<seconds>infinity|\d+)\b")


def exit_code(command_line: str) -> int:
    """`exit N` fails with N, everything else succeeds."""
    match = _FAILING.search(command_line)
    return int(match["code"]) if match else 0


def seconds_of(command_line: str, otherwise: Span, random: Random) -> float:
    """`sleep N` takes N simulated seconds, `sleep infinity` all of them, anything else what the pace says."""
    match = _SLEEPING.search(command_line)
    if match is None:
        return otherwise.draw(random)
    return inf if match["seconds"] == "infinity" else float(match["seconds"])
