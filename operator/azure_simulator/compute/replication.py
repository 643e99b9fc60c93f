"""How an image version gets its replicas: per region, in steps, at the pace of the scenario."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from random import Random

from azure_simulator.answers import ArmError
from azure_simulator.clock import Clock, Timer
from azure_simulator.compute.galleries import ProvisioningState
from azure_simulator.compute.replication_troubles import ReplicationOrder, Troubles
from azure_simulator.compute.scenario import ComputePace, ComputeSwitches
from azure_simulator.compute.versions import ImageVersion, RegionalCopy
from azure_simulator.resources.locations import display_name
from azure_simulator.resources.operations import AsyncOperation, AsyncOperations

_HALF_WAY = 0.5


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
    troubles: Troubles = field(default_factory=Troubles)
    _timers: defaultdict[str, list[Timer]] = field(default_factory=lambda: defaultdict(list))
    _standing_still: defaultdict[str, list[Callable[[], None]]] = field(default_factory=lambda: defaultdict(list))

    def create(self, version: ImageVersion, failure: ArmError | None) -> AsyncOperation:
        """Read the source, then replicate to every region; fail when the source is missing after the reading."""
        return self._begin(version, "Creating", failure)

    def update(self, version: ImageVersion, failure: ArmError | None) -> AsyncOperation:
        """Replicate where the wanted replicas differ from the ready ones, and leave the leaving regions."""
        self._keep_showing_old_status(version)
        return self._begin(version, "Updating", failure)

    def abandon(self, version: ImageVersion) -> None:
        """Stop whatever is under way, since the version is to be deleted."""
        self._cancel(version)
        if version.operation is not None and not version.operation.done:
            canceled = ArmError(409, "OperationPreempted", "The operation was preempted by a deletion.")
            self.operations.close(version.operation, canceled)

    def resume(self) -> None:
        """Forget all trouble that was ordered, and let what stands still go on."""
        self.troubles.clear()
        standing = [go_on for waiting in self._standing_still.values() for go_on in waiting]
        self._standing_still.clear()
        for go_on in standing:
            go_on()

    def _begin(self, version: ImageVersion, state: ProvisioningState, failure: ArmError | None) -> AsyncOperation:
        self._cancel(version)
        operation = self.operations.open(version.id.text)
        version.state, version.operation = state, operation
        delay = self._preparation(version)
        moving = [copy for copy in version.copies.values() if copy.leaving or not copy.settled]
        for copy in moving:
            self._move(version, copy, delay, failure)
        if not moving:
            self._later(version, delay + self.troubles.hold(version.id.text), lambda: self._finish(version))
        elif self.switches.versions_succeed_before_replication:
            self._later(version, delay, lambda: self._finish(version))
        return operation

    def _preparation(self, version: ImageVersion) -> float:
        """The seconds before replication begins, in which a source that was not read yet is read."""
        if version.missing_source is None:
            return self.pace.metadata_update.draw(self.random)
        delay = self.pace.version_preparation.draw(self.random)
        self._later(version, delay, lambda: self._end_reading(version))
        return delay

    def _end_reading(self, version: ImageVersion) -> None:
        missing = None if version.missing_source is None else version.missing_source()
        if missing is None:
            version.missing_source = None
            return
        self._cancel(version)
        for copy in version.copies.values():
            copy.fail(missing)
        self._finish(version)

    def _move(self, version: ImageVersion, copy: RegionalCopy, delay: float, failure: ArmError | None) -> None:
        copy.begin()
        trouble = self._trouble(version, copy)
        duration = self._duration(version, copy) + (0.0 if trouble is None else trouble.hold)
        stops = trouble is not None and trouble.stand_still
        for step in range(1, self.pace.progress_steps):
            share = step / self.pace.progress_steps
            if share <= _HALF_WAY or not stops:
                self._later(version, delay + duration * share, partial(_show_progress, copy, share))
        end = partial(self._arrive, version, copy, failure or (None if trouble is None else trouble.failure))
        if stops:
            rest = partial(self._later, version, duration * _HALF_WAY, end)
            self._standing_still[version.id.key].append(rest)
        else:
            self._later(version, delay + duration, end)

    def _trouble(self, version: ImageVersion, copy: RegionalCopy) -> ReplicationOrder | None:
        if not copy.grows:
            return None
        trouble = copy.trouble or self.troubles.striking(version.id.text, copy.region)
        copy.trouble = trouble if trouble is not None and trouble.outlasts_retries else None
        return trouble

    def _duration(self, version: ImageVersion, copy: RegionalCopy) -> float:
        if not copy.grows:
            return self.pace.region_removal.draw(self.random)
        if version.publishing.replication_mode == "Shallow":
            return self.pace.metadata_update.draw(self.random)
        per_gigabyte = self.pace.replication_per_gigabyte * version.contents.size_gb
        return self.pace.replication.draw(self.random) + per_gigabyte

    def _arrive(self, version: ImageVersion, copy: RegionalCopy, failure: ArmError | None) -> None:
        if copy.leaving:
            version.copies.pop(copy.region, None)
        elif failure is not None:
            copy.fail(failure)
        else:
            copy.complete()
        if all(other.state in {"Completed", "Failed"} for other in version.copies.values()):
            self._finish(version)

    def _finish(self, version: ImageVersion) -> None:
        if version.operation is None or version.operation.done:
            return
        failures = {copy.region: copy.failure for copy in version.copies.values() if copy.failure is not None}
        error = _replication_failed(failures) if failures else None
        version.state = "Succeeded" if error is None else "Failed"
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
        self._standing_still.pop(version.id.key, None)
        for timer in self._timers.pop(version.id.key, ()):
            timer.cancel()


def _show_progress(copy: RegionalCopy, share: float) -> None:
    copy.progress = int(share * 100)


def _replication_failed(failures: dict[str, ArmError]) -> ArmError:
    """One error for all regions, with the code of the first one."""
    failed = ", ".join(f"{{region:{region}, detail:{failure.message}}}" for region, failure in failures.items())
    first = next(iter(failures.values()))
    return ArmError(
        first.status,
        first.code,
        "Gallery replication jobs failed in one or more regions. The failing regions' details are as follows: "
        f"'{failed}'. If retry does not work, then please do an update by removing the failed regions and update "
        "again by adding them back.",
        target=", ".join(display_name(region) for region in failures),
    )
