"""What a query of Prometheus asks for, read by a parser of its language: names, label matchers, labels to group by."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from promql_parser import AggregateExpr, BinaryExpr, Expr, Matcher, MatchOp, VectorSelector, parse, walk

Part = TypeVar("Part", bound=Expr)

TARGET = frozenset({"job", "instance", "namespace", "pod", "service", "endpoint", "container"})
"""Labels that Prometheus gives to whatever it scrapes from a pod."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was scraped: for each name of a series, the labels of each of its samples."""

    samples: Mapping[str, tuple[Mapping[str, str], ...]]

    def labels(self, name: str | None) -> frozenset[str]:
        """The labels of a metric, those of its target included."""
        return TARGET.union(*(sample.keys() for sample in self.of(name)))

    def of(self, name: str | None) -> tuple[Mapping[str, str], ...]:
        """The samples of a metric; none when there is none of that name."""
        return self.samples.get(name or "", ())


def mistakes(query: str, seen: Seen) -> list[str]:
    """What in a query names no metric, no label, or no value that was ever seen; ValueError for no query at all."""
    expression = parse(query)
    selectors = parts(expression, VectorSelector)
    known = frozenset().union(*(seen.labels(selector.name) for selector in selectors))
    wrong = [mistake for selector in selectors for mistake in _of_selector(selector, seen)]
    grouped = [label for label in grouping(expression) if label not in known]
    return [*wrong, *(f"nothing in {query!r} has a label {label!r} to group by" for label in grouped)]


def grouping(expression: Expr) -> Iterator[str]:
    """The labels in by, without, on, ignoring, group_left and group_right."""
    for aggregation in parts(expression, AggregateExpr):
        yield from aggregation.modifier.labels if aggregation.modifier else ()
    for binary in parts(expression, BinaryExpr):
        if binary.modifier is not None:
            yield from binary.modifier.matching.labels if binary.modifier.matching else ()
            yield from binary.modifier.group_labels or ()


def parts(expression: Expr, kind: type[Part]) -> list[Part]:
    """Every part of an expression that is of that kind."""
    found: list[Expr] = []
    walk(expression, pre_visit=found.append)
    return [part for part in found if isinstance(part, kind)]


def _of_selector(selector: VectorSelector, seen: Seen) -> Iterable[str]:
    samples = seen.of(selector.name)
    if not samples:
        yield f"nothing is called {selector.name!r}"
        return
    for matcher in selector.matchers.matchers:
        if matcher.name not in seen.labels(selector.name):
            yield f"{selector.name} has no label {matcher.name!r}"
        elif matcher.name not in TARGET and not any(_admits(matcher, sample) for sample in samples):
            yield f"no {selector.name} has {matcher.name} {matcher.value!r}"


def _admits(matcher: Matcher, sample: Mapping[str, str]) -> bool:
    value, wanted = sample.get(matcher.name, ""), str(matcher.value)
    if matcher.op in (MatchOp.Re, MatchOp.NotRe):
        return bool(re.fullmatch(wanted, value)) is bool(matcher.op == MatchOp.Re)
    return (value == wanted) is bool(matcher.op == MatchOp.Equal)
