"""How an image version gets its replicas: per region, in steps, at the pace of the scenario."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from random import Random

from azure_simulator.answers import ArmError
from azure_simulator.clock import Clock, Timer
from azure_simulator.compute.galleries import ProvisioningState
from azure_simulator.compute.scenario import ComputePace, ComputeSwitches
from azure_simulator.compute.versions import ImageVersion, RegionalCopy
from azure_simulator.resources.locations import display_name
from azure_simulator.resources.operations import AsyncOperation, AsyncOperations


@dataclass(frozen=True, slots=True, kw_only=True)
class Replicator:
    """Moves versions from what they have to what they want.

    A region's replicas become readable together when its replication ends; until then the old ones stand.
    """

    clock: Clock
    random: Random
    operations: AsyncOperations
    pace: ComputePace
    switches: ComputeSwitches
    _timers: defaultdict[str, list[Timer]] = field(default_factory=lambda: defaultdict(list))

    def create(self, version: ImageVersion, failure: ArmError | None) -> AsyncOperation:
        """Copy the source, then replicate to every region."""
        return self._begin(version, "Creating", self.pace.version_preparation.draw(self.random), failure)

    def update(self, version: ImageVersion, failure: ArmError | None) -> AsyncOperation:
        """Replicate where the wanted replicas differ from the ready ones, and leave the leaving regions."""
        self._keep_showing_old_status(version)
        return self._begin(version, "Updating", self.pace.metadata_update.draw(self.random), failure)

    def abandon(self, version: ImageVersion) -> None:
        """Stop whatever is under way, since the version is to be deleted."""
        self._cancel(version)
        if version.operation is not None and not version.operation.done:
            canceled = ArmError(409, "OperationPreempted", "The operation was preempted by a deletion.")
            self.operations.close(version.operation, canceled)

    def _begin(
        self, version: ImageVersion, state: ProvisioningState, delay: float, failure: ArmError | None
    ) -> AsyncOperation:
        self._cancel(version)
        operation = self.operations.open(version.id.text)
        version.state, version.operation = state, operation
        moving = [copy for copy in version.copies.values() if copy.leaving or not copy.settled]
        for copy in moving:
            self._move(version, copy, delay, failure)
        if not moving:
            self._later(version, delay, lambda: self._finish(version))
        return operation

    def _move(self, version: ImageVersion, copy: RegionalCopy, delay: float, failure: ArmError | None) -> None:
        copy.state, copy.progress, copy.details = "Replicating", 0, ""
        duration = self._duration(version, copy)
        for step in range(1, self.pace.progress_steps):
            share = step / self.pace.progress_steps
            self._later(version, delay + duration * share, partial(_show_progress, copy, share))
        self._later(version, delay + duration, lambda: self._arrive(version, copy, failure))

    def _duration(self, version: ImageVersion, copy: RegionalCopy) -> float:
        if copy.leaving or copy.replicas < copy.ready:
            return self.pace.region_removal.draw(self.random)
        if version.publishing.replication_mode == "Shallow":
            return self.pace.metadata_update.draw(self.random)
        per_gigabyte = self.pace.replication_per_gigabyte * version.contents.size_gb
        return self.pace.replication.draw(self.random) + per_gigabyte

    def _arrive(self, version: ImageVersion, copy: RegionalCopy, failure: ArmError | None) -> None:
        if copy.leaving:
            version.copies.pop(copy.region, None)
        elif failure is not None:
            copy.state, copy.details = "Failed", failure.message
        else:
            copy.state, copy.progress, copy.ready = "Completed", 100, copy.replicas
        if all(other.state in {"Completed", "Failed"} for other in version.copies.values()):
            self._finish(version, failure)

    def _finish(self, version: ImageVersion, failure: ArmError | None = None) -> None:
        error = None if failure is None else _replication_failed(version, failure)
        version.state = "Succeeded" if error is None else "Failed"
        if version.operation is not None:
            self.operations.close(version.operation, error)

    def _keep_showing_old_status(self, version: ImageVersion) -> None:
        lag = self.switches.replication_status_lag
        if not lag:
            return
        version.shown_status = version.status

        def catch_up() -> None:
            version.shown_status = None

        self.clock.after(lag, catch_up)

    def _later(self, version: ImageVersion, seconds: float, action: Callable[[], None]) -> None:
        self._timers[version.id.key].append(self.clock.after(seconds, action))

    def _cancel(self, version: ImageVersion) -> None:
        for timer in self._timers.pop(version.id.key, ()):
            timer.cancel()


def _show_progress(copy: RegionalCopy, share: float) -> None:
    copy.progress = int(share * 100)


def _replication_failed(version: ImageVersion, failure: ArmError) -> ArmError:
    failed = ", ".join(
        f"{{region:{copy.region}, detail:{copy.details or failure.message}}}"
        for copy in version.copies.values()
        if copy.state == "Failed"
    )
    regions = ", ".join(display_name(copy.region) for copy in version.copies.values() if copy.state == "Failed")
    return ArmError(
        failure.status,
        failure.code,
        "Gallery replication jobs failed in one or more regions. The failing regions' details are as follows: "
        f"'{failed}'. If retry does not work, then please do an update by removing the failed regions and update "
        "again by adding them back.",
        target=regions or None,
    )
