"""Autoscale formulas, read and evaluated.

The language is that of learn.microsoft.com, "Create a formula to automatically scale compute nodes in a Batch pool".
A formula is read once into steps, which are then evaluated against what the pool is like; the branch of a `? :`
that is not taken is not evaluated.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from azure_simulator.batch.formula_functions import FUNCTIONS, INTERVALS, UNSIMULATED, called, part_of
from azure_simulator.batch.formula_metrics import Sight
from azure_simulator.batch.formula_values import (
    COMPARISONS,
    FormulaNotSimulatedError,
    FormulaSyntaxError,
    FormulaTooLongError,
    Value,
    combined,
    compared,
    negated,
    number,
)
from azure_simulator.batch.states import Targets

MOST_BYTES = 8 * 1024
MOST_STATEMENTS = 100

METRICS = frozenset(
    (
        *("$ActiveTasks", "$RunningTasks", "$PendingTasks", "$SucceededTasks", "$FailedTasks", "$TaskSlotsPerNode"),
        *("$CurrentDedicatedNodes", "$CurrentLowPriorityNodes", "$CurrentDedicated", "$PreemptedNodeCount"),
        *("$UsableNodeCount", "$SampleNodeCount"),
    )
)
_RETIRED = frozenset(
    (
        *("$CPUPercent", "$WallClockSeconds", "$MemoryBytes", "$DiskBytes", "$DiskReadBytes", "$DiskWriteBytes"),
        *("$DiskReadOps", "$DiskWriteOps", "$NetworkInBytes", "$NetworkOutBytes"),
    )
)
_DEDICATED = ("$TargetDedicatedNodes", "$TargetDedicated")
_LOW_PRIORITY = "$TargetLowPriorityNodes"
_TARGETS = frozenset({*_DEDICATED, _LOW_PRIORITY})
_OPTION = "$NodeDeallocationOption"
_OPTIONS = ("requeue", "terminate", "taskcompletion", "retaineddata")

_TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<text>"[^"]*")|(?P<name>\$?[A-Za-z_]\w*)"""
    r"""|(?P<sign><=|>=|==|!=|&&|\|\||[-+*/()<>?:;=,.!]))"""
)
_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)

