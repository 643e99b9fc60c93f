"""The functions and constants of autoscale formulas."""

import math
import statistics
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from azure_simulator.batch.formula_metrics import Sight
from azure_simulator.batch.formula_values import FormulaSyntaxError, Value, Vector, kind_of, number

INTERVALS: Mapping[str, timedelta] = {
    "TimeInterval_Zero": timedelta(),
    "TimeInterval_100ns": timedelta(microseconds=0.1),
    "TimeInterval_Microsecond": timedelta(microseconds=1),
    "TimeInterval_Millisecond": timedelta(milliseconds=1),
    "TimeInterval_Second": timedelta(seconds=1),
    "TimeInterval_Minute": timedelta(minutes=1),
    "TimeInterval_Hour": timedelta(hours=1),
    "TimeInterval_Day": timedelta(days=1),
    "TimeInterval_Week": timedelta(weeks=1),
    "TimeInterval_Year": timedelta(days=365),
}
UNSIMULATED = frozenset({"rand", "stop"})

_PARTS: Mapping[str, Callable[[datetime], int]] = {
    "year": lambda time: time.year,
    "month": lambda time: time.month,
    "day": lambda time: time.day,
    "hour": lambda time: time.hour,
    "minute": lambda time: time.minute,
    "second": lambda time: time.second,
    "weekday": lambda time: time.isoweekday() % 7,
}


def part_of(value: Value, name: str) -> float:
    """A part of a timestamp, such as `hour`; Sunday is weekday 0."""
    if not isinstance(value, datetime) or name not in _PARTS:
        raise FormulaSyntaxError(f"'{kind_of(value)}' has no member '{name}'.")
    return float(_PARTS[name](value))


def called(name: str, arguments: list[Value], sight: Sight) -> Value:
    """The value of a function; raises FormulaSyntaxError for wrong arguments."""
    if name == "time":
        return _time(arguments, sight)
    if name in ("percentile", "val"):
        return _of_vector(name, arguments)
    flat = _flat(name, arguments)
    if name in _EACH:
        each = tuple(_EACH[name](one) for one in flat)
        return each[0] if len(arguments) == 1 and isinstance(arguments[0], float) else each
    return _ALL[name](flat) if flat or name in ("len", "sum") else 0.0


def _half_up(value: float) -> float:
    return float(math.floor(value + 0.5))


_EACH: Mapping[str, Callable[[float], float]] = {
    "ceil": lambda value: float(math.ceil(value)),
    "floor": lambda value: float(math.floor(value)),
    "round": _half_up,
    "lg": math.log2,
    "ln": math.log,
    "log": math.log10,
}
_ALL: Mapping[str, Callable[[Vector], float]] = {
    "avg": statistics.fmean,
    "len": lambda values: float(len(values)),
    "max": max,
    "min": min,
    "norm": lambda values: math.hypot(*values),
    "range": lambda values: max(values) - min(values),
    "std": lambda values: statistics.stdev(values) if len(values) > 1 else 0.0,
    "sum": math.fsum,
}
FUNCTIONS = frozenset({"time", "percentile", "val", *_EACH, *_ALL})


def _flat(name: str, arguments: list[Value]) -> Vector:
    """Doubles and vectors as one vector."""
    if not arguments:
        raise FormulaSyntaxError(f"'{name}' needs an argument.")
    values: list[float] = []
    for argument in arguments:
        values.extend(argument if isinstance(argument, tuple) else (number(argument, f"An argument of '{name}'"),))
    return tuple(values)


def _of_vector(name: str, arguments: list[Value]) -> float:
    match arguments:
        case [tuple() as vector, float(position)]:
            return _percentile(vector, position) if name == "percentile" else _element(vector, position)
        case _:
            raise FormulaSyntaxError(f"'{name}' needs a doubleVec and a double.")


def _percentile(vector: Vector, percent: float) -> float:
    if not vector:
        return 0.0
    ordered = sorted(vector)
    return ordered[max(0, math.ceil(percent / 100 * len(ordered)) - 1)]


def _element(vector: Vector, index: float) -> float:
    if not 0 <= index < len(vector):
        raise FormulaSyntaxError(f"The index {index:g} is outside of the vector.")
    return vector[int(index)]


def _time(arguments: list[Value], sight: Sight) -> datetime:
    match arguments:
        case [] | [""]:
            return sight.now
        case [str(text)]:
            return _parsed(text)
        case _:
            raise FormulaSyntaxError("'time' takes one string.")


def _parsed(text: str) -> datetime:
    """A time in W3C-DTF or as RFC 1123 writes it."""
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = parse(text)
        except ValueError:
            continue
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    raise FormulaSyntaxError(f"'{text}' is not a time.")
