"""The work queue: one worker per key, nothing forgotten, the urgent first, pauses that grow."""

import asyncio
from collections import Counter
from collections.abc import Callable, Hashable
from random import Random

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from azure_batch_operator.runtime.pacing import Backoff, spread
from azure_batch_operator.runtime.queue import WorkQueue
from tests.support.queues import all_taken, taken
from tests.support.virtual_time import VirtualTime

URGENT, ROUTINE = 0, 20


def make_queue(
    time: VirtualTime,
    *,
    scope_of: Callable[[str], Hashable | None] = lambda _: None,
    scope_share: int | None = None,
) -> WorkQueue[str]:
    backoff = Backoff(base=1, cap=60, chance=Random(7))
    return WorkQueue(timing=time, backoff=backoff, scope_of=scope_of, scope_share=scope_share)


async def test_a_key_that_was_added_often_is_handed_out_once() -> None:
    queue = make_queue(VirtualTime())
    for _ in range(3):
        queue.add("pool", ROUTINE)
    assert await all_taken(queue) == ["pool"]


async def test_a_key_that_is_added_while_being_worked_on_comes_again_afterwards_and_not_before() -> None:
    queue = make_queue(VirtualTime())
    queue.add("pool", URGENT)
    assert await taken(queue) == "pool"
    queue.add("pool", URGENT)
    assert await taken(queue) is None
    queue.done("pool")
    assert await all_taken(queue) == ["pool"]


async def test_the_most_urgent_key_comes_first_and_equals_come_in_order() -> None:
    queue = make_queue(VirtualTime())
    for key, priority in (("a", 20), ("b", 10), ("c", 10), ("d", 0)):
        queue.add(key, priority)
    assert await all_taken(queue) == ["d", "b", "c", "a"]


async def test_adding_again_can_only_make_a_key_more_urgent() -> None:
    queue = make_queue(VirtualTime())
    queue.add("a", ROUTINE)
    queue.add("b", 5)
    queue.add("a", URGENT)
    queue.add("a", ROUTINE)
    assert await all_taken(queue) == ["a", "b"]


async def test_whoever_waits_for_a_key_is_woken_by_the_next_one() -> None:
    queue = make_queue(VirtualTime())
    waiting = asyncio.create_task(queue.get())
    assert await taken(queue) is None
    queue.add("pool", ROUTINE)
    assert await waiting == "pool"


async def test_a_delayed_key_comes_when_its_time_has_come() -> None:
    time = VirtualTime()
    queue = make_queue(time)
    queue.add_after("pool", 15, ROUTINE)
    time.advance(14.9)
    assert await taken(queue) is None
    time.advance(0.1)
    assert await taken(queue) == "pool"


async def test_of_several_delays_the_earliest_wins_and_the_key_comes_once() -> None:
    time = VirtualTime()
    queue = make_queue(time)
    for delay in (60, 5, 30):
        queue.add_after("pool", delay, ROUTINE)
    time.advance(5)
    assert await taken(queue) == "pool"
    queue.done("pool")
    time.advance(100)
    assert await taken(queue) is None


async def test_adding_at_once_takes_the_place_of_a_delay() -> None:
    time = VirtualTime()
    queue = make_queue(time)
    queue.add_after("pool", 600, ROUTINE)
    queue.add("pool", URGENT)
    assert await taken(queue) == "pool"
    queue.done("pool")
    time.advance(600)
    assert await taken(queue) is None


async def test_pauses_after_failures_double_up_to_the_cap_and_start_anew_once_forgotten() -> None:
    time = VirtualTime()
    queue = make_queue(time)
    for pause in (1, 2, 4, 8, 16, 32, 60, 60):
        assert 0.8 * pause <= await pause_after_failure(queue, time) <= 1.2 * pause + 0.1
    queue.forget("pool")
    assert await pause_after_failure(queue, time) <= 1.3


async def pause_after_failure(queue: WorkQueue[str], time: VirtualTime) -> float:
    """How long a key stays away after one more failure, to a tenth of a second."""
    queue.retry("pool", ROUTINE)
    begun = time.time()
    while await taken(queue) is None:
        time.advance(0.1)
    queue.done("pool")
    return time.time() - begun


