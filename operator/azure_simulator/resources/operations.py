"""Asynchronous operations of Resource Manager: begun by a request, ended by the clock, polled by the client."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any, Literal

from azure_simulator.answers import ArmError
from azure_simulator.clock import Clock

Status = Literal["InProgress", "Succeeded", "Failed"]


@dataclass(slots=True, kw_only=True)
class AsyncOperation:
    """One long-running operation; `name` is its GUID, `target` the id of the resource that it changes.

    `output` is what an action answers in the end, `{}` for nothing; None: its target as it is then.
    """

    name: str
    target: str
    started: datetime
    status: Status = "InProgress"
    ended: datetime | None = None
    error: ArmError | None = None
    output: dict[str, Any] | None = None

    @property
    def done(self) -> bool:
        """Whether it has ended, well or not."""
        return self.status != "InProgress"

    def document(self) -> dict[str, Any]:
        """What polling `Azure-AsyncOperation` answers."""
        ended = {} if self.ended is None else {"endTime": self.ended.isoformat()}
        error = {} if self.error is None else {"error": self.error.error()}
        output = {"properties": {"output": self.output}} if self.output and self.status == "Succeeded" else {}
        return {
            "startTime": self.started.isoformat(),
            **ended,
            "status": self.status,
            **error,
            **output,
            "name": self.name,
        }


class AsyncOperations:
    """All operations by name, under way or ended."""

    def __init__(self, *, clock: Clock, random: Random) -> None:
        self._clock = clock
        self._random = random
        self._operations: dict[str, AsyncOperation] = {}

    def begin(
        self,
        target: str,
        seconds: float,
        succeed: Callable[[], None],
        *,
        failure: ArmError | None = None,
        fail: Callable[[], None] = lambda: None,
    ) -> AsyncOperation:
        """Begin an operation that ends in `seconds` and calls `succeed`, or ends in `failure` and calls `fail`."""
        operation = self.open(target)
        end = succeed if failure is None else fail

        def ended() -> None:
            end()
            self.close(operation, failure)

        self._clock.after(seconds, ended)
        return operation

    def open(self, target: str) -> AsyncOperation:
        """Begin an operation that ends when `close` is called."""
        name = str(uuid.UUID(int=self._random.getrandbits(128), version=4))
        operation = AsyncOperation(name=name, target=target, started=self._clock.now())
        self._operations[name] = operation
        return operation

    def close(self, operation: AsyncOperation, error: ArmError | None = None) -> None:
        """End an operation: well, or with `error`."""
        operation.ended = self._clock.now()
        operation.error = error
        operation.status = "Succeeded" if error is None else "Failed"

    def get(self, name: str) -> AsyncOperation | None:
        """The operation with this name."""
        return self._operations.get(name.casefold())
