"""Formulas that size pools: when two of them are the same text, and what Azure said to one."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class FormulaCheck:
    """What Azure's evaluation of a formula came to."""

    formula: str
    error: str | None = None
    """Azure's code and words where it cannot be evaluated; None: it can."""


def plain_formula(text: str) -> str:
    """The formula without what cannot mean anything: kinds of line ends, spaces that end a line, empty outer lines.

    Everything else stays: a line end closes a comment, and spaces may stand in a string.
    """
    return "\n".join(line.rstrip() for line in text.splitlines()).strip()
