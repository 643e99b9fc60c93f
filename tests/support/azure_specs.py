"""The fixture `azure_specs`: Azure's official API documents, where they stand beside the checkout."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tools.contracts.sources import OFFICIAL


@dataclass(frozen=True, slots=True)
class AzureSpecs:
    """The documents; none at all where the folder is missing, so that nothing is found in them."""

    root: Path

    def documents(self, pattern: str) -> Iterator[Any]:
        """Every document whose path below the folder matches, parsed."""
        return (json.loads(path.read_text()) for path in sorted(self.root.glob(pattern)))

    def answers(self, pattern: str, status: str = "200") -> Iterator[Any]:
        """The answer body of every matching example."""
        return (found["responses"][status]["body"] for found in self.documents(pattern))


_READERS = pytest.StashKey[list[str]]()


@pytest.fixture
def azure_specs(request: pytest.FixtureRequest) -> AzureSpecs:
    """The documents; without them the run says at its end which tests had nothing to read."""
    if not OFFICIAL.is_dir():
        request.config.stash.setdefault(_READERS, []).append(request.node.nodeid)
    return AzureSpecs(OFFICIAL.parent)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was not checked (the names are known where tests do not run in processes of their own)."""
    if not OFFICIAL.is_dir():
        terminalreporter.section("not checked")
        terminalreporter.write_line(
            f"There is no {OFFICIAL}: exchanges with the simulator were checked against the installed SDKs only, not "
            "against Microsoft's own documents, and tests that read these did not run."
        )
        for name in terminalreporter.config.stash.get(_READERS, []):
            terminalreporter.write_line(f"  {name}")
