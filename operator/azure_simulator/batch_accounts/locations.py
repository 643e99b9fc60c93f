"""What Batch offers in a region: how many accounts, which VM sizes, and whether a name is free."""

from typing import Any

from aiohttp import web

from azure_simulator.answers import operation
from azure_simulator.api_versions import BATCH_ACCOUNTS
from azure_simulator.arm_bodies import read_body
from azure_simulator.arm_lists import page
from azure_simulator.batch_accounts.bodies import NameQuestion
from azure_simulator.scenario import VmSize
from azure_simulator.world import WORLD


@operation("Location_GetQuotas", versions=BATCH_ACCOUNTS)
async def get_quotas(request: web.Request) -> web.Response:
    """How many accounts the subscription may have in the region."""
    subscription = request.app[WORLD].resources.subscription(request.match_info["subscription"])
    return web.json_response({"accountQuota": subscription.batch_accounts_per_region})


@operation("Location_ListSupportedVirtualMachineSkus", versions=BATCH_ACCOUNTS)
async def list_sizes(request: web.Request) -> web.Response:
    """The VM sizes that pools in the region may have."""
    sizes = request.app[WORLD].batch_accounts.vm_sizes
    return page(request, sizes, key=lambda size: size.name, render=_size)


@operation("Location_CheckNameAvailability", versions=BATCH_ACCOUNTS)
async def check_name(request: web.Request) -> web.Response:
    """Whether an account of this name could be made in the region."""
    asked = await read_body(request, NameQuestion, "parameters")
    taken = request.app[WORLD].batch_accounts.named(asked.name, request.match_info["location"])
    if taken is None:
        return web.json_response({"nameAvailable": True})
    message = f"An account named '{asked.name}' is already taken."
    return web.json_response({"nameAvailable": False, "reason": "AlreadyExists", "message": message})


def _size(size: VmSize) -> dict[str, Any]:
    capabilities = {
        "MaxResourceVolumeMB": size.resource_disk_gb * 1024,
        "vCPUs": size.cores,
        "HyperVGenerations": ",".join(size.generations),
        "MemoryGB": size.memory_gb,
        "LowPriorityCapable": True,
    }
    return {
        "name": size.name,
        "familyName": size.family,
        "capabilities": [{"name": name, "value": str(value)} for name, value in capabilities.items()],
    }
