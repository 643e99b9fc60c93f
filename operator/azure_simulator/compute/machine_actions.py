"""Actions on virtual machines, and their extensions."""

from aiohttp import web

from azure_simulator.answers import ArmError, operation
from azure_simulator.api_versions import IMAGES
from azure_simulator.compute.asynchronous import headers_of
from azure_simulator.compute.machine_documents import extension_document
from azure_simulator.compute.machine_power import (
    DEALLOCATE,
    POWER_OFF,
    RESTART,
    START,
    PowerChange,
    begin_power_change,
    generalize,
)
from azure_simulator.compute.machine_routes import found_machine
from azure_simulator.resources.admission import not_found


@operation("VirtualMachines_Deallocate", versions=IMAGES)
async def deallocate_machine(request: web.Request) -> web.Response:
    """Stop a machine and give its hardware back; its memory is not kept."""
    if request.query.get("hibernate", "").casefold() == "true":
        raise ArmError(
            501,
            "NotImplemented",
            "The Azure simulator does not simulate the operation VirtualMachines_Deallocate with hibernate.",
        )
    return _change(request, DEALLOCATE)


@operation("VirtualMachines_PowerOff", versions=IMAGES)
async def power_off_machine(request: web.Request) -> web.Response:
    """Stop a machine and keep its hardware."""
    return _change(request, POWER_OFF)


@operation("VirtualMachines_Start", versions=IMAGES)
async def start_machine(request: web.Request) -> web.Response:
    """Start a machine that was never generalized."""
    return _change(request, START)


@operation("VirtualMachines_Restart", versions=IMAGES)
async def restart_machine(request: web.Request) -> web.Response:
    """Restart a running machine."""
    return _change(request, RESTART)


@operation("VirtualMachines_Generalize", versions=IMAGES)
async def generalize_machine(request: web.Request) -> web.Response:
    """Call a stopped machine generalized, which cannot be undone; 200 at once."""
    generalize(found_machine(request))
    return web.Response()


@operation("VirtualMachineExtensions_List", versions=IMAGES)
async def list_extensions(request: web.Request) -> web.Response:
    """The extensions of a machine, on one page."""
    machine = found_machine(request)
    return web.json_response(
        {"value": [extension_document(machine, extension) for extension in machine.extensions.values()]}
    )


@operation("VirtualMachineExtensions_Get", versions=IMAGES)
async def get_extension(request: web.Request) -> web.Response:
    """One extension of a machine."""
    machine, name = found_machine(request), request.match_info["extension"]
    extension = machine.extensions.get(name.casefold())
    if extension is None:
        raise not_found(machine.id.child("extensions", name))
    return web.json_response(extension_document(machine, extension))


def _change(request: web.Request, change: PowerChange) -> web.Response:
    machine = found_machine(request)
    begun = begin_power_change(request, machine, change)
    return web.Response(status=202, headers=headers_of(request, begun, machine.location, "operations"))