Scope = dict[str, Value]
Step = Callable[[Sight, Scope], Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What a formula asks for: the targets, what happens to tasks on nodes that go, and its own variables."""

    targets: Targets
    option: str

    @property
    def results(self) -> str:
        """The results text of an autoscale run."""
        return (
            f"$TargetDedicatedNodes={self.targets.dedicated};"
            f"$TargetLowPriorityNodes={self.targets.low_priority};$NodeDeallocationOption={self.option}"
        )


def evaluate(formula: str, sight: Sight) -> Evaluation:
    """Evaluate a formula for what is seen of a pool.

    Raises FormulaSyntaxError, FormulaTooLongError, FormulaNotSimulatedError, or FormulaRunError where only the
    moment is wrong.
    """
    if len(formula.encode()) > MOST_BYTES:
        raise FormulaTooLongError
    scope: Scope = {}
    for name, step in _Parser(formula).statements():
        scope[name] = step(sight, scope)
    dedicated = next((scope[name] for name in _DEDICATED if name in scope), 0.0)
    return Evaluation(
        targets=Targets(
            dedicated=_whole("$TargetDedicatedNodes", dedicated),
            low_priority=_whole(_LOW_PRIORITY, scope.get(_LOW_PRIORITY, 0.0)),
        ),
        option=str(scope.get(_OPTION, "requeue")),
    )


def _whole(name: str, value: Value) -> int:
    return max(0, int(number(value, name)))


class _Parser:
    """Reads a formula; one instance reads one."""

    def __init__(self, formula: str) -> None:
        self._tokens = list(_tokens(_COMMENT.sub(" ", formula)))
        self._at = 0
        self._assigned: set[str] = set()

    def statements(self) -> list[tuple[str, Step]]:
        """The assignments in their order."""
        found: list[tuple[str, Step]] = []
        while self._at < len(self._tokens):
            if self._take(";"):
                continue
            found.append(self._assignment())
            if len(found) > MOST_STATEMENTS:
                raise FormulaTooLongError
        return found

    def _assignment(self) -> tuple[str, Step]:
        name = self._next()
        if not _is_name(name):
            raise FormulaSyntaxError(f"Expected a variable to assign to, but found '{name}'.")
        if name in METRICS or name in _RETIRED:
            raise FormulaSyntaxError(f"'{name}' cannot be assigned to.")
        self._expect("=")
        step = self._option() if name == _OPTION else self._choice()
        if self._at < len(self._tokens):
            self._expect(";")
        self._assigned.add(name)
        return name, step

    def _option(self) -> Step:
        step = self._choice()

        def checked(sight: Sight, scope: Scope) -> Value:
            word = str(step(sight, scope)).lower()
            if word not in _OPTIONS:
                raise FormulaSyntaxError(f"'{word}' is not a node deallocation option.")
            return word

        return checked

    def _choice(self) -> Step:
        condition = self._either()
        if not self._take("?"):
            return condition
        yes = self._choice()
        self._expect(":")
        no = self._choice()
        return lambda sight, scope: (yes if _holds(condition(sight, scope)) else no)(sight, scope)

    def _either(self) -> Step:
        left = self._both()
        while self._take("||"):
            left = _logical(left, self._both(), stops=True)
        return left

    def _both(self) -> Step:
        left = self._comparison()
        while self._take("&&"):
            left = _logical(left, self._comparison(), stops=False)
        return left

    def _comparison(self) -> Step:
        left = self._sum()
        while (sign := self._peek()) in COMPARISONS:
            self._at += 1
            left = _compared(sign, left, self._sum())
        return left

    def _sum(self) -> Step:
        left = self._product()
        while (sign := self._peek()) in ("+", "-"):
            self._at += 1
            left = _combined(sign, left, self._product())
        return left

    def _product(self) -> Step:
        left = self._unary()
        while (sign := self._peek()) in ("*", "/"):
            self._at += 1
            left = _combined(sign, left, self._unary())
        return left

    def _unary(self) -> Step:
        if self._take("-"):
            inner = self._unary()
            return lambda sight, scope: negated(inner(sight, scope))
        if self._take("!"):
            inner = self._unary()
            return lambda sight, scope: float(not _holds(inner(sight, scope)))
        return self._member(self._primary())

    def _member(self, step: Step) -> Step:
        while self._take("."):
            step = _part(step, self._next())
        return step

    def _primary(self) -> Step:
        if self._take("("):
            inner = self._choice()
            self._expect(")")
            return inner
        token = self._next()
        if token[:1].isdigit():
            return _constant(float(token))
        return _constant(token[1:-1]) if token.startswith('"') else self._named(token)

    def _named(self, name: str) -> Step:
        if not _is_name(name):
            raise FormulaSyntaxError(f"Expected a value, but found '{name}'.")
        if name in _RETIRED or name in UNSIMULATED:
            raise FormulaNotSimulatedError(f"'{name}' of autoscale formulas")
        if name in METRICS:
            return self._metric(name)
        if self._take("("):
            return self._call(name)
        if name in INTERVALS:
            return _constant(INTERVALS[name])
        return self._variable(name)

    def _variable(self, name: str) -> Step:
        if name in self._assigned:
            return lambda _, scope: scope[name]
        if name in _TARGETS:
            return lambda sight, _: sight.targets[name]
        if name.lower() in _OPTIONS:
            return _constant(name.lower())
        raise FormulaSyntaxError(f"Use of undefined variable '{name}'.")

    def _metric(self, name: str) -> Step:
        if not self._take("."):
            return lambda sight, _: sight.metrics[name]
        method = self._next()
        self._expect("(")
        arguments = self._arguments()
        return lambda sight, scope: sight.call(name, method, [one(sight, scope) for one in arguments])

    def _call(self, name: str) -> Step:
        if name not in FUNCTIONS:
            raise FormulaSyntaxError(f"Use of undefined function '{name}'.")
        arguments = self._arguments()
        return lambda sight, scope: called(name, [one(sight, scope) for one in arguments], sight)

    def _arguments(self) -> list[Step]:
        if self._take(")"):
            return []
        found = [self._choice()]
        while self._take(","):
            found.append(self._choice())
        self._expect(")")
        return found

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


def _constant(value: Value) -> Step:
    return lambda _sight, _scope: value


def _part(step: Step, name: str) -> Step:
    return lambda sight, scope: part_of(step(sight, scope), name)


def _combined(sign: str, left: Step, right: Step) -> Step:
    return lambda sight, scope: combined(sign, left(sight, scope), right(sight, scope))


def _compared(sign: str, left: Step, right: Step) -> Step:
    return lambda sight, scope: compared(sign, left(sight, scope), right(sight, scope))


def _logical(left: Step, right: Step, *, stops: bool) -> Step:
    """`||` stops at what holds, `&&` at what does not."""

    def decided(sight: Sight, scope: Scope) -> Value:
        first = _holds(left(sight, scope))
        return float(first if first is stops else _holds(right(sight, scope)))

    return decided


def _holds(value: Value) -> bool:
    return number(value, "A condition") != 0


def _tokens(formula: str) -> Iterator[str]:
    position = 0
    while formula[position:].strip():
        match = _TOKEN.match(formula, position)
        if match is None:
            raise FormulaSyntaxError(f"Unexpected character '{formula[position:].strip()[0]}'.")
        position = match.end()
        yield match[0].strip()


def _is_name(token: str) -> bool:
    return token[:1].isalpha() or token[:1] in ("$", "_")
