"""The election of the one process that may change things, by a record that its holder renews and all others watch."""

import asyncio
from dataclasses import dataclass, field
from random import Random
from typing import Protocol

import structlog

from azure_batch_operator.runtime.gate import Gate
from azure_batch_operator.runtime.queue import Timing
from azure_batch_operator.runtime.tasks import asleep_until, cut_short_at

JITTER = 0.2
"""Pauses are stretched by up to this part of their length, so that candidates do not ask at the same moments."""

log = structlog.stdlib.get_logger(__name__)


class LeadershipLostError(RuntimeError):
    """A process that led may not go on: what it believes of the world can be out of date, so it should end."""


class RecordUnavailableError(Exception):
    """The record could not be read or written; whether a write took place is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a candidate writes into the record."""

    holder: str | None
    """Who leads; None for nobody."""
    duration: float
    """Seconds for which everybody else keeps away, counted from when they see that the record changed."""
    transitions: int
    """How often the holder changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What everybody sees."""

    claim: Claim
    renewal: str
    """Another one after each renewal. It may look like a time, but nobody knows by whose clock."""
    version: str = field(compare=False)
    """What the store calls this state of the record."""


class RecordStore(Protocol):
    """Where the record is kept, by somebody who lets only one writer replace a version of it."""

    @property
    def name(self) -> str:
        """What the record is called in messages."""

    async def read(self) -> Record | None:
        """The record, None when there is none; raises RecordUnavailableError."""

    async def write(self, claim: Claim, *, over: Record | None) -> Record | None:
        """Renew the record as it was read, or make it if there was none; raises RecordUnavailableError.

        None, with nothing written, when it is not any more as it was read.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How long leadership lasts, in seconds."""

    duration: float
    """For which the others keep away after a renewal."""
    renew_deadline: float
    """For which the holder itself goes on after a renewal: shorter, so that it has stopped before another begins."""
    retry_period: float
    """Between two renewals, or two looks at somebody else's record."""


class Candidate(Protocol):
    """Somebody who may come to lead."""

    async def run(self) -> None:
        """Let the gate know when this process leads, and until when; raises LeadershipLostError."""

    async def give_up(self) -> None:
        """Lead no more, and tell others so; a second call does nothing."""


