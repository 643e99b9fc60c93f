"""The simulator as a process of its own, as a person would start it."""

import contextlib
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TypeAlias

from azure_simulator.client import ControlClient, ReadyLine
from tools.processes import running, tail
from tools.waiting import attempts

START_WITHIN = 30.0

Program: TypeAlias = Callable[[Path], Sequence[str]]
"""What runs the simulator, which writes to the given folder."""


def installed_simulator(_: Path) -> list[str]:
    """The one of this environment."""
    return [str(Path(sys.executable).with_name("azure-simulator"))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Azure:
    """A running simulator: what it said when it was ready, and its control API."""

    ready: ReadyLine
    control: ControlClient
    log: Path
    at_first: frozenset[str]
    """Ids of what the scenario had made already."""

    def leftovers(self) -> list[str]:
        """Ids of every gallery, image definition, image version, snapshot and pool that was not there at first."""
        return [found for found in _existing(self.control) if found not in self.at_first]

    @classmethod
    @contextlib.contextmanager
    def start(
        cls,
        folder: Path,
        *,
        speed: float,
        scenario: Path | None = None,
        record: Path | None = None,
        program: Program = installed_simulator,
    ) -> Iterator[Self]:
        """Run `azure-simulator serve` in `folder`, `speed` simulated seconds a second, for the length of the block.

        Every exchange is kept in the file `record`. `program` says what to run.
        """
        folder.mkdir(parents=True, exist_ok=True)
        ready_file, log = folder / "ready.json", folder / "simulator.log"
        command = [
            *program(folder),
            "serve",
            f"--data-dir={folder / 'data'}",
            f"--clock-speed={speed}",
            f"--ready-file={ready_file}",
            *([f"--scenario={scenario}"] if scenario else []),
            *([f"--record={record}"] if record else []),
        ]
        with running(command, log=log) as process:
            for _ in attempts(START_WITHIN):
                if ready_file.exists() or process.poll() is not None:
                    break
            if not ready_file.exists():
                raise RuntimeError(f"The simulator did not get ready. Its last words:\n{tail(log)}")
            ready = ReadyLine.parse(ready_file.read_text())
            control = ControlClient(ready.control, ready.ca_file)
            yield cls(ready=ready, control=control, log=log, at_first=frozenset(_existing(control)))


def _existing(control: ControlClient) -> list[str]:
    state = control.state()
    galleries = state["galleries"]
    definitions = [definition for gallery in galleries for definition in gallery["definitions"]]
    versions = [version for definition in definitions for version in definition["versions"]]
    pools = [pool for account in state["batchAccounts"] for pool in account["pools"]]
    return [*(found["id"] for found in (*galleries, *definitions, *versions, *pools)), *state["snapshots"]]
