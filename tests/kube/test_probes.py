"""What the probes answer, from which signs of life."""

from azure_batch_operator.kube.probes import LATEST_BEAT, LONGEST_TURN, SWEEPS_MISSED, Probes
from azure_batch_operator.runtime.gate import Gate
from azure_batch_operator.runtime.pulse import Pulse
from tests.support.virtual_time import VirtualTime


class Bench:
    """Probes over a pulse on a clock that is moved by hand."""

    def __init__(self) -> None:
        self.time = VirtualTime()
        self.pulse = Pulse(monotonic=self.time.time)
        self.gate = Gate(self.time.time)
        self.probes = Probes(pulse=self.pulse, gate=self.gate, sweep_interval=600)

    def pass_in_time(self, seconds: float) -> None:
        """Let time pass without the loop being late."""
        self.time.advance(seconds)
        self.pulse.beat()
        self.pulse.beat()

    def bad(self) -> list[str]:
        """The signs of life that are too old."""
        answer = self.probes.alive()
        bad = [name for name, sign in answer.body.items() if not sign["ok"]]  # type: ignore[call-overload,index]  # JSON
        assert answer.is_good == (not bad)
        return bad


def test_a_process_that_was_just_started_is_alive_and_not_ready() -> None:
    bench = Bench()
    assert bench.bad() == []
    assert not bench.probes.ready().is_good


def test_a_loop_that_is_held_up_is_not_alive_until_it_goes_on() -> None:
    bench = Bench()
    bench.time.advance(LATEST_BEAT + 2)
    assert bench.bad() == ["loop"]
    bench.pass_in_time(1)
    assert bench.bad() == []


def test_a_watch_that_brings_nothing_while_no_sweep_succeeds_is_not_alive() -> None:
    bench = Bench()
    bench.pulse.listen()
    bench.pass_in_time(SWEEPS_MISSED * 600)
    assert bench.bad() == []
    bench.pass_in_time(1)
    assert bench.bad() == ["watch"]
    bench.pulse.hear()
    assert bench.bad() == []


def test_a_turn_that_hangs_is_not_alive() -> None:
    bench = Bench()
    bench.pulse.turn_begins("worker")
    bench.pass_in_time(LONGEST_TURN + 1)
    assert bench.bad() == ["turns"]
    bench.pulse.turn_ends("worker")
    assert bench.bad() == []


def test_the_answer_has_the_numbers() -> None:
    bench = Bench()
    bench.pulse.turn_begins("worker")
    bench.pass_in_time(2.5)
    assert bench.probes.alive().body == {
        "loop": {"ok": True, "seconds": 0.0, "limit": 10.0},
        "watch": {"ok": True, "seconds": 0.0, "limit": 1800},
        "turns": {"ok": True, "seconds": 2.5, "limit": 300.0},
    }


def test_it_is_ready_once_it_knows_every_object_whether_or_not_it_leads() -> None:
    bench = Bench()
    bench.gate.know_all()
    assert not bench.gate.leads
    assert bench.probes.ready().is_good
    bench.gate.know_too_little()
    assert not bench.probes.ready().is_good
