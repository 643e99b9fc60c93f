"""The chart's values as their file explains them: a comment above each."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One value: where it is, what it is when nobody says it, and what the comment above it says."""

    path: str
    default: Any
    about: str


def explained(text: str) -> list[Value]:
    """The values of a values.yaml in its order."""
    return list(_explained(yaml.compose(text, yaml.SafeLoader), text.splitlines(), ""))


def _explained(mapping: Any, lines: list[str], above: str) -> Iterator[Value]:
    for key, node in mapping.value:
        path = f"{above}.{key.value}".removeprefix(".")
        if isinstance(node, yaml.MappingNode) and not node.flow_style:
            yield from _explained(node, lines, path)
        else:
            yield Value(path=path, default=_plain(node), about=_comment(lines, key.start_mark.line))


def _plain(node: yaml.Node) -> Any:
    """The node as a value."""
    return yaml.safe_load(yaml.serialize(node))


def _comment(lines: list[str], line: int) -> str:
    """The comment that ends right above a line, as one text."""
    words: list[str] = []
    while line > 0 and (said := lines[line - 1].strip()).startswith("#"):
        words.insert(0, said.removeprefix("#").strip())
        line -= 1
    return " ".join(words)