class Unopposed:
    """The only process there is, or so says whoever runs it: it leads at once and always."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    async def run(self) -> None:
        """Lead."""
        self._gate.lead_until(float("inf"))

    async def give_up(self) -> None:
        """Lead no more."""
        self._gate.lead_no_more()


class Elector:
    """Waits until the record is free, takes it, renews it, and gives it back.

    Clocks of different machines are never compared. Whatever the record says counts for its duration after this
    process saw it change, by its own clock; our own leadership counts from before the request that renewed it left. So
    the holder has stopped before the most impatient of the others begins.
    """

    def __init__(
        self, *, store: RecordStore, gate: Gate, identity: str, terms: Terms, timing: Timing, chance: Random
    ) -> None:
        self._store = store
        self._gate = gate
        self._identity = identity
        self._terms = terms
        self._timing = timing
        self._chance = chance
        self._held: Record | None = None
        self._leads_until = float("-inf")
        self._seen: Record | None = None
        self._free_at = float("-inf")
        self._trouble: str | None = None
        self._given_up = False
        self._asking = asyncio.Lock()

    async def run(self) -> None:
        """Stand until elected, and lead from then on; raises LeadershipLostError, returns when it was given up."""
        try:
            while await self._ask():
                await self._pause()
        finally:
            self._gate.lead_no_more()

    async def give_up(self) -> None:
        """Lead no more, and let the next one begin at once, also if our time ran out but nobody has followed yet."""
        async with self._asking:
            self._given_up = True
            self._gate.lead_no_more()
            held, self._held = self._held, None
            if held is not None:
                await self._release(held)

    async def _ask(self) -> bool:
        """Try once to get or to keep the record; False when nobody wants it any more."""
        async with self._asking:
            if self._given_up:
                return False
            if self._held is None:
                await self._stand()
            else:
                await self._renew(self._held)
            return True

    async def _stand(self) -> None:
        until = self._timing.time() + self._terms.renew_deadline
        try:
            async with cut_short_at(until, self._timing):
                taken = await self._taken()
        except (RecordUnavailableError, TimeoutError) as trouble:
            self._complain(trouble)
            return
        self._trouble = None
        if taken is not None and self._timing.time() < until:
            log.info("leading", lease=self._store.name, identity=self._identity, transitions=taken.claim.transitions)
            self._lead(taken, until)

    async def _taken(self) -> Record | None:
        """The record with our name in it, if it was free."""
        found = await self._store.read()
        self._look_at(found)
        if self._timing.time() < self._free_at:
            return None
        changes = found.claim.transitions + 1 if found is not None else 0
        return await self._store.write(self._claim(changes), over=found)

    def _look_at(self, found: Record | None) -> None:
        """Note until when the record counts; one that vanished still counts, as its holder may not know that yet."""
        if found is None or found == self._seen:
            return
        if self._seen is None or found.claim.holder != self._seen.claim.holder:
            log.info("following", lease=self._store.name, holder=found.claim.holder or "nobody")
        self._seen = found
        self._free_at = self._timing.time() + found.claim.duration

    async def _renew(self, held: Record) -> None:
        self._must_lead()
        until = self._timing.time() + self._terms.renew_deadline
        try:
            async with cut_short_at(self._leads_until, self._timing):
                renewed = await self._replaced(held, self._claim(held.claim.transitions))
        except (RecordUnavailableError, TimeoutError) as trouble:
            self._complain(trouble)
        else:
            self._trouble = None
            self._lead(renewed, until)
        self._must_lead()

    def _must_lead(self) -> None:
        if self._timing.time() >= self._leads_until:
            raise self._lost(f"was not renewed for {self._terms.renew_deadline:g} s")

    async def _replaced(self, held: Record, claim: Claim) -> Record:
        """Write over our record, also when somebody touched it or took it away, but not when it is another's."""
        written = await self._store.write(claim, over=held)
        if written is not None:
            return written
        found = await self._store.read()
        if found is not None and found.claim.holder != self._identity:
            self._held = None
            raise self._lost(f"is held by {found.claim.holder or 'nobody'} now")
        written = await self._store.write(claim, over=found)
        if written is None:
            raise RecordUnavailableError("somebody else keeps writing to it")
        return written

    async def _release(self, held: Record) -> None:
        free = Claim(holder=None, duration=0, transitions=held.claim.transitions)
        try:
            async with cut_short_at(self._timing.time() + self._terms.retry_period, self._timing):
                await self._replaced(held, free)
        except (RecordUnavailableError, TimeoutError, LeadershipLostError) as trouble:
            log.warning("lease not released; others wait until it expires", lease=self._store.name, error=str(trouble))
        else:
            log.info("lease released", lease=self._store.name)

    def _claim(self, transitions: int) -> Claim:
        return Claim(holder=self._identity, duration=self._terms.duration, transitions=transitions)

    def _lead(self, record: Record, until: float) -> None:
        self._held, self._leads_until = record, until
        self._gate.lead_until(until)

    def _lost(self, why: str) -> LeadershipLostError:
        return LeadershipLostError(
            f"{self._store.name} {why}: this process leads no more, and ends so that it is started anew"
        )

    async def _pause(self) -> None:
        """Wait for the next try: it is due early when we would cease to lead, or when the record becomes free."""
        now = self._timing.time()
        when = now + self._terms.retry_period * self._chance.uniform(1, 1 + JITTER)
        turning_point = self._leads_until if self._held is not None else self._free_at
        await asleep_until(min(when, turning_point) if turning_point > now else when, self._timing)

    def _complain(self, trouble: Exception) -> None:
        """Once, however long it lasts."""
        told = str(trouble) or "no answer in time"
        if told != self._trouble:
            log.warning("lease not reached", lease=self._store.name, error=told)
            self._trouble = told
