"""Autoscale formulas: a small evaluator for the part of the language that needs no samples of metrics.

Statements are assignments; expressions know numbers, the four operations, comparisons, `? :`, `min`, `max`,
own variables, `$CurrentDedicatedNodes` and `$CurrentLowPriorityNodes` (learn.microsoft.com, "Create a formula
to automatically scale compute nodes in a Batch pool").
"""

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from azure_simulator.batch.states import Targets

MOST_BYTES = 8 * 1024
MOST_STATEMENTS = 100

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<name>\$?[A-Za-z_]\w*)|(?P<sign><=|>=|==|!=|[-+*/()<>?:;=,.&|!]))"
)
_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_OPTIONS = ("requeue", "terminate", "taskcompletion", "retaineddata")
_DEDICATED = ("$TargetDedicatedNodes", "$TargetDedicated")
_LOW_PRIORITY = "$TargetLowPriorityNodes"
_OPTION = "$NodeDeallocationOption"

_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}


class FormulaSyntaxError(Exception):
    """The formula is none; the message says where."""


class FormulaNotSimulatedError(Exception):
    """The formula uses a part of the language that is not simulated; the message names it."""


class FormulaTooLongError(Exception):
    """The formula has more bytes or statements than the service takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What a formula asks for: the targets, and what happens to tasks on nodes that go."""

    targets: Targets
    option: str

    @property
    def results(self) -> str:
        """The results text of an autoscale run."""
        return (
            f"$TargetDedicatedNodes={self.targets.dedicated};"
            f"$TargetLowPriorityNodes={self.targets.low_priority};$NodeDeallocationOption={self.option}"
        )


def evaluate(formula: str, current: Targets) -> Evaluation:
    """Evaluate a formula for a pool with `current` nodes.

    Raises FormulaSyntaxError, FormulaTooLongError or FormulaNotSimulatedError.
    """
    if len(formula.encode()) > MOST_BYTES:
        raise FormulaTooLongError
    variables = _Parser(formula, current).run()
    dedicated = next((variables[name] for name in _DEDICATED if name in variables), 0.0)
    return Evaluation(
        targets=Targets(dedicated=_whole(dedicated), low_priority=_whole(variables.get(_LOW_PRIORITY, 0.0))),
        option=_OPTIONS[int(variables.get(_OPTION, 0))],
    )


def _whole(value: float) -> int:
    return max(0, int(value))


class _Parser:
    """Parses and computes in one go; one instance evaluates one formula."""

    def __init__(self, formula: str, current: Targets) -> None:
        self._tokens = list(_tokens(_COMMENT.sub(" ", formula)))
        self._at = 0
        self._variables: dict[str, float] = {
            "$CurrentDedicatedNodes": float(current.dedicated),
            "$CurrentDedicated": float(current.dedicated),
            "$CurrentLowPriorityNodes": float(current.low_priority),
        }

    def run(self) -> Mapping[str, float]:
        """All variables after the last statement."""
        statements = 0
        while self._at < len(self._tokens):
            if self._take(";"):
                continue
            self._assignment()
            statements += 1
            if statements > MOST_STATEMENTS:
                raise FormulaTooLongError
        return self._variables

    def _assignment(self) -> None:
        name = self._next()
        if not _is_name(name):
            raise FormulaSyntaxError(f"Expected a variable to assign to, but found '{name}'.")
        self._expect("=")
        self._variables[name] = self._option() if name == _OPTION else self._choice()
        if self._at < len(self._tokens):
            self._expect(";")

    def _option(self) -> float:
        word = self._next()
        if word.lower() not in _OPTIONS:
            raise FormulaSyntaxError(f"'{word}' is not a node deallocation option.")
        return float(_OPTIONS.index(word.lower()))

    def _choice(self) -> float:
        condition = self._comparison()
        if not self._take("?"):
            return condition
        yes = self._choice()
        self._expect(":")
        no = self._choice()
        return yes if condition else no

    def _comparison(self) -> float:
        left = self._sum()
        while (sign := self._peek()) in _COMPARISONS:
            self._at += 1
            left = float(_COMPARISONS[sign](left, self._sum()))
        return left

    def _sum(self) -> float:
        value = self._product()
        while self._peek() in ("+", "-"):
            value = value + self._product() if self._next() == "+" else value - self._product()
        return value

    def _product(self) -> float:
        value = self._unary()
        while self._peek() in ("*", "/"):
            value = value * self._unary() if self._next() == "*" else self._divide(value)
        return value

    def _divide(self, value: float) -> float:
        divisor = self._unary()
        if divisor == 0:
            raise FormulaSyntaxError("Division by zero.")
        return value / divisor

    def _unary(self) -> float:
        if self._take("-"):
            return -self._unary()
        if self._take("("):
            value = self._choice()
            self._expect(")")
            return value
        token = self._next()
        return float(token) if token[:1].isdigit() else self._named(token)

    def _named(self, name: str) -> float:
        if not _is_name(name):
            raise FormulaSyntaxError(f"Expected a value, but found '{name}'.")
        if name in ("min", "max") and self._take("("):
            return self._extreme(name)
        if self._peek() in ("(", "."):
            raise FormulaNotSimulatedError(f"the function '{name}{self._peek()}' of autoscale formulas")
        if name in self._variables:
            return self._variables[name]
        if name.startswith("$"):
            raise FormulaNotSimulatedError(f"the service-defined variable '{name}' of autoscale formulas")
        raise FormulaSyntaxError(f"Use of undefined variable '{name}'.")

    def _extreme(self, name: str) -> float:
        values = [self._choice()]
        while self._take(","):
            values.append(self._choice())
        self._expect(")")
        return min(values) if name == "min" else max(values)

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _next(self) -> str:
        token = self._peek()
        if not token:
            raise FormulaSyntaxError("Unexpected end of the formula.")
        self._at += 1
        return token

    def _take(self, sign: str) -> bool:
        found = self._peek() == sign
        self._at += found
        return found

    def _expect(self, sign: str) -> None:
        if not self._take(sign):
            raise FormulaSyntaxError(f"Expected '{sign}', but found '{self._peek() or 'the end'}'.")


def _tokens(formula: str) -> Iterator[str]:
    position = 0
    while formula[position:].strip():
        match = _TOKEN.match(formula, position)
        if match is None:
            raise FormulaSyntaxError(f"Unexpected character '{formula[position:].strip()[0]}'.")
        position = match.end()
        if match["sign"] in ("&", "|", "!"):
            raise FormulaNotSimulatedError(f"the operator '{match['sign']}' of autoscale formulas")
        yield match[0].strip()


def _is_name(token: str) -> bool:
    return token[:1].isalpha() or token[:1] in ("$", "_")
