"""However candidates come, die, freeze and are cut off, and whatever is done to the record: never two lead at once."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from tests.support.elections import Election, Line, Person
from tests.support.rounds import one_round_of_the_loop


class Candidates(RuleBasedStateMachine):
    """A world in which anything may happen but one: a newcomer cannot know whom a deleted record named."""

    standing: Bundle[Person] = Bundle("standing")

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.election = Election()
        self.giving_up: list[asyncio.Task[None]] = []

    def teardown(self) -> None:
        for person in self.election.people:
            self.do(person.die())
        for task in self.giving_up:
            task.cancel()
        self.do(one_round_of_the_loop())
        self.loop.close()

    def do(self, what: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(what)

    @rule(target=standing)
    def one_more(self) -> Person:
        found: Person = self.do(self.election.stand(f"candidate {len(self.election.people)}"))
        return found

    @rule(person=consumes(standing))
    def one_less(self, person: Person) -> None:
        self.do(person.die())

    @rule(person=standing, line=st.sampled_from(Line))
    def its_line_changes(self, person: Person, line: Line) -> None:
        person.access.line = line

    @rule(person=standing)
    def it_gives_up(self, person: Person) -> None:
        self.giving_up.append(self.loop.create_task(person.elector.give_up()))
        self.do(one_round_of_the_loop())

    @rule(seconds=st.floats(0.1, 20))
    def time_passes(self, seconds: float) -> None:
        self.do(self.election.wait(seconds))

    @rule(seconds=st.floats(0.1, 20))
    def everybody_is_frozen(self, seconds: float) -> None:
        self.do(self.election.freeze(seconds))

    @rule(holder=st.sampled_from([None, "a stranger", "candidate 0", "candidate 1"]))
    def the_holder_is_overwritten(self, holder: str | None) -> None:
        if self.election.board.record is not None:
            self.election.board.edit(holder=holder)

    @invariant()
    def never_two(self) -> None:
        assert len(self.election.leaders) <= 1, self.election.leaders


TestCandidates = Candidates.TestCase
TestCandidates.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
