import pytest

from tests.support.eventually import eventually, eventually_async


def test_the_first_truthy_answer_is_returned() -> None:
    answers = iter([None, "", "there"])
    assert eventually(lambda: next(answers), every=0) == "there"


def test_an_assertion_that_holds_later_is_good_enough() -> None:
    answers = iter([1, 2, 3])

    def three() -> bool:
        assert next(answers) == 3
        return True

    assert eventually(three, every=0)


def test_the_error_shows_the_probe_and_what_was_last_seen() -> None:
    seen: list[str] = []
    with pytest.raises(AssertionError, match=r"(?s)not within 0.01 s.*lambda: seen.*last seen: \[\]"):
        eventually(lambda: seen, within=0.01)


def test_the_error_of_a_probe_without_source_still_names_it() -> None:
    with pytest.raises(AssertionError, match="built-in method copy of list"):
        eventually([].copy, within=0.01)


async def test_a_coroutine_function_can_be_waited_for() -> None:
    answers = iter([0, 0, 7])

    async def probe() -> int:
        return next(answers)

    assert await eventually_async(probe, every=0) == 7
