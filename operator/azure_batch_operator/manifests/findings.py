"""What is said of a file: how bad it is, where, of which object, and in which words."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

Path: TypeAlias = tuple[str | int, ...]
"""The way from the root of an object to a value in it: names of properties, and places in lists."""


class Level(Enum):
    """How bad a finding is, the worst first."""

    ERROR = "error"
    """The API server would refuse the object, or the operator could do nothing for it."""
    WARNING = "warning"
    """It would be taken, and is hardly what somebody meant."""
    NOTE = "note"
    """What could not be judged from the files alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in a file, counted from 1 as editors count."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """Something to say of an object, before it is known where that stands in a file."""

    path: Path
    message: str
    """In the words of the API server where it has some for that."""
    level: Level = Level.ERROR
    hint: str | None = None
    """What to write instead, where the message does not say it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something to say of a place in a file."""

    place: Place
    level: Level
    message: str
    about: str | None = None
    """The object, `BatchPool rendering/frames`; None where none could be read."""
    field: str = ""
    """The property, as the API server writes it; empty for the object as a whole."""
    hint: str | None = None


def field_name(path: Sequence[str | int]) -> str:
    """A path as the API server writes it: `spec.targetRegions[0].name`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")
