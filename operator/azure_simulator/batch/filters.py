"""OData `$filter` and `$select` as far as the Batch service has them.

Comparisons with `eq ne gt ge lt le`, `startswith`, `and`, `or`, `not` and brackets (learn.microsoft.com, "OData
filters in Batch"); each list says which properties it can be filtered by.
"""

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from azure_simulator.batch.errors import invalid_query

Row = Mapping[str, Any]
Predicate = Callable[[Row], bool]

_TOKEN = re.compile(
    r"""\s*(?:(?P<time>(?:datetime|datetimeoffset)'[^']*'|\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d))
    |(?P<text>'(?:[^']|'')*')|(?P<number>-?\d+)|(?P<word>[A-Za-z_][\w/]*)|(?P<sign>[(),]))""",
    re.VERBOSE | re.IGNORECASE,
)
_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}


def parse_filter(text: str, properties: frozenset[str]) -> Predicate:
    """The test that a `$filter` clause spells for rows with `properties`; 400 when it cannot be understood."""
    return _Parser(text, properties).whole()


def selected(row: Row, names: frozenset[str] | None) -> dict[str, Any]:
    """The row with only the properties that `$select` names; all of them without a `$select`."""
    return dict(row) if names is None else {name: value for name, value in row.items() if name in names}


def parse_select(text: str | None) -> frozenset[str] | None:
    """The property names of a `$select` clause."""
    if not text:
        return None
    return frozenset(name.strip() for name in text.split(",") if name.strip())


class _Parser:
    def __init__(self, text: str, properties: frozenset[str]) -> None:
        self._text = text
        self._properties = {name.lower(): name for name in properties}
        self._tokens = list(self._scan())
        self._at = 0

    def whole(self) -> Predicate:
        """The whole clause."""
        predicate = self._either()
        if self._at < len(self._tokens):
            raise self._refusal(f"'{self._tokens[self._at]}' was not expected")
        return predicate

    def _either(self) -> Predicate:
        left = self._both()
        while self._take("or"):
            left = _or(left, self._both())
        return left

    def _both(self) -> Predicate:
        left = self._single()
        while self._take("and"):
            left = _and(left, self._single())
        return left

    def _single(self) -> Predicate:
        if self._take("not"):
            inner = self._single()
            return lambda row: not inner(row)
        if self._take("("):
            predicate = self._either()
            self._expect(")")
            return predicate
        return self._starts_with() if self._take("startswith") else self._comparison()

    def _starts_with(self) -> Predicate:
        self._expect("(")
        name = self._property()
        self._expect(",")
        prefix = self._literal()
        self._expect(")")
        return lambda row: _comparable(row.get(name)).startswith(prefix)

    def _comparison(self) -> Predicate:
        name = self._property()
        word = self._next()
        compare = _COMPARISONS.get(word.lower())
        if compare is None:
            raise self._refusal(f"'{word}' is no comparison")
        return _comparison(name, compare, self._literal())

    def _property(self) -> str:
        word = self._next()
        name = self._properties.get(word.lower())
        if name is None:
            raise self._refusal(f"the property '{word}' cannot be filtered by")
        return name

    def _literal(self) -> Any:
        token = self._next()
        if token.startswith("'"):
            return token[1:-1].replace("''", "'").lower()
        if token.lower() in ("true", "false"):
            return token.lower() == "true"
        return self._number_or_time(token)

    def _number_or_time(self, token: str) -> Any:
        text = token.split("'")[1] if "'" in token else token
        try:
            return int(text) if text.lstrip("-").isdigit() else _moment(text)
        except ValueError as error:
            raise self._refusal(f"'{token}' is no value") from error

    def _scan(self) -> Iterator[str]:
        position = 0
        while self._text[position:].strip():
            match = _TOKEN.match(self._text, position)
            if match is None:
                raise self._refusal(f"syntax error at position {position}")
            position = match.end()
            yield match[0].strip()

    def _next(self) -> str:
        if self._at >= len(self._tokens):
            raise self._refusal("the clause ends too early")
        self._at += 1
        return self._tokens[self._at - 1]

    def _take(self, word: str) -> bool:
        found = self._at < len(self._tokens) and self._tokens[self._at].lower() == word
        self._at += found
        return found

    def _expect(self, word: str) -> None:
        if not self._take(word):
            raise self._refusal(f"'{word}' is missing")

    def _refusal(self, reason: str) -> Exception:
        return invalid_query("$filter", self._text, f"The filter cannot be used: {reason}.")


def _comparison(name: str, compare: Callable[[Any, Any], bool], wanted: Any) -> Predicate:
    def holds(row: Row) -> bool:
        value = _comparable(row.get(name))
        return type(value) is type(wanted) and compare(value, wanted)

    return holds


def _comparable(value: Any) -> Any:
    """Text without letter case: ids and states of the service ignore it."""
    return "" if value is None else value.lower() if isinstance(value, str) else value


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _or(left: Predicate, right: Predicate) -> Predicate:
    return lambda row: left(row) or right(row)


def _and(left: Predicate, right: Predicate) -> Predicate:
    return lambda row: left(row) and right(row)
