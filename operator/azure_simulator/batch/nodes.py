"""The nodes of a pool, kept as cohorts: thousands of nodes cost as much as the few ways in which they differ."""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from azure_simulator.batch.bodies.tasks import StartTask
from azure_simulator.batch.states import Kind, NodeFault, NodeState, StartTaskRun


@dataclass(frozen=True, slots=True, order=True)
class Stretch:
    """The nodes with the ordinals from `first` up to, not including, `end`."""

    first: int
    end: int

    @property
    def count(self) -> int:
        """How many nodes that is."""
        return self.end - self.first

    def overlap(self, other: "Stretch") -> "Stretch | None":
        """The ordinals that both have."""
        first, end = max(self.first, other.first), min(self.end, other.end)
        return Stretch(first, end) if first < end else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """Nodes with neighbouring ordinals that are alike in everything but their names.

    `allocated` is the moment the resize that made them began: it is part of a node's id. `image` is the exact
    image they booted. `disabled` means that tasks are not scheduled on them.
    """

    kind: Kind
    stretch: Stretch
    state: NodeState
    since: datetime
    allocated: datetime
    booted: datetime
    image: str
    start_task: StartTask | None = None
    start_task_run: StartTaskRun | None = None
    faults: tuple[NodeFault, ...] = ()
    disabled: bool = False

    @property
    def count(self) -> int:
        """How many nodes it has."""
        return self.stretch.count


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One node: its ordinal and the cohort that tells the rest."""

    ordinal: int
    cohort: Cohort


Change = Callable[[Cohort], Cohort]
Test = Callable[[Cohort], bool]


class Nodes:
    """All nodes of a pool. `changed` is called after every change."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._cohorts: list[Cohort] = []
        self._counts: Counter[tuple[Kind, NodeState]] = Counter()
        self._totals: Counter[Kind] = Counter()
        self._next_ordinal = 1

    def __len__(self) -> int:
        return self._totals.total()

    def __iter__(self) -> Iterator[Node]:
        for cohort in self._cohorts:
            for ordinal in range(cohort.stretch.first, cohort.stretch.end):
                yield Node(ordinal=ordinal, cohort=cohort)

    @property
    def cohorts(self) -> tuple[Cohort, ...]:
        """The cohorts in the order of their ordinals."""
        return tuple(self._cohorts)

    def total(self, kind: Kind) -> int:
        """How many nodes of a kind there are, in whatever state."""
        return self._totals[kind]

    def count(self, kind: Kind, state: NodeState) -> int:
        """How many nodes of a kind are in a state."""
        return self._counts[kind, state]

    def at(self, ordinal: int) -> Node | None:
        """The node with this ordinal."""
        for cohort in self._touching(Stretch(ordinal, ordinal + 1)):
            return Node(ordinal=ordinal, cohort=cohort)
        return None

    def add(self, cohort: Cohort) -> Stretch:
        """Add a cohort behind all others; its stretch is moved there and returned."""
        stretch = Stretch(self._next_ordinal, self._next_ordinal + cohort.count)
        self._next_ordinal = stretch.end
        self._cohorts.append(replace(cohort, stretch=stretch))
        self._count(cohort, cohort.count)
        self._changed()
        return stretch

    def change(self, stretches: Iterable[Stretch], change: Change, *, when: Test | None = None) -> int:
        """Change the nodes of `stretches` in cohorts that pass the test; how many were changed."""
        return self._rewrite(stretches, lambda cohort: (change(cohort),), when)

    def remove(self, stretches: Iterable[Stretch], *, when: Test | None = None) -> int:
        """Remove the nodes of `stretches` in cohorts that pass the test; how many went."""
        return self._rewrite(stretches, lambda _: (), when)

    def select(self, when: Test) -> tuple[Stretch, ...]:
        """The stretches of the cohorts that pass the test."""
        return tuple(cohort.stretch for cohort in self._cohorts if when(cohort))

    def parts(self, stretch: Stretch, when: Test) -> tuple[Stretch, ...]:
        """The parts of `stretch` whose cohorts pass the test."""
        overlaps = (cohort.stretch.overlap(stretch) for cohort in self._touching(stretch) if when(cohort))
        return tuple(part for part in overlaps if part is not None)

    def _window(self, stretch: Stretch) -> slice:
        """Where the cohorts are that `stretch` touches: they are kept in the order of their ordinals."""
        start = bisect_right(self._cohorts, stretch.first, key=_end_of)
        end = bisect_left(self._cohorts, stretch.end, key=_first_of)
        return slice(start, end)

    def _touching(self, stretch: Stretch) -> list[Cohort]:
        return self._cohorts[self._window(stretch)]

    def _rewrite(
        self, stretches: Iterable[Stretch], change: Callable[[Cohort], Iterable[Cohort]], when: Test | None
    ) -> int:
        rewritten = 0
        for stretch in stretches:
            rewritten += self._rewrite_one(stretch, change, when)
        if rewritten:
            self._changed()
        return rewritten

    def _rewrite_one(self, stretch: Stretch, change: Callable[[Cohort], Iterable[Cohort]], when: Test | None) -> int:
        window = self._window(stretch)
        result: list[Cohort] = []
        rewritten = 0
        for cohort in self._cohorts[window]:
            inside = cohort.stretch.overlap(stretch)
            if inside is None or (when is not None and not when(cohort)):
                result.append(cohort)
                continue
            before, part, after = _split(cohort, inside)
            changed = tuple(change(part))
            self._recount(part, changed)
            result.extend((*before, *changed, *after))
            rewritten += part.count
        self._cohorts[window] = result
        return rewritten

    def _recount(self, old: Cohort, new: Iterable[Cohort]) -> None:
        self._count(old, -old.count)
        for cohort in new:
            self._count(cohort, cohort.count)

    def _count(self, cohort: Cohort, nodes: int) -> None:
        self._counts[cohort.kind, cohort.state] += nodes
        self._totals[cohort.kind] += nodes


def _first_of(cohort: Cohort) -> int:
    return cohort.stretch.first


def _end_of(cohort: Cohort) -> int:
    return cohort.stretch.end


def _split(cohort: Cohort, inside: Stretch) -> tuple[tuple[Cohort, ...], Cohort, tuple[Cohort, ...]]:
    whole = cohort.stretch
    before = (replace(cohort, stretch=Stretch(whole.first, inside.first)),) if whole.first < inside.first else ()
    after = (replace(cohort, stretch=Stretch(inside.end, whole.end)),) if inside.end < whole.end else ()
    return before, replace(cohort, stretch=inside), after
