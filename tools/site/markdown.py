"""Plain text and tables as Markdown."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

_BAR = re.compile(r"(?<=\s)\|(?=\s)")
_MARKS = re.compile(r"([\\`*_\[\]{}#~^])")


def plain(text: str) -> str:
    """Text that is shown as it stands, also in a table."""
    html = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _MARKS.sub(r"\\\1", html).replace("|", "&#124;")


def code(text: str) -> str:
    """Text as code, also in a table."""
    return f"`{text}`" if "|" not in text else f"<code>{plain(text)}</code>"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """The lines of a table, and an empty one after it."""
    lines = [head, ["---"] * len(head), *rows]
    return [f"| {' | '.join(line)} |" for line in lines] + [""]


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a written page, with the headings that it is under and the paragraph before it."""

    headings: tuple[str, ...]
    paragraph: str
    rows: tuple[dict[str, str], ...]
    """Each row by the words of the table's head."""

    @property
    def head(self) -> tuple[str, ...]:
        """The words of the table's head."""
        return tuple(self.rows[0])


def tables(text: str) -> Iterator[Table]:
    """The tables of a page."""
    headings: list[str] = []
    paragraph = ""
    for block in text.split("\n\n"):
        lines = block.strip().splitlines()
        if heading := re.match(r"(#+) (.+)", block):
            headings = [*headings[: len(heading[1]) - 1], heading[2]]
        elif block.startswith("|"):
            yield Table(tuple(headings), paragraph, tuple(_rows(lines)))
        else:
            paragraph = " ".join(lines)


def _rows(lines: Sequence[str]) -> Iterator[dict[str, str]]:
    head, _ruler, *rows = (_cells(line) for line in lines)
    yield from (dict(zip(head, row, strict=True)) for row in rows)


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in _BAR.split(line.strip("|"))]
