"""What Kubernetes asks a process: whether it still works, and whether it is ready to."""

from collections.abc import Iterator
from dataclasses import dataclass

from azure_batch_operator.core.json import JsonObject
from azure_batch_operator.runtime.gate import Gate
from azure_batch_operator.runtime.pulse import Pulse

LATEST_BEAT = 10.0
"""Seconds by which the loop may be late: whoever waits longer for an answer has given up."""

LONGEST_TURN = 300.0
"""Seconds for one turn: a dozen requests that all take as long as they may, 30 seconds each, end within."""

SWEEPS_MISSED = 3
"""So many sweeps in a row without success, and nothing from the watch, mean that nothing can be heard any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """A sign of life, and how old it may be."""

    name: str
    seconds: float
    limit: float

    @property
    def is_good(self) -> bool:
        """Whether it is young enough."""
        return self.seconds <= self.limit

    def shown(self) -> JsonObject:
        """Itself with its numbers."""
        return {"ok": self.is_good, "seconds": round(self.seconds, 3), "limit": self.limit}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer to a probe."""

    is_good: bool
    body: JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Probes:
    """Answers from the signs of life of this process."""

    pulse: Pulse
    gate: Gate
    sweep_interval: float

    def alive(self) -> Answer:
        """Whether the process still works; one that does not is best started again."""
        signs = tuple(self._signs())
        return Answer(is_good=all(sign.is_good for sign in signs), body={sign.name: sign.shown() for sign in signs})

    def ready(self) -> Answer:
        """Whether it knows every object, and would work if it led."""
        return Answer(is_good=self.gate.knows_all, body={"objects": {"ok": self.gate.knows_all}})

    def _signs(self) -> Iterator[Sign]:
        yield Sign(name="loop", seconds=self.pulse.lag(), limit=LATEST_BEAT)
        yield Sign(name="watch", seconds=self.pulse.silence(), limit=SWEEPS_MISSED * self.sweep_interval)
        yield Sign(name="turns", seconds=self.pulse.longest_turn(), limit=LONGEST_TURN)
