"""What turns remember of a pool's formula and of its single nodes; losing it costs a request or a delay."""

from dataclasses import dataclass, field

from azure_batch_operator.core.breaker import Tally
from azure_batch_operator.core.formulas import FormulaCheck
from azure_batch_operator.core.json import JsonObject
from azure_batch_operator.core.plan.pool_steps import EnableAutoScale, PoolStep, RemoveNodes, Resize
from azure_batch_operator.core.sizing import exceeds

FORMULA_PAUSE = 30.0
"""Seconds that Azure wants between two formulas of a pool (REST reference, Pool - Enable Auto Scale)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What Azure said to a formula, believed until then."""

    check: FormulaCheck
    until: float


@dataclass(slots=True, kw_only=True)
class Breaker:
    """Since which nodes a pool is judged by its new ones."""

    recipe: JsonObject | None = field(default=None, repr=False)
    """What nodes are made of since then."""
    before: Tally = field(default_factory=Tally)
    """The nodes that there were; a new process judges by all of them."""
    trouble: str | None = None
    """What a broken node told, once it was looked at."""

    def new_nodes(self, recipe: JsonObject, now: Tally, *, asked: bool) -> Tally:
        """The nodes by which the pool is judged; those of an older recipe, or before somebody asked, are forgiven."""
        if asked or (self.recipe is not None and recipe != self.recipe):
            self._forgive(now)
        self.recipe, self.before = recipe, now.least(self.before)
        new = now.since(self.before)
        if not new.mostly_broken:
            self.trouble = None
        return new

    def grows(self, now: Tally) -> None:
        """More nodes were asked for: where the last ones did well, the next are judged apart from them."""
        new = now.since(self.before)
        if 2 * new.broken <= new.arrived:
            self._forgive(now)

    def _forgive(self, now: Tally) -> None:
        self.before, self.trouble = now, None


@dataclass(slots=True, kw_only=True)
class ScalingMemory:
    """Times are monotonic seconds."""

    checked: Checked | None = None
    asked: str | None = None
    """The last wish of a person for another try."""
    formula_set_at: float | None = None
    breaker: Breaker = field(default_factory=Breaker)
    removing: bool = False
    """Whether the last resize that was asked for removes nodes by name."""
    restoring_until: float = 0.0
    """When the oldest preempted node will have waited too long for Batch, as far as it was looked at."""

    def took(self, step: PoolStep, nodes: Tally, now: float) -> None:
        """A step was taken; `nodes` are those that there were."""
        self.removing |= isinstance(step, RemoveNodes)
        if isinstance(step, EnableAutoScale):
            self.formula_set_at = now
        if isinstance(step, Resize) and exceeds(step.size, step.before):
            self.breaker.grows(nodes)

    def ask(self, wish: str | None) -> None:
        """A person may ask for another try; every wish is granted once."""
        if wish != self.asked:
            self.asked, self.checked = wish, None

    def check_of(self, formula: object, now: float) -> FormulaCheck | None:
        """What Azure said to this formula, if that is not too long ago."""
        known = self.checked
        return known.check if known and known.check.formula == formula and now < known.until else None

    def formula_pause(self, now: float) -> float:
        """Seconds before Azure takes another formula."""
        return 0.0 if self.formula_set_at is None else max(0.0, self.formula_set_at + FORMULA_PAUSE - now)
