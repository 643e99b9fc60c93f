"""The pages for people, as tests read them: their code blocks, and the commands in these."""

import re
import shlex
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).parents[2]
DOCS = PROJECT / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), PROJECT / "README.md", *(PROJECT / "examples").rglob("*.md")])

_BLOCK = re.compile(r"^( *)```(\w+)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_HEREDOC = re.compile(r"<<'?(\w+)'?\n.*?^\1$", re.MULTILINE | re.DOTALL)
_INNER = re.compile(r"\$\(([^()]*(?:\([^()]*\)[^()]*)*)\)")
_ASSIGNMENT = re.compile(r"\w+=.*", re.DOTALL)
_BETWEEN_COMMANDS = frozenset({";", "&&", "||", "|", "&", "(", ")", "do", "then", "{", "}"})


@dataclass(frozen=True, slots=True)
class Block:
    """A code block of a page."""

    page: Path
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(PROJECT)}:{self.line}"


def blocks(*languages: str) -> Iterator[Block]:
    """The code blocks in these languages of all pages."""
    for page in PAGES:
        text = page.read_text()
        for found in _BLOCK.finditer(text):
            if found[2] in languages:
                line = text.count("\n", 0, found.start()) + 1
                yield Block(page, line, found[2], textwrap.dedent(found[3]))


def commands(script: str) -> Iterator[tuple[str, ...]]:
    """Every command of a shell script in words, also those that stand inside others."""
    plain = _HEREDOC.sub("", script).replace("\\\n", " ")
    for line in plain.splitlines():
        yield from (command for inner in _INNER.findall(line) for command in commands(inner))
        yield from _in_line(_INNER.sub("INNER", line))


def _in_line(line: str) -> Iterator[tuple[str, ...]]:
    words: list[str] = []
    lexer = shlex.shlex(line, posix=True, punctuation_chars=";&|()")
    lexer.whitespace_split = True
    for word in [*lexer, ";"]:
        if word not in _BETWEEN_COMMANDS:
            words.append(word)
        elif command := tuple(_without_assignments(words)):
            yield command
            words = []
        else:
            words = []


def _without_assignments(words: list[str]) -> list[str]:
    """The words of a command from its name on."""
    first = next((place for place, word in enumerate(words) if not _ASSIGNMENT.fullmatch(word)), len(words))
    return words[first:]
