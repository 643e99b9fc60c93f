"""Operations on virtual machines."""

import re
from functools import partial

from aiohttp import web

from azure_simulator.answers import ArmError, operation
from azure_simulator.api_versions import IMAGES
from azure_simulator.arm_bodies import read_body
from azure_simulator.arm_lists import page
from azure_simulator.compute.addressing import found_on, id_of, in_group, in_subscription
from azure_simulator.compute.asynchronous import headers_of, ordered_failure
from azure_simulator.compute.machine_bodies import MachineBody
from azure_simulator.compute.machine_creation import change_machine, new_machine
from azure_simulator.compute.machine_documents import machine_document
from azure_simulator.compute.machine_views import instance_view
from azure_simulator.compute.machines import Machine
from azure_simulator.compute.nesting import compute_of
from azure_simulator.resources.admission import admit_creation, existing_group
from azure_simulator.resources.operations import AsyncOperation
from azure_simulator.resources.tags import check_tags

KIND = "virtualMachines"
_NAME = re.compile(r"[A-Za-z0-9_]([\w.-]{0,62}\w)?", re.ASCII)
_EXPANSIONS = frozenset({"", "instanceview", "userdata"})


@operation("VirtualMachines_Get", versions=IMAGES)
async def get_machine(request: web.Request) -> web.Response:
    """One machine; `$expand=instanceView` adds how it is now."""
    return web.json_response(machine_document(found_machine(request), with_view=_with_view(request)))


@operation("VirtualMachines_InstanceView", versions=IMAGES)
async def get_view(request: web.Request) -> web.Response:
    """How one machine is now."""
    return web.json_response(instance_view(found_machine(request)))


@operation("VirtualMachines_List", versions=IMAGES)
async def list_machines_of_group(request: web.Request) -> web.Response:
    """The machines of a group."""
    return _list(request, in_group(compute_of(request).machines, request))


@operation("VirtualMachines_ListAll", versions=IMAGES)
async def list_machines(request: web.Request) -> web.Response:
    """The machines of a subscription."""
    return _list(request, in_subscription(compute_of(request).machines, request))


@operation("VirtualMachines_CreateOrUpdate", versions=IMAGES)
async def put_machine(request: web.Request) -> web.Response:
    """Make a machine from disks that exist, or change the size, the data disks or the tags of one."""
    body, compute, machine_id = await read_body(request, MachineBody, "vm"), compute_of(request), id_of(request, KIND)
    location = admit_creation(compute.resources, machine_id, body.location, body.tags)
    before = compute.find_machine(machine_id.text)
    if before is not None:
        change_machine(request, before, body)
        before.tags = dict(body.tags or {})
        return _answer(request, before, _settle(request, before, "Updating"), status=200)
    _check_name(machine_id.name)
    machine = new_machine(request, machine_id, location, body)
    compute.machines.add(machine)
    return _answer(request, machine, _settle(request, machine, "Creating"), status=201)


@operation("VirtualMachines_Update", versions=IMAGES)
async def patch_machine(request: web.Request) -> web.Response:
    """Change the size, the data disks or the tags of a machine; always 200."""
    body, machine = await read_body(request, MachineBody, "vm"), found_machine(request)
    check_tags(body.tags or {})
    change_machine(request, machine, body)
    if body.tags is not None:
        machine.tags = dict(body.tags)
    return _answer(request, machine, _settle(request, machine, "Updating"), status=200)


@operation("VirtualMachines_Delete", versions=IMAGES)
async def delete_machine(request: web.Request) -> web.Response:
    """Delete a machine and those of its disks that are to go with it: 202, or 204 when there is none."""
    existing_group(request)
    compute = compute_of(request)
    machine = compute.find_machine(id_of(request, KIND).text)
    if machine is None:
        return web.Response(status=204)
    machine.state = "Deleting"
    begun = compute.resources.operations.begin(
        machine.id.text,
        compute.pace.machine.draw(compute.random),
        partial(_delete, machine),
        failure=ordered_failure(request),
        fail=partial(_mark, machine, "Failed"),
    )
    return web.Response(status=202, headers=headers_of(request, begun, machine.location, "operations"))


def found_machine(request: web.Request) -> Machine:
    """The machine that the path names; raises ArmError 404."""
    return found_on(compute_of(request).machines, request, KIND)


def _list(request: web.Request, machines: list[Machine]) -> web.Response:
    if request.query.get("statusOnly", "").casefold() == "true" or request.query.get("$filter"):
        raise ArmError(
            501,
            "NotImplemented",
            "The Azure simulator does not simulate the operation VirtualMachines_List with statusOnly or $filter.",
        )
    render = partial(machine_document, with_view=_with_view(request))
    return page(request, machines, key=lambda machine: machine.id.key, render=render)


def _with_view(request: web.Request) -> bool:
    expansion = request.query.get("$expand", "").casefold()
    if expansion not in _EXPANSIONS:
        raise ArmError(
            400,
            "InvalidParameter",
            f"The value '{request.query['$expand']}' of parameter '$expand' is not allowed. Allowed values are: "
            "instanceView, userData.",
            target="$expand",
        )
    return expansion == "instanceview"


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise ArmError(
            400,
            "InvalidParameter",
            f"The VM name '{name}' is not valid: it has 1 to 64 letters, digits, underscores, periods and hyphens, "
            "and begins and ends with a letter, a digit or an underscore.",
            target="vmName",
        )


def _settle(request: web.Request, machine: Machine, state: str) -> AsyncOperation:
    compute = machine.compute
    machine.state = state
    return compute.resources.operations.begin(
        machine.id.text,
        compute.pace.machine.draw(compute.random),
        partial(_finish, machine),
        failure=ordered_failure(request),
        fail=partial(_mark, machine, "Failed"),
    )


def _finish(machine: Machine) -> None:
    if machine.state != "Deleting":
        machine.state = "Succeeded"
    if machine.power == "starting":
        machine.power = "running"


def _mark(machine: Machine, state: str) -> None:
    machine.state = state


def _delete(machine: Machine) -> None:
    compute = machine.compute
    machine.purge()
    for attached in machine.disks:
        disk = None if attached.disk_id is None else compute.find_disk(attached.disk_id)
        if disk is not None and attached.delete_option == "Delete":
            disk.purge()


def _answer(request: web.Request, machine: Machine, begun: AsyncOperation, *, status: int) -> web.Response:
    headers = headers_of(request, begun, machine.location, "operations")
    return web.json_response(machine_document(machine), status=status, headers=headers)