def test_no_two_keys_that_fail_together_come_back_together() -> None:
    backoff = Backoff(base=10, cap=600, chance=Random(1))
    pauses = {backoff.pause(1) for _ in range(100)}
    assert len(pauses) == 100
    assert 8 <= min(pauses) < 8.5
    assert 11.5 < max(pauses) <= 12


def test_routine_pauses_are_spread_and_never_cut_short() -> None:
    chance = Random(1)
    pauses = {spread(600, chance) for _ in range(100)}
    assert len(pauses) == 100
    assert 600 <= min(pauses) < 610
    assert 650 < max(pauses) <= 660


def first_letter(key: str) -> str:
    return key[0]


async def test_no_scope_takes_more_than_its_share_and_others_pass_by() -> None:
    queue = make_queue(VirtualTime(), scope_of=first_letter, scope_share=2)
    for key in ("a1", "a2", "a3", "a4", "b1"):
        queue.add(key, ROUTINE)
    assert await all_taken(queue) == ["a1", "a2", "b1"]
    queue.done("b1")
    assert await taken(queue) is None
    queue.done("a2")
    assert await all_taken(queue) == ["a3"]


async def test_of_the_keys_that_wait_for_their_scope_the_most_urgent_goes_first() -> None:
    queue = make_queue(VirtualTime(), scope_of=first_letter, scope_share=1)
    queue.add("a1", ROUTINE)
    assert await taken(queue) == "a1"
    queue.add("a2", ROUTINE)
    queue.add("a3", ROUTINE)
    assert await taken(queue) is None
    queue.add("a3", URGENT)
    assert await taken(queue) is None
    queue.done("a1")
    assert await all_taken(queue) == ["a3"]


async def test_a_key_that_is_put_back_keeps_its_place_among_the_priorities() -> None:
    queue = make_queue(VirtualTime())
    queue.add("a", URGENT)
    assert await taken(queue) == "a"
    queue.add("b", ROUTINE)
    queue.put_back("a")
    assert await all_taken(queue) == ["a", "b"]


KEYS = st.sampled_from(["a1", "a2", "a3", "b1", "b2", "c1"])
SHARE = 2


class WorkersOnAQueue(RuleBasedStateMachine):
    """Many workers, and changes at any moment: what every order of events must keep."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.time = VirtualTime()
        self.queue = make_queue(self.time, scope_of=first_letter, scope_share=SHARE)
        self.changes: Counter[str] = Counter()
        self.seen: Counter[str] = Counter()
        self.busy: list[str] = []

    @rule(key=KEYS, priority=st.sampled_from([0, 5, 10, 20]))
    def change(self, key: str, priority: int) -> None:
        self.changes[key] += 1
        self.queue.add(key, priority)

    @rule(key=KEYS, delay=st.floats(0, 100), priority=st.sampled_from([10, 20]))
    def change_noticed_later(self, key: str, delay: float, priority: int) -> None:
        self.changes[key] += 1
        self.queue.add_after(key, delay, priority)

    @rule(seconds=st.floats(0, 60))
    def time_passes(self, seconds: float) -> None:
        self.time.advance(seconds)

    @rule()
    def a_worker_takes_a_key(self) -> None:
        taking = taken(self.queue)
        if (key := self.runner.run(taking)) is not None:
            assert key not in self.busy
            self.busy.append(key)
            self.seen[key] = self.changes[key]

    @precondition(lambda self: self.busy)
    @rule(choice=st.randoms(use_true_random=False), failed=st.booleans())
    def a_worker_is_done(self, choice: Random, *, failed: bool) -> None:
        key = self.busy.pop(choice.randrange(len(self.busy)))
        if failed:
            self.queue.retry(key, 10)
        self.queue.done(key)

    @invariant()
    def no_scope_has_more_than_its_share(self) -> None:
        assert all(count <= SHARE for count in Counter(map(first_letter, self.busy)).values())

    def teardown(self) -> None:
        """In the end the newest state of every key was seen by a worker."""
        for _ in range(len(self.changes) + 1):
            while self.busy:
                self.queue.done(self.busy.pop())
            self.time.advance(1000)
            self.a_worker_takes_a_key()
        assert self.seen == self.changes
        self.runner.close()


WorkersOnAQueue.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestWorkersOnAQueue = WorkersOnAQueue.TestCase
