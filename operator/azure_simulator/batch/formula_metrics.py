"""What autoscale formulas know of a pool: metrics that are sampled every 30 seconds, now and before."""

from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil

from azure_simulator.batch.formula_values import FormulaRunError, FormulaSyntaxError, Value, Vector, kind_of, number

SAMPLE_PERIOD = timedelta(seconds=30)
_KEPT = 4000
"""Changes of metrics that are remembered; formulas look back minutes, seldom hours."""

Metrics = Mapping[str, float]
"""The metrics by their name, such as `$RunningTasks`."""


@dataclass(slots=True)
class MetricLog:
    """The metrics of a pool since `began`, kept as changes; between two changes a metric stays what it was."""

    began: datetime
    _changes: deque[tuple[datetime, Metrics]] = field(default_factory=lambda: deque(maxlen=_KEPT))

    def record(self, now: datetime, metrics: Metrics) -> None:
        """Remember what the metrics are from now on."""
        if not self._changes or self._changes[-1][1] != metrics:
            self._changes.append((now, metrics))

    def samples(self, name: str, moments: Iterable[datetime]) -> Vector:
        """What was sampled at moments after the beginning."""
        times = [moment for moment, _ in self._changes]
        found = (bisect_right(times, moment) for moment in moments)
        return tuple(self._changes[index - 1][1][name] for index in found if index)

    def moments(self, start: datetime, end: datetime) -> list[datetime]:
        """The moments of samples between two times, the newest last."""
        first = max(0, ceil((start - self.began) / SAMPLE_PERIOD))
        last = (end - self.began) // SAMPLE_PERIOD
        return [self.began + number * SAMPLE_PERIOD for number in range(first, last + 1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What a formula sees at a moment: the metrics now and, when the pool has been sampled, before."""

    now: datetime
    metrics: Metrics
    targets: Metrics
    log: MetricLog | None = None

    def call(self, metric: str, method: str, arguments: list[Value]) -> Value:
        """The value of `metric.method(arguments)`."""
        if method == "GetSample":
            return self._get_samples(metric, arguments)
        if method == "GetSamplePercent" and 1 <= len(arguments) <= 2:
            start, end = self._moment(arguments[0]), self._moment(arguments[1]) if arguments[1:] else self.now
            return self._percent(start, end)
        if method in _OF_HISTORY and not arguments:
            return _OF_HISTORY[method](self)
        raise _wrong(metric, method)

    @property
    def began(self) -> datetime:
        """When the pool was sampled first."""
        return self.now if self.log is None else self.log.began

    @property
    def moments(self) -> list[datetime]:
        """When it was sampled since."""
        return [] if self.log is None else self.log.moments(self.log.began, self.now)

    def _get_samples(self, metric: str, arguments: list[Value]) -> Vector:
        match arguments:
            case [float(count)]:
                return self._samples(metric, self.moments)[-max(1, int(count)) :]
            case [start]:
                return self._received(metric, start, timedelta(), 0.0)
            case [start, float(percent)]:
                return self._received(metric, start, timedelta(), percent)
            case [start, end]:
                return self._received(metric, start, end, 0.0)
            case [start, end, percent]:
                return self._received(metric, start, end, number(percent, "samplePercent"))
            case _:
                raise _wrong(metric, "GetSample")

    def _received(self, metric: str, start: Value, until: Value, least: float) -> Vector:
        begin, end = self._moment(start), self._moment(until)
        received = self._percent(begin, end)
        if received < least:
            raise FormulaRunError(
                "InsufficientSampleData",
                f"Insufficient data from data set: {metric} wanted {least:g}%, received {received:g}%",
            )
        return self._samples(metric, self._between(begin, end))

    def _percent(self, start: datetime, end: datetime) -> float:
        wanted = (end - start) // SAMPLE_PERIOD
        return 100.0 if wanted <= 0 else min(100.0, 100.0 * len(self._between(start, end)) / wanted)

    def _samples(self, metric: str, moments: list[datetime]) -> Vector:
        return () if self.log is None else self.log.samples(metric, moments)

    def _between(self, start: datetime, end: datetime) -> list[datetime]:
        return [] if self.log is None else self.log.moments(start, end)

    def _moment(self, value: Value) -> datetime:
        """A time, or so long ago."""
        if isinstance(value, timedelta):
            return self.now - value
        if isinstance(value, datetime):
            return value
        raise FormulaSyntaxError(f"A time must be a timestamp or a timeinterval, not {kind_of(value)}.")


_OF_HISTORY: Mapping[str, Callable[[Sight], Value]] = {
    "GetSamplePeriod": lambda _: SAMPLE_PERIOD,
    "Count": lambda sight: float(len(sight.moments)),
    "HistoryBeginTime": lambda sight: sight.began,
}


def _wrong(metric: str, method: str) -> FormulaSyntaxError:
    return FormulaSyntaxError(f"'{metric}.{method}' does not exist, or does not take these arguments.")
