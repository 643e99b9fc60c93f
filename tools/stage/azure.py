"""The simulator as a process of its own, as a person would start it."""

import contextlib
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from azure_simulator.client import Simulator

from tools.processes import running, tail
from tools.waiting import attempts

START_WITHIN = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Azure:
    """A running simulator: what it said when it was ready, and its control API."""

    ready: dict[str, Any]
    control: Simulator
    log: Path

    @property
    def ca_file(self) -> Path:
        """The certificate authority that every client must trust."""
        return Path(self.ready["caFile"])

    @property
    def subscription_id(self) -> str:
        """The subscription of the scenario."""
        return str(self.ready["subscriptionId"])

    def batch_endpoint(self, account: str) -> str:
        """Where a Batch account's data plane listens."""
        return str(self.ready["batch"][account])

    @classmethod
    @contextlib.contextmanager
    def start(cls, folder: Path, *, speed: float, scenario: Path | None = None) -> Iterator[Self]:
        """Run `azure-simulator serve` in `folder`, `speed` simulated seconds a second, for the length of the block."""
        folder.mkdir(parents=True, exist_ok=True)
        ready_file, log = folder / "ready.json", folder / "simulator.log"
        command = [
            str(Path(sys.executable).with_name("azure-simulator")),
            "serve",
            f"--data-dir={folder / 'data'}",
            f"--clock-speed={speed}",
            f"--ready-file={ready_file}",
            *([f"--scenario={scenario}"] if scenario else []),
        ]
        with running(command, log=log) as process:
            for _ in attempts(START_WITHIN):
                if ready_file.exists() or process.poll() is not None:
                    break
            if not ready_file.exists():
                raise RuntimeError(f"The simulator did not get ready. Its last words:\n{tail(log)}")
            ready = json.loads(ready_file.read_text())
            with Simulator.from_ready(ready) as control:
                yield cls(ready=ready, control=control, log=log)
