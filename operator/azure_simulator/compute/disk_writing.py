"""What happens to disks and snapshots over time: they are copied, changed, opened, closed and deleted."""

import uuid
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

from aiohttp import web

from azure_simulator.answers import ArmError
from azure_simulator.arm_bodies import out_of_range
from azure_simulator.compute.asynchronous import headers_of, ordered_failure
from azure_simulator.compute.disk_bodies import AccessBody
from azure_simulator.compute.disks import ManagedDisk
from azure_simulator.compute.snapshots import Snapshot
from azure_simulator.compute.volumes import Volume
from azure_simulator.resources.operations import AsyncOperation

Made = TypeVar("Made", bound=Volume)

_COPIES = frozenset({"Copy", "Import"})
_LONGEST_ACCESS = 60 * 60 * 24 * 60


def accepted(
    request: web.Request, volume: Made, operation: AsyncOperation, render: Callable[[Made], Mapping[str, Any]]
) -> web.Response:
    """The answer to a write that has begun: the disk or snapshot as it is by then."""
    return web.json_response(render(volume), status=202, headers=_headers(request, volume, operation))


def begun(request: web.Request, volume: Volume, operation: AsyncOperation) -> web.Response:
    """The answer to an operation that has begun and shows nothing yet."""
    return web.Response(status=202, headers=_headers(request, volume, operation))


def begin_making(request: web.Request, volume: Volume) -> AsyncOperation:
    """Make a new disk or snapshot; copies take their time, those across regions after the operation has ended."""
    failure, compute = ordered_failure(request), volume.compute
    copying = compute.pace.disk_copy.draw(compute.random) + volume.size_gb * compute.pace.disk_copy_per_gigabyte
    if isinstance(volume, Snapshot) and volume.in_background:
        _copy_in_background(volume, copying, failure)
        return begin_changing(request, volume, failing=False)
    if volume.creation.option not in _COPIES:
        return begin_changing(request, volume)
    _tell_progress(volume, copying)
    return _begin(volume, "Updating", copying, failure)


def begin_changing(request: web.Request, volume: Volume, *, failing: bool = True) -> AsyncOperation:
    """Change a disk or snapshot that needs no copying; without `failing` an ordered failure is meant for later."""
    seconds = volume.compute.pace.disk.draw(volume.compute.random)
    return _begin(volume, "Updating", seconds, ordered_failure(request) if failing else None)


def begin_deleting(request: web.Request, volume: ManagedDisk | Snapshot) -> AsyncOperation:
    """Delete a disk or snapshot that nothing uses; raises ArmError 409 for one that is used."""
    _refuse_deletion_in_use(volume)
    compute = volume.compute
    volume.state = "Deleting"
    return compute.resources.operations.begin(
        volume.id.text,
        compute.pace.disk.draw(compute.random),
        volume.purge,
        failure=ordered_failure(request),
        fail=partial(_mark, volume, "Failed"),
    )


def begin_opening(request: web.Request, volume: ManagedDisk | Snapshot, body: AccessBody) -> AsyncOperation:
    """Give a URL to the bytes, which nobody may change meanwhile; raises ArmError when it must not be given."""
    _refuse_access(volume, body)
    compute = volume.compute
    url = _url(volume)

    def opened() -> None:
        volume.access_until = compute.clock.now() + timedelta(seconds=body.duration_in_seconds)

    operation = compute.resources.operations.begin(
        volume.id.text, compute.pace.disk.draw(compute.random), opened, failure=ordered_failure(request)
    )
    guest_state = {"securityDataAccessSAS": _url(volume)} if body.get_secure_vm_guest_state_sas else {}
    operation.output = {"accessSAS": url, **guest_state}
    return operation


def begin_closing(request: web.Request, volume: Volume) -> AsyncOperation:
    """Make every URL to the bytes useless."""
    compute = volume.compute

    def closed() -> None:
        volume.access_until = None

    operation = compute.resources.operations.begin(
        volume.id.text, compute.pace.disk.draw(compute.random), closed, failure=ordered_failure(request)
    )
    operation.output = {}
    return operation


