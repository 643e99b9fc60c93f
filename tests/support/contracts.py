"""Fails a test when its requests to the simulator, or the simulator's answers, do not agree with Azure's contracts."""

import contextlib
import tempfile
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path

import pytest

from azure_simulator.exchanges import Exchange
from azure_simulator.recording import read_recording
from tools.contracts.check import Checker
from tools.contracts.sources import contract

_MOST_SHOWN = 20


class Witness:
    """An observer that keeps exchanges until somebody asks whether they were right."""

    def __init__(self) -> None:
        self._checker = Checker(contract())
        self._exchanges: list[Exchange] = []

    def __call__(self, exchange: Exchange) -> None:
        """Keep an exchange; it is checked later, so that no answer waits for it."""
        self._exchanges.append(exchange)

    def testify(self) -> None:
        """Fail if anything was wrong since the last time."""
        seen, self._exchanges = self._exchanges, []
        must_agree(self._checker, seen)


def must_agree(checker: Checker, exchanges: Iterable[Exchange]) -> None:
    """Fail with every mismatch of these exchanges, each once."""
    found = dict.fromkeys(str(mismatch) for exchange in exchanges for mismatch in checker.mismatches(exchange))
    if found:
        lines = "\n  ".join([*list(found)[:_MOST_SHOWN], *(["…"] if len(found) > _MOST_SHOWN else [])])
        pytest.fail(f"{len(found)} mismatches with Azure's contracts:\n  {lines}", pytrace=False)


@contextlib.contextmanager
def recorded_exchanges() -> Iterator[Path]:
    """A file for `azure-simulator serve --record`; what is in it at the end of the block must agree."""
    with tempfile.TemporaryDirectory(prefix="azure-exchanges-") as folder:
        record = Path(folder) / "exchanges.jsonl"
        yield record
        must_agree(Checker(contract()), read_recording(record))


_WITNESS = pytest.StashKey[Witness]()


@pytest.fixture
def contracts(request: pytest.FixtureRequest) -> Iterator[Witness]:
    """The observer for simulators of this process; it speaks when the test has run, and again when all is torn down."""
    witness = request.node.stash[_WITNESS] = Witness()
    yield witness
    witness.testify()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Let the test fail, not only its teardown."""
    result = yield
    if _WITNESS in item.stash:
        item.stash[_WITNESS].testify()
    return result
