"""What the sections of a scenario are made of: strict YAML sections and spans of simulated seconds."""

from random import Random
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic.alias_generators import to_camel


class Section(BaseModel):
    """A part of a scenario: camelCase in YAML, immutable, and refusing words that it does not know."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True)


class Span(Section):
    """A duration drawn between two bounds, in simulated seconds; a plain number in YAML means both bounds."""

    min: float
    max: float

    @model_validator(mode="before")
    @classmethod
    def _from_number(cls, value: Any) -> Any:
        return {"min": value, "max": value} if isinstance(value, int | float) else value

    @model_validator(mode="after")
    def _ordered(self) -> "Span":
        if not 0 <= self.min <= self.max:
            raise ValueError(f"a span needs 0 <= min <= max, not min {self.min} and max {self.max}")
        return self

    def draw(self, random: Random) -> float:
        """A duration between the bounds, from the scenario's own seeded randomness."""
        return random.uniform(self.min, self.max)


def span(low: float, high: float) -> Span:
    """The span from `low` to `high` simulated seconds."""
    return Span(min=low, max=high)
