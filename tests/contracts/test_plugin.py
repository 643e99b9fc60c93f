import pytest

WRONG = """
    from tests.support.exchanges import read_pool

    def test_that_meets_a_wrong_answer(contracts):
        contracts(read_pool({"id": "frames"}))
"""
RIGHT = """
    from tests.support.exchanges import read_pool

    def test_that_meets_a_right_answer(contracts):
        contracts(read_pool())
"""
LATE = """
    import pytest
    from tests.support.exchanges import read_pool

    @pytest.fixture
    def late(contracts):
        yield
        contracts(read_pool({"id": "frames"}))

    def test_whose_clean_up_meets_a_wrong_answer(late):
        pass
"""


def run(pytester: pytest.Pytester, test: str) -> pytest.RunResult:
    pytester.makepyfile(test)
    return pytester.runpytest_inprocess("-p", "tests.support.contracts", "-p", "no:asyncio")


def test_a_mismatch_fails_the_test_that_caused_it(pytester: pytest.Pytester) -> None:
    result = run(pytester, WRONG)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*GET /pools/frames (get_pool), body of 200 at $: 'vmSize' is a required property*"])


def test_a_right_exchange_fails_nothing(pytester: pytest.Pytester) -> None:
    run(pytester, RIGHT).assert_outcomes(passed=1)


def test_a_mismatch_while_a_test_cleans_up_is_an_error_of_that_test(pytester: pytest.Pytester) -> None:
    run(pytester, LATE).assert_outcomes(passed=1, errors=1)
