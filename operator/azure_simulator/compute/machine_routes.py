"""Virtual machines, of which this simulator has none: `az image create` looks for one before it tries a VHD."""

from aiohttp import web

from azure_simulator.answers import operation
from azure_simulator.api_versions import IMAGES
from azure_simulator.resources.admission import existing_group, not_found, resource_id_of


@operation("VirtualMachines_Get", versions=IMAGES)
async def get_machine(request: web.Request) -> web.Response:
    """No virtual machine is ever found, since none can be made."""
    existing_group(request)
    raise not_found(resource_id_of(request))
