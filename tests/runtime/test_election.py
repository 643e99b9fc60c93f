"""The election: one leads at a time, whatever happens to it, to its requests or to the record."""

from dataclasses import replace

import pytest
import structlog

from azure_batch_operator.runtime.election import Claim, Unopposed
from azure_batch_operator.runtime.gate import Gate, GateClosedError
from tests.support.elections import TERMS, Election, Line, Person, election
from tests.support.rounds import one_round_of_the_loop

TAKEOVER = 18.0
"""Seconds: the duration, a look at the record before it began, and some after it ended."""
HANDOVER = 2.5


async def two(held: Election) -> tuple[Person, Person]:
    """A leader, and one who follows it."""
    first, second = await held.stand("first"), await held.stand("second")
    await held.wait(7)
    assert held.leaders == ["first"]
    return first, second


async def test_where_there_was_no_record_the_first_leads_at_once() -> None:
    async with election() as held:
        await held.stand("first")
        assert held.leaders == ["first"]
        assert held.board.holder == "first"


async def test_whoever_leads_goes_on_as_long_as_it_can_renew() -> None:
    async with election() as held:
        first, _ = await two(held)
        await held.wait(300)
        assert first.leads
        assert held.board.record is not None
        assert held.board.record.claim == Claim(holder="first", duration=15, transitions=0)


async def test_a_leader_that_dies_is_followed_within_a_duration_and_a_retry() -> None:
    async with election() as held:
        first, second = await two(held)
        await first.die()
        waited = await held.until_led_by(second, within=TAKEOVER)
        assert waited > TERMS.renew_deadline
        assert held.board.record is not None
        assert held.board.record.claim.transitions == 1


@pytest.mark.parametrize("line", [Line.REFUSING, Line.SILENT, Line.DEAF])
async def test_a_leader_that_is_cut_off_has_stopped_before_another_begins(line: Line) -> None:
    async with election() as held:
        first, second = await two(held)
        first.access.line = line
        await held.wait(TERMS.renew_deadline + 0.2)
        assert not first.leads
        assert "was not renewed for 10 s" in first.lost
        await held.until_led_by(second, within=TAKEOVER + 2)  # a renewal whose answer was lost counts for others


async def test_a_short_outage_costs_nothing() -> None:
    async with election() as held:
        first, second = await two(held)
        first.access.line = second.access.line = Line.REFUSING
        await held.wait(7)
        first.access.line = second.access.line = Line.UP
        await held.wait(60)
        assert first.leads


async def test_an_outage_is_told_once() -> None:
    async with election() as held:
        first, _ = await two(held)
        with structlog.testing.capture_logs() as lines:
            first.access.line = Line.REFUSING
            await held.wait(9)
        assert [(line["event"], line["error"]) for line in lines] == [("lease not reached", "connection refused")]


async def test_leading_ends_with_its_time_even_if_nothing_has_run_since() -> None:
    """As in a process that was frozen: what runs first when it goes on may be a write."""
    async with election() as held:
        first, _ = await two(held)
        first.gate.know_all()
        first.gate.check()
        held.time.advance(TERMS.renew_deadline)
        with pytest.raises(GateClosedError, match="does not lead"):
            first.gate.check()
        await one_round_of_the_loop()
        assert first.lost


async def test_whoever_ran_out_of_time_gives_back_what_it_still_holds() -> None:
    async with election() as held:
        first, second = await two(held)
        await held.freeze(TERMS.renew_deadline)
        assert first.lost
        await first.elector.give_up()
        assert await held.until_led_by(second, within=HANDOVER) <= HANDOVER


async def test_whoever_lost_it_to_another_gives_nothing_back() -> None:
    async with election() as held:
        first, _ = await two(held)
        held.board.edit(holder="a stranger")
        await held.wait(HANDOVER)
        await first.elector.give_up()
        assert held.board.holder == "a stranger"


async def test_a_renewal_that_was_answered_too_late_is_none() -> None:
    async with election() as held:
        first, _ = await two(held)
        first.access.line = Line.SILENT
        await held.wait(9.5)
        first.access.line = Line.UP
        await held.freeze(30)
        assert not first.leads
        assert first.lost


async def test_the_next_one_leads_at_once_when_leadership_is_given_up() -> None:
    async with election() as held:
        first, second = await two(held)
        await first.elector.give_up()
        assert not first.leads
        assert await held.until_led_by(second, within=HANDOVER) <= HANDOVER
        assert not first.lost


async def test_whoever_gave_up_does_not_stand_again() -> None:
    async with election() as held:
        first, second = await two(held)
        await second.elector.give_up()
        await first.die()
        await held.wait(60)
        assert held.leaders == []


async def test_giving_up_where_nobody_answers_ends_all_the_same() -> None:
    async with election() as held:
        first, second = await two(held)
        first.access.line = Line.REFUSING
        await first.elector.give_up()
        assert not first.leads
        await held.until_led_by(second, within=TAKEOVER)


async def test_a_record_that_is_taken_away_is_made_again_by_its_holder() -> None:
    async with election() as held:
        first, _ = await two(held)
        held.board.take_away()
        await held.wait(30)
        assert first.leads
        assert held.board.holder == "first"


async def test_a_record_that_is_taken_away_from_a_dead_holder_is_still_waited_for() -> None:
    """Whether the holder is dead cannot be seen: it may not have noticed yet."""
    async with election() as held:
        first, second = await two(held)
        first.access.line = Line.SILENT
        held.board.take_away()
        await held.until_led_by(second, within=TAKEOVER)
        assert first.lost


@pytest.mark.parametrize("thief", ["a stranger", "second", None])
async def test_whoever_is_written_out_of_the_record_stops_before_another_begins(thief: str | None) -> None:
    async with election() as held:
        first, second = await two(held)
        held.board.edit(holder=thief)
        await held.wait(HANDOVER)
        assert f"is held by {thief or 'nobody'} now" in first.lost
        await held.until_led_by(second, within=TAKEOVER)


@pytest.mark.parametrize("thief", ["a stranger", "second", None])
async def test_whoever_does_not_hear_that_it_was_written_out_has_its_time_left(thief: str | None) -> None:
    async with election() as held:
        first, second = await two(held)
        first.access.line = Line.SILENT
        held.board.edit(holder=thief)
        await held.until_led_by(second, within=TAKEOVER)
        assert first.lost


async def test_a_record_that_somebody_touched_stays_with_its_holder() -> None:
    async with election() as held:
        first, _ = await two(held)
        for _ in range(20):
            held.board.edit(duration=3)
            await held.wait(1.7)
        assert first.leads
        assert not first.lost


async def test_the_holders_own_duration_counts_not_ours() -> None:
    async with election() as held:
        patient = await held.stand("patient", terms=replace(TERMS, duration=60, renew_deadline=50))
        hasty = await held.stand("hasty")
        await held.wait(7)
        await patient.die()
        assert await held.until_led_by(hasty, within=63) > 50


async def test_of_many_who_wait_exactly_one_is_elected() -> None:
    async with election() as held:
        first = await held.stand("first")
        others = [await held.stand(f"candidate {number}") for number in range(10)]
        await first.die()
        await held.wait(TAKEOVER)
        assert len(held.leaders) == 1
        assert held.leaders[0] in {other.name for other in others}


async def test_without_an_election_a_process_leads_for_ever_until_it_gives_up() -> None:
    gate = Gate()
    candidate = Unopposed(gate)
    assert not gate.leads
    await candidate.run()
    assert gate.leads
    await candidate.give_up()
    assert not gate.leads