def _begin(volume: Volume, state: str, seconds: float, failure: ArmError | None) -> AsyncOperation:
    volume.state = state
    return volume.compute.resources.operations.begin(
        volume.id.text,
        seconds,
        partial(_finish, volume),
        failure=failure,
        fail=partial(_mark, volume, "Failed"),
    )


def _finish(volume: Volume) -> None:
    if volume.state == "Updating":
        volume.state = "Succeeded"
    if not (isinstance(volume, Snapshot) and volume.in_background):
        volume.completion_percent = 100.0


def _mark(volume: Volume, state: str) -> None:
    volume.state = state


def _copy_in_background(snapshot: Snapshot, seconds: float, failure: ArmError | None) -> None:
    _tell_progress(snapshot, seconds)

    def copied() -> None:
        source = snapshot.source_id and snapshot.compute.find_snapshot(snapshot.source_id)
        if failure is not None:
            snapshot.copy_error = failure.message
        elif not source:
            snapshot.copy_error = f"The source '{snapshot.source_id}' was deleted before it was copied."
        else:
            snapshot.completion_percent = 100.0

    snapshot.compute.clock.after(seconds, copied)


def _tell_progress(volume: Volume, seconds: float) -> None:
    steps = volume.compute.pace.progress_steps
    volume.completion_percent = 0.0
    for step in range(1, steps):
        volume.compute.clock.after(seconds * step / steps, partial(_advance, volume, 100 * step / steps))


def _advance(volume: Volume, percent: float) -> None:
    volume.completion_percent = percent


def _refuse_deletion_in_use(volume: ManagedDisk | Snapshot) -> None:
    if isinstance(volume, ManagedDisk) and volume.managed_by is not None:
        raise _not_allowed(f"Disk {volume.id.name} is attached to VM {volume.managed_by}.")
    if volume.being_read:
        raise _not_allowed(
            f"There is an active shared access signature outstanding for disk {volume.id.name}. Call EndGetAccess "
            "before deleting it."
        )


def _refuse_access(volume: ManagedDisk | Snapshot, body: AccessBody) -> None:
    if not 1 <= body.duration_in_seconds <= _LONGEST_ACCESS:
        raise out_of_range("durationInSeconds", body.duration_in_seconds, 1, _LONGEST_ACCESS)
    if body.get_secure_vm_guest_state_sas and volume.data.security is None:
        raise ArmError(
            400,
            "InvalidParameter",
            f"{volume.id.name} has no guest state; only disks of trusted and confidential machines have one.",
            target="getSecureVMGuestStateSAS",
        )
    if volume.disk_state == "Attached" and isinstance(volume, ManagedDisk):
        raise _not_allowed(f"Disk {volume.id.name} is attached to the running VM {volume.managed_by}.")
    if volume.network_access_policy == "DenyAll":
        raise _not_allowed(f"The network access policy of {volume.id.name} is DenyAll; nobody may have a URL to it.")
    if volume.state != "Succeeded" or volume.completion_percent < 100:
        raise _not_allowed(f"{volume.id.name} is not complete yet; its provisioning state is {volume.state}.")


def _url(volume: Volume) -> str:
    """A URL of the form that Azure gives; its signature opens nothing, since blobs' bytes are not simulated."""
    random = volume.compute.random
    partition, container = (f"{random.getrandbits(48):012x}" for _ in range(2))
    token = uuid.UUID(int=random.getrandbits(128), version=4)
    return (
        f"https://md-{partition}.z1.blob.storage.azure.net/{container}/abcd?sv=2018-03-28&sr=b&si={token}"
        f"&sig={random.getrandbits(256):064x}"
    )


def _not_allowed(message: str) -> ArmError:
    return ArmError(409, "OperationNotAllowed", message)


def _headers(request: web.Request, volume: Volume, begun: AsyncOperation) -> dict[str, str]:
    return headers_of(request, begun, volume.location, "DiskOperations")
