"""A page for each reason of a condition or an Event: what docs/conditions.md says of it, and how it looks in life.

What it looks like is taken from the goldens, the statuses that tests have seen.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tools.site.markdown import Table, plain, table, tables

FOLDER = "reasons"

Condition = Mapping[str, str]

_WORDS = re.compile(r"`([A-Z][A-Za-z]+)`")
_HEADS = ("| reason |", "| code |")
"""How the tables begin that are about reasons."""
_SHOWN = ("type", "status", "reason", "message")
_READY = "Ready"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a row of a table says of its reasons."""

    section: str
    kind: str
    condition: str
    happened: str
    to_do: str


@dataclass(frozen=True, slots=True)
class Sight:
    """A reason as a test has seen it."""

    scenario: str
    conditions: tuple[Condition, ...]
    events: tuple[str, ...]

    def shows(self, reason: str) -> bool:
        """Whether the reason is seen here."""
        return any(each["reason"] == reason for each in self.conditions) or any(_is_of(e, reason) for e in self.events)

    def rank(self, reason: str) -> tuple[bool, bool, bool, int]:
        """How well the reason is seen here; less is better."""
        of_ready = any(each["reason"] == reason and each["type"] == _READY for each in self.conditions)
        of_any = any(each["reason"] == reason for each in self.conditions)
        return not of_ready, not of_any, not self.events, len(self.conditions)


def reason_pages(conditions: str, goldens: Path) -> dict[str, str]:
    """The text of the page of each reason, by its place in the site, and of the page that lists them."""
    known, seen = meanings(conditions), list(sights(goldens))
    pages = {place(reason): "\n".join(_page(reason, said, seen)) for reason, said in known.items()}
    return pages | {f"{FOLDER}/README.md": "\n".join(_index(known))}


def place(reason: str) -> str:
    """Where in the site the page of a reason is."""
    return f"{FOLDER}/{reason}.md"


def meanings(conditions: str) -> dict[str, list[Meaning]]:
    """All that docs/conditions.md says of each reason."""
    found: dict[str, list[Meaning]] = {}
    for each in tables(conditions):
        for reason, meaning in _said(each):
            found.setdefault(reason, []).append(meaning)
    return found


def with_links(conditions: str) -> str:
    """docs/conditions.md with each reason as a link to its page."""
    blocks = conditions.split("\n\n")
    return "\n\n".join(_with_links(block) if block.startswith(_HEADS) else block for block in blocks)


def _with_links(block: str) -> str:
    return "\n".join(_linked(line) if line.startswith("| `") else line for line in block.splitlines())


def _linked(row: str) -> str:
    """A row of a table whose first cell has the reasons."""
    first, bar, rest = row.removeprefix("| ").partition(" | ")
    return f"| {_WORDS.sub(lambda word: f'[{word[0]}]({place(word[1])})', first)}{bar}{rest}"


def _said(told: Table) -> Iterator[tuple[str, Meaning]]:
    first = told.head[0]
    if f"| {first} |" not in _HEADS:
        return
    for row in told.rows:
        meaning = Meaning(
            section=told.headings[-1],
            kind=row.get("kind", ""),
            condition=row.get("condition", ""),
            happened=row.get("meaning") or told.paragraph.rstrip(":") + ".",
            to_do=row.get("what to do") or row.get("what follows", ""),
        )
        yield from ((reason, meaning) for reason in _WORDS.findall(row[first]))


def sights(goldens: Path) -> Iterator[Sight]:
    """What the goldens show, a status each."""
    for file in sorted(goldens.rglob("*.yaml")):
        for document in yaml.safe_load_all(file.read_text()):
            yield from _sights(file.stem.replace("-", " "), document)


def _sights(scenario: str, part: Any) -> Iterator[Sight]:
    if isinstance(part, list):
        for each in part:
            yield from _sights(scenario, each)
    elif isinstance(part, dict):
        inner = part.get("status")
        status = inner if isinstance(inner, dict) else part
        if "conditions" in status:
            events = tuple(event for event in part.get("events", ()) if isinstance(event, str) and " " in event)
            yield Sight(scenario, tuple(status["conditions"]), events)
        else:
            yield from _sights(scenario, list(part.values()))


def _page(reason: str, said: Iterable[Meaning], seen: Iterable[Sight]) -> Iterator[str]:
    yield "---\nsearch: {boost: 3}\n---\n"
    yield f"# `{reason}`\n"
    for meaning in said:
        yield from _meaning(meaning)
    if best := min(
        (sight for sight in seen if sight.shows(reason)), key=lambda sight: sight.rank(reason), default=None
    ):
        yield from _example(reason, best)


def _meaning(meaning: Meaning) -> Iterator[str]:
    yield f"## {meaning.section}\n"
    yield from (f"*{which}*\n" for which in [", ".join(filter(None, (meaning.condition, meaning.kind)))] if which)
    yield f"**What happened.** {_deeper(meaning.happened)}\n"
    if meaning.to_do:
        yield f"**What to do.** {_deeper(meaning.to_do)}\n"
    yield f"[All of “{meaning.section}”](../conditions.md#{_anchor(meaning.section)})\n"


def _example(reason: str, sight: Sight) -> Iterator[str]:
    """The conditions and Events of that reason, and Ready whatever its reason."""
    yield f"## As seen: {sight.scenario}\n"
    shown = [each for each in sight.conditions if each["reason"] == reason or each["type"] == _READY]
    conditions = [{name: each[name] for name in _SHOWN} for each in shown]
    yield f"```yaml\n{_yaml({'conditions': conditions})}```\n"
    if events := [event for event in sight.events if _is_of(event, reason)]:
        yield "Events:\n"
        yield from (f"- {plain(event)}" for event in dict.fromkeys(events))


def _is_of(event: str, reason: str) -> bool:
    return event.partition(":")[0].endswith(f" {reason}")


def _yaml(document: object) -> str:
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=76)


def _index(known: Mapping[str, list[Meaning]]) -> Iterator[str]:
    yield "# Reasons\n"
    yield "Every reason of a condition or an Event has a page that says what happened and what to do.\n"
    yield "The same by topic: [conditions](../conditions.md).\n"
    rows = ((f"[`{reason}`]({reason}.md)", "; ".join(_sections(known[reason]))) for reason in sorted(known))
    yield from table(("reason", "found in"), rows)


def _sections(said: Iterable[Meaning]) -> list[str]:
    return list(dict.fromkeys(meaning.section for meaning in said))


def _deeper(text: str) -> str:
    """Text of docs/ whose links are right one folder further down."""
    return re.sub(r"\]\((?![a-z]+:|#)", "](../", text).replace("](#", "](../conditions.md#")


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
