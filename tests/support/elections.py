"""Candidates of an election on clocks that are advanced by hand, and the record that they share, with its troubles."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from random import Random

from azure_batch_operator.runtime.election import (
    Claim,
    Elector,
    LeadershipLostError,
    Record,
    RecordUnavailableError,
    Terms,
)
from azure_batch_operator.runtime.gate import Gate
from tests.support.rounds import one_round_of_the_loop
from tests.support.virtual_time import VirtualTime

TERMS = Terms(duration=15, renew_deadline=10, retry_period=2)
STEP = 0.2


class Line(Enum):
    """What becomes of a candidate's requests."""

    UP = auto()
    REFUSING = auto()
    SILENT = auto()
    """Neither requests nor answers arrive."""
    DEAF = auto()
    """Requests arrive, answers do not."""


@dataclass(slots=True, kw_only=True)
class Board:
    """Where the record is kept."""

    record: Record | None = None
    writes: int = 0

    def put(self, claim: Claim) -> Record:
        """Write, whatever was there."""
        self.writes += 1
        self.record = Record(claim=claim, renewal=str(self.writes), version=str(self.writes))
        return self.record

    def edit(self, **changes: object) -> None:
        """Change the record as a person would."""
        assert self.record is not None
        self.put(replace(self.record.claim, **changes))  # type: ignore[arg-type] # fields of a Claim

    def take_away(self) -> None:
        """Delete the record."""
        self.record = None

    @property
    def holder(self) -> str | None:
        """Whose name is in the record."""
        return self.record.claim.holder if self.record else None


@dataclass(slots=True, kw_only=True)
class Access:
    """One candidate's way to the board."""

    board: Board
    line: Line = Line.UP
    name: str = "the record"

    async def read(self) -> Record | None:
        """The record, if the line is up."""
        await self._send()
        found = self.board.record
        await self._receive()
        return found

    async def write(self, claim: Claim, *, over: Record | None) -> Record | None:
        """Write, if the line is up and nobody wrote in between."""
        await self._send()
        have = self.board.record
        same = have is over is None or (have is not None and over is not None and have.version == over.version)
        written = self.board.put(claim) if same else None
        await self._receive()
        return written

    async def _send(self) -> None:
        match self.line:
            case Line.REFUSING:
                raise RecordUnavailableError("connection refused")
            case Line.SILENT:
                await asyncio.Event().wait()
            case Line.UP | Line.DEAF:
                pass

    async def _receive(self) -> None:
        if self.line is Line.DEAF:
            await asyncio.Event().wait()


@dataclass(slots=True, kw_only=True)
class Person:
    """A candidate, its gate and its line."""

    name: str
    access: Access
    gate: Gate
    elector: Elector
    running: "asyncio.Task[None] | None" = None

    @property
    def leads(self) -> bool:
        """Whether its gate lets it lead."""
        return self.gate.leads

    @property
    def lost(self) -> str:
        """What it said when it lost its leadership; empty when it did not."""
        if self.running is None or not self.running.done() or self.running.cancelled():
            return ""
        trouble = self.running.exception()
        return str(trouble) if isinstance(trouble, LeadershipLostError) else ""

    def run(self) -> None:
        """Begin to stand."""
        self.running = asyncio.create_task(self.elector.run(), name=self.name)

    async def die(self) -> None:
        """End as `kill -9` ends a process: without a word."""
        if self.running is not None:
            self.running.cancel()
            await asyncio.gather(self.running, return_exceptions=True)


@dataclass(slots=True, kw_only=True)
class Election:
    """Everybody who stands, and the time."""

    time: VirtualTime = field(default_factory=VirtualTime)
    board: Board = field(default_factory=Board)
    people: list[Person] = field(default_factory=list)
    chance: Random = field(default_factory=lambda: Random(7))

    async def stand(self, name: str, *, terms: Terms = TERMS) -> Person:
        """One more candidate, who has asked once when this returns."""
        access, gate = Access(board=self.board), Gate(self.time.time)
        elector = Elector(
            store=access, gate=gate, identity=name, terms=terms, timing=self.time, chance=Random(self.chance.random())
        )
        person = Person(name=name, access=access, gate=gate, elector=elector)
        self.people.append(person)
        person.run()
        await one_round_of_the_loop()
        return person

    async def wait(self, seconds: float) -> None:
        """Let time pass; never may two lead at once."""
        for _ in range(round(seconds / STEP)):
            self.time.advance(STEP)
            assert len(self.leaders) <= 1, f"two lead: {self.leaders}"
            await one_round_of_the_loop()
            assert len(self.leaders) <= 1, f"two lead: {self.leaders}"

    async def freeze(self, seconds: float) -> None:
        """Let time pass in which nobody does anything; whoever goes on then may not lead beside another either."""
        self.time.advance(seconds)
        assert len(self.leaders) <= 1, f"two lead: {self.leaders}"
        await one_round_of_the_loop()

    async def until_led_by(self, person: Person, *, within: float) -> float:
        """Seconds that pass until a candidate leads."""
        begun = self.time.time()
        while not person.leads:
            assert self.time.time() - begun < within, f"{person.name} does not lead within {within} s"
            await self.wait(STEP)
        return self.time.time() - begun

    @property
    def leaders(self) -> list[str]:
        """Whoever leads."""
        return [person.name for person in self.people if person.leads]


@asynccontextmanager
async def election() -> AsyncIterator[Election]:
    """An election that is over with the block."""
    held = Election()
    try:
        yield held
    finally:
        for person in held.people:
            await person.die()
