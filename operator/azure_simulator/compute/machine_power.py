"""What may be done with a machine in which state: starting, stopping, deallocating, restarting, generalizing."""

from dataclasses import dataclass, replace
from functools import partial

from aiohttp import web

from azure_simulator.answers import ArmError
from azure_simulator.compute.asynchronous import ordered_failure
from azure_simulator.compute.concurrent_writes import conflict, refuse_concurrent_write
from azure_simulator.compute.machines import Machine, Power
from azure_simulator.resources.operations import AsyncOperation

_AT_REST = frozenset({"stopped", "deallocated"})
_MOVING = frozenset({"starting", "stopping", "deallocating"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerChange:
    """A change of a machine's power, which is `during` until it is `after`."""

    operation: str
    during: Power
    after: Power


DEALLOCATE = PowerChange(operation="deallocate", during="deallocating", after="deallocated")
POWER_OFF = PowerChange(operation="powerOff", during="stopping", after="stopped")
START = PowerChange(operation="start", during="starting", after="running")
RESTART = PowerChange(operation="restart", during="running", after="running")


def begin_power_change(request: web.Request, machine: Machine, change: PowerChange) -> AsyncOperation:
    """Change the power of a machine; raises ArmError 409 when its state does not allow that."""
    _refuse(machine, change)
    compute, before = machine.compute, machine.power
    stays = change is POWER_OFF and machine.power == "deallocated"
    if not stays:
        machine.power = change.during
    operation = compute.resources.operations.begin(
        machine.id.text,
        compute.pace.machine_power.draw(compute.random),
        partial(_mark, machine, before if stays else change.after),
        failure=ordered_failure(request),
        fail=partial(_mark, machine, before),
    )
    operation.output = {}
    return operation


def generalize(machine: Machine) -> None:
    """Call a machine generalized, and its OS disk with it; raises ArmError 409 while it is not stopped.

    Nobody can prepare an operating system that runs nowhere, so the simulator takes the caller's word for it.
    """
    _refuse_with_ephemeral_disk(machine)
    if machine.power not in _AT_REST:
        raise _not_allowed(machine, "generalize", f"the VM is {machine.power}")
    machine.generalized = True
    disk = None if machine.os_disk_id is None else machine.compute.find_disk(machine.os_disk_id)
    if disk is not None:
        disk.data = replace(disk.data, os_was_generalized=True)


def _refuse(machine: Machine, change: PowerChange) -> None:
    refuse_concurrent_write(machine.state)
    if machine.power in _MOVING:
        raise conflict()
    if machine.generalized and change in {START, RESTART}:
        raise _not_allowed(machine, change.operation, "the VM is generalized")
    if change is RESTART and machine.power != "running":
        raise _not_allowed(machine, change.operation, f"the VM is {machine.power}")
    if change is DEALLOCATE:
        _refuse_with_ephemeral_disk(machine)


def _refuse_with_ephemeral_disk(machine: Machine) -> None:
    if machine.ephemeral_os_disk:
        raise ArmError(
            409,
            "OperationNotAllowed",
            "This operation is not supported for VMs or VM Scale Set instances using an ephemeral OS disk.",
        )


def _not_allowed(machine: Machine, operation: str, why: str) -> ArmError:
    return ArmError(
        409, "OperationNotAllowed", f"Operation '{operation}' is not allowed on VM '{machine.id.name}' since {why}."
    )


def _mark(machine: Machine, power: Power) -> None:
    machine.power = power
