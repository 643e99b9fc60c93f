"""The values of autoscale formulas, and what operators do with them.

Types and operations are those of learn.microsoft.com, "Create a formula to automatically scale compute nodes in a
Batch pool": double, doubleVec, string, timestamp, timeinterval. Truth is a double: 1 or 0.
"""

import operator
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

Vector = tuple[float, ...]
Value = float | Vector | str | datetime | timedelta


class FormulaSyntaxError(Exception):
    """The formula is none; the message says where."""


class FormulaTooLongError(Exception):
    """The formula is longer, or has more statements, than the service takes."""


class FormulaNotSimulatedError(Exception):
    """The formula uses something that Azure has and this simulator has not."""


class FormulaRunError(Exception):
    """The formula is right and cannot be evaluated now: `code` and message go into `autoScaleRun.error`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def kind_of(value: Value) -> str:
    """The name of a value's type in the formula language."""
    return next(name for kind, name in _KINDS.items() if isinstance(value, kind))


_KINDS: Mapping[type, str] = {
    float: "double",
    tuple: "doubleVec",
    str: "string",
    datetime: "timestamp",
    timedelta: "timeinterval",
}


def combined(sign: str, left: Value, right: Value) -> Value:
    """What `left sign right` is; raises FormulaSyntaxError for types that the operator does not take."""
    match left, right:
        case float(), float():
            return _ARITHMETIC[sign](left, right)
        case tuple(), tuple():
            return tuple(_ARITHMETIC[sign](one, other) for one, other in zip(left, right, strict=False))
        case tuple(), float():
            return tuple(_ARITHMETIC[sign](one, right) for one in left)
        case float(), tuple():
            return tuple(_ARITHMETIC[sign](left, other) for other in right)
        case _:
            return _timed(sign, left, right)


def _timed(sign: str, left: Any, right: Any) -> Value:
    operation = _TIMED.get((kind_of(left), sign, kind_of(right)))
    if operation is None:
        raise FormulaSyntaxError(f"'{kind_of(left)} {sign} {kind_of(right)}' is not an operation.")
    if sign == "/" and not right:
        raise FormulaSyntaxError("Division by zero.")
    value: Value = operation(left, right)
    return value


_TIMED: Mapping[tuple[str, str, str], Callable[[Any, Any], Any]] = {
    ("timestamp", "+", "timeinterval"): operator.add,
    ("timeinterval", "+", "timestamp"): operator.add,
    ("timestamp", "-", "timeinterval"): operator.sub,
    ("timestamp", "-", "timestamp"): operator.sub,
    ("timeinterval", "+", "timeinterval"): operator.add,
    ("timeinterval", "-", "timeinterval"): operator.sub,
    ("timeinterval", "*", "double"): operator.mul,
    ("double", "*", "timeinterval"): operator.mul,
    ("timeinterval", "/", "double"): operator.truediv,
}


def compared(sign: str, left: Value, right: Value) -> float:
    """Whether a comparison holds; both sides have to be of one type, which is not doubleVec."""
    if kind_of(left) != kind_of(right) or isinstance(left, tuple):
        raise FormulaSyntaxError(f"'{kind_of(left)} {sign} {kind_of(right)}' is not a comparison.")
    return float(COMPARISONS[sign](left, right))


def negated(value: Value) -> Value:
    """`-value`."""
    match value:
        case float() | timedelta():
            return -value
        case tuple():
            return tuple(-one for one in value)
        case _:
            raise FormulaSyntaxError(f"'-{kind_of(value)}' is not an operation.")


def number(value: Value, what: str) -> float:
    """A value that has to be a double; a vector of one element counts as one."""
    if isinstance(value, tuple) and len(value) == 1:
        return value[0]
    if not isinstance(value, float):
        raise FormulaSyntaxError(f"{what} must be a double, not {kind_of(value)}.")
    return value


def _divided(left: float, right: float) -> float:
    if right == 0:
        raise FormulaSyntaxError("Division by zero.")
    return left / right


_ARITHMETIC: Mapping[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divided,
}
COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
